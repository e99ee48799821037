import type { Queryable } from '../../db/db.ts';
import { listOpenOutages } from './account-outage-store.ts';
import { listUsedUpAccounts } from './account-rate-store.ts';
import type { PublicHeldDomain } from './public-held-domain.ts';
import type { PublicUsedUp } from './public-used-up.ts';
import { listHeldDomains } from './receiving-domain-store.ts';
import { publicOutage, type PublicOutage } from './public-outage.ts';

/** The accounts that stand still, those that do so longest first. */
export async function listPublicOutages(db: Queryable): Promise<PublicOutage[]> {
  return (await listOpenOutages(db)).map(publicOutage);
}

/** The accounts that were given all that an hour or a day has: no outage, their mail waits for the next. */
export async function listPublicUsedUp(db: Queryable): Promise<PublicUsedUp[]> {
  return listUsedUpAccounts(db);
}

/** The receiving domains that stand still although their account does not, those that do so longest first. */
export async function listPublicHeldDomains(db: Queryable): Promise<PublicHeldDomain[]> {
  return listHeldDomains(db);
}
