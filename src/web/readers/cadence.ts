import type { Cadence } from '../../render/pages/pages.ts';
import type { Schedule } from '../../newsletters/schedule.ts';

/** How often a schedule's digests come, as far as it can be said in a few words: the days of a five-field cron expression; its time of day is the schedule's business. */
export function cadenceOf({ cron }: Pick<Schedule, 'cron'>): Cadence {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = cron.trim().split(/\s+/);
  if (!/^\d+$/.test(minute) || !/^\d+$/.test(hour) || month !== '*') return { kind: 'other' };
  if (dayOfMonth !== '*') return /^\d+$/.test(dayOfMonth) && dayOfWeek === '*' ? { kind: 'monthly' } : { kind: 'other' };
  if (dayOfWeek === '*') return { kind: 'daily' };
  if (dayOfWeek === '1-5') return { kind: 'weekdays' };
  if (!/^[0-7](?:,[0-7])*$/.test(dayOfWeek)) return { kind: 'other' };
  return { kind: 'weekly', days: [...new Set(dayOfWeek.split(',').map((day) => Number(day) % 7))] };
}
