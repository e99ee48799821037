import type { Tx } from '../db/db.ts';
import type { OfferKind } from './offer-store.ts';

/** A post that matches only now, as it is recorded: applied later, because an offer waits while an edition of the newsletter is being frozen. */
export interface RecordedOffer {
  readonly postId: string;
  readonly kind: OfferKind;
  /** The topic that it gained. */
  readonly topicId?: string;
  /** Only to readers of this newsletter. */
  readonly newsletterId?: string;
  /** Neither counts towards the flood guard nor is held by it. */
  readonly isUnguarded?: boolean;
}

/**
 * Stores offers in one statement. One that the flood guard would not ask about stands under it all the same where the post has an offer that waits, and
 * is held where that is held: otherwise a merge would bring what a category mapped by mistake was stopped from bringing. A correction that waits is no such offer: it goes to others, and is never held.
 */
export async function insertOffers(tx: Tx, offers: readonly RecordedOffer[], now: Date): Promise<void> {
  if (offers.length === 0) return;
  await tx.query(
    `insert into offer (post_id, kind, topic_id, newsletter_id, is_unguarded, held_at, recorded_at)
     select u.post_id, u.kind, u.topic_id, u.newsletter_id, u.is_unguarded and w.id is null, w.held_at, $6
     from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[]) with ordinality
       as u (post_id, kind, topic_id, newsletter_id, is_unguarded, ordinal)
     left join lateral (
       select o.id, o.held_at from offer o
       where u.is_unguarded and o.post_id = u.post_id and o.applied_at is null and not o.is_unguarded and o.kind <> 'correction' order by o.held_at limit 1) as w on true
     order by u.ordinal`,
    [
      offers.map((offer) => offer.postId),
      offers.map((offer) => offer.kind),
      offers.map((offer) => offer.topicId ?? null),
      offers.map((offer) => offer.newsletterId ?? null),
      offers.map((offer) => offer.isUnguarded ?? false),
      now,
    ],
  );
}

/** What was offered under one topic is from now on offered under another: an offer goes with its topic. Held ones stay held. */
export async function moveOffers(tx: Tx, fromTopicId: string, toTopicId: string): Promise<void> {
  await tx.query(`update offer set topic_id = $2 where topic_id = $1`, [fromTopicId, toTopicId]);
}
