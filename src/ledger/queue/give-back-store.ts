import type { Tx } from '../../db/db.ts';
import { inRangesSql, type OpenRanges } from './open-range-store.ts';

/**
 * Adds the posts of deliveries that have just ended, in this transaction, to what their subscriptions are owed. Deliveries are locked first
 * (by ending them), cursors second and in id order; who locks cursors first takes deliveries with `skip locked`: so nothing deadlocks.
 * The sum is one SQL expression over the locked row, so that a freeze that committed meanwhile is seen (P2). Only positions above `since`
 * come back; what was ever in doubt never does (P1). A post comes back in its newest text, so that its corrections are not owed any more. That a
 * delivery was given back is stored with it, and a second call changes nothing.
 */
export async function giveBack(tx: Tx, deliveryIds: readonly string[]): Promise<void> {
  if (deliveryIds.length === 0) return;
  await tx.query(
    `select c.subscription_id from subscription_cursor c
     where c.subscription_id in (select d.subscription_id from delivery d where d.id = any($1::bigint[]))
     order by c.subscription_id for update`,
    [deliveryIds],
  );
  // A second statement, because its snapshot has to be younger than the locks.
  await tx.query(
    `with given as (
       update delivery set given_back = true
       where id = any($1::bigint[]) and doubted_at is null and state not in ('queued', 'sending') and not given_back
       returning subscription_id, rendition_id)
     update subscription_cursor c
     set owed = (select coalesce(array_agg(distinct p order by p), '{}') from unnest(c.owed || back.positions) as p
                 where p > c.since and p <> all(back.corrections))
     from (select g.subscription_id, array_agg(p) as positions
           from given g join rendition r on r.id = g.rendition_id cross join unnest(r.positions) as p
           group by g.subscription_id) as of_one
     cross join lateral (
       select of_one.*, (
         select coalesce(array_agg(k.position), '{}') from release o join release k on k.post_id = o.post_id and k.kind = 'correction'
         where o.position = any(of_one.positions) and o.kind = 'post') as corrections) as back
     where c.subscription_id = back.subscription_id`,
    [deliveryIds],
  );
}

/**
 * Locks what a subscription lost by being left, and gives the ids of what nobody can have read. What an earlier leaving ended is among them and comes back
 * by no way: the activation after it set `since` behind it.
 */
export async function lockEndedByLeaving(tx: Tx, subscriptionId: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from delivery
     where subscription_id = $1 and state = 'cancelled' and reason = 'left' and doubted_at is null and not given_back
     order by id for update`,
    [subscriptionId],
  );
  return rows.map((row) => row.id);
}

/** How queued deliveries are ended: an end of the table in delivery.ts. */
export interface QueuedEnd {
  readonly state: 'cancelled' | 'suppressed';
  readonly reason: string | null;
  readonly now: Date;
  /** False leaves ever doubted deliveries queued (an activation); true ends them as in doubt. */
  readonly endsDoubted: boolean;
}

/**
 * Ends the queued deliveries of subscriptions at once and returns the ids of those that nobody can have read. What somebody else has locked
 * is passed over: the claim ends it. An ever doubted one ends in doubt, with the reason, and is not among the ids.
 */
export async function endQueuedDeliveries(tx: Tx, subscriptionIds: readonly string[], end: QueuedEnd): Promise<string[]> {
  const { rows } = await tx.query<{ id: string; isDoubted: boolean }>(
    `with locked as (
       select id from delivery
       where subscription_id = any($1::bigint[]) and state = 'queued' and (doubted_at is null or $5)
       order by id for update skip locked)
     update delivery d
     set state = case when d.doubted_at is null then $2 else 'in_doubt' end,
         reason = case when d.doubted_at is null then $3 else coalesce($3, $2) end,
         ended_at = $4
     from locked where d.id = locked.id
     returning d.id, d.doubted_at is not null as "isDoubted"`,
    [subscriptionIds, end.state, end.reason, end.now, end.endsDoubted],
  );
  return rows.filter((row) => !row.isDoubted).map((row) => row.id);
}

/**
 * Ends and gives back the queued deliveries of a cancelled edition in these ranges, and returns how many. For sets the order is the other way round: cursor
 * rows in id order first, then the deliveries with `skip locked`, which is 30 times as fast as one by one.
 */
export async function giveBackCancelledIn(tx: Tx, step: { editionId: string; ranges: OpenRanges; now: Date }): Promise<number> {
  const { rows: candidates } = await tx.query<{ id: string; subscriptionId: string }>(
    `select distinct d.id, d.subscription_id as "subscriptionId" from ${inRangesSql(2, 3)} where d.edition_id = $1 and d.state = 'queued'`,
    [step.editionId, step.ranges.fromIds, step.ranges.toIds],
  );
  if (candidates.length === 0) return 0;
  await tx.query(
    `select subscription_id from subscription_cursor where subscription_id = any($1::bigint[]) order by subscription_id for update`,
    [candidates.map((row) => row.subscriptionId)],
  );
  const { rows: ended } = await tx.query<{ id: string }>(
    `with locked as (select id from delivery where id = any($1::bigint[]) and state = 'queued' order by id for update skip locked)
     update delivery d
     set state = case when d.doubted_at is null then 'cancelled' else 'in_doubt' end, reason = 'edition', ended_at = $2
     from locked where d.id = locked.id
     returning d.id`,
    [candidates.map((row) => row.id), step.now],
  );
  await giveBack(
    tx,
    ended.map((row) => row.id),
  );
  return ended.length;
}
