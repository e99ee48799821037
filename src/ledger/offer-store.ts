import type { Queryable, Tx } from '../db/db.ts';
import { holdingStates } from './queue/delivery.ts';
import { type Position, parsePositions } from './position.ts';

/**
 * Why a post matches only now: it gained a topic, its retraction was undone, or the newsletter's rules let it in. `correction`: who has it in an older
 * text is to be told.
 */
export type OfferKind = 'topic' | 'unretracted' | 'admitted' | 'correction';

/** An offer that waits. */
export interface Offer {
  readonly id: string;
  readonly postId: string;
  readonly kind: OfferKind;
  readonly topicId: string | null;
  readonly recordedAt: Date;
  readonly heldAt: Date | null;
  /** Only to readers of this newsletter; null: of each that takes the post. */
  readonly newsletterId: string | null;
  /** Neither counts towards the flood guard nor is held by it. */
  readonly isUnguarded: boolean;
}

/** Stores an offer. */
export async function insertOffer(tx: Tx, offer: { postId: string; kind: OfferKind; topicId: string | null; now: Date }): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into offer (post_id, kind, topic_id, recorded_at) values ($1, $2, $3, $4) returning id`,
    [offer.postId, offer.kind, offer.topicId, offer.now],
  );
  return rows[0]?.id ?? '';
}

/** Offers that were not applied yet, oldest first. */
export async function listOpenOffers(db: Queryable): Promise<Offer[]> {
  const { rows } = await db.query<Offer>(
    `select id, post_id as "postId", kind, topic_id as "topicId", recorded_at as "recordedAt", held_at as "heldAt",
       newsletter_id as "newsletterId", is_unguarded as "isUnguarded"
     from offer where applied_at is null order by id`,
  );
  return rows;
}

/** Those of these ids that an offer has, applied or not. */
export async function findOffers(db: Queryable, offerIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(`select id from offer where id = any($1::bigint[])`, [offerIds]);
  return new Set(rows.map(({ id }) => id));
}

/** Holds offers until staff release them. */
export async function markOffersHeld(db: Queryable, offerIds: readonly string[], now: Date): Promise<void> {
  await db.query(`update offer set held_at = $2 where id = any($1::bigint[]) and applied_at is null and held_at is null`, [offerIds, now]);
}

/** Marks an offer as applied. */
export async function markOfferApplied(db: Queryable, offerId: string, now: Date): Promise<void> {
  await db.query(`update offer set applied_at = $2 where id = $1 and applied_at is null`, [offerId, now]);
}

/** The topics of a post now, and whether it may be sent at all. */
export async function findOfferedPost(db: Queryable, postId: string): Promise<{ topics: string[]; isReleased: boolean } | undefined> {
  const { rows } = await db.query<{ topics: string[]; isReleased: boolean }>(
    `select coalesce((select array_agg(topic_id order by topic_id) from post_topic where post_id = p.id), '{}') as topics,
       p.state = 'released' as "isReleased"
     from post p where p.id = $1`,
    [postId],
  );
  return rows[0];
}

/** True when deliveries that held the post in this newsletter were pruned: who has it is not known any more. */
export async function isPruned(db: Queryable, newsletterId: string, positions: readonly Position[]): Promise<boolean> {
  const { rows } = await db.query(
    `select from edition e join rendition r on r.edition_id = e.id
     where e.newsletter_id = $1 and e.pruned_at is not null and r.positions && $2::bigint[] limit 1`,
    [newsletterId, positions.map(String)],
  );
  return rows.length > 0;
}

/** The next active subscriptions of a newsletter whose topics meet those of a post, in id order; paused ones too. */
export async function listMatchingSubscriptions(
  tx: Tx,
  query: { newsletterId: string; topics: readonly string[]; afterId: string; limit: number },
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from subscription
     where newsletter_id = $1 and id > $3 and state = 'active' and (topics is null or topics && $2::bigint[])
     order by id limit $4`,
    [query.newsletterId, query.topics, query.afterId, query.limit],
  );
  return rows.map((row) => row.id);
}

/** What of these positions subscriptions have in a delivery which holds them, and what lies beside it there: `holdsItsPosts` in SQL. */
export async function listHeldPositions(
  tx: Tx,
  query: { newsletterId: string; subscriptionIds: readonly string[]; positions: readonly Position[] },
): Promise<Map<string, Set<Position>>> {
  const { rows } = await tx.query<{ subscriptionId: string; positions: string }>(
    `with holding as (
       select r.id, r.edition_id, r.positions from rendition r join edition e on e.id = r.edition_id
       where e.newsletter_id = $1 and r.positions && $3::bigint[])
     select d.subscription_id as "subscriptionId", h.positions::text as positions
     from holding h join delivery d on d.edition_id = h.edition_id and d.subscription_id = any($2::bigint[]) and d.rendition_id = h.id
     where d.doubted_at is not null or (d.state = any($4::text[]) and not d.given_back)`,
    [query.newsletterId, query.subscriptionIds, query.positions.map(String), holdingStates],
  );
  const held = new Map<string, Set<Position>>();
  for (const row of rows) {
    const positions = held.get(row.subscriptionId) ?? new Set();
    for (const position of parsePositions(row.positions)) positions.add(position);
    held.set(row.subscriptionId, positions);
  }
  return held;
}

/** Whether corrections of a post are still to be applied: an undone retraction brings them, too. */
export async function hasOpenCorrection(db: Queryable, postId: string): Promise<boolean> {
  const { rows } = await db.query(
    `select from offer where post_id = $1 and kind in ('correction', 'unretracted') and applied_at is null limit 1`,
    [postId],
  );
  return rows.length > 0;
}
