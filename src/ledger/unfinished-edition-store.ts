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

/** How many deliveries editions have. */
export interface EditionSize {
  readonly total: number;
  /** Not decided yet. */
  readonly open: number;
}

/** Up to so many ids the deliveries among them are looked at, each; of more it is close enough to say where they may be open. */
const countedIds = 20_000;

/** How many deliveries editions have, and about how many are open: fit to be asked every second, of a million as well. */
export async function sizeOfEditions(db: Queryable, editionIds: readonly string[]): Promise<EditionSize> {
  const { rows } = await db.query<EditionSize & { readonly idCount: number }>(
    `select coalesce(sum(e.delivery_count), 0)::integer as total, coalesce(sum(r.count), 0)::integer as "idCount",
       coalesce(sum(least(r.count, e.delivery_count)), 0)::integer as open
     from edition e cross join lateral (select sum(to_id - from_id + 1) as count from open_range where edition_id = e.id) as r
     where e.id = any($1::bigint[])`,
    [editionIds],
  );
  const { total = 0, open = 0, idCount = 0 } = rows[0] ?? {};
  if (idCount > countedIds) return { total, open };
  const { rows: counted } = await db.query<{ open: number }>(
    `select count(distinct d.id)::integer as open
     from open_range r join delivery d on d.id >= r.from_id and d.id <= r.to_id and d.edition_id = r.edition_id and d.state in ('queued', 'sending')
     where r.edition_id = any($1::bigint[])`,
    [editionIds],
  );
  return { total, open: Math.min(total, counted[0]?.open ?? 0) };
}

/** The editions of renditions, by the id of the rendition. */
export async function findEditionsOfRenditions(db: Queryable, renditionIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; editionId: string }>(
    `select id, edition_id as "editionId" from rendition where id = any($1::bigint[])`,
    [renditionIds],
  );
  return new Map(rows.map((row) => [row.id, row.editionId]));
}
