import { UsageError } from '../src/kernel/errors.ts';
import { getNewsletter, listNewsletters } from '../src/newsletters/newsletter-store.ts';
import { parseSlug } from '../src/newsletters/newsletter.ts';
import { chooseSchedule, insertSchedule, listSchedules, removeSchedule, updateSchedule } from '../src/newsletters/schedule-store.ts';
import { approvals, cronFromInput, nextSlot, parseTimeZone, type Approval, type Schedule } from '../src/newsletters/schedule.ts';
import { asUsage, columns, type Arguments, type Run } from './command.ts';
import { withStore } from './open.ts';
import { cadence } from './table/schedules.ts';

type Settings = Omit<Schedule, 'id' | 'newsletterId' | 'name' | 'cadenceSince'>;

function readSettings(args: Arguments, before: Settings): Settings {
  const timeZone = args.text('zone') === undefined ? before.timeZone : asUsage(() => parseTimeZone(args.required('zone')));
  const [every, at, cron] = [args.text('every'), args.text('at'), args.text('cron')];
  const input = {
    timeZone,
    ...(every === undefined ? {} : { every }),
    ...(at === undefined ? {} : { at }),
    ...(cron === undefined ? {} : { cron }),
  };
  const deadlineHours = hoursOrNone(args, 'deadline', before.deadlineHours);
  if (deadlineHours === null && args.text('at-deadline') !== undefined)
    throw new UsageError('Expected --deadline with --at-deadline: how long a draft waits');
  return {
    timeZone,
    cron:
      before.cron !== '' && every === undefined && at === undefined && cron === undefined
        ? before.cron
        : asUsage(() => cronFromInput(input)),
    ...readLimits(args, before),
    maxWaitHours: hoursOrNone(args, 'max-wait', before.maxWaitHours),
    approval: parseApproval(args.text('approval') ?? before.approval),
    deadlineHours,
    deadlinePolicy: deadlineHours === null ? null : parsePolicy(args.text('at-deadline') ?? before.deadlinePolicy ?? undefined),
  };
}

/** Hours, or "none" for ever. */
function hoursOrNone(args: Arguments, name: string, before: number | null): number | null {
  return args.text(name) === 'none' ? null : (args.integer(name) ?? before);
}

function readLimits(args: Arguments, before: Settings): Pick<Settings, 'minimum' | 'maximum'> {
  const minimum = args.integer('minimum', { atLeast: 1 }) ?? before.minimum;
  const maximum = args.integer('maximum', { atLeast: 1 }) ?? before.maximum;
  if (minimum > maximum) throw new UsageError(`Expected a minimum that is not above the maximum, got ${minimum} and ${maximum}`);
  return { minimum, maximum };
}

function parseApproval(text: string): Approval {
  const approval = approvals.find((each) => each === text);
  if (!approval) throw new UsageError(`Expected --approval ${approvals.join(', ')}, got "${text}"`);
  return approval;
}

function parsePolicy(text: string | undefined): 'send' | 'skip' {
  if (text !== 'send' && text !== 'skip')
    throw new UsageError(`Expected --at-deadline send or skip, got ${text === undefined ? 'nothing' : `"${text}"`}`);
  return text;
}

const fresh: Settings = {
  cron: '',
  timeZone: '',
  minimum: 1,
  maximum: 12,
  maxWaitHours: null,
  approval: 'first',
  deadlineHours: null,
  deadlinePolicy: null,
};

/** What `gazette schedules add` does. */
export const schedulesAdd: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const newsletter = await getNewsletter(database, args.positionals[0]!);
    args.required('zone');
    const settings = readSettings(args, fresh);
    const name = asUsage(() => parseSlug(args.text('name') ?? nameFor(settings.cron)));
    const schedule = await insertSchedule(database, { ...settings, newsletterId: newsletter.id, name }, clock());
    context.print(`Added the schedule "${schedule.name}" to "${newsletter.slug}"; next: ${describeNext(schedule, clock())}.`);
    if (schedule.approval === 'first')
      context.print('Its first edition waits for your approval, later ones go by themselves (change it with --approval).');
    return 0;
  });

/** What `gazette schedules set` does. */
export const schedulesSet: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    if (Object.keys(cadence).every((name) => args.text(name) === undefined))
      throw new UsageError('Expected something to change. See "gazette schedules set --help".');
    const newsletter = await getNewsletter(database, args.positionals[0]!);
    const before = await chooseSchedule(database, newsletter, args.positionals[1]);
    const schedule = { ...before, ...readSettings(args, before) };
    await updateSchedule(database, schedule, clock());
    context.print(`Changed the schedule "${schedule.name}"; next: ${describeNext(schedule, clock())}.`);
    return 0;
  });

/** What `gazette schedules list` does. */
export const schedulesList: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const only = args.positionals[0] === undefined ? undefined : await getNewsletter(database, args.positionals[0]);
    const slugs = new Map((await listNewsletters(database)).map((each) => [each.id, each.slug]));
    const schedules = await listSchedules(database, only?.id);
    if (args.has('json')) {
      context.print(
        JSON.stringify(
          schedules.map((each) => ({ ...each, newsletter: slugs.get(each.newsletterId), nextAt: nextSlot(each, clock()) })),
          null,
          2,
        ),
      );
      return 0;
    }
    if (schedules.length === 0) context.print('No schedule yet. Add one with "gazette schedules add".');
    else {
      const rows = schedules.map((each) => [
        slugs.get(each.newsletterId) ?? '',
        each.name,
        each.cron,
        each.timeZone,
        `${each.minimum}–${each.maximum}${each.maxWaitHours === null ? '' : `, after ${each.maxWaitHours} h any`}`,
        `${each.approval}${each.deadlineHours === null ? '' : `, ${each.deadlinePolicy} after ${each.deadlineHours} h`}`,
        describeNext(each, clock()),
      ]);
      for (const line of columns([['NEWSLETTER', 'SCHEDULE', 'CRON', 'ZONE', 'POSTS', 'APPROVAL', 'NEXT'], ...rows])) context.print(line);
    }
    return 0;
  });

/** What `gazette schedules remove` does. */
export const schedulesRemove: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const newsletter = await getNewsletter(database, args.positionals[0]!);
    const schedule = await chooseSchedule(database, newsletter, args.positionals[1]);
    await removeSchedule(database, schedule, clock());
    context.print(`Removed the schedule "${schedule.name}" of "${newsletter.slug}".`);
    return 0;
  });

function nameFor(cron: string): string {
  const [, , dayOfMonth, , dayOfWeek] = cron.split(' ');
  if (dayOfMonth !== '*') return 'monthly';
  return dayOfWeek === '*' || dayOfWeek === '1-5' ? 'daily' : 'weekly';
}

function describeNext(schedule: Schedule, now: Date): string {
  const next = nextSlot(schedule, now);
  if (!next) return 'never';
  return `${next.toLocaleString('en-GB', { timeZone: schedule.timeZone, dateStyle: 'full', timeStyle: 'short' })} (${schedule.timeZone})`;
}
