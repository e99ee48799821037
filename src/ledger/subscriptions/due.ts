/* When a delivery is due. Computed once per (zone, hour) of a freeze, never per subscriber. */
import { DateTime } from 'luxon';

/** The reader's own hour, 0 to 23, and IANA time zone. */
export interface LocalHour {
  readonly hour: number;
  readonly timeZone: string;
}

/**
 * The first occurrence of an hour at or after `from`. Inside that hour it is `from` itself: whoever chose eight o'clock
 * gets an edition that was frozen three seconds later today, not tomorrow. An hour that the clock skips begins at the end of the gap, a repeated one counts once.
 */
export function firstOccurrence(local: LocalHour, from: Date): Date {
  const start = DateTime.fromJSDate(from, { zone: local.timeZone });
  if (!start.isValid) throw new RangeError(`Expected an IANA time zone, got ${JSON.stringify(local.timeZone)}`);
  if (start.hour === local.hour) return from;
  const today = start.set({ hour: local.hour, minute: 0, second: 0, millisecond: 0 });
  return (today > start ? today : start.plus({ days: 1 }).set({ hour: local.hour, minute: 0, second: 0, millisecond: 0 })).toJSDate();
}

/** Returns the due time of readers of one freeze, remembering each (zone, hour). `byHand`: everything is due at once. */
export function dueTimes(frozenAt: Date, byHand: boolean): (local: LocalHour | null) => Date {
  const known = new Map<string, Date>();
  return (local) => {
    if (byHand || local === null) return frozenAt;
    const key = `${local.hour} ${local.timeZone}`;
    const due = known.get(key) ?? firstOccurrence(local, frozenAt);
    known.set(key, due);
    return due;
  };
}
