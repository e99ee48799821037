/* When a delivery is due. Computed once per (zone, hour) of a freeze, never per subscriber. */
import { instantOfLocalTime, localTimeOf } from './local-time.ts';

/** The reader's own hour, 0 to 23, and IANA time zone. */
export interface LocalHour {
  readonly hour: number;
  readonly timeZone: string;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * The first occurrence of an hour at or after `from`. Inside that hour it is `from` itself: whoever chose eight o'clock
 * gets an edition that was frozen three seconds later today, not tomorrow. An hour that the clock skips begins at the end of the gap; of one that comes twice
 * only the first is meant. @throws RangeError for a zone that is none
 */
export function firstOccurrence(local: LocalHour, from: Date): Date {
  const now = from.getTime();
  const midnight = Math.floor(localTimeOf(now, local.timeZone) / dayMs) * dayMs;
  for (const day of [midnight, midnight + dayMs]) {
    const begin = instantOfLocalTime(day + local.hour * hourMs, local.timeZone);
    if (now < begin) return new Date(begin);
    if (now < begin + hourMs) return from;
  }
  return new Date(instantOfLocalTime(midnight + 2 * dayMs + local.hour * hourMs, local.timeZone));
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
