import type { Database } from '../../db/db.ts';
import { giveBack } from '../queue/give-back-store.ts';
import { doubtReason, pauseReason, subjectThatPauses } from '../queue/refusal-count.ts';
import { listDomainsToTakeBack, listDoubtedDomains, listRefusedEditions, takeBackSuppressions } from '../queue/refusal-count-store.ts';

/**
 * Looks at what was refused of all that is being sent: takes back suppressions of a domain that refuses too many addresses (cursors are kept, the posts owed
 * again), and returns the editions of which too much was refused, each with the reason for staff. Safe to repeat and to run in several processes.
 */
export async function findReasonsToStop(database: Database): Promise<Map<string, string>> {
  for (const domain of await listDomainsToTakeBack(database)) {
    await database.transaction(async (tx) => giveBack(tx, await takeBackSuppressions(tx, domain)));
  }
  const reasons = new Map<string, string>();
  for (const { editionId, deliveryCount, counts } of await listRefusedEditions(database)) {
    const subject = subjectThatPauses(counts, deliveryCount);
    if (subject !== undefined) reasons.set(editionId, pauseReason(subject, counts[subject] ?? 0));
  }
  // Of both reasons this one says more: the domain is at fault, not the list.
  for (const { editionId, domain, refusedCount } of await listDoubtedDomains(database)) {
    reasons.set(editionId, doubtReason(domain, refusedCount));
  }
  return reasons;
}
