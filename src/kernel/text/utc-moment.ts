/** A moment to the minute, for sentences that people in several time zones read: "2026-03-06 08:01 UTC". */
export function utcMoment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
