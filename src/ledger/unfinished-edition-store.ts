import type { Queryable } from '../db/db.ts';

/** An edition that was composed for readers and has not come to its end. */
export interface UnfinishedEdition {
  readonly id: string;
  readonly state: 'held' | 'approved' | 'sending' | 'paused' | 'cancelled';
  readonly reason: string | null;
  /** Something of it is being sent at this moment. */
  readonly isFlying: boolean;
}

/** The editions of a newsletter that have not come to their end, oldest first; a draft that only waits for its approval is none. */
export async function listUnfinishedEditions(db: Queryable, newsletterId: string): Promise<UnfinishedEdition[]> {
  const { rows } = await db.query<UnfinishedEdition>(
    `select id, state, reason,
       state = 'paused' and exists (select from delivery d where d.edition_id = edition.id and d.state = 'sending') as "isFlying"
     from edition
     where newsletter_id = $1 and ended_at is null and state in ('held', 'approved', 'sending', 'paused', 'cancelled')
     order by id`,
    [newsletterId],
  );
  return rows;
}

/** The editions of renditions, by the id of the rendition. */
export async function findEditionsOfRenditions(db: Queryable, renditionIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; editionId: string }>(
    `select id, edition_id as "editionId" from rendition where id = any($1::bigint[])`,
    [renditionIds],
  );
  return new Map(rows.map((row) => [row.id, row.editionId]));
}
