import type { Queryable } from '../db/db.ts';
import { listNewsletters } from './newsletter-store.ts';
import { publicNewsletter, type PublicNewsletter } from './public-newsletter.ts';
import { listSchedules } from './schedule-store.ts';

/** All newsletters with the names of their schedules, oldest first. */
export async function listPublicNewsletters(db: Queryable): Promise<PublicNewsletter[]> {
  const newsletters = await listNewsletters(db);
  const schedules = await listSchedules(db);
  return newsletters.map((newsletter) =>
    publicNewsletter(
      newsletter,
      schedules.filter((schedule) => schedule.newsletterId === newsletter.id),
    ),
  );
}
