import type { Database } from '../../db/db.ts';
import { describeOutage, type OutagePolicy, pausesEditions } from '../accounts/account-outage.ts';
import { listEditionsOfSender, listOpenOutages } from '../accounts/account-outage-store.ts';
import { stopForStaff } from '../drafts/decide-edition.ts';

/** A log-in or sender that stays refused pauses the editions that are being sent with it. Returns their ids. */
export async function pauseRefusedEditions(database: Database, now: Date, policy: OutagePolicy): Promise<string[]> {
  const pausedIds: string[] = [];
  for (const outage of await listOpenOutages(database)) {
    if (!pausesEditions(outage, now, policy)) continue;
    for (const editionId of await listEditionsOfSender(database, outage, policy.pausesAfterMs)) {
      const change = await stopForStaff(database, editionId, { reason: describeOutage(outage), now });
      if (change.kind === 'changed') pausedIds.push(editionId);
    }
  }
  return pausedIds;
}
