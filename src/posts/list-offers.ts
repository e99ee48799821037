import type { Queryable } from '../db/db.ts';
import { listOpenOffers } from '../ledger/offer-store.ts';
import { publicOffer, type PublicOffer } from '../ledger/public-offer.ts';
import { listPostRows } from './staff-store.ts';

/** An offer, and the title of its post for people. */
export interface ListedOffer {
  readonly offer: PublicOffer;
  readonly title: string;
}

/** The offers that were not applied yet, oldest first. */
export async function listOffers(db: Queryable): Promise<ListedOffer[]> {
  const offers = await listOpenOffers(db);
  const posts = await listPostRows(db, { ids: offers.map((each) => each.postId), limit: offers.length });
  const titles = new Map(posts.map((post) => [post.id, post.title]));
  return offers.map((offer) => ({ offer: publicOffer(offer), title: titles.get(offer.postId) ?? '' }));
}
