import type { Queryable } from '../db/db.ts';
import { getNewsletter, listNewsletters } from './newsletter-store.ts';
import { publicSchedule, type PublicSchedule } from './public-schedule.ts';
import { listSchedules } from './schedule-store.ts';

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
