/*
 * Times of exports. A time without a zone is UTC, as mailers export it. A day that could be two days is none: nobody's consent gets a time by a guess.
 */

const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)? ?(Z|UTC|[+-]\d{2}:?\d{2})?$/i;
const dayOrMonthFirst = /^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}))? ?([ap]m)?)?$/i;

/** The instant that a cell states; undefined for what is no time, or could be two. */
export function readConsentTime(text: string): Date | undefined {
  const cell = text.trim().slice(0, 60);
  const [, year, month, day, hour, minute, second, zone] = iso.exec(cell) ?? [];
  if (year !== undefined) return instant([year, month, day, hour, minute, second], offsetOf(zone));
  const [, first, mark, other, itsYear, itsHour, itsMinute, itsSecond, half] = dayOrMonthFirst.exec(cell) ?? [];
  if (first === undefined) return undefined;
  // With points the day stands first everywhere.
  const isDayFirst = mark === '.' || Number(first) > 12 || first === other;
  if (!isDayFirst && Number(other) <= 12) return undefined;
  const [itsDay, itsMonth] = isDayFirst ? [first, other] : [other, first];
  return instant([itsYear, itsMonth, itsDay, hourOf(itsHour, half), itsMinute, itsSecond], 0);
}

function hourOf(hour: string | undefined, half: string | undefined): string | undefined {
  if (hour === undefined || half === undefined) return hour;
  return String((Number(hour) % 12) + (/p/i.test(half) ? 12 : 0));
}

function offsetOf(zone: string | undefined): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '') ?? [];
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function instant(parts: readonly (string | undefined)[], offsetMs: number): Date | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) => Number(part ?? 0));
  if (year < 1990 || year > 2199 || hour > 23 || minute > 59 || second > 59) return undefined;
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // 31 February is no day.
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? new Date(at.getTime() - offsetMs) : undefined;
}
