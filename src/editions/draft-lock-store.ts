import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Session } from '../db/db.ts';

/** How often somebody who waits looks whether the draft is free. */
const lookEveryMs = 50;

/**
 * Runs `work` while nobody else, in any process, renders, edits or decides this draft. Without it what one process rendered before an edit
 * could be stored after the edit had thrown the old renditions away, and then go out (P5). Keeps one connection of the pool while `work` runs;
 * who waits keeps none, or a few impatient clicks would take all of them and leave none for the work that they wait for.
 */
export async function withDraftLock<T>(database: Database, editionId: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const turn = await tryDraftLock(database, editionId, work);
    if (turn) return turn.result;
    await delay(lookEveryMs);
  }
}

/** The same, where nobody does at this moment; undefined where somebody does. */
export async function tryDraftLock<T>(
  database: Database,
  editionId: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  return database.connection(async (session) => {
    if (!(await tryLock(session, editionId))) return undefined;
    try {
      return { result: await work() };
    } finally {
      await session.query(`select pg_advisory_unlock(hashtextextended('gazette.draft', $1::bigint))`, [editionId]);
    }
  });
}

async function tryLock(session: Session, editionId: string): Promise<boolean> {
  const { rows } = await session.query<{ isMine: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('gazette.draft', $1::bigint)) as "isMine"`,
    [editionId],
  );
  return rows[0]?.isMine === true;
}
