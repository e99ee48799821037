import { noteDone } from './staff.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { addSchedule, changeSchedule, removeSchedule } from '../src/newsletters/change-schedules.ts';
import { listPublicSchedules } from '../src/newsletters/list-schedules.ts';
import type { PublicSchedule } from '../src/newsletters/public-schedule.ts';
import type { ScheduleChanges } from '../src/newsletters/schedule-settings.ts';
import { approvals, type Approval } from '../src/newsletters/schedule.ts';
import { columns, workAsUsage, type Arguments, type Run } from './command.ts';
import { momentIn } from './dates.ts';
import { withStore } from './open.ts';

function readChanges(args: Arguments): ScheduleChanges {
  return {
    every: args.text('every'),
    at: args.text('at'),
    cron: args.text('cron'),
    timeZone: args.text('zone'),
    minimum: args.integer('minimum', { atLeast: 1 }),
    maximum: args.integer('maximum', { atLeast: 1 }),
    maxWaitHours: hoursOrNone(args, 'max-wait'),
    approval: parseApproval(args.text('approval')),
    deadlineHours: hoursOrNone(args, 'deadline'),
    deadlinePolicy: parsePolicy(args.text('at-deadline')),
  };
}

/** Hours, or "none" for ever. */
function hoursOrNone(args: Arguments, name: string): number | null | undefined {
  return args.text(name) === 'none' ? null : args.integer(name);
}

function parseApproval(text: string | undefined): Approval | undefined {
  const approval = approvals.find((each) => each === text);
  if (text !== undefined && !approval) throw new UsageError(`Expected --approval ${approvals.join(', ')}, got "${text}"`);
  return approval;
}

function parsePolicy(text: string | undefined): 'send' | 'skip' | undefined {
  if (text !== undefined && text !== 'send' && text !== 'skip') throw new UsageError(`Expected --at-deadline send or skip, got "${text}"`);
  return text;
}

/** What `gazette schedules add` does. */
export const schedulesAdd: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const newsletter = args.positionals[0]!;
    const settings = { ...readChanges(args), timeZone: args.required('zone') };
    const schedule = await workAsUsage(addSchedule(database, { newsletter, name: args.text('name'), settings }, clock()));
    await noteDone(context, database, { schedule: [schedule.id], newsletter: [schedule.newsletterId] });
    context.print(`Added the schedule "${schedule.name}" to "${schedule.newsletter}"; next: ${describeNext(schedule)}.`);
    if (schedule.approval === 'first')
      context.print('Its first edition waits for your approval, later ones go by themselves (change it with --approval).');
    return 0;
  });

/** What `gazette schedules set` does. */
export const schedulesSet: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const changes = readChanges(args);
    if (Object.values(changes).every((value) => value === undefined))
      throw new UsageError('Expected something to change. See "gazette schedules set --help".');
    const [newsletter, name] = args.positionals as [string, string];
    const schedule = await workAsUsage(changeSchedule(database, { newsletter, schedule: name }, changes, clock()));
    await noteDone(context, database, { schedule: [schedule.id], newsletter: [schedule.newsletterId] });
    context.print(`Changed the schedule "${schedule.name}"; next: ${describeNext(schedule)}.`);
    return 0;
  });

/** What `gazette schedules list` does. */
export const schedulesList: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const schedules = await listPublicSchedules(database, args.positionals[0], clock());
    if (args.has('json')) context.print(JSON.stringify(schedules, null, 2));
    else if (schedules.length === 0) context.print('No schedule yet. Add one with "gazette schedules add".');
    else {
      const rows = schedules.map((each) => [
        each.newsletter,
        each.name,
        each.cron,
        each.timeZone,
        `${each.minimum}–${each.maximum}${each.maxWaitHours === null ? '' : `, after ${each.maxWaitHours} h any`}`,
        `${each.approval}${each.deadlineHours === null ? '' : `, ${each.deadlinePolicy} after ${each.deadlineHours} h`}`,
        describeNext(each),
      ]);
      for (const line of columns([['NEWSLETTER', 'SCHEDULE', 'CRON', 'ZONE', 'POSTS', 'APPROVAL', 'NEXT'], ...rows])) context.print(line);
    }
    return 0;
  });

/** What `gazette schedules remove` does. */
export const schedulesRemove: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const [newsletter, schedule] = args.positionals as [string, string];
    const removed = await removeSchedule(database, { newsletter, schedule }, clock());
    await noteDone(context, database, { schedule: [removed.id], newsletter: [removed.newsletterId] });
    context.print(`Removed the schedule "${removed.name}" of "${removed.newsletter}".`);
    return 0;
  });

function describeNext({ nextAt, timeZone }: PublicSchedule): string {
  if (!nextAt) return 'never';
  return momentIn(nextAt, timeZone);
}
