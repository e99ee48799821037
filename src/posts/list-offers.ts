import type { Queryable } from '../db/db.ts';
import { listOpenOffers } from '../ledger/offer-store.ts';
import { publicOffer, type PublicOffer } from '../ledger/public-offer.ts';
import { listNewsletters } from '../newsletters/newsletter-store.ts';
import { listPostRows } from './staff-store.ts';

/** The offers that were not applied yet, oldest first. */
export async function listOffers(db: Queryable): Promise<PublicOffer[]> {
  const offers = await listOpenOffers(db);
  const posts = await listPostRows(db, { ids: offers.map((each) => each.postId), limit: offers.length });
  const titles = new Map(posts.map((post) => [post.id, post.title]));
  const slugs = new Map((await listNewsletters(db)).map(({ id, slug }) => [id, slug]));
  return offers.map((offer) =>
    publicOffer(offer, {
      title: titles.get(offer.postId) ?? '',
      newsletter: offer.newsletterId === null ? null : (slugs.get(offer.newsletterId) ?? null),
    }),
  );
}
