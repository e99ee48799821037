import type { Database, Tx } from '../db/db.ts';
import { lockEdition } from './drafts/edition-store.ts';
import { listDoubtful, reopenDeliveries, reopenEdition } from './queue/resend-store.ts';

/**
 * Sends again what staff say was not received: re-opens deliveries of an edition that ended in doubt (what was refused was given back and comes with the
 * next edition, or its address is suppressed), with attempts and times cleared, and a done edition with them. Whose reader may not be mailed stays as it
 * is: a claim would only end it again. That one was in doubt stays known for ever: it may have been read. Returns how many were re-opened; none where the edition was cancelled or pruned.
 */
export async function resendDeliveries(tx: Tx, editionId: string, deliveryIds: readonly string[], now: Date): Promise<number> {
  // The edition first: whoever closes it meanwhile waits, and finds it open again.
  const { state, prunedAt } = await lockEdition(tx, editionId);
  if (prunedAt !== null || (state !== 'sending' && state !== 'paused' && state !== 'done')) return 0;
  const reopenedCount = await reopenDeliveries(tx, editionId, deliveryIds, now);
  if (reopenedCount > 0 && state === 'done') await reopenEdition(tx, editionId);
  return reopenedCount;
}

/** How many of one transaction: each locks its rows until all are re-opened. */
const resendStepSize = 1_000;

/** Sends again everything of an edition that ended in doubt and whose reader may be mailed, in steps. Returns how many. What comes into doubt anew meanwhile is not sent a third time. */
export async function resendDoubtful(database: Database, editionId: string, now: Date): Promise<number> {
  let reopenedCount = 0;
  let afterId: string | undefined = '0';
  while (afterId !== undefined) {
    const ids: string[] = await listDoubtful(database, { editionId, afterId, limit: resendStepSize });
    afterId = ids.at(-1);
    if (ids.length > 0) reopenedCount += await database.transaction(async (tx) => resendDeliveries(tx, editionId, ids, now));
  }
  return reopenedCount;
}
