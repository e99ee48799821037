/*
 * Which posts somebody took away: those that vanish from amid what a source still lists. Pure. A list ends somewhere, and what drops off its end was
 * not taken away; so was what a document does not reach.
 */
import type { UnlistedPost } from '../../posts/listing-store.ts';

/** An entry that is listed, as much as tells where it stands. */
export interface ListedEntry {
  readonly publishedAt?: Date | undefined;
}

/** Those of the unlisted posts that stand between the newest and the oldest end of what is listed, by their dates. */
export function findGone(listed: readonly ListedEntry[], unlisted: readonly UnlistedPost[]): UnlistedPost[] {
  const range = rangeOf(listed.flatMap(({ publishedAt }) => (publishedAt ? [publishedAt.getTime()] : [])));
  if (range === undefined) return [];
  return unlisted.filter(
    ({ publishedAt }) => publishedAt !== null && publishedAt.getTime() > range.end && publishedAt.getTime() <= range.start,
  );
}

/**
 * The dates between which a document lists everything. Its end is the entry that stands last of a list of the newest (or first, where the oldest comes
 * first): an old one that is kept at the top says nothing.
 */
function rangeOf(dates: readonly number[]): { readonly start: number; readonly end: number } | undefined {
  if (dates.length < 2) return undefined;
  const isDescending = dates.filter((at, index) => index > 0 && at <= dates[index - 1]!).length * 2 >= dates.length - 1;
  return { start: Math.max(...dates), end: isDescending ? dates.at(-1)! : dates[0]! };
}
