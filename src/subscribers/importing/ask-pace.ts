/*
 * How confirmations to people who never asked for them go out: gently, because many at once from a sender that nobody knows look like what they may be.
 */

/** Ten a minute. */
const gentleGapMs = 6_000;

/** However many they are, the last one goes within three days: an answer that comes later means nothing to anybody. */
const longestMs = 3 * 86_400_000;

/** Gives the moment of the n-th confirmation, from 0. Those of an import that was killed keep their moments; what was left behind does not go all at once. */
export function askPace(course: {
  readonly total: number;
  /** Confirmations that have their moments. */
  readonly asked: number;
  readonly startedAt: Date;
  readonly now: Date;
}): (index: number) => Date {
  const { total, asked, startedAt, now } = course;
  const gapMs = Math.min(gentleGapMs, longestMs / Math.max(1, total));
  return (index) => new Date(Math.max(startedAt.getTime() + index * gapMs, now.getTime() + (index - asked) * gapMs));
}
