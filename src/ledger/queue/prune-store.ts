import type { Queryable } from '../../db/db.ts';
import type { DeliveryState } from './delivery.ts';

/** Marks an edition that ended as pruned; false while it is open. */
export async function markEditionPruned(db: Queryable, editionId: string, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(`update edition set pruned_at = coalesce(pruned_at, $2) where id = $1 and ended_at is not null`, [
    editionId,
    now,
  ]);
  return rowCount === 1;
}

/** Some of an edition's deliveries: those to subscriptions after an id. */
export interface PruneStep {
  readonly editionId: string;
  readonly afterId: string;
  readonly limit: number;
}

/** What a step deleted; `uptoId` null: there were none. */
export interface PrunedStep {
  readonly count: number;
  readonly uptoId: string | null;
}

/** Deletes deliveries of a pruned edition, and adds them to what is kept as counts, in one statement: a kill leaves neither without the other. */
export async function pruneDeliveries(db: Queryable, { editionId, afterId, limit }: PruneStep): Promise<PrunedStep> {
  const { rows } = await db.query<PrunedStep>(
    `with step as materialized (
       select id, subscription_id from delivery
       where edition_id = $1 and subscription_id > $2 and exists (select from edition where id = $1 and pruned_at is not null)
       order by subscription_id limit $3),
     gone as (
       delete from delivery d using step where d.id = step.id and d.state not in ('queued', 'sending')
       returning d.subscription_id, d.state, d.reason, coalesce(d.ended_at, d.due_at) as at),
     person as (
       insert into pruned_person (subscription_id, delivery_count, accepted_count, last_at)
       select subscription_id, 1, (state = 'accepted')::integer, at from gone order by subscription_id
       on conflict on constraint pruned_person_pkey do update set
         delivery_count = pruned_person.delivery_count + 1, accepted_count = pruned_person.accepted_count + excluded.accepted_count,
         last_at = greatest(pruned_person.last_at, excluded.last_at)),
     ended as (
       insert into pruned_end (edition_id, state, reason, count)
       select $1, state, reason, count(*) from gone group by state, reason order by state, reason
       on conflict (edition_id, state, coalesce(reason, '')) do update set count = pruned_end.count + excluded.count)
     select (select count(*)::integer from gone) as count, (select max(subscription_id) from step) as "uptoId"`,
    [editionId, afterId, limit],
  );
  return rows[0]!;
}

/** Deletes up to `limit` deliveries of an edition, with no trace, and returns how many there were. */
export async function deleteDeliveries(db: Queryable, editionId: string, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from delivery where id in (select id from delivery where edition_id = $1 order by subscription_id limit $2)`,
    [editionId, limit],
  );
  return rowCount ?? 0;
}

/** How many deleted deliveries of an edition were in a state for a reason. */
export interface PrunedEnd {
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly count: number;
}

/** What is kept of the deliveries of an edition that were deleted; nothing where none were. */
export async function listPrunedEnds(db: Queryable, editionId: string): Promise<PrunedEnd[]> {
  const { rows } = await db.query<PrunedEnd>(`select state, reason, count from pruned_end where edition_id = $1 order by state, reason`, [
    editionId,
  ]);
  return rows;
}

/** SQL: whether a subscription (an id in SQL) ever had a delivery, be it one that was deleted since. */
export function hadDeliverySql(subscriptionId: string): string {
  return `(exists (select from delivery where subscription_id = ${subscriptionId})
    or exists (select from pruned_person where subscription_id = ${subscriptionId}))`;
}

/** An edition whose deliveries are to be deleted, or are half gone. */
export interface PrunableEdition {
  readonly id: string;
  /** Slug. */
  readonly newsletter: string;
  readonly endedAt: Date;
  /** That are left. */
  readonly deliveryCount: number;
  /** Null: nothing of it was deleted yet. */
  readonly prunedAt: Date | null;
}

/** Editions with deliveries that ended before then, or whose pruning was cut off, oldest first. Of editions there are few. */
export async function listPrunable(db: Queryable, endedBefore: Date): Promise<PrunableEdition[]> {
  const { rows } = await db.query<PrunableEdition>(
    `select e.id, n.slug as newsletter, e.ended_at as "endedAt", e.pruned_at as "prunedAt",
       greatest(0, e.delivery_count - coalesce((select sum(p.count) from pruned_end p where p.edition_id = e.id), 0))::integer as "deliveryCount"
     from edition e join newsletter n on n.id = e.newsletter_id
     where e.ended_at is not null and (e.ended_at < $1 or e.pruned_at is not null) and exists (select from delivery d where d.edition_id = e.id)
     order by e.id`,
    [endedBefore],
  );
  return rows;
}
