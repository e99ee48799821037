import type { Database } from '../db/db.ts';
import { releaseByStaff } from '../posts/by-staff/decide-posts.ts';
import type { PublicPost } from '../posts/public-post.ts';
import { listReleasableIds } from '../posts/staff-store.ts';
import { chooseSource } from './source-store.ts';

/** Releases all that is held of a source, such as what a flood brought, but for what it keeps behind a password. @throws NotFoundError */
export async function releaseHeldOf(database: Database, source: string, now: Date): Promise<PublicPost[]> {
  const { id } = await chooseSource(database, source);
  return releaseByStaff(database, await listReleasableIds(database, id), now);
}
