/*
 * How long to wait before what failed is tried again. Pure: time and chance come from the caller, and the unit of a gap is the caller's too.
 */

/** The gap after the try with this number (from 1), by a table of gaps; the last one repeats. */
export function gapOfTable(gaps: readonly number[], tryNumber: number): number {
  return gaps[Math.min(Math.max(tryNumber, 1), gaps.length) - 1] ?? 0;
}

// Beyond this no gap grows: it is over any ceiling by then, and stays a number.
const mostDoublings = 30;

/** A gap that doubles with each failure: `first` after none, twice as much after one, and so on up to `longest`. */
export function doublingGap({ first, longest }: { readonly first: number; readonly longest: number }, failureCount: number): number {
  return Math.min(longest, first * 2 ** Math.min(failureCount, mostDoublings));
}
