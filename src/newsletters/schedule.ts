/*
 * Cadences of a newsletter: a cron expression in a time zone. Slots are computed by croner from any start,
 * in local time: one that the clock skips fires at the end of the gap, whichever day that is on, one that comes twice the first time. A slot is a row, so each
 * happens once.
 */
import { Cron } from 'croner';
import { instantOfLocalTime, localTimeOf, repeatedMs } from '../ledger/subscriptions/local-time.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import { weekdays } from '../kernel/clock.ts';

/** Every value of `schedule.approval`: who must agree before an edition goes. */
export const approvals = ['first', 'required', 'auto'] as const;

/** `first`: a person approves the first edition, later ones go by themselves; `required`: each; `auto`: none. */
export type Approval = (typeof approvals)[number];

/** A cadence of a newsletter. */
export interface Schedule {
  readonly id: string;
  readonly newsletterId: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  /** Fewest posts worth a digest. */
  readonly minimum: number;
  /** Most posts in full; the rest goes under "Also published". */
  readonly maximum: number;
  /** How long the oldest matching post may wait for the minimum; null: for ever. */
  readonly maxWaitHours: number | null;
  readonly approval: Approval;
  /** How long a draft waits for a decision before `deadlinePolicy` decides; null: for ever. */
  readonly deadlineHours: number | null;
  readonly deadlinePolicy: 'send' | 'skip' | null;
  /** When it got its present cadence. */
  readonly cadenceSince: Date;
}

/** What staff type to define a schedule. */
export interface ScheduleInput {
  readonly every?: string;
  readonly at?: string;
  readonly cron?: string;
  readonly timeZone: string;
}

/** Days with a time of day (`friday`, `08:00`), or a cron expression (`0 8 * * 5`), as a five-field cron expression. @throws InvalidInputError */
export function cronFromInput(input: ScheduleInput): string {
  const remedy = { kind: 'say', what: 'cadence' } as const;
  if (input.cron !== undefined) {
    if (input.every !== undefined || input.at !== undefined)
      throw new InvalidInputError('Expected either a cron expression or days with a time of day, got both', { remedy });
    return parseCron(input.cron, input.timeZone);
  }
  if (input.every === undefined || input.at === undefined)
    throw new InvalidInputError(`Expected days with a time of day, or a cron expression, got ${describeParts(input)}`, { remedy });
  const [hour, minute] = parseTimeOfDay(input.at);
  return parseCron(`${minute} ${hour} ${dayFields(input.every)}`, input.timeZone);
}

function describeParts({ every, at }: ScheduleInput): string {
  if (every === undefined) return at === undefined ? 'neither' : 'only a time of day';
  return 'only days';
}

function dayFields(every: string): string {
  const words = every
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  if (words.length === 1 && words[0] === 'day') return '* * *';
  if (words.length === 1 && words[0] === 'weekday') return '* * 1-5';
  if (words.length === 1 && words[0] === 'month') return '1 * *';
  const days = words.map((word) => weekdays.findIndex((day) => day === word || (word.length === 3 && day.startsWith(word))));
  if (days.length === 0 || days.includes(-1)) {
    throw new InvalidInputError(`Expected the days as day, weekday, month or names of days (such as "monday,thursday"), got "${every}"`);
  }
  return `* * ${[...new Set(days)].sort((a, b) => a - b).join(',')}`;
}

function parseTimeOfDay(text: string): readonly [hour: number, minute: number] {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  const hour = Number(match?.[1]);
  const minute = Number(match?.[2]);
  if (!match || hour > 23 || minute > 59) throw new InvalidInputError(`Expected the time of day as HH:MM (such as 08:00), got "${text}"`);
  return [hour, minute];
}

/** A cron expression of five fields that fires at least once. @throws InvalidInputError */
function parseCron(text: string, timeZone: string): string {
  const cron = text.trim().replaceAll(/\s+/g, ' ');
  try {
    if (cron.split(' ').length === 5 && new Cron(cron, { timezone: timeZone, mode: '5-part' }).nextRun()) return cron;
  } catch {
    // Falls through to the one message.
  }
  throw new InvalidInputError(`Expected a cron expression of five fields that comes due some day (such as "0 8 * * 5"), got "${text}"`);
}

/** A time zone of the IANA database in its canonical spelling. @throws InvalidInputError */
export function parseTimeZone(text: string): string {
  try {
    // Offsets such as "+02:00" are accepted by Intl but follow no daylight saving: not a zone for people.
    if (/^[A-Za-z]/.test(text)) return new Intl.DateTimeFormat('en', { timeZone: text.trim() }).resolvedOptions().timeZone;
  } catch {
    // Falls through to the one message.
  }
  throw new InvalidInputError(`Expected a time zone such as Europe/Madrid, got "${text}"`);
}

/** The newest slot at or before `now` and after the schedule got its cadence; undefined when there is none yet. */
export function newestSlot(schedule: Pick<Schedule, 'cron' | 'timeZone' | 'cadenceSince'>, now: Date): Date | undefined {
  const { timeZone } = schedule;
  const cron = localCron(schedule);
  // Where the clock was set back, local times that are still to come again may have had their slot. previousRuns looks strictly before its reference.
  let before = localTimeOf(now.getTime(), timeZone) + repeatedMs(now.getTime(), timeZone) + 1;
  for (;;) {
    const [local] = cron.previousRuns(1, new Date(before));
    if (!local) return undefined;
    const slot = instantOfLocalTime(local.getTime(), timeZone);
    if (slot <= now.getTime()) return slot > schedule.cadenceSince.getTime() ? new Date(slot) : undefined;
    before = local.getTime();
  }
}

/** The first slot after `now`; undefined when the expression never fires again. */
export function nextSlot(schedule: Pick<Schedule, 'cron' | 'timeZone'>, now: Date): Date | undefined {
  const { timeZone } = schedule;
  const cron = localCron(schedule);
  let after = localTimeOf(now.getTime(), timeZone);
  for (;;) {
    const local = cron.nextRun(new Date(after));
    if (!local) return undefined;
    const slot = instantOfLocalTime(local.getTime(), timeZone);
    if (slot > now.getTime()) return new Date(slot);
    after = local.getTime();
  }
}

/** Fires by local time, as if the clock were never changed: asked by zone, a slot that is skipped until the next day would fire a week later. */
function localCron({ cron }: Pick<Schedule, 'cron'>): Cron {
  return new Cron(cron, { timezone: 'UTC', mode: '5-part' });
}
