/*
 * Mail programs clip html beyond about 102 KB, and with it the unsubscribe link. So a digest that is too long gives way from its end:
 * full texts become leads, leads become summaries, summaries become titles. Nothing is lost: every post keeps its title and its link.
 */
import type { DisplayLevel } from '../parts/prepared-post.ts';

/** What a digest's html may weigh at most, in bytes of UTF-8 with the longest recipient values. */
export const maxHtmlBytes = 102_000;

/** Most titles under "Also published"; the rest is left to a page. */
export const maxTitles = 40;

/** A post as fitting sees it: its level, and what its content weighs at each. */
export interface FittablePost {
  readonly level: DisplayLevel;
  readonly bytes: Readonly<Record<Exclude<DisplayLevel, 'title'>, number>>;
}

/** What a template's own markup weighs: without posts, around each post, and for each title under "Also published". */
export interface FrameWeight {
  readonly baseBytes: number;
  readonly perPostBytes: number;
  readonly perTitleBytes: number;
}

/** The html that posts at their levels and further titles would make. */
export function estimateBytes(posts: readonly FittablePost[], titleCount: number, weight: FrameWeight): number {
  const shown = posts.filter((post) => post.level !== 'title');
  const titles = Math.min(maxTitles, titleCount + posts.length - shown.length);
  const contents = shown.reduce((sum, post) => sum + contentBytes(post, post.level), 0);
  return weight.baseBytes + shown.length * weight.perPostBytes + titles * weight.perTitleBytes + contents;
}

const lower = { full: 'lead', lead: 'summary', summary: 'title', title: 'title' } as const satisfies Record<DisplayLevel, DisplayLevel>;

/**
 * Levels that save at least `excessBytes`, or as much as can be saved: the last posts give way first, and none falls to the next level
 * while another one is fuller. `titleCount` titles are listed already. The first post keeps its summary.
 */
export function fitSize(
  posts: readonly FittablePost[],
  excessBytes: number,
  titleCount: number,
  weight: FrameWeight,
): readonly DisplayLevel[] {
  const levels = posts.map((post) => post.level);
  let excess = excessBytes;
  let titles = titleCount + levels.filter((level) => level === 'title').length;
  for (const level of ['full', 'lead', 'summary'] as const) {
    for (let index = posts.length - 1; index >= 0 && excess > 0; index -= 1) {
      const post = posts[index];
      if (!post || levels[index] !== level || (level === 'summary' && index === 0)) continue;
      levels[index] = lower[level];
      excess -= contentBytes(post, level) - contentBytes(post, lower[level]);
      if (lower[level] !== 'title') continue;
      excess -= weight.perPostBytes - (titles < maxTitles ? weight.perTitleBytes : 0);
      titles += 1;
    }
  }
  return levels;
}

function contentBytes(post: FittablePost, level: DisplayLevel): number {
  return level === 'title' ? 0 : post.bytes[level];
}
