import type { Database } from '../db/db.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { applyOffers, type OffersResult } from './apply-offers.ts';
import { findOffers, listOpenOffers } from './offer-store.ts';

/**
 * Staff let held offers go: those with these ids, or all; `offerIds` says which. Whatever else is due is applied along with them; one that was applied before stays so.
 * @throws NotFoundError for an id that there is not, before anything is applied
 */
export async function releaseOffers(
  database: Database,
  offers: readonly string[] | 'all',
  now: Date,
): Promise<OffersResult & { readonly offerIds: readonly string[] }> {
  const releasedOfferIds = offers === 'all' ? await listHeldIds(database) : await known(database, offers);
  return { ...(await applyOffers(database, { now, releasedOfferIds })), offerIds: releasedOfferIds };
}

async function known(database: Database, offerIds: readonly string[]): Promise<readonly string[]> {
  const found = await findOffers(database, offerIds);
  // Somebody who types 05 means offer 5.
  const ids = offerIds.map((id) => String(BigInt(id)));
  const missing = ids.find((id) => !found.has(id));
  if (missing !== undefined)
    throw new NotFoundError(`Expected an offer, found none with id ${missing}`, { remedy: { kind: 'list', of: 'offers' } });
  return ids;
}

async function listHeldIds(database: Database): Promise<string[]> {
  return (await listOpenOffers(database)).filter((offer) => offer.heldAt !== null).map(({ id }) => id);
}
