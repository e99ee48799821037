import type { Queryable, Tx } from '../db/db.ts';
import { readStates } from './queue/delivery.ts';
import { type Position, parsePosition } from './position.ts';

/** A correction that staff have not taken back. */
export interface StandingCorrection {
  readonly position: Position;
  /** The post's revision when it was released: who has an older one is told. */
  readonly revision: number;
}

/** The corrections of a post that stand, oldest first. */
export async function listStandingCorrections(db: Queryable, postId: string): Promise<StandingCorrection[]> {
  const { rows } = await db.query<{ position: string; revision: number }>(
    `select position, revision from release where post_id = $1 and kind = 'correction' and taken_back_at is null order by position`,
    [postId],
  );
  return rows.map(({ position, revision }) => ({ position: parsePosition(position), revision }));
}

/** Newsletters that ever pinned a post, or a correction, for an edition: only there somebody can have it. */
export async function listNewslettersWithPost(db: Queryable, position: Position): Promise<string[]> {
  const { rows } = await db.query<{ newsletterId: string }>(
    `select distinct e.newsletter_id as "newsletterId" from edition_post p join edition e on e.id = p.edition_id where p.position = $1 order by 1`,
    [String(position)],
  );
  return rows.map((row) => row.newsletterId);
}

/** Frozen editions of a newsletter that carry a post to somebody, oldest first. */
export async function listEditionsWithPost(db: Queryable, newsletterId: string, position: Position): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select e.id from edition e
     where e.newsletter_id = $1 and e.frozen_upto > 0
       and exists (select from rendition r where r.edition_id = e.id and r.positions && array[$2::bigint])
     order by e.id`,
    [newsletterId, String(position)],
  );
  return rows.map((row) => row.id);
}

// `isRead` in SQL.
const isRead = (states: string): string => `(d.doubted_at is not null or (d.state = any(${states}::text[]) and not d.given_back))`;

/** Where to look for holders: a post in an edition, in an older revision than this. */
export interface HolderQuery {
  readonly editionId: string;
  readonly position: Position;
  readonly belowRevision: number;
}

/** Some of an edition's deliveries. */
export interface HolderStep {
  /** Active subscriptions that have the post in one of them, in id order. */
  readonly holderIds: readonly string[];
  /** The last subscription that was looked at; null at the end. */
  readonly uptoId: string | null;
}

/** Looks through the next so many deliveries of the edition, whoever has the post: of a million in which few do none is read twice, and never all at once. */
export async function listHolders(tx: Tx, query: HolderQuery & { readonly afterId: string; readonly limit: number }): Promise<HolderStep> {
  const { rows } = await tx.query<HolderStep>(
    `with step as materialized (
       select subscription_id, rendition_id, state, doubted_at, given_back from delivery
       where edition_id = $1 and subscription_id > $4 order by subscription_id limit $5),
     holder as (
       select d.subscription_id as id from step d
       join rendition r on r.id = d.rendition_id and r.positions && array[$2::bigint]
       join subscription s on s.id = d.subscription_id and s.state = 'active'
       where ${isRead('$6')} and r.revisions[array_position(r.positions, $2)] < $3)
     select array(select id::text from holder order by holder.id) as "holderIds", (select max(subscription_id) from step) as "uptoId"`,
    [query.editionId, String(query.position), query.belowRevision, query.afterId, query.limit, readStates],
  );
  return rows[0] ?? { holderIds: [], uptoId: null };
}

/** Which revision they have there now; who has it no more is absent. Ask once their cursors are locked. */
export async function findHeldRevisions(tx: Tx, query: HolderQuery, subscriptionIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ id: string; revision: number }>(
    `select d.subscription_id as id, r.revisions[array_position(r.positions, $2)] as revision
     from delivery d join rendition r on r.id = d.rendition_id and r.positions && array[$2::bigint]
     where d.edition_id = $1 and d.subscription_id = any($4::bigint[]) and ${isRead('$5')}
       and r.revisions[array_position(r.positions, $2)] < $3`,
    [query.editionId, String(query.position), query.belowRevision, subscriptionIds, readStates],
  );
  return new Map(rows.map((row) => [row.id, row.revision]));
}

/** How many have a post in an older text, in one newsletter. */
export interface HolderCount {
  readonly newsletterId: string;
  readonly count: number;
}

/** Counts the active subscriptions that have a post in an older revision, by newsletter: in each in one delivery, since a post reaches nobody twice (P1). */
export async function countHolders(db: Queryable, position: Position, belowRevision: number): Promise<HolderCount[]> {
  const counts: HolderCount[] = [];
  for (const newsletterId of await listNewslettersWithPost(db, position)) {
    let count = 0;
    for (const editionId of await listEditionsWithPost(db, newsletterId, position))
      count += (await countCarrying(db, { editionId, position, belowRevision })).activeCount;
    if (count > 0) counts.push({ newsletterId, count });
  }
  return counts;
}

/** How many deliveries of an edition carry a release and are read, or will be; of these to active subscriptions; and of these still in the queue. */
interface CarryingCount {
  readonly count: number;
  readonly activeCount: number;
  readonly queuedCount: number;
}

/** Deliveries that one statement reads to count them. */
const countStepSize = 2_000;

/** Counts step by step: no statement reads all of a million. */
async function countCarrying(db: Queryable, query: HolderQuery): Promise<CarryingCount> {
  const sum = { count: 0, activeCount: 0, queuedCount: 0 };
  for (let afterId: string | undefined = '0'; afterId !== undefined;) {
    const step: (CarryingCount & { readonly uptoId: string | null }) | undefined = await countStep(db, { ...query, afterId });
    sum.count += step?.count ?? 0;
    sum.activeCount += step?.activeCount ?? 0;
    sum.queuedCount += step?.queuedCount ?? 0;
    afterId = step?.uptoId ?? undefined;
  }
  return sum;
}

async function countStep(
  db: Queryable,
  query: HolderQuery & { readonly afterId: string },
): Promise<(CarryingCount & { readonly uptoId: string | null }) | undefined> {
  const { rows } = await db.query<CarryingCount & { readonly uptoId: string | null }>(
    `with step as materialized (
       select subscription_id, rendition_id, state, doubted_at, given_back from delivery
       where edition_id = $1 and subscription_id > $4 order by subscription_id limit $5),
     carrying as (
       select d.state, d.doubted_at, s.state as subscription_state from step d
       join rendition r on r.id = d.rendition_id and r.positions && array[$2::bigint]
       join subscription s on s.id = d.subscription_id
       where ${isRead('$6')} and r.revisions[array_position(r.positions, $2)] < $3)
     select count(*)::integer as count, (count(*) filter (where c.subscription_state = 'active'))::integer as "activeCount",
       (count(*) filter (where c.state = 'queued' and c.doubted_at is null))::integer as "queuedCount", (select max(subscription_id) from step) as "uptoId"
     from carrying c`,
    [query.editionId, String(query.position), query.belowRevision, query.afterId, countStepSize, readStates],
  );
  return rows[0];
}

/** Editions that carried a post and whose deliveries were pruned: who has it is not known any more. */
export async function listPrunedWithPost(db: Queryable, position: Position): Promise<{ newsletterId: string; editionId: string }[]> {
  const { rows } = await db.query<{ newsletterId: string; editionId: string }>(
    `select e.newsletter_id as "newsletterId", e.id as "editionId" from edition e
     where e.pruned_at is not null and exists (select from rendition r where r.edition_id = e.id and r.positions && array[$1::bigint])
     order by e.id`,
    [String(position)],
  );
  return rows;
}

/** Editions that are not frozen to the end and pinned a post in an older revision: their freeze puts the correction into `owed`. */
export async function listDraftsWithPost(db: Queryable, position: Position, belowRevision: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select e.id from edition_post p join edition e on e.id = p.edition_id
     where p.position = $1 and p.revision < $2 and not p.is_left_out and e.ended_at is null and e.frozen_at is null order by e.id`,
    [String(position), belowRevision],
  );
  return rows.map((row) => row.id);
}

/** Above every revision. */
const anyRevision = 2_147_483_647;

/** How many are still to be sent a correction, how many have it in a delivery that is not back, and of how many of these it waits in the queue. */
export async function countCorrected(
  db: Queryable,
  position: Position,
): Promise<{ owedCount: number; carriedCount: number; queuedCount: number }> {
  const { rows } = await db.query<{ owedCount: number }>(
    `select count(*)::integer as "owedCount" from subscription_cursor where owed && array[$1::bigint]`,
    [String(position)],
  );
  const sum = { owedCount: rows[0]?.owedCount ?? 0, carriedCount: 0, queuedCount: 0 };
  for (const newsletterId of await listNewslettersWithPost(db, position)) {
    for (const editionId of await listEditionsWithPost(db, newsletterId, position)) {
      const { count, queuedCount } = await countCarrying(db, { editionId, position, belowRevision: anyRevision });
      sum.carriedCount += count;
      sum.queuedCount += queuedCount;
    }
  }
  return sum;
}

/** Marks a correction as taken back; false when it was already. */
export async function markTakenBack(tx: Tx, position: Position, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update release set taken_back_at = $2 where position = $1 and kind = 'correction' and taken_back_at is null`,
    [String(position), now],
  );
  return rowCount === 1;
}
