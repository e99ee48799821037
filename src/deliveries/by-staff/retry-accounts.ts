import type { Queryable } from '../../db/db.ts';
import { listOpenOutages, tryOutagesNow } from '../../ledger/accounts/account-outage-store.ts';
import { accountTroubles } from '../../ledger/accounts/account-outage.ts';
import { publicOutage, type PublicOutage } from '../../ledger/accounts/public-outage.ts';
import { bringForwardNotices } from '../../notices/notice-store.ts';

/** Accounts that stand still are tried with the next message, and what waits for them is due at once. Returns them as they were. */
export async function retryAccounts(db: Queryable): Promise<PublicOutage[]> {
  const outages = await listOpenOutages(db);
  await tryOutagesNow(db, null, accountTroubles);
  await bringForwardNotices(db);
  return outages.map(publicOutage);
}
