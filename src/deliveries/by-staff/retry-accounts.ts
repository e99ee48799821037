import type { Queryable } from '../../db/db.ts';
import { listOpenOutages, tryOutagesNow } from '../../ledger/accounts/account-outage-store.ts';
import { accountTroubles } from '../../ledger/accounts/account-outage.ts';
import type { PublicHeldDomain } from '../../ledger/accounts/public-held-domain.ts';
import { publicOutage, type PublicOutage } from '../../ledger/accounts/public-outage.ts';
import { listHeldDomains, tryDomainsNow } from '../../ledger/accounts/receiving-domain-store.ts';
import { bringForwardNotices } from '../../notices/notice-store.ts';

/** What stood still when it was tried again. */
export interface Retried {
  readonly outages: readonly PublicOutage[];
  readonly domains: readonly PublicHeldDomain[];
}

/** Accounts and receiving domains that stand still are tried with the next message, and what waits for them is due at once. Returns them as they were. */
export async function retryAccounts(db: Queryable): Promise<Retried> {
  const [outages, domains] = [await listOpenOutages(db), await listHeldDomains(db)];
  await tryOutagesNow(db, null, accountTroubles);
  await tryDomainsNow(db);
  await bringForwardNotices(db);
  return { outages: outages.map(publicOutage), domains };
}
