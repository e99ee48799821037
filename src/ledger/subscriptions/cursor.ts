/*
 * What a subscription owes its reader: `cursor`, the position up to which it is accounted for; `owed`, the positions at or below it
 * that are still to be sent; `since`, the position at which it began. The cursor never goes back (P1), and whatever it
 * passes is in a delivery, in `owed`, or not for this reader (P2).
 */
import { type Position, laterPosition, sortedPositions } from '../position.ts';

/** The row of a subscription in the ledger. */
export interface CursorState {
  readonly cursor: Position;
  readonly owed: readonly Position[];
  readonly since: Position;
}

/**
 * A confirmation, an import, a re-subscription begin at the base of who joins; a lifted suppression, a fresh start, and who was erased, at the last
 * release. What was before is not owed any more. The cursor is past the base where they had more before they left.
 */
export function cursorAfterActivation(before: CursorState | undefined, base: Position): CursorState {
  const cursor = laterPosition(before?.cursor ?? base, base);
  return { cursor, owed: [], since: cursor };
}

/** A delivery ended without reaching its reader: its posts are owed again, those from before the activation excepted. */
export function cursorAfterGiveBack(before: CursorState, positions: readonly Position[]): CursorState {
  return { ...before, owed: sortedPositions([...before.owed, ...positions.filter((position) => position > before.since)]) };
}

/**
 * A post that matches only now is offered. What the cursor has not passed comes by itself; what is from before the activation never comes;
 * `held` are positions in the reader's open, accepted, rejected or ever doubted deliveries: who has the post may still lack its correction,
 * because it was retracted when the correction's turn came.
 */
export function cursorAfterOffer(before: CursorState, offer: OfferedPositions, held: ReadonlySet<Position>): CursorState {
  const offered = [...(offer.post === undefined ? [] : [offer.post]), ...offer.corrections];
  const due = offered.filter((position) => position > before.since && position <= before.cursor && !held.has(position));
  return due.length === 0 ? before : { ...before, owed: sortedPositions([...before.owed, ...due]) };
}

/** The positions of a post that is offered, and of its corrections. */
export interface OfferedPositions {
  readonly post: Position | undefined;
  readonly corrections: readonly Position[];
}
