import type { Queryable } from '../../db/db.ts';
import { listOpenOutages } from './account-outage-store.ts';
import { publicOutage, type PublicOutage } from './public-outage.ts';

/** The accounts that stand still, those that do so longest first. */
export async function listPublicOutages(db: Queryable): Promise<PublicOutage[]> {
  return (await listOpenOutages(db)).map(publicOutage);
}
