import type { Database } from '../db/db.ts';

/** Deliveries per transaction. */
const pruneStepSize = 5_000;

/**
 * Deletes the deliveries of an edition that ended, whole or not at all from the ledger's view: its posts are never offered again there, because
 * who got them is not known any more. Renditions stay, the archive needs them. Returns how many went; 0 when the edition is still open.
 */
export async function pruneEdition(database: Database, editionId: string, now: Date): Promise<number> {
  // Marked first: a crash between here and the end leaves an edition whose posts are already not offered any more.
  const { rowCount: markedCount } = await database.query(
    `update edition set pruned_at = coalesce(pruned_at, $2) where id = $1 and ended_at is not null`,
    [editionId, now],
  );
  if (markedCount !== 1) return 0;
  let prunedCount = 0;
  for (;;) {
    const { rowCount } = await database.query(
      `delete from delivery where id in (select id from delivery where edition_id = $1 order by subscription_id limit $2)`,
      [editionId, pruneStepSize],
    );
    prunedCount += rowCount ?? 0;
    if ((rowCount ?? 0) < pruneStepSize) return prunedCount;
  }
}
