import type { Database } from '../../db/db.ts';
import { findEdition, lockEdition, lockNewsletter } from '../drafts/edition-store.ts';
import { listPrunable, markEditionPruned, pruneDeliveries } from '../queue/prune-store.ts';

/** How much, and in which steps. */
export interface PruneLimits {
  /** Deliveries at most, rounded up to a step. Default: all. */
  readonly mostCount?: number;
  /** Deliveries per transaction. Default 2,000, as in a freeze. */
  readonly stepSize?: number;
}

/**
 * Deletes the deliveries of an edition that ended and keeps how many ended how, whole or not at all from the ledger's view: its posts are never offered again
 * there, because who got them is not known any more. Renditions stay, the archive needs them. Safe to repeat: what was cut off goes on. Returns how many went;
 * 0 when the edition is still open.
 */
export async function pruneEdition(
  database: Database,
  editionId: string,
  now: Date,
  { mostCount = Infinity, stepSize = 2_000 }: PruneLimits = {},
): Promise<number> {
  // Marked first: a crash between here and the end leaves an edition whose posts are already not offered any more.
  if (!(await mark(database, editionId, now))) return 0;
  let prunedCount = 0;
  for (let afterId: string | null = '0'; afterId !== null && prunedCount < mostCount;) {
    const step = await pruneDeliveries(database, { editionId, afterId, limit: stepSize });
    prunedCount += step.count;
    afterId = step.uptoId;
  }
  return prunedCount;
}

/**
 * Under the exclusion of offers and corrections: whoever looks for holders of its posts has found all of them, or finds it marked. And under its own lock: whoever
 * re-opens deliveries of it has done so, or finds it marked.
 */
async function mark(database: Database, editionId: string, now: Date): Promise<boolean> {
  const edition = await findEdition(database, editionId);
  if (!edition || edition.endedAt === null) return false;
  return database.transaction(async (tx) => {
    await lockNewsletter(tx, edition.newsletterId);
    await lockEdition(tx, editionId);
    return markEditionPruned(tx, editionId, now);
  });
}

/** What pruning came to. */
export interface PrunedEditions {
  /** Of which something was deleted. */
  readonly editionIds: readonly string[];
  readonly prunedCount: number;
}

/** Prunes the editions that ended before then, oldest first, and those whose pruning was cut off. */
export async function pruneOldEditions(
  database: Database,
  { endedBefore, now, mostCount = Infinity }: { readonly endedBefore: Date; readonly now: Date; readonly mostCount?: number },
): Promise<PrunedEditions> {
  const editionIds: string[] = [];
  let prunedCount = 0;
  for (const { id } of await listPrunable(database, endedBefore)) {
    if (prunedCount >= mostCount) break;
    const count = await pruneEdition(database, id, now, { mostCount: mostCount - prunedCount });
    if (count > 0) editionIds.push(id);
    prunedCount += count;
  }
  return { editionIds, prunedCount };
}
