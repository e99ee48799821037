/*
 * Days as readers mean them: a pause until a day ends as that day begins where the reader is, and is told as that day.
 */
import { instantOfLocalTime } from '../../ledger/subscriptions/local-time.ts';

/** A day as it is written, such as 2026-05-01, not yet an instant: that depends on where its reader is. */
export interface ReaderDay {
  readonly day: string;
}

/** The day that a text names; undefined where there is no such day. */
export function readerDayOf(text: string): ReaderDay | undefined {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? { day: text } : undefined;
}

/** When a day begins in a time zone. */
export function beginningOf({ day }: ReaderDay, timeZone: string): Date {
  return new Date(instantOfLocalTime(Date.parse(day), timeZone));
}
