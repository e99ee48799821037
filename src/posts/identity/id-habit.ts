/*
 * What the ids and dates of a source are worth, learned from what it states again. Pure: counts are kept with the source.
 * Ids are proved when one was seen again with its words; words that come back under a new id say that ids are made anew, until ten documents in a row
 * say otherwise. Dates that move with each fetch count as none.
 */

/** What was learned of a source so far. */
export interface SourceHabits {
  /** Documents in a row in which an id was seen again with its words, and no words came back under a new id. */
  readonly idsKeptCount: number;
  /** When words last came back under a new id; null where they never did. */
  readonly idsRenewedAt: Date | null;
  /** Documents in a row in which all that stayed the same was stated with another date. */
  readonly datesMovedCount: number;
  /** Documents in which something that stayed the same was stated with the date that it had. */
  readonly datesKeptCount: number;
}

/** What one document shows. */
export interface HabitSigns {
  /** An id of the source's own was seen again with its words. */
  readonly keptCount: number;
  /** Words came back under a new id of the source's own, and their former one is gone. */
  readonly renewedCount: number;
  /** What was stated before with a date has the same one. */
  readonly sameDateCount: number;
  /** What was stated before with a date has another one. */
  readonly otherDateCount: number;
  /** All that has another date, and is more than one, has the same one now and had the same one before: that of the document. */
  readonly isMovedTogether?: boolean;
}

/** `unproved`: nothing was seen again yet · `stable`: ids stay with what they name · `renewed`: the source makes them anew. */
export type IdHabit = 'unproved' | 'stable' | 'renewed';

const keptUntilTrusted = 10;
const movesUntilNoticed = 2;

/** What the ids of a source are worth. */
export function idHabitOf({ idsKeptCount, idsRenewedAt }: Pick<SourceHabits, 'idsKeptCount' | 'idsRenewedAt'>): IdHabit {
  if (idsRenewedAt !== null && idsKeptCount < keptUntilTrusted) return 'renewed';
  return idsKeptCount > 0 ? 'stable' : 'unproved';
}

/** Whether the dates of a source move with each fetch, so that they count as none. */
export function doDatesMove({ datesMovedCount }: Pick<SourceHabits, 'datesMovedCount'>): boolean {
  return datesMovedCount >= movesUntilNoticed;
}

/** The habits after one more document. */
export function habitsAfter(habits: SourceHabits, signs: HabitSigns, now: Date): SourceHabits {
  const isRenewed = signs.renewedCount > 0;
  const movedDates = signs.otherDateCount > 0 && (signs.sameDateCount === 0 || signs.isMovedTogether === true);
  return {
    idsKeptCount: isRenewed ? 0 : habits.idsKeptCount + (signs.keptCount > 0 ? 1 : 0),
    idsRenewedAt: isRenewed ? now : habits.idsRenewedAt,
    datesMovedCount: movedDates ? habits.datesMovedCount + 1 : signs.sameDateCount > 0 ? 0 : habits.datesMovedCount,
    datesKeptCount: habits.datesKeptCount + (signs.sameDateCount > 0 ? 1 : 0),
  };
}

/** What of an entry that is stated again tells of the habits of its source. */
export interface Restated {
  readonly postId: string;
  /** The id is the source's own. */
  readonly hasOwnId: boolean;
  /** It says what it said before under this id. */
  readonly isSame: boolean;
  /** The date that it states, and the one that it stated before. */
  readonly statedAt: Date | undefined;
  readonly wasStatedAt: Date | null;
}

/** The signs in what a document states again; words under new ids are known only when its entries were recognised. */
export function signsOf(restated: readonly Restated[]): Omit<HabitSigns, 'renewedCount'> {
  const same = restated.filter((each) => each.isSame);
  const dated = same.filter(({ statedAt, wasStatedAt }) => statedAt !== undefined && wasStatedAt !== null);
  const moved = dated.filter(hasMoved);
  const counts = {
    keptCount: same.filter((each) => each.hasOwnId).length,
    sameDateCount: dated.length - moved.length,
    otherDateCount: moved.length,
  };
  // A post that is listed twice has one date.
  const isTogether =
    new Set(moved.map((each) => each.postId)).size > 1 &&
    areOneMoment(moved.map((each) => each.statedAt!)) &&
    areOneMoment(moved.map((each) => each.wasStatedAt!));
  return isTogether ? { ...counts, isMovedTogether: true } : counts;
}

// A document that is made while it is fetched takes seconds.
const oneMomentMs = 60_000;

function areOneMoment(dates: readonly Date[]): boolean {
  const times = dates.map((date) => date.getTime());
  return Math.max(...times) - Math.min(...times) <= oneMomentMs;
}

/**
 * Whether several entries of one document say what they said, all at another date, or those that have no date of their own at that of the document: it
 * says when it was made. Where dates stood still before, two documents in a row have to say so: all that a short list shows may be said again on another day.
 */
export function areAllMoved(
  { sameDateCount, otherDateCount, isMovedTogether = false }: Pick<HabitSigns, 'sameDateCount' | 'otherDateCount' | 'isMovedTogether'>,
  { datesKeptCount, datesMovedCount }: Pick<SourceHabits, 'datesKeptCount' | 'datesMovedCount'>,
): boolean {
  if (otherDateCount < 2 || (sameDateCount > 0 && !isMovedTogether)) return false;
  return datesKeptCount === 0 || datesMovedCount > 0;
}

/** Whether the date of an entry moved by a minute or more. */
export function hasMoved({ statedAt, wasStatedAt }: Pick<Restated, 'statedAt' | 'wasStatedAt'>): boolean {
  return statedAt !== undefined && wasStatedAt !== null && Math.abs(statedAt.getTime() - wasStatedAt.getTime()) >= 60_000;
}
