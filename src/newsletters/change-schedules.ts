import type { Database, Queryable } from '../db/db.ts';
import { ConflictError, NotFoundError } from '../kernel/errors.ts';
import { chooseSchedule } from './choose-schedule.ts';
import { getNewsletter } from './newsletter-store.ts';
import { parseSlug } from './newsletter.ts';
import { publicSchedule, type PublicSchedule } from './public-schedule.ts';
import { changedSettings, newScheduleSettings, scheduleNameFor, type ScheduleChanges } from './schedule-settings.ts';
import {
  countSubscriptionsOfSchedule,
  getScheduleById,
  insertSchedule,
  lockSchedule,
  markScheduleRemoved,
  updateSchedule,
} from './schedule-store.ts';

/** A schedule to be: its cadence and time zone have to be among the settings. */
export interface NewSchedule {
  /** The slug of its newsletter. */
  readonly newsletter: string;
  /** By its cadence where undefined: weekly, daily or monthly. */
  readonly name?: string | undefined;
  readonly settings: ScheduleChanges & { readonly timeZone: string };
}

/** Adds a schedule to a newsletter. @throws NotFoundError, InvalidInputError, ConflictError when the newsletter has one of this name */
export async function addSchedule(db: Queryable, input: NewSchedule, now: Date): Promise<PublicSchedule> {
  const newsletter = await getNewsletter(db, input.newsletter);
  const settings = changedSettings(newScheduleSettings, input.settings);
  const name = parseSlug(input.name ?? scheduleNameFor(settings.cron));
  return publicSchedule(await insertSchedule(db, { ...settings, newsletterId: newsletter.id, name }, now), newsletter, now);
}

/** A schedule by the name that it has in its newsletter. */
export interface ScheduleName {
  /** The slug of the newsletter. */
  readonly newsletter: string;
  readonly schedule: string;
}

/** Changes what is given of a schedule. @throws NotFoundError; InvalidInputError for what does not go together with what it has */
export async function changeSchedule(db: Queryable, which: ScheduleName, changes: ScheduleChanges, now: Date): Promise<PublicSchedule> {
  const newsletter = await getNewsletter(db, which.newsletter);
  const before = await chooseSchedule(db, newsletter, which.schedule);
  await updateSchedule(db, { ...before, ...changedSettings(before, changes) }, now);
  return publicSchedule(await getScheduleById(db, before.id), newsletter, now);
}

/** Ends a schedule; its editions stay. @throws NotFoundError; ConflictError while subscriptions that have not left still use it */
export async function removeSchedule(database: Database, which: ScheduleName, now: Date): Promise<PublicSchedule> {
  return database.transaction(async (tx) => {
    const newsletter = await getNewsletter(tx, which.newsletter);
    const schedule = await chooseSchedule(tx, newsletter, which.schedule);
    // Counted under the lock: nobody is given the schedule between the two.
    if (!(await lockSchedule(tx, schedule.id))) throw new NotFoundError(`Expected a schedule, "${schedule.name}" was removed a moment ago`);
    const count = await countSubscriptionsOfSchedule(tx, schedule.id);
    if (count > 0)
      throw new ConflictError(`Schedule "${schedule.name}" still has ${count} subscriptions; move them to another schedule first`);
    await markScheduleRemoved(tx, schedule.id, now);
    return publicSchedule(schedule, newsletter, now);
  });
}
