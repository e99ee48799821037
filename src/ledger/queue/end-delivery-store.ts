import type { Queryable, Tx } from '../../db/db.ts';
import { outageMsSql } from '../accounts/account-outage-store.ts';
import type { RecordedOutcome } from './claim-store.ts';
import type { ClaimFacts, EndedDelivery } from './delivery.ts';

/** A queued delivery, locked, with what a claim would look at. */
export interface LockedQueuedDelivery extends ClaimFacts {
  readonly id: string;
  readonly isDoubted: boolean;
}

/** Locks deliveries that are still queued and reads what may end them. What somebody else has locked is passed over. */
export async function lockQueuedWithFacts(tx: Tx, deliveryIds: readonly string[]): Promise<LockedQueuedDelivery[]> {
  const { rows } = await tx.query<LockedQueuedDelivery>(
    `select d.id, d.doubted_at is not null as "isDoubted", s.state as "subscriptionState", b.erased_at is not null as "isErased",
            exists (select from suppression x where x.address_key = b.address_key) as "isSuppressed",
            coalesce(s.paused_until > now(), false) as "isPaused", e.state = 'cancelled' as "isEditionCancelled"
     from delivery d
     join edition e on e.id = d.edition_id
     join subscription s on s.id = d.subscription_id
     join subscriber b on b.id = s.subscriber_id
     where d.id = any($1::bigint[]) and d.state = 'queued'
     order by d.id for update of d skip locked`,
    [deliveryIds],
  );
  return rows;
}

/** A delivery whose reader's domain stands still for so long. */
export interface HeldDelivery {
  readonly id: string;
  readonly forMs: number;
}

/**
 * Locks those that are still queued and whose time is over before they may be tried. It runs from the first attempt, or since they were due where there was none,
 * without the time for which an account stood still. What somebody else has locked is passed over.
 */
export async function lockOverdue(
  tx: Tx,
  held: readonly HeldDelivery[],
  patienceMs: number,
): Promise<{ readonly id: string; readonly isDoubted: boolean }[]> {
  const { rows } = await tx.query<{ id: string; isDoubted: boolean }>(
    `select d.id, d.doubted_at is not null as "isDoubted"
     from unnest($1::bigint[], $2::float8[]) as h (id, for_ms) join delivery d on d.id = h.id
     join edition e on e.id = d.edition_id join newsletter n on n.id = e.newsletter_id
     cross join lateral (select coalesce(d.first_attempt_at, d.due_at) as at) as since
     where d.state = 'queued'
       and extract(epoch from now() - since.at) * 1000 + h.for_ms - ${outageMsSql('since.at', { address: 'n.sender_address', newsletterId: 'n.id' })} > $3
     order by d.id for update of d skip locked`,
    [held.map(({ id }) => id), held.map(({ forMs }) => forMs), patienceMs],
  );
  return rows;
}

/** Ends locked, queued deliveries. */
export async function endLocked(
  tx: Tx,
  ends: readonly { readonly id: string; readonly state: string; readonly reason: string | null }[],
): Promise<void> {
  const { rowCount } = await tx.query(
    `update delivery d set state = u.state, reason = u.reason, ended_at = now()
     from unnest($1::bigint[], $2::text[], $3::text[]) as u (id, state, reason)
     where d.id = u.id and d.state = 'queued'`,
    [ends.map((end) => end.id), ends.map((end) => end.state), ends.map((end) => end.reason)],
  );
  if (rowCount !== ends.length) throw new Error(`Expected ${ends.length} locked deliveries to end, got ${rowCount}`);
}

/** Writes down an end of a delivery that its worker was sending; undefined when it is no longer that worker's (a late result). */
export async function recordEnd(
  tx: Tx,
  { deliveryId, workerId, record }: RecordedOutcome,
): Promise<{ subscriptionId: string } | undefined> {
  const { rows } = await tx.query<{ subscriptionId: string }>(
    `with recorded as (
       update delivery
       set state = $3, reason = $4, reply = $5, worker_id = null, attempts = attempts + 1,
           first_attempt_at = coalesce(first_attempt_at, now()), doubts = doubts + $6::boolean::integer,
           doubted_at = case when $6 then coalesce(doubted_at, now()) else doubted_at end, ended_at = now()
       where id = $1 and state = 'sending' and worker_id = $2
       returning id, edition_id, subscription_id),
     doubted as (
       insert into attempt (delivery_id, edition_id, outcome, reply) select id, edition_id, 'last_doubt', $5 from recorded where $6)
     select subscription_id as "subscriptionId" from recorded`,
    [deliveryId, workerId, record.state, record.reason, record.reply, record.isDoubt],
  );
  return rows[0];
}

/** What an answer about a reader's address is kept by. */
export interface AnsweringReader {
  readonly address: string;
  readonly addressKey: string;
  /** Lower case. */
  readonly domain: string;
}

/** The reader of a subscription; undefined once erased. */
export async function findReader(db: Queryable, subscriptionId: string): Promise<AnsweringReader | undefined> {
  const { rows } = await db.query<AnsweringReader>(
    `select b.address, b.address_key as "addressKey", lower(substring(b.address from '[^@]*$')) as domain
     from subscription s join subscriber b on b.id = s.subscriber_id where s.id = $1 and b.address_key is not null`,
    [subscriptionId],
  );
  return rows[0];
}

/** How the latest deliveries to an address ended, newest first, in all newsletters; those to an address that its reader had before say nothing of it. */
export async function listRecentEnds(db: Queryable, addressKey: string): Promise<EndedDelivery[]> {
  const { rows } = await db.query<EndedDelivery>(
    `select d.state, d.reason, d.ended_at as "endedAt",
            exists (select from delivery_event e where e.delivery_id = d.id and e.kind in ('bounce_hard', 'bounce_soft')) as "hasBounced",
            e.is_refused_alike as "isAlike"
     from subscriber b join subscription s on s.subscriber_id = b.id join delivery d on d.subscription_id = s.id
       join edition e on e.id = d.edition_id
     where b.address_key = $1 and d.state in ('accepted', 'rejected', 'expired') and d.ended_at > coalesce(b.address_since, '-infinity')
     order by d.ended_at desc, d.id desc limit 100`,
    [addressKey],
  );
  return rows;
}
