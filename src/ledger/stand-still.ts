import type { Database } from '../db/db.ts';
import { type AccountOutage, type AccountRefusal, describeOutage, nextTryAt, type OutagePolicy, pausesEditions } from './account-outage.ts';
import { extendOutage, insertOutage, listEditionsOfSender, listOpenOutages, lockOpenOutage } from './account-outage-store.ts';
import { stopForStaff } from './decide-edition.ts';

/** How often a race for the first refusal of an outage is looked at again: the winner's row is there after its commit. */
const raceCount = 3;

/**
 * Writes down that an account was refused, and until when it stands still. Refusals of messages that were on their way together count once. Any
 * number of workers may call it at once.
 */
export async function recordAccountRefusal(
  database: Database,
  refusal: AccountRefusal,
  policy: OutagePolicy,
  random: number,
): Promise<AccountOutage> {
  for (let race = 0; race < raceCount; race += 1) {
    const outage = await database.transaction(async (tx) => {
      const { outage: open, now } = await lockOpenOutage(tx, refusal);
      if (open === undefined) return insertOutage(tx, refusal, nextTryAt(refusal.trouble, 1, now, policy, random));
      if (open.nextTryAt > now) return open;
      // Another trouble than before begins to grow anew.
      const tryCount = open.trouble === refusal.trouble ? open.tryCount + 1 : 1;
      return extendOutage(tx, open.id, { ...refusal, tryCount }, nextTryAt(refusal.trouble, tryCount, now, policy, random));
    });
    if (outage !== undefined) return outage;
  }
  throw new Error('Expected an open outage of the account, found none');
}

/** A log-in or sender that stays refused pauses the editions that are being sent with it. Returns their ids. */
export async function pauseRefusedEditions(database: Database, now: Date, policy: OutagePolicy): Promise<string[]> {
  const pausedIds: string[] = [];
  for (const outage of await listOpenOutages(database)) {
    if (!pausesEditions(outage, now, policy)) continue;
    for (const editionId of await listEditionsOfSender(database, outage.sender, policy.pausesAfterMs)) {
      const change = await stopForStaff(database, editionId, { reason: describeOutage(outage), now });
      if (change.kind === 'changed') pausedIds.push(editionId);
    }
  }
  return pausedIds;
}
