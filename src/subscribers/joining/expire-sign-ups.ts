import type { Database } from '../../db/db.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import { deleteOldHeld, deletePending, lockExpired } from './sign-up-store.ts';

/** So many in one transaction. */
const stepSize = 500;

/**
 * Forgets sign-ups that nobody confirmed in time, and held ones that nobody decided on: address and name go, the log keeps that somebody asked and
 * nobody confirmed. Gives how many.
 */
export async function expireSignUps(database: Database, now: Date): Promise<number> {
  let count = await deleteOldHeld(database, now);
  for (;;) {
    const step = await database.transaction(async (tx) => {
      const expired = await lockExpired(tx, now, stepSize);
      for (const { subscriptionId } of expired) await insertConsentEvent(tx, { subscriptionId, kind: 'expired', at: now, source: 'clock' });
      if (expired.length > 0)
        await deletePending(
          tx,
          expired.map(({ subscriptionId }) => subscriptionId),
        );
      return expired.length;
    });
    count += step;
    if (step < stepSize) return count;
  }
}
