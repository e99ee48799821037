import type { Queryable, Tx } from '../../db/db.ts';
import type { Edition, EditionState } from '../drafts/edition.ts';
import { openEditionsSql } from '../drafts/edition-store.ts';
import { arrivedParts, type Holding, withSql } from '../drafts/holding-store.ts';
import { type Position, positionsLiteral } from '../position.ts';
import { insertRangesAboveSql } from '../queue/open-range-store.ts';

/** An edition's row as a chunk finds it. */
export interface LockedForChunk {
  readonly state: EditionState;
  readonly frozenUpto: string;
  readonly freezeRun: number;
  /** What the chunk stores has ids above this. */
  readonly lastDeliveryId: string;
}

/**
 * Begins a chunk's transaction: sets what holds for it, and locks the edition's row. A cancellation or a pause waits for the chunk, the next chunk sees it.
 *
 * Plans must not depend on statistics: a million fresh rows have none, and the planner then believes that the new edition is empty. Every statement of a
 * chunk goes by primary key or by a unique index, so the other ways are closed to it. And nobody waits for the disk while cursors are locked: a power cut
 * takes whole chunks from the end, `frozen_upto` with them, and the freeze resumes.
 */
export async function beginChunk(tx: Tx, editionId: string): Promise<LockedForChunk> {
  const { rows } = await tx.query<LockedForChunk>(
    `select state, frozen_upto as "frozenUpto", freeze_run as "freezeRun",
       (select last_value - (not is_called)::integer from delivery_id_seq) as "lastDeliveryId",
       set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('synchronous_commit', 'off', true)
     from edition where id = $1 for no key update`,
    [editionId],
  );
  return rows[0] ?? { state: 'cancelled', frozenUpto: '0', freezeRun: 0, lastDeliveryId: '0' };
}

/** The subscriptions of a chunk. `idsLiteral` is what Postgres printed and takes again, so that no id is parsed on the way. */
export interface ChunkIds {
  readonly idsLiteral: string;
  readonly lastId: string;
}

/** The next subscriptions of a schedule, in id order; undefined at the end. */
export async function findChunkIds(tx: Tx, scheduleId: string, afterId: string, size: number): Promise<ChunkIds | undefined> {
  const { rows } = await tx.query<{ idsLiteral: string | null; lastId: string | null }>(
    `select array_agg(id)::text as "idsLiteral", max(id) as "lastId"
     from (select id from subscription where schedule_id = $1 and id > $2 order by id limit $3) as chunk`,
    [scheduleId, afterId, size],
  );
  const { idsLiteral, lastId } = rows[0] ?? { idsLiteral: null, lastId: null };
  return idsLiteral === null || lastId === null ? undefined : { idsLiteral, lastId };
}

/**
 * Locks cursor rows in id order and returns the ids of those that there are: who becomes active for the first time after this has a row that the chunk
 * does not hold, and is left to the next edition. Whoever ends deliveries locks those first and cursors second; see `lockQueued`.
 */
export async function lockChunkCursors(tx: Tx, ids: ChunkIds): Promise<ChunkIds> {
  const { rows } = await tx.query<{ idsLiteral: string | null }>(
    `select array_agg(subscription_id)::text as "idsLiteral"
     from (select subscription_id from subscription_cursor where subscription_id = any($1::bigint[])
           order by subscription_id for update) as locked`,
    [ids.idsLiteral],
  );
  return { idsLiteral: rows[0]?.idsLiteral ?? '{}', lastId: ids.lastId };
}

/** Subscriptions of a chunk that are alike in all that decides, with their locked cursors. Columns as text: parsed once per cohort, if at all. */
export interface ChunkCohort {
  /** An array literal, as Postgres printed it and takes it again. */
  readonly ids: string;
  readonly count: number;
  /** Set for a subscription that has something to supersede: it stands alone. */
  readonly singleId: string | null;
  readonly topics: string | null;
  readonly language: string;
  readonly localHour: number | null;
  readonly timeZone: string | null;
  readonly cursor: string;
  readonly owed: string;
  readonly arrived: string;
}

/** Whom to group, and whom to leave out. */
export interface ChunkQuery {
  readonly scheduleId: string;
  readonly ids: ChunkIds;
  readonly singleIds: readonly string[];
  readonly suppressedIds: readonly string[];
  readonly now: Date;
  /** Where the posts of corrections lie that somebody of the chunk may be sent. */
  readonly holdings: readonly Holding[];
}

/**
 * Those that are active, not paused and not suppressed, in groups: a million rows never cross to Node one by one, which was a third of a freeze. Read
 * after their cursors are locked, so that an activation that was waited for is seen; only of rows that are locked, so that nothing changes behind it.
 */
export async function listChunkCohorts(tx: Tx, query: ChunkQuery): Promise<ChunkCohort[]> {
  const arrived = arrivedParts(query.holdings, {
    firstParameter: 6,
    among: 'select unnest($1::bigint[]) as id',
    isSingle: 's.id = any($4::bigint[])',
  });
  const { rows } = await tx.query<ChunkCohort>(
    `${withSql(arrived.ctes)}
     select array_agg(k.id)::text as ids, count(*)::integer as count, k.single_id as "singleId", k.topics::text as topics, k.language,
       k.local_hour as "localHour", k.time_zone as "timeZone", k.cursor, k.owed::text as owed, coalesce(k.arrived, '{}')::text as arrived
     from (
       select s.id, case when s.id = any($4::bigint[]) then s.id end as single_id, s.topics, s.language, s.local_hour, s.time_zone,
         c.cursor, c.owed, ${arrived.column} as arrived
       from subscription s join subscription_cursor c on c.subscription_id = s.id ${arrived.join}
       where s.id = any($1::bigint[]) and s.schedule_id = $2 and s.state = 'active' and (s.paused_until is null or s.paused_until <= $3)
         and s.id <> all($5::bigint[])) as k
     group by k.single_id, k.topics, k.language, k.local_hour, k.time_zone, k.cursor, k.owed, k.arrived`,
    [query.ids.idsLiteral, query.scheduleId, query.now, query.singleIds, query.suppressedIds, ...arrived.parameters],
  );
  return rows;
}

/** A queued, never doubted delivery of another edition, locked. */
export interface LockedDelivery {
  readonly id: string;
  readonly subscriptionId: string;
  readonly renditionId: string;
  readonly attempts: number;
  readonly firstAttemptAt: Date | null;
  readonly dueAt: Date;
}

/**
 * Locks what may be superseded. What somebody else has locked is passed over, because it is being claimed or given back, and because who
 * gives back holds the delivery and waits for our cursor.
 */
export async function lockQueued(tx: Tx, edition: Pick<Edition, 'id' | 'newsletterId'>, ids: ChunkIds): Promise<LockedDelivery[]> {
  const { rows } = await tx.query<LockedDelivery>(
    `select id, subscription_id as "subscriptionId", rendition_id as "renditionId", attempts, first_attempt_at as "firstAttemptAt", due_at as "dueAt"
     from delivery
     where edition_id = any(array(${openEditionsSql(1, 2)})) and subscription_id = any($3::bigint[]) and state = 'queued' and doubted_at is null
     order by id for update skip locked`,
    [edition.newsletterId, edition.id, ids.idsLiteral],
  );
  return rows;
}

/** Ends locked deliveries as superseded. */
export async function supersedeDeliveries(tx: Tx, deliveryIds: readonly string[], now: Date): Promise<void> {
  if (deliveryIds.length === 0) return;
  const { rowCount } = await tx.query(
    `update delivery set state = 'superseded', reason = null, given_back = true, ended_at = $2
     where id = any($1::bigint[]) and state = 'queued' and doubted_at is null`,
    [deliveryIds, now],
  );
  if (rowCount !== deliveryIds.length)
    throw new Error(`Expected ${deliveryIds.length} locked deliveries to be superseded, got ${rowCount}`);
}

/** Deliveries to be stored: one for each subscription of a cohort. */
export interface NewDeliveries {
  readonly ids: string;
  readonly count: number;
  readonly renditionId: string;
  readonly dueAt: Date;
  readonly attempts: number;
  readonly firstAttemptAt: Date | null;
}

/** Stores the deliveries of a chunk; `recordChunk` stores where they lie. */
export async function insertDeliveries(tx: Tx, editionId: string, deliveries: readonly NewDeliveries[]): Promise<void> {
  if (deliveries.length === 0) return;
  await tx.query(
    `insert into delivery (edition_id, subscription_id, rendition_id, due_at, attempts, first_attempt_at)
     select $1, unnest(g.ids::bigint[]), g.rendition_id, g.due_at, g.attempts, g.first_attempt_at
     from unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::integer[], $6::timestamptz[])
       as g (ids, rendition_id, due_at, attempts, first_attempt_at)`,
    [
      editionId,
      deliveries.map((delivery) => delivery.ids),
      deliveries.map((delivery) => delivery.renditionId),
      deliveries.map((delivery) => delivery.dueAt.toISOString()),
      deliveries.map((delivery) => delivery.attempts),
      deliveries.map((delivery) => delivery.firstAttemptAt?.toISOString() ?? null),
    ],
  );
}

/** Where the locked cursors of a cohort go. `owed` undefined leaves it as it is. */
export interface CursorMove {
  readonly ids: string;
  readonly count: number;
  readonly cursor: Position;
  readonly owed: readonly Position[] | undefined;
}

/** Moves locked cursors, by primary key. `greatest` says again what the rules say: a cursor never goes back. */
export async function moveCursors(tx: Tx, moves: readonly CursorMove[]): Promise<void> {
  if (moves.length === 0) return;
  const { rowCount } = await tx.query(
    `update subscription_cursor c
     set cursor = greatest(c.cursor, u.cursor), owed = coalesce(u.owed, c.owed)
     from (
       select unnest(g.ids::bigint[]) as subscription_id, g.cursor, g.owed::bigint[] as owed
       from unnest($1::text[], $2::bigint[], $3::text[]) as g (ids, cursor, owed)) as u
     where c.subscription_id = u.subscription_id`,
    [
      moves.map((move) => move.ids),
      moves.map((move) => String(move.cursor)),
      moves.map((move) => (move.owed === undefined ? null : positionsLiteral(move.owed))),
    ],
  );
  const count = moves.reduce((sum, move) => sum + move.count, 0);
  if (rowCount !== count) throw new Error(`Expected ${count} locked cursors to move, got ${rowCount}`);
}

/** What a chunk stored. */
export interface StoredDeliveries {
  readonly count: number;
  /** The earliest; null where there are none. */
  readonly dueAt: Date | null;
}

/**
 * Stores how far the freeze came, how many deliveries the chunk added and the ranges that they lie in, in the chunk's own transaction: a crash resumes after it.
 * The ranges come from the sequence, because to return 2,000 ids only to take their first and last costs a tenth of what storing them does.
 */
export async function recordChunk(
  tx: Tx,
  chunk: { readonly editionId: string; readonly frozenUpto: string; readonly aboveDeliveryId: string; readonly stored: StoredDeliveries },
): Promise<void> {
  await tx.query(
    `with ranges as (${insertRangesAboveSql({ editionId: 1, aboveId: 4, dueAt: 5, count: 3 })})
     update edition set frozen_upto = $2, delivery_count = delivery_count + $3 where id = $1`,
    [chunk.editionId, chunk.frozenUpto, chunk.stored.count, chunk.aboveDeliveryId, chunk.stored.dueAt],
  );
}

/** Subscriptions of a schedule whose address is suppressed. Read once per freeze; the claim decides (P3). */
export async function listSuppressedSubscriptions(db: Queryable, scheduleId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select s.id from suppression x join subscriber p on p.address_key = x.address_key join subscription s on s.subscriber_id = p.id
     where s.schedule_id = $1 order by s.id`,
    [scheduleId],
  );
  return rows.map((row) => row.id);
}

/** How many deliveries its freeze has written. */
export async function getDeliveryCount(db: Queryable, editionId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(`select delivery_count as count from edition where id = $1`, [editionId]);
  return rows[0]?.count ?? 0;
}

/** Renews the statistics of the deliveries, from which the first claims are planned. */
export async function analyzeDeliveries(db: Queryable): Promise<void> {
  await db.query(`analyze delivery`);
}
