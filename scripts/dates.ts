/*
 * The one form in which commands write dates for people: 2026-05-01 08:00 in universal time, marked so. What stands in a zone that matters to people (the next
 * slot of a schedule) names that zone instead. JSON has ISO 8601.
 */

/** A minute: "2026-05-01 08:00 UTC". */
export function moment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
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
