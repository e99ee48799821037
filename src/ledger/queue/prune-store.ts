import type { Queryable } from '../../db/db.ts';

/** Marks an edition that ended as pruned; false while it is open. */
export async function markEditionPruned(db: Queryable, editionId: string, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(`update edition set pruned_at = coalesce(pruned_at, $2) where id = $1 and ended_at is not null`, [
    editionId,
    now,
  ]);
  return rowCount === 1;
}

/** Deletes up to `limit` deliveries of an edition and returns how many there were. */
export async function deleteDeliveries(db: Queryable, editionId: string, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from delivery where id in (select id from delivery where edition_id = $1 order by subscription_id limit $2)`,
    [editionId, limit],
  );
  return rowCount ?? 0;
}
