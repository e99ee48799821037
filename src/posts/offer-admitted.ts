import type { Tx } from '../db/db.ts';
import { insertOffers } from '../ledger/recorded-offer-store.ts';
import { type Admissions, loadAdmissions } from '../ledger/releases/admission-store.ts';

/**
 * Records an offer for each released post that the rules of a newsletter kept out `before` and let in now, because it has another title, author, category
 * or source: its readers whose cursor has passed it get it once. A newsletter that none of the post's sources belonged to before is no matter of rules.
 */
export async function offerAdmitted(tx: Tx, before: Admissions, now: Date): Promise<void> {
  const keptOut = [...before].filter(([, newsletters]) => [...newsletters.values()].includes(false)).map(([postId]) => postId);
  const after = await loadAdmissions(tx, keptOut);
  const offers = keptOut.flatMap((postId) =>
    [...(before.get(postId) ?? [])]
      .filter(([newsletterId, wasAdmitted]) => !wasAdmitted && after.get(postId)?.get(newsletterId) === true)
      .map(([newsletterId]) => ({ postId, kind: 'admitted' as const, newsletterId })),
  );
  await insertOffers(tx, offers, now);
}
