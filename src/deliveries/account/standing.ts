/*
 * What of an account stands still, and until when: the whole of it (null) or one refused sender. Pure.
 * Invariant: what is in doubt holds back nobody but those who were told so.
 */

/** What of an account was refused: a sender, or null for the whole of it. */
export type Scope = string | null;

/** How long something stands still, and who says so; on the worker's own clock. */
export interface Standing {
  readonly since: number;
  readonly until: number;
  /** For so long after that others are tried before those for which the account was refused. */
  readonly othersFirstMs: number;
  /** Until when it stands still by what was refused here, whatever others found: who has an old password does not try it again each time that they end it. */
  readonly ownUntil: number;
  readonly isInDoubt: boolean;
  /** Of more than one reader this was said once they were named: it is nobody's own. */
  readonly isOfSeveral: boolean;
  /** The database has said so too, so that it also says when it is over. */
  readonly isWritten: boolean;
}

/** What is learned of something that stands still, here or from others. */
export type StandingFacts = Partial<Omit<Standing, 'since'>> & Pick<Standing, 'until'>;

const newStanding: Omit<Standing, 'since'> = {
  until: -Infinity,
  othersFirstMs: 0,
  ownUntil: -Infinity,
  isInDoubt: true,
  isOfSeveral: false,
  isWritten: false,
};

/** What stands still after it was refused here: never for less time than before. */
export function standingAfterRefusal(before: Standing | undefined, { until, ...facts }: StandingFacts, now: number): Standing {
  const known = before ?? { ...newStanding, since: now };
  // What is on its way when a doubt becomes sure says the same again.
  const since = known.isInDoubt && facts.isInDoubt === false ? now : known.since;
  return { ...known, ...facts, since, until: Math.max(known.until, until) };
}

/** What stands still as the database says. */
export function standingAsWritten(before: Standing | undefined, facts: StandingFacts, now: number): Standing {
  return { ...newStanding, since: now, ...before, ...facts, isWritten: true };
}

/** What a message was told: that it is one of those in doubt, or that it was refused once its reader was named. */
export interface Told {
  readonly isInDoubt: boolean;
  readonly isAfterReader: boolean;
}

/** Until when a message is held back: by what is sure, with others first for some time, or by a doubt that is its own. -Infinity where it is not. */
export function heldUntil(standing: Standing | undefined, told: Told): number {
  if (!standing) return -Infinity;
  if (standing.isInDoubt) return told.isInDoubt ? standing.until : -Infinity;
  return standing.until + (told.isAfterReader ? standing.othersFirstMs : 0);
}

/** Whether it is over here because the database no longer says so; what is not written down yet, or was refused here of late, goes on. */
export function isOverElsewhere({ isWritten, ownUntil }: Standing, now: number): boolean {
  return isWritten && ownUntil <= now;
}
