import type { Newsletter } from './newsletter.ts';
import { nextSlot, type Approval, type Schedule } from './schedule.ts';

/** A schedule as programs see it: what `--json` prints. */
export interface PublicSchedule {
  readonly id: string;
  readonly newsletterId: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly maxWaitHours: number | null;
  readonly approval: Approval;
  readonly deadlineHours: number | null;
  readonly deadlinePolicy: 'send' | 'skip' | null;
  readonly cadenceSince: Date;
  /** The slug of its newsletter. */
  readonly newsletter: string;
  /** When it comes due next; absent where it never does again, or its newsletter is closed. */
  readonly nextAt?: Date;
}

/** The same of a row, as of a moment. */
export function publicSchedule(schedule: Schedule, newsletter: Pick<Newsletter, 'slug' | 'closedAt'>, now: Date): PublicSchedule {
  const nextAt = newsletter.closedAt === null ? nextSlot(schedule, now) : undefined;
  return {
    id: schedule.id,
    newsletterId: schedule.newsletterId,
    name: schedule.name,
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    minimum: schedule.minimum,
    maximum: schedule.maximum,
    maxWaitHours: schedule.maxWaitHours,
    approval: schedule.approval,
    deadlineHours: schedule.deadlineHours,
    deadlinePolicy: schedule.deadlinePolicy,
    cadenceSince: schedule.cadenceSince,
    newsletter: newsletter.slug,
    ...(nextAt ? { nextAt } : {}),
  };
}
