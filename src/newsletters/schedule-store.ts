import type { Queryable, Tx } from '../db/db.ts';
import { isUniqueViolation } from '../db/sqlstate.ts';
import { ConflictError, NotFoundError } from '../kernel/errors.ts';
import type { Schedule } from './schedule.ts';

const columns = `id, newsletter_id as "newsletterId", name, cron, time_zone as "timeZone", minimum, maximum,
  (extract(epoch from max_wait) / 3600)::float8 as "maxWaitHours", approval,
  (extract(epoch from deadline) / 3600)::float8 as "deadlineHours", deadline_policy as "deadlinePolicy", cadence_since as "cadenceSince"`;

/** What staff may change of a schedule, in the order in which both statements take it. */
function settingsOf(schedule: Omit<Schedule, 'id' | 'cadenceSince'>): readonly (string | number | null)[] {
  const { cron, timeZone, minimum, maximum, maxWaitHours, approval, deadlineHours, deadlinePolicy } = schedule;
  return [cron, timeZone, minimum, maximum, maxWaitHours, approval, deadlineHours, deadlinePolicy];
}

/** Stores a schedule. @throws ConflictError when the newsletter has one of this name. */
export async function insertSchedule(db: Queryable, schedule: Omit<Schedule, 'id' | 'cadenceSince'>, now: Date): Promise<Schedule> {
  try {
    const { rows } = await db.query<Schedule>(
      `insert into schedule (newsletter_id, name, cron, time_zone, minimum, maximum, max_wait, approval, deadline, deadline_policy, cadence_since,
         created_at)
       values ($1, $2, $3, $4, $5, $6, make_interval(secs => $7::float8 * 3600), $8, make_interval(secs => $9::float8 * 3600), $10, $11, $11)
       returning ${columns}`,
      [schedule.newsletterId, schedule.name, ...settingsOf(schedule), now],
    );
    return rows[0]!;
  } catch (error) {
    if (isUniqueViolation(error, 'schedule_name_key'))
      throw new ConflictError(`A schedule "${schedule.name}" exists already`, {
        cause: error,
        remedy: { kind: 'say', what: 'another_name' },
      });
    throw error;
  }
}

/** Changes the settings of a schedule in place; a changed cadence begins now, so that it makes no slot due from before. @throws NotFoundError */
export async function updateSchedule(db: Queryable, schedule: Schedule, now: Date): Promise<void> {
  const { rowCount } = await db.query(
    `update schedule
     set cron = $2, time_zone = $3, minimum = $4, maximum = $5, max_wait = make_interval(secs => $6::float8 * 3600), approval = $7,
         deadline = make_interval(secs => $8::float8 * 3600), deadline_policy = $9,
         cadence_since = case when cron = $2 and time_zone = $3 then cadence_since else $10 end
     where id = $1 and removed_at is null`,
    [schedule.id, ...settingsOf(schedule), now],
  );
  if (rowCount === 0) throw new NotFoundError(`Expected a schedule, found none with id ${schedule.id}`);
}

/** The schedules of a newsletter (all newsletters when undefined) that are not removed, oldest first. */
export async function listSchedules(db: Queryable, newsletterId?: string): Promise<Schedule[]> {
  const { rows } = await db.query<Schedule>(
    `select ${columns} from schedule where removed_at is null and ($1::bigint is null or newsletter_id = $1) order by id`,
    [newsletterId ?? null],
  );
  return rows;
}

/** SQL: whether a schedule `s` makes slots: it was not removed, and its newsletter is open. The one place that says so. */
export const isRunningSql = `(s.removed_at is null and exists (select from newsletter o where o.id = s.newsletter_id and o.closed_at is null))`;

/** The schedules of all newsletters that make slots, oldest first. */
export async function listRunningSchedules(db: Queryable): Promise<Schedule[]> {
  const { rows } = await db.query<Schedule>(`select ${columns} from schedule s where ${isRunningSql} order by id`);
  return rows;
}

/** The schedule with this id, removed ones too. @throws NotFoundError */
export async function getScheduleById(db: Queryable, id: string): Promise<Schedule> {
  const { rows } = await db.query<Schedule>(`select ${columns} from schedule where id = $1`, [id]);
  if (!rows[0]) throw new NotFoundError(`Expected a schedule, found none with id ${id}`);
  return rows[0];
}

/** Locks a schedule against everybody who is about to use it; false when it was removed. Who is using it already is waited for. */
export async function lockSchedule(tx: Tx, scheduleId: string): Promise<boolean> {
  // Not "no key": a subscription refers to the row, and its reference has to wait.
  return (await tx.query(`select from schedule where id = $1 and removed_at is null for update`, [scheduleId])).rowCount === 1;
}

/** Holds a schedule for a subscription until commit: whoever removes it waits, and counts that too. False when it was removed. */
export async function holdSchedule(tx: Tx, scheduleId: string): Promise<boolean> {
  return (await tx.query(`select from schedule where id = $1 and removed_at is null for key share`, [scheduleId])).rowCount === 1;
}

/** How many subscriptions that have not left use a schedule. */
export async function countSubscriptionsOfSchedule(db: Queryable, scheduleId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from subscription where schedule_id = $1 and state in ('pending', 'active')`,
    [scheduleId],
  );
  return rows[0]?.count ?? 0;
}

/** Ends a schedule; its editions stay. */
export async function markScheduleRemoved(db: Queryable, scheduleId: string, now: Date): Promise<void> {
  await db.query(`update schedule set removed_at = $2 where id = $1 and removed_at is null`, [scheduleId, now]);
}
