import type { Queryable } from '../db/db.ts';
import { getNewsletter, listNewsletters } from './newsletter-store.ts';
import type { Newsletter } from './newsletter.ts';
import { publicSchedule, type PublicSchedule } from './public-schedule.ts';
import { chooseSchedule } from './choose-schedule.ts';
import { listSchedules } from './schedule-store.ts';
import type { Schedule } from './schedule.ts';

/** The schedules of all newsletters, or of the one with this slug, oldest first. @throws NotFoundError */
export async function listPublicSchedules(db: Queryable, newsletter: string | undefined, now: Date): Promise<PublicSchedule[]> {
  const newsletters = newsletter === undefined ? await listNewsletters(db) : [await getNewsletter(db, newsletter)];
  const schedules = await listSchedules(db, newsletter === undefined ? undefined : newsletters[0]?.id);
  return schedules.flatMap((schedule) => {
    const owner = newsletters.find((each) => each.id === schedule.newsletterId);
    // Its newsletter was removed between the two questions.
    return owner ? [publicSchedule(schedule, owner, now)] : [];
  });
}

/** A schedule as staff mean it: the named one of a newsletter, or its only one. */
export interface ScheduleChoice {
  /** The slug of the newsletter. */
  readonly newsletter: string;
  readonly schedule?: string | undefined;
}

/** What is chosen. @throws NotFoundError; InvalidInputError where there are several schedules and none is named */
export async function loadChosenSchedule(db: Queryable, choice: ScheduleChoice): Promise<{ newsletter: Newsletter; schedule: Schedule }> {
  const newsletter = await getNewsletter(db, choice.newsletter);
  return { newsletter, schedule: await chooseSchedule(db, newsletter, choice.schedule) };
}

/** The same as programs see it. */
export async function getPublicSchedule(db: Queryable, choice: ScheduleChoice, now: Date): Promise<PublicSchedule> {
  const { newsletter, schedule } = await loadChosenSchedule(db, choice);
  return publicSchedule(schedule, newsletter, now);
}
