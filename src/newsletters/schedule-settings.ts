import { InvalidInputError } from '../kernel/errors.ts';
import { cronFromInput, parseTimeZone, type Approval, type Schedule } from './schedule.ts';

/** What staff may set of a schedule. */
export type ScheduleSettings = Omit<Schedule, 'id' | 'newsletterId' | 'name' | 'cadenceSince'>;

/** Settings as staff state them; what is absent stays as it was. */
export interface ScheduleChanges {
  /** Days in words, with `at`; or `cron`. */
  readonly every?: string | undefined;
  readonly at?: string | undefined;
  readonly cron?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  /** Null: for ever. */
  readonly maxWaitHours?: number | null | undefined;
  readonly approval?: Approval | undefined;
  /** Null: for ever; then no policy is needed. */
  readonly deadlineHours?: number | null | undefined;
  readonly deadlinePolicy?: 'send' | 'skip' | undefined;
}

/** What a new schedule starts with. It has no cadence yet: that has to be stated. */
export const newScheduleSettings: ScheduleSettings = {
  cron: '',
  timeZone: '',
  minimum: 1,
  maximum: 12,
  maxWaitHours: null,
  approval: 'first',
  deadlineHours: null,
  deadlinePolicy: null,
};

/** The settings of a schedule after changes. @throws InvalidInputError that says which of them do not go together, or cannot be */
export function changedSettings(before: ScheduleSettings, changes: ScheduleChanges): ScheduleSettings {
  const timeZone = changes.timeZone === undefined ? before.timeZone : parseTimeZone(changes.timeZone);
  return {
    timeZone,
    cron: changedCron(before, changes, timeZone),
    ...changedLimits(before, changes),
    maxWaitHours: changes.maxWaitHours === undefined ? before.maxWaitHours : changes.maxWaitHours,
    approval: changes.approval ?? before.approval,
    ...changedDeadline(before, changes),
  };
}

function changedCron(before: ScheduleSettings, { every, at, cron }: ScheduleChanges, timeZone: string): string {
  if (before.cron !== '' && every === undefined && at === undefined && cron === undefined) return before.cron;
  return cronFromInput({
    timeZone,
    ...(every === undefined ? {} : { every }),
    ...(at === undefined ? {} : { at }),
    ...(cron === undefined ? {} : { cron }),
  });
}

function changedLimits(before: ScheduleSettings, changes: ScheduleChanges): Pick<ScheduleSettings, 'minimum' | 'maximum'> {
  const { minimum = before.minimum, maximum = before.maximum } = changes;
  if (minimum < 1) throw new InvalidInputError(`Expected a minimum of 1 or more, got ${minimum}`);
  if (minimum > maximum) throw new InvalidInputError(`Expected a minimum that is not above the maximum, got ${minimum} and ${maximum}`);
  return { minimum, maximum };
}

/** A deadline and what happens at it come together. */
function changedDeadline(
  before: ScheduleSettings,
  { deadlineHours = before.deadlineHours, deadlinePolicy }: ScheduleChanges,
): Pick<ScheduleSettings, 'deadlineHours' | 'deadlinePolicy'> {
  const remedy = { kind: 'say', what: 'deadline' } as const;
  if (deadlineHours === null) {
    if (deadlinePolicy !== undefined)
      throw new InvalidInputError('Expected how long a draft waits beside what happens then, got only what happens', { remedy });
    return { deadlineHours, deadlinePolicy: null };
  }
  const policy = deadlinePolicy ?? before.deadlinePolicy;
  if (policy === null)
    throw new InvalidInputError('Expected what happens at the deadline (send or skip) beside how long a draft waits, got only how long', {
      remedy,
    });
  return { deadlineHours, deadlinePolicy: policy };
}

/** What a schedule is called where nobody named it: by its cadence. */
export function scheduleNameFor(cron: string): string {
  const [, , dayOfMonth, , dayOfWeek] = cron.split(' ');
  if (dayOfMonth !== '*') return 'monthly';
  return dayOfWeek === '*' || dayOfWeek === '1-5' ? 'daily' : 'weekly';
}
