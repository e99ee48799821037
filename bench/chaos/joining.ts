import type { Passage, Span } from './history.ts';

/** Who joined what, and when. */
export interface Joining {
  readonly newsletter: string;
  readonly schedule: string;
  readonly join: Span;
  /** They were there before: their cursor may stand wherever an edition has gone, and never goes back. */
  readonly isReturn: boolean;
}

/**
 * Where somebody begins who joins: at the highest cutoff that the schedule's editions have passed by then, else the newsletter's, else where the newsletter
 * began. Which edition had passed at that very moment cannot be told from outside: hence the lowest and the highest that it may be.
 */
export function joiningBounds(passages: readonly Passage[], joining: Joining): { lowest: number; highest: number } {
  const { newsletter, schedule, join, isReturn } = joining;
  const ofNewsletter = passages.filter((passage) => passage.newsletter === newsletter);
  const ofSchedule = ofNewsletter.filter((passage) => passage.schedule === schedule);
  const surely = ({ surelyFrom }: Passage): boolean => surelyFrom !== undefined && surelyFrom <= join.from;
  const possibly = ({ notBefore, surelyFrom }: Passage): boolean => surelyFrom !== undefined && notBefore <= join.to;
  const highestOf = (some: readonly Passage[]): number | undefined =>
    some.length === 0 ? undefined : Math.max(...some.map(({ cutoff }) => cutoff));
  const sure = highestOf(ofSchedule.filter(surely));
  const possible = ofSchedule.filter(possibly);
  const elsewhere = highestOf(ofNewsletter.filter(surely)) ?? 0;
  const lowest = sure ?? Math.min(elsewhere, ...possible.map(({ cutoff }) => cutoff));
  const known = sure === undefined ? ofNewsletter.filter(possibly) : possible;
  const begun = isReturn ? ofNewsletter.filter(({ bornAfter }) => bornAfter <= join.to) : [];
  return { lowest, highest: highestOf([...known, ...begun]) ?? 0 };
}
