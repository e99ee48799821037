import type { Queryable } from '../db/db.ts';
import { inRangesSql, walkOpenRanges } from './queue/open-range-store.ts';

/** An edition that was composed for readers and has not come to its end. */
export interface UnfinishedEdition {
  readonly id: string;
  readonly state: 'held' | 'approved' | 'sending' | 'paused' | 'cancelled';
  readonly reason: string | null;
}

/** The editions of a newsletter that have not come to their end, oldest first; a draft that only waits for its approval is none. */
export async function listUnfinishedEditions(db: Queryable, newsletterId: string): Promise<UnfinishedEdition[]> {
  const { rows } = await db.query<UnfinishedEdition>(
    `select id, state, reason from edition
     where newsletter_id = $1 and ended_at is null and state in ('held', 'approved', 'sending', 'paused', 'cancelled')
     order by id`,
    [newsletterId],
  );
  return rows;
}

/** Whether something of an edition is being sent at this moment: what is on its way when it is paused still ends. */
export async function isFlying(db: Queryable, editionId: string): Promise<boolean> {
  for await (const { fromIds, toIds } of walkOpenRanges(db, { editionId, isDue: true })) {
    const { rowCount } = await db.query(`select from ${inRangesSql(2, 3)} where d.edition_id = $1 and d.state = 'sending' limit 1`, [
      editionId,
      fromIds,
      toIds,
    ]);
    if (rowCount === 1) return true;
  }
  return false;
}

/** The editions of renditions, by the id of the rendition. */
export async function findEditionsOfRenditions(db: Queryable, renditionIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; editionId: string }>(
    `select id, edition_id as "editionId" from rendition where id = any($1::bigint[])`,
    [renditionIds],
  );
  return new Map(rows.map((row) => [row.id, row.editionId]));
}
