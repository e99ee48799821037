/*
 * What a subscription owes its reader: `cursor`, the position up to which it is accounted for; `owed`, single positions that are still to be
 * sent: posts at or below the cursor, corrections wherever they lie; `since`, the position at which it began. The cursor never goes back (P1), and whatever it
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

/**
 * Who comes from another tool had what that tool sent: what was released since the base and is not among it is owed, and the cursor is at the last
 * release. Nothing changes for what the cursor had passed already. `since` stays at the base, or what is owed could not be given back.
 */
export function cursorAfterTakeover(
  before: CursorState | undefined,
  { base, last, lacking }: { readonly base: Position; readonly last: Position; readonly lacking: readonly Position[] },
): CursorState {
  const since = cursorAfterActivation(before, base).cursor;
  return {
    cursor: laterPosition(since, last),
    owed: sortedPositions(lacking.filter((position) => position > since && position <= last)),
    since,
  };
}

/**
 * A delivery ended without reaching its reader: its posts are owed again, those from before the activation excepted. They come in their newest text,
 * so that `corrections`, those of the posts in it, are not owed any more.
 */
export function cursorAfterGiveBack(before: CursorState, positions: readonly Position[], corrections: ReadonlySet<Position>): CursorState {
  const back = positions.filter((position) => position > before.since);
  return { ...before, owed: sortedPositions([...before.owed, ...back].filter((position) => !corrections.has(position))) };
}

/**
 * A post that matches only now is offered, alone. What the cursor has not passed comes by itself; what is from before the activation never comes;
 * nor what is in an open, accepted, rejected or ever doubted delivery of theirs.
 */
export function cursorAfterOffer(before: CursorState, position: Position, isHeld: boolean): CursorState {
  const isDue = position > before.since && position <= before.cursor && !isHeld;
  return isDue ? { ...before, owed: sortedPositions([...before.owed, position]) } : before;
}

/** Corrections that somebody lacks who has the post in an older text. They may lie above the cursor; what is from before the activation never comes. */
export function cursorAfterCorrection(before: CursorState, lacking: readonly Position[]): CursorState {
  const due = lacking.filter((position) => position > before.since && !before.owed.includes(position));
  return due.length === 0 ? before : { ...before, owed: sortedPositions([...before.owed, ...due]) };
}

/** A post was taken out of a delivery before it arrived, because it was retracted: its corrections go with it. */
export function cursorWithoutCorrections(before: CursorState, corrections: ReadonlySet<Position>): CursorState {
  const owed = before.owed.filter((position) => !corrections.has(position));
  return owed.length === before.owed.length ? before : { ...before, owed };
}
