import type { Database } from '../db/db.ts';

/**
 * Runs `work` while nobody else, in any process, renders, edits or decides this draft. Without it what one process rendered before an edit
 * could be stored after the edit had thrown the old renditions away, and then go out (P5). Keeps one connection of the pool.
 */
export async function withDraftLock<T>(database: Database, editionId: string, work: () => Promise<T>): Promise<T> {
  return database.connection(async (session) => {
    await session.query(`select pg_advisory_lock(hashtextextended('gazette.draft', $1::bigint))`, [editionId]);
    try {
      return await work();
    } finally {
      await session.query(`select pg_advisory_unlock(hashtextextended('gazette.draft', $1::bigint))`, [editionId]);
    }
  });
}
