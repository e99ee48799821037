/*
 * Mail programs clip html beyond about 102 KB, and with it the unsubscribe link. So a digest that is too long gives way from its end:
 * full texts become leads, leads become summaries, summaries become titles. Nothing is lost: every post keeps its title and its link.
 */
import type { DisplayLevel } from './prepared-post.ts';

/** What a digest's html may weigh at most, in bytes of UTF-8 with the longest recipient values. */
export const maxHtmlBytes = 102_000;

/** A post as fitting sees it: its level, and what its content weighs at each. */
export interface FittablePost {
  readonly level: DisplayLevel;
  readonly bytes: Readonly<Record<Exclude<DisplayLevel, 'title'>, number>>;
}

const next: Readonly<Record<DisplayLevel, DisplayLevel>> = { full: 'lead', lead: 'summary', summary: 'title', title: 'title' };

/**
 * Levels that save at least `excessBytes`, or as much as can be saved: the last posts give way first, and none falls to the next level
 * while another one is fuller. `frameBytes` is what a post costs besides its content, saved where only the title is left. The first post keeps its summary.
 */
export function fitSize(posts: readonly FittablePost[], excessBytes: number, frameBytes: number): readonly DisplayLevel[] {
  const levels = posts.map((post) => post.level);
  let excess = excessBytes;
  for (const level of ['full', 'lead', 'summary'] as const) {
    for (let index = posts.length - 1; index >= 0 && excess > 0; index -= 1) {
      const post = posts[index];
      if (!post || levels[index] !== level || (level === 'summary' && index === 0)) continue;
      const lower = next[level];
      const saved = lower === 'title' ? post.bytes.summary + frameBytes : post.bytes[level] - post.bytes[lower as 'lead' | 'summary'];
      if (lower !== 'title' && saved <= 0 && level !== 'full') continue;
      levels[index] = lower;
      excess -= saved;
    }
  }
  return levels;
}
