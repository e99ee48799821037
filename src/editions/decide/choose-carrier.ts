import type { Queryable } from '../../db/db.ts';
import { listOpenOutages } from '../../ledger/accounts/account-outage-store.ts';
import { listNewsletters } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';

/**
 * As which newsletter mail to staff goes: as the one that it is about, and while the sender of that is refused as another one whose sender is not, where
 * there is one. Mail of the sample never leaves the machine, so that the sample carries nothing and needs nobody.
 */
export async function chooseCarrier(db: Queryable, newsletter: Newsletter): Promise<Newsletter> {
  if (newsletter.isSample) return newsletter;
  const refused = new Set((await listOpenOutages(db)).filter(({ onlyAt }) => onlyAt === null).map(({ sender }) => sender));
  if (!refused.has(newsletter.senderAddress)) return newsletter;
  const others = await listNewsletters(db);
  return others.find(({ isSample, senderAddress }) => !isSample && !refused.has(senderAddress)) ?? newsletter;
}
