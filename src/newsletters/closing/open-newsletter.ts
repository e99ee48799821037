import type { Database } from '../../db/db.ts';
import { getNewsletter } from '../newsletter-store.ts';
import { publicNewsletter, type PublicNewsletter } from '../public-newsletter.ts';
import { listSchedules } from '../schedule-store.ts';
import { markOpen } from './closing-store.ts';

/** Opens a newsletter again that was closed: its schedules go on with their next slots, and what was released meanwhile waits for them. @throws NotFoundError */
export async function openNewsletter(
  database: Database,
  slug: string,
  now: Date,
): Promise<{ readonly newsletter: PublicNewsletter; readonly wasClosed: boolean }> {
  const { id } = await getNewsletter(database, slug);
  const wasClosed = await database.transaction((tx) => markOpen(tx, id, now));
  const newsletter = await getNewsletter(database, slug);
  return { newsletter: publicNewsletter(newsletter, await listSchedules(database, id)), wasClosed };
}
