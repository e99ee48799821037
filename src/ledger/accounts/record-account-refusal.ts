import type { Database } from '../../db/db.ts';
import { type AccountOutage, type AccountRefusal, needsPerson, nextTryAt, type OutagePolicy, policyInDoubt } from './account-outage.ts';
import { endOutage, endOutagesBeforeSender, extendOutage, insertOutage, lockOpenOutage } from './account-outage-store.ts';

/** How often a race for the first refusal of an outage is looked at again: the winner's row is there after its commit. */
const raceCount = 3;

/**
 * Writes down that an account was refused, and until when it stands still. Refusals of messages that were on their way together count once; what was
 * in doubt is sure when readers at another domain are told so. Any number of workers may call it at once.
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
      const nextTry = ({ trouble, onlyAt }: AccountRefusal, tryCount: number): Date =>
        nextTryAt(trouble, tryCount, now, onlyAt === null ? policy : policyInDoubt(policy), random);
      if (open === undefined) return insertOutage(tx, refusal, nextTry(refusal, 1));
      const isMore = isMoreThanDoubt(refusal, open);
      if (open.nextTryAt > now && !isMore) return open;
      if (isMore || isAnother(refusal, open)) {
        await endOutage(tx, refusal);
        // Of the same trouble: two domains say so.
        const another = { ...refusal, onlyAt: refusal.trouble === open.trouble ? null : refusal.onlyAt };
        return insertOutage(tx, another, nextTry(another, 1));
      }
      const { trouble, reply } = tellsNothingOf(refusal, open) ? open : refusal;
      const further = { ...refusal, trouble, reply, onlyAt: open.onlyAt };
      // Another trouble than before begins to grow anew.
      const tryCount = open.trouble === trouble ? open.tryCount + 1 : 1;
      return extendOutage(tx, open.id, { ...further, tryCount }, nextTry(further, tryCount));
    });
    if (outage !== undefined) return outage;
  }
  throw new Error('Expected an open outage of the account, found none');
}

/** What others than the readers of a doubt were told is an outage of its own: staff are told of it, and its time begins now. */
function isMoreThanDoubt(refusal: AccountRefusal, open: AccountOutage): boolean {
  return open.onlyAt !== null && refusal.onlyAt !== open.onlyAt;
}

/** So is what a person has to mend, which does not last since the server was away, and what is in doubt after something else. */
function isAnother(refusal: AccountRefusal, open: AccountOutage): boolean {
  if (refusal.trouble === open.trouble) return false;
  return refusal.onlyAt !== null || (needsPerson(refusal.trouble) && !needsPerson(open.trouble));
}

/** Without a connection nobody can say whether a log-in is refused still: a server that bans who came with a wrong password does both in turn. */
function tellsNothingOf({ trouble }: AccountRefusal, open: AccountOutage): boolean {
  return open.trouble === 'login' && (trouble === 'unreachable' || trouble === 'connections');
}
