/*
 * Local times and instants. A local time is given as milliseconds as if it were one of UTC. Of one that comes twice the first counts, and one that the clock skips
 * is the end of the gap, whichever day that is on.
 */
import { IANAZone } from 'luxon';

const minuteMs = 60_000;
/** No zone is further from UTC, and no change of a clock is larger. */
const dayMs = 86_400_000;

/** The local time of an instant. @throws RangeError for a zone that is none */
export function localTimeOf(instantMs: number, timeZone: string): number {
  return instantMs + offsetMs(instantMs, timeZone);
}

/** The first instant of a local time, or the end of the gap that it is skipped in. @throws RangeError for a zone that is none */
export function instantOfLocalTime(localMs: number, timeZone: string): number {
  // A day before and after there is one offset each; between them there may be one change.
  const offsets = [offsetMs(localMs - dayMs, timeZone), offsetMs(localMs + dayMs, timeZone)];
  const instants = offsets.map((offset) => localMs - offset).sort((a, b) => a - b);
  const [first = 0, last = 0] = instants;
  for (const instant of instants) if (localTimeOf(instant, timeZone) === localMs) return instant;
  return changeBetween(first, last, timeZone);
}

/** By how much the clock was set back within the last day: local times of so long come again now. */
export function repeatedMs(instantMs: number, timeZone: string): number {
  return Math.max(0, offsetMs(instantMs - dayMs, timeZone) - offsetMs(instantMs, timeZone));
}

/** The minute at which the offset changes; it does between these two instants. */
function changeBetween(fromMs: number, toMs: number, timeZone: string): number {
  const before = offsetMs(fromMs, timeZone);
  let [low, high] = [Math.floor(fromMs / minuteMs), Math.ceil(toMs / minuteMs)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(middle * minuteMs, timeZone) === before) low = middle;
    else high = middle;
  }
  return high * minuteMs;
}

function offsetMs(instantMs: number, timeZone: string): number {
  const zone = IANAZone.create(timeZone);
  if (!zone.isValid) throw new RangeError(`Expected an IANA time zone, got ${JSON.stringify(timeZone)}`);
  return Math.round(zone.offset(instantMs) * minuteMs);
}
