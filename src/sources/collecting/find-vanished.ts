/*
 * Which posts somebody took away: those that vanish from amid what a source lists. Pure. A list ends somewhere, and what drops off its end was not taken
 * away. So the order of the list decides, and its dates only tell at which end it grows: of two posts that stand where they stood, what stood between
 * them and is missing did not drop off. Posts that moved say nothing (a list by last change, a notice that is kept on top), nor does a list that is
 * shuffled.
 */

/** A post that a document lists. */
export interface ListedPost {
  readonly postId: string;
  /** The date that its entry states. */
  readonly statedAt: Date | undefined;
}

/** A post that is missing from amid a list. */
export interface MissingPost {
  readonly postId: string;
  /** False where the list may be yesterday's, or half of itself: it counts when the post is missing later on, too. */
  readonly isSure: boolean;
}

// So short a list ends nowhere: nobody shows the newest four only.
const shortestWindow = 5;

/** Where a list has its newest posts. */
type Head = 'first' | 'last';

/** The posts of `before` that vanished from amid what is listed now, both in the order of their documents. */
export function findVanished(before: readonly string[], now: readonly ListedPost[]): MissingPost[] {
  const listed = now.map((each) => each.postId);
  const head = headOf(before, now);
  if (head === 'first') return missingFrom(before, listed);
  const turned = missingFrom(before.toReversed(), listed.toReversed());
  if (head === 'last') return turned;
  // At whichever end the list may have been cut: it was not cut there.
  const ofOthers = new Map(turned.map((each) => [each.postId, each]));
  return missingFrom(before, listed).filter(({ postId }) => ofOthers.has(postId));
}

/** Whether something stands at the head of a list that was not listed before: the list is no older than the one of before. */
export function hasNewHead(before: readonly string[], now: readonly ListedPost[]): boolean {
  const isKnown = new Set(before);
  const head = headOf(before, now) === 'last' ? now.at(-1) : now[0];
  return head !== undefined && !isKnown.has(head.postId);
}

/** Whether a date is before all that a list states: whatever its place was, it fell off the end. */
export function isOlderThanAll(at: Date | null, now: readonly ListedPost[]): boolean {
  const dates = now.flatMap(({ statedAt }) => (statedAt ? [statedAt] : []));
  return at !== null && dates.length > 0 && dates.every((date) => at < date);
}

/** Whether a date to come is behind all that a list states which is as long as before: of the events of a calendar those that are next are listed. */
export function isBeyondAll(
  at: Date | null,
  now: readonly ListedPost[],
  { beforeCount, today }: { beforeCount: number; today: Date },
): boolean {
  const dates = now.flatMap(({ statedAt }) => (statedAt ? [statedAt] : []));
  return at !== null && at > today && now.length >= beforeCount && dates.length > 0 && dates.every((date) => at > date);
}

/** Of a list that has its newest first: what is missing before posts that stand where they stood. */
function missingFrom(before: readonly string[], now: readonly string[]): MissingPost[] {
  const placeBefore = new Map(before.map((postId, place) => [postId, place]));
  const kept = now.flatMap((postId) => placeBefore.get(postId) ?? []);
  const steady = longestRise(kept);
  if (kept.length - steady.length > Math.max(1, kept.length / 4)) return [];
  // One post alone may be a notice that is kept at the end, behind where the list was cut.
  const needed = now.length < before.length || now.length < shortestWindow ? 1 : 2;
  const end = steady.at(-needed) ?? -1;
  const isListed = new Set(now);
  const missing = [...before.entries()].filter(([place, postId]) => place < end && !isListed.has(postId));
  const isHalf = missing.length > Math.max(2, steady.length);
  const hasNews = now.length > 0 && !placeBefore.has(now[0]!);
  return missing.map(([place, postId]) => ({ postId, isSure: !isHalf && (hasNews || place > steady[0]!) }));
}

/** As the dates of the list say; undefined where they say nothing. */
function headOf(before: readonly string[], now: readonly ListedPost[]): Head | undefined {
  const dates = now.flatMap(({ statedAt }) => (statedAt ? [statedAt.getTime()] : []));
  const steps = dates.slice(1).map((at, index) => Math.sign(at - dates[index]!));
  const rise = steps.reduce((sum, step) => sum + step, 0);
  if (rise < 0) return 'first';
  // What is new and stands first though others are older was put there: a list by last change.
  const [first] = now;
  const isPutFirst = first?.statedAt && !before.includes(first.postId) && dates.some((at) => at < first.statedAt!.getTime());
  return rise > steps.length / 2 && !isPutFirst ? 'last' : undefined;
}

/** The longest part of some different numbers that rises, in their order. */
function longestRise(numbers: readonly number[]): number[] {
  const ends: number[] = [];
  const indexOfEnd: number[] = [];
  const previous: number[] = [];
  for (const [index, number] of numbers.entries()) {
    const at = placeIn(ends, number);
    previous.push(indexOfEnd[at - 1] ?? -1);
    ends[at] = number;
    indexOfEnd[at] = index;
  }
  const rise: number[] = [];
  for (let index = indexOfEnd.at(-1) ?? -1; index >= 0; index = previous[index]!) rise.push(numbers[index]!);
  return rise.toReversed();
}

/** Where the first of some rising numbers stands that is larger; behind the last where none is. */
function placeIn(rising: readonly number[], number: number): number {
  let [from, upto] = [0, rising.length];
  while (from < upto) {
    const middle = (from + upto) >> 1;
    if (rising[middle]! > number) upto = middle;
    else from = middle + 1;
  }
  return from;
}
