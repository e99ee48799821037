import type { Queryable } from '../../db/db.ts';
import type { IdRange } from './delivery.ts';

/*
 * Where deliveries may be open. Each queued or sending delivery lies in a range of its edition that is due no later than itself. Whatever makes deliveries open
 * writes a range in the same transaction (a freeze, a resend); an attempt moves due_at on only, so that sending writes none; and only `settleRanges` takes any away:
 * those that its snapshot shows, for what the same snapshot shows as open in them. So a kill at any point leaves too much to look at, and never too little.
 */

/** Deliveries that one job names, and that one range lies within, on a fixed grid. */
const blockSize = 1_000;

/** Up to so many open deliveries of a block have a range each: then nothing else of the block is read to find them. */
const singlesPerBlock = 16;

/** SQL: writes the ranges of rows that have just been made open, from a relation with edition_id, id and due_at. */
export function insertRangesSql(relation: string): string {
  return `insert into open_range (edition_id, from_id, to_id, due_at)
    select edition_id, min(id), max(id), min(due_at) from ${relation} group by edition_id, id / ${blockSize}`;
}

/** Parameters of `insertRangesAboveSql`, by their numbers. */
export interface RangeParameters {
  readonly editionId: number;
  readonly aboveId: number;
  readonly dueAt: number;
  /** How many deliveries were stored: none have no range. */
  readonly count: number;
}

/**
 * SQL: writes the ranges of what an earlier statement of this session has stored above an id, up to the last that the sequence gave it, due at the earliest of
 * its moments. Whoever stores others at this moment has ids among them, which makes a range wider and not wrong.
 */
export function insertRangesAboveSql({ editionId, aboveId, dueAt, count }: RangeParameters): string {
  return `insert into open_range (edition_id, from_id, to_id, due_at)
    select $${editionId}::bigint, greatest(block * ${blockSize}, $${aboveId}::bigint + 1), least(block * ${blockSize} + ${blockSize - 1}, last.id), $${dueAt}::timestamptz
    from (select currval('delivery_id_seq') as id where $${count}::integer > 0) as last
    cross join lateral generate_series(($${aboveId}::bigint + 1) / ${blockSize}, last.id / ${blockSize}) as block`;
}

/** Ranges of an edition, side by side, as statements take them. */
export interface OpenRanges {
  readonly fromIds: readonly string[];
  readonly toIds: readonly string[];
}

/** SQL: the deliveries `d` in ranges whose ids are the parameters with these numbers, once for each range that they lie in. */
export function inRangesSql(fromIds: number, toIds: number): string {
  return `unnest($${fromIds}::bigint[], $${toIds}::bigint[]) as r (from_id, to_id) join delivery d on d.id >= r.from_id and d.id <= r.to_id`;
}

/** Which ranges of an edition to walk. */
export interface RangeWalk {
  readonly editionId: string;
  /** Only what may be due. */
  readonly isDue?: boolean;
}

/** The ranges of an edition in the order of their ids, in steps that hold no more ids than a block. */
export async function* walkOpenRanges(db: Queryable, walk: RangeWalk): AsyncGenerator<OpenRanges> {
  let after = { fromId: '0', id: '0' };
  for (;;) {
    const { rows } = await db.query<{ id: string; fromId: string; toId: string }>(
      `select id, from_id as "fromId", to_id as "toId"
       from (select id, from_id, to_id, row_number() over w as number, sum(to_id - from_id + 1) over w as total
             from (select id, from_id, to_id from open_range
                   where edition_id = $1 and (from_id, id) > ($2::bigint, $3::bigint) and ($4 is not true or due_at <= now())
                   order by from_id, id limit $5) as following
             window w as (order by from_id, id)) as step
       where number = 1 or total <= $5 order by from_id, id`,
      [walk.editionId, after.fromId, after.id, walk.isDue ?? false, blockSize],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    yield { fromIds: rows.map((row) => row.fromId), toIds: rows.map((row) => row.toId) };
    after = last;
  }
}

/** Which ranges have been looked through: all that begin within these ids. */
export interface SettledRanges {
  readonly editionId: string;
  readonly fromId: string;
  readonly toId: string;
  /** Also those that are not due. */
  readonly isEarly?: boolean;
}

/**
 * Takes away ranges, and writes what is open in them, in one statement. What somebody makes open meanwhile has a range that this statement does not see. Returns
 * how many it took; what another process is settling is left to it.
 */
export async function settleRanges(db: Queryable, settled: SettledRanges): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `with taken as materialized (
       select id, from_id, to_id from open_range
       where edition_id = $1 and from_id between $2 and $3 and ($4 or due_at <= now())
       order by id for update skip locked),
     gone as (delete from open_range where id in (select id from taken)),
     open as materialized (
       select distinct d.id, d.due_at, d.id / ${blockSize} as block
       from taken t join delivery d on d.id >= t.from_id and d.id <= t.to_id
       where d.edition_id = $1 and d.state in ('queued', 'sending')),
     left_over as (
       insert into open_range (edition_id, from_id, to_id, due_at)
       select $1, min(o.id), max(o.id), min(o.due_at)
       from open o join (select block, count(*) as count from open group by block) as b on b.block = o.block
       group by o.block, case when b.count <= ${singlesPerBlock} then o.id end)
     select count(*)::integer as count from taken`,
    [settled.editionId, settled.fromId, settled.toId, settled.isEarly ?? false],
  );
  return rows[0]?.count ?? 0;
}

/** Blocks in which something may be due: the same block is named the same way each time, so that the queue can tell that it waits already. */
export async function listDueBlocks(db: Queryable, editionId: string): Promise<IdRange[]> {
  const { rows } = await db.query<IdRange>(
    `select (block * ${blockSize})::text as "fromId", ((block + 1) * ${blockSize} - 1)::text as "toId"
     from (select distinct from_id / ${blockSize} as block from open_range where edition_id = $1 and due_at <= now()) as due
     order by block`,
    [editionId],
  );
  return rows;
}

/** The last range of an edition, and whether something in it is open; undefined where there is none: then nothing is. */
export async function findLastRange(db: Queryable, editionId: string): Promise<(IdRange & { readonly isOpen: boolean }) | undefined> {
  // From the end, because deliveries are sent in the order of their ids: what is left of a million is found at once.
  const { rows } = await db.query<IdRange & { readonly isOpen: boolean }>(
    `select r.from_id as "fromId", r.to_id as "toId", exists (
       select from delivery d where d.id >= r.from_id and d.id <= r.to_id and d.edition_id = $1 and d.state in ('queued', 'sending')) as "isOpen"
     from (select from_id, to_id from open_range where edition_id = $1 order by from_id desc, id desc limit 1) as r`,
    [editionId],
  );
  return rows[0];
}

/** The first id of the last so many ranges of an edition. */
export async function findRangesFromEnd(db: Queryable, editionId: string, count: number): Promise<string> {
  const { rows } = await db.query<{ fromId: string | null }>(
    `select min(from_id) as "fromId" from (select from_id from open_range where edition_id = $1 order by from_id desc, id desc limit $2) as last`,
    [editionId, count],
  );
  return rows[0]?.fromId ?? '0';
}

/** Writes the ranges of what is open among an edition's deliveries to subscriptions after the first id, up to the second. */
export async function insertMissingRanges(db: Queryable, editionId: string, afterId: string, uptoId: string): Promise<void> {
  await db.query(
    `with open as (
       select edition_id, id, due_at from delivery
       where edition_id = $1 and subscription_id > $2 and subscription_id <= $3 and state in ('queued', 'sending'))
     ${insertRangesSql('open')}`,
    [editionId, afterId, uptoId],
  );
}

/** What is to be sent, of all editions. */
export interface QueueDepth {
  /** Queued, and its moment has come. */
  readonly dueCount: number;
  /** Queued for a later moment: a reader's own hour, or another try. */
  readonly laterCount: number;
  readonly sendingCount: number;
  /** How many of the queued ones were not looked at: as many ids as their ranges have, which is what is open there until somebody begins with them. */
  readonly unreadCount: number;
}

/** Deliveries that counting reads, however many are open. */
const mostReadForDepth = 20_000;

/**
 * Counts what is open. Of each edition the first ranges are looked through, those that may be due first, because deliveries are sent in the order of their ids;
 * what lies in the ranges behind is taken as many as their ids are: a count of a million would read a million.
 */
export async function readQueueDepth(db: Queryable, mostRead = mostReadForDepth): Promise<QueueDepth> {
  const { rows } = await db.query<QueueDepth>(
    `with ranges as (
       select edition_id, from_id, to_id, due_at <= now() as is_due,
              row_number() over (partition by edition_id, due_at <= now() order by from_id, id) as place
       from open_range),
     summed as (
       select edition_id, from_id, to_id, is_due,
              sum(to_id - from_id + 1) over (order by is_due desc, place, edition_id rows unbounded preceding) as total
       from ranges),
     looked_at as (
       select distinct d.id, d.state, d.due_at <= now() as is_due
       from summed r cross join lateral (
         select id, state, due_at from delivery
         where id >= r.from_id and id <= r.to_id and edition_id = r.edition_id and state in ('queued', 'sending') order by id) as d
       where r.total <= $1),
     counted as (
       select state, is_due, 1::bigint as count, false as is_unread from looked_at
       union all
       select 'queued', is_due, to_id - from_id + 1, true from summed where total > $1)
     select coalesce(sum(count) filter (where state = 'queued' and is_due), 0)::float8 as "dueCount",
            coalesce(sum(count) filter (where state = 'queued' and not is_due), 0)::float8 as "laterCount",
            coalesce(sum(count) filter (where state = 'sending'), 0)::float8 as "sendingCount",
            coalesce(sum(count) filter (where is_unread), 0)::float8 as "unreadCount"
     from counted`,
    [mostRead],
  );
  return rows[0]!;
}
