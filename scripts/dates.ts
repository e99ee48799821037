/*
 * The one form in which commands write dates for people: 2026-05-01 08:00 in universal time, marked so (`utcMoment` of the kernel). What stands in a zone that matters to people (the next
 * slot of a schedule) names that zone instead. JSON has ISO 8601.
 */
import { UsageError } from '../src/kernel/errors.ts';

/**
 * A day or an instant as somebody types it: `2026-05-01`, from its beginning or to its end in universal time, or `2026-05-01T08:00Z` with a zone.
 * @throws UsageError that names the option, and what else it takes
 */
export function parseMoment(
  text: string,
  option: string,
  { dayTo = 'begin', or = '' }: { dayTo?: 'begin' | 'end'; or?: string } = {},
): Date {
  const [, day = '', time] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text) ?? [];
  // Date takes the 31st of February as well.
  const isDay = day !== '' && !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
  const at = new Date(`${day}${time ?? (dayTo === 'end' ? 'T23:59:59.999Z' : '')}`);
  if (isDay && !Number.isNaN(at.getTime())) return at;
  throw new UsageError(`Expected --${option} as a date (YYYY-MM-DD) or an instant such as 2026-05-01T08:00Z${or}, got "${text}"`);
}

/** A day: "2026-05-01". */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** A minute as people of a zone see it: "Fri 2026-05-01 08:00 Europe/Madrid". */
export function momentIn(at: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hourCycle: 'h23', ...numeric });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts['weekday']} ${parts['year']}-${parts['month']}-${parts['day']} ${parts['hour']}:${parts['minute']} ${timeZone}`;
}

const numeric = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
