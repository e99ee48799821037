import type { Database } from '../db/db.ts';
import { type AccountOutage, type AccountRefusal, needsPerson, nextTryAt, type OutagePolicy } from './account-outage.ts';
import { endOutage, endOutagesBeforeSender, extendOutage, insertOutage, lockOpenOutage } from './account-outage-store.ts';

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
      if (refusal.sender !== null) await endOutagesBeforeSender(tx, refusal.account);
      const { outage: open, now } = await lockOpenOutage(tx, refusal);
      if (open === undefined) return insertOutage(tx, refusal, nextTryAt(refusal.trouble, 1, now, policy, random));
      if (open.nextTryAt > now) return open;
      // What a person has to mend is an outage of its own: staff are told of it, and it lasts from now, not since the server was away.
      if (needsPerson(refusal.trouble) && !needsPerson(open.trouble)) {
        await endOutage(tx, refusal);
        return insertOutage(tx, refusal, nextTryAt(refusal.trouble, 1, now, policy, random));
      }
      // Another trouble than before begins to grow anew.
      const tryCount = open.trouble === refusal.trouble ? open.tryCount + 1 : 1;
      return extendOutage(tx, open.id, { ...refusal, tryCount }, nextTryAt(refusal.trouble, tryCount, now, policy, random));
    });
    if (outage !== undefined) return outage;
  }
  throw new Error('Expected an open outage of the account, found none');
}
