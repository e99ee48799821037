import type { Queryable } from '../db/db.ts';
import { listNewsletters } from './newsletter-store.ts';
import { publicNewsletter, type PublicNewsletter } from './public-newsletter.ts';
import { listSchedules } from './schedule-store.ts';

/** The newsletters that are open, or all, with the names of their schedules, oldest first. */
export async function listPublicNewsletters(db: Queryable, { withClosed = false } = {}): Promise<PublicNewsletter[]> {
  const newsletters = (await listNewsletters(db)).filter(({ closedAt }) => withClosed || closedAt === null);
  const schedules = await listSchedules(db);
  return newsletters.map((newsletter) =>
    publicNewsletter(
      newsletter,
      schedules.filter((schedule) => schedule.newsletterId === newsletter.id),
    ),
  );
}
