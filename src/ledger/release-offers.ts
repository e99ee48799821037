import type { Database } from '../db/db.ts';
import { applyOffers, type OffersResult } from './apply-offers.ts';
import { listOpenOffers } from './offer-store.ts';

/** Staff let held offers go: those with these ids, or all. Whatever else is due is applied along with them. */
export async function releaseOffers(database: Database, offers: readonly string[] | 'all', now: Date): Promise<OffersResult> {
  const releasedOfferIds = offers === 'all' ? await listHeldIds(database) : offers;
  return applyOffers(database, { now, releasedOfferIds });
}

async function listHeldIds(database: Database): Promise<string[]> {
  return (await listOpenOffers(database)).filter((offer) => offer.heldAt !== null).map(({ id }) => id);
}
