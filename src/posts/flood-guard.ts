/*
 * Which of the new posts of one poll are news. The first read of a source is a past, not news, and follows what staff chose;
 * later more new posts at once than the guard allows, or new ids under unchanged links, look like a site that moved: they wait for staff.
 * So does an old one that only came into view: a feed shows its newest posts, and when one of them is deleted, one more of the past appears at its
 * end. A post that is back-dated is news: it is recognised by what is around it, since dates play no part in what is sent.
 */
import type { HoldReason } from './post.ts';

/** What becomes of the posts that the first read of a source finds. */
export type FirstRead = { readonly kind: 'known' } | { readonly kind: 'release' } | { readonly kind: 'latest'; readonly count: number };

/** Reads `known`, `release` or `latest:N`; undefined for anything else. */
export function parseFirstRead(text: string): FirstRead | undefined {
  if (text === 'known' || text === 'release') return { kind: text };
  const count = /^latest:([1-9]\d{0,5})$/.exec(text)?.[1];
  return count === undefined ? undefined : { kind: 'latest', count: Number(count) };
}

/** A post that a poll would release. */
export interface Newcomer {
  readonly publishedAt?: Date | undefined;
  /** The document states it behind every entry that was known before. */
  readonly isBehindKnown?: boolean;
}

/** What to do with each newcomer, in the order in which they came. */
export type NewcomerDecision =
  { readonly state: 'known' } | { readonly state: 'released' } | { readonly state: 'held'; readonly reason: HoldReason };

/** Facts of the poll that the guard looks at. */
export interface FloodFacts {
  /** Set on the first read of the source. */
  readonly firstRead?: FirstRead;
  readonly guardLimit: number;
  /** Posts whose entry came back under another id with its link unchanged. */
  readonly rekeyedCount: number;
  readonly past?: Past | undefined;
}

/** What became of the posts that the first read of a source found. */
export interface Past {
  /** The date of the oldest; undefined where none had a date. */
  readonly oldestAt: Date | undefined;
  /** The document does not state all of them any more. */
  readonly isIncomplete: boolean;
}

// One post whose id changed was edited; several at once are a new scheme.
const minRekeyed = 3;

/** Decides for the newcomers of one poll. */
export function admitNewcomers(newcomers: readonly Newcomer[], poll: FloodFacts): NewcomerDecision[] {
  if (poll.firstRead) return firstReadAdmissions(newcomers, poll.firstRead);
  if (poll.rekeyedCount >= minRekeyed) return newcomers.map(() => ({ state: 'held', reason: { kind: 'ids_changed' } }));
  // What came into view is no part of a flood: it must not hold the news beside it.
  const isFlood = newcomers.filter((each) => !cameIntoView(each, poll.past)).length > poll.guardLimit;
  return newcomers.map((each) => {
    if (cameIntoView(each, poll.past)) return { state: 'held', reason: { kind: 'older' } };
    return isFlood ? { state: 'held', reason: { kind: 'flood' } } : { state: 'released' };
  });
}

function cameIntoView({ publishedAt, isBehindKnown }: Newcomer, past: Past | undefined): boolean {
  if (!past?.isIncomplete || past.oldestAt === undefined) return false;
  return isBehindKnown === true && publishedAt !== undefined && publishedAt < past.oldestAt;
}

function firstReadAdmissions(newcomers: readonly Newcomer[], firstRead: FirstRead): NewcomerDecision[] {
  if (firstRead.kind === 'known') return newcomers.map(() => ({ state: 'known' }));
  if (firstRead.kind === 'release') return newcomers.map(() => ({ state: 'released' }));
  const latest = new Set(chronological(newcomers).slice(-firstRead.count));
  return newcomers.map((each) => ({ state: latest.has(each) ? 'released' : 'known' }));
}

/** Oldest first, so that the release order follows the dates; what has no date stands where its document put it (newest first). */
export function chronological<T extends Newcomer>(posts: readonly T[]): T[] {
  const backwards = posts.toReversed();
  let last = Number.NEGATIVE_INFINITY;
  const keyed = backwards.map((post) => {
    last = post.publishedAt?.getTime() ?? last;
    return { post, at: last };
  });
  return keyed.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at)).map((each) => each.post);
}
