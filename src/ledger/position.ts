/*
 * The ledger: which post went, goes or is still to go to whom. Every table of it is written in this folder and nowhere else.
 * Its invariant, for each subscription and each matching release: the position is above the cursor, or in `owed`, or in one delivery that is
 * open, accepted, rejected or in doubt, or the ledger says why not. Never in two of these (P1), never in none (P2).
 * Noun files are pure, *-store.ts files are SQL, verb files are use cases; whoever posts, subscribes, edits or delivers calls them.
 * So many files: each verb beside the sub-rooms is a use case of its own that other rooms call, and offers and corrections have a store each.
 * Order: position · hold/ · accounts/ · queue/ · releases/ · subscriptions/ · exclusion/ · drafts/ · freeze/ · sweep/ · the rest.
 */

/** A place in the release order. Always a bigint: never compared as text, never rounded. */
export type Position = bigint;

/** Reads a bigint column. */
export function parsePosition(value: string): Position {
  return BigInt(value);
}

/** Reads a bigint[] column as text ("{1,2}") or as the driver's array of strings. */
export function parsePositions(value: string | readonly string[]): Position[] {
  if (typeof value !== 'string') return value.map(BigInt);
  return value === '{}' ? [] : value.slice(1, -1).split(',').map(BigInt);
}

/** Writes positions as a Postgres array literal. */
export function positionsLiteral(positions: readonly Position[]): string {
  return `{${positions.join(',')}}`;
}

/** Ascending order. */
export function comparePositions(a: Position, b: Position): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The later of two positions. */
export function laterPosition(a: Position, b: Position): Position {
  return a > b ? a : b;
}

/** Ascending, each once. */
export function sortedPositions(positions: Iterable<Position>): Position[] {
  return [...new Set(positions)].sort(comparePositions);
}
