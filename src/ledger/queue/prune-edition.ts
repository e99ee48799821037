import type { Database } from '../../db/db.ts';
import { deleteDeliveries, markEditionPruned } from './prune-store.ts';

/** Deliveries per transaction. */
const pruneStepSize = 5_000;

/**
 * Deletes the deliveries of an edition that ended, whole or not at all from the ledger's view: its posts are never offered again there, because
 * who got them is not known any more. Renditions stay, the archive needs them. Returns how many went; 0 when the edition is still open.
 */
export async function pruneEdition(database: Database, editionId: string, now: Date): Promise<number> {
  // Marked first: a crash between here and the end leaves an edition whose posts are already not offered any more.
  if (!(await markEditionPruned(database, editionId, now))) return 0;
  let prunedCount = 0;
  for (;;) {
    const count = await deleteDeliveries(database, editionId, pruneStepSize);
    prunedCount += count;
    if (count < pruneStepSize) return prunedCount;
  }
}
