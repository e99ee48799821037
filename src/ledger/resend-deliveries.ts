import type { Tx } from '../db/db.ts';
import { lockEdition } from './edition-store.ts';
import { reopenDeliveries, reopenEdition } from './resend-store.ts';

/**
 * Sends again what staff say was not received: re-opens deliveries of an edition that ended in doubt (what was refused was given back and comes with the
 * next edition, or its address is suppressed), with attempts and times cleared, and a done edition with them. That one was in doubt stays known for
 * ever: it may have been read. Returns how many were re-opened; none where the edition was cancelled.
 */
export async function resendDeliveries(tx: Tx, editionId: string, deliveryIds: readonly string[], now: Date): Promise<number> {
  // The edition first: whoever closes it meanwhile waits, and finds it open again.
  const { state } = await lockEdition(tx, editionId);
  if (state !== 'sending' && state !== 'paused' && state !== 'done') return 0;
  const reopenedCount = await reopenDeliveries(tx, editionId, deliveryIds, now);
  if (reopenedCount > 0 && state === 'done') await reopenEdition(tx, editionId);
  return reopenedCount;
}
