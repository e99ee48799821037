import type { Queryable, Tx } from '../../db/db.ts';
import type { CohortColumns } from './cohort.ts';
import { arrivedSql, type Holding, holdingColumns } from './holding-store.ts';

/** A cohort with the number of its subscriptions. */
export interface CountedCohort extends CohortColumns {
  readonly count: number;
}

/** Whose cohorts to read. */
export interface CohortQuery {
  readonly scheduleId: string;
  /** Editions whose queued deliveries may be superseded. */
  readonly openEditionIds: readonly string[];
  readonly now: Date;
  /** Where the posts of corrections lie that somebody may be owed; nobody's have arrived where it is empty. */
  readonly holdings: readonly Holding[];
  /** Only this subscription. */
  readonly subscriptionId?: string;
}

/** Everybody who is active in a schedule: cohorts of those who can be reached, and how many cannot. */
export interface CountedReaders {
  readonly cohorts: readonly CountedCohort[];
  readonly suppressed: number;
  readonly paused: number;
}

/** The cohorts of a schedule's active subscriptions, those that are suppressed or paused counted apart. Locks nothing: a draft owns nothing. */
export async function countReaders(tx: Tx, query: CohortQuery): Promise<CountedReaders> {
  // A fresh import has no statistics; the planner then expects one row, joins a million by nested loops, which is quadratic, and sorts them
  // on disk. Hash joins and a hash of the cohorts take two seconds for a million.
  const isWhole = query.subscriptionId === undefined;
  if (isWhole) await tx.query(`select set_config('enable_nestloop', 'off', true), set_config('enable_sort', 'off', true)`);
  const { rows } = await tx.query<CohortRow>(
    `with queued as materialized (
       select subscription_id, (select array_agg(id order by id) from unnest(array_agg(rendition_id)) as id) as rendition_ids
       from (${isWhole ? openOfEditions : openOfSubscriptions('$4')}) as open
       group by subscription_id),
     ${arrivedSql(5, isWhole ? correctable : 'select $4::bigint as id')}
     select s.topics::text as topics, c.cursor, c.owed::text as owed, s.language, q.rendition_ids as queued, ${standingSql} as standing,
       count(*)::integer as count, a.positions::text as arrived
     from subscription s
     join subscription_cursor c on c.subscription_id = s.id
     left join queued q on q.subscription_id = s.id
     left join arrived x on x.subscription_id = s.id and (c.owed <> '{}' or q.rendition_ids is not null)
     cross join lateral (
       select case when x.positions is null then '{}' when q.rendition_ids is not null then x.positions
         else coalesce((select array_agg(p order by p) from unnest(x.positions) as p where p = any(c.owed)), '{}') end as positions) as a
     where s.schedule_id = $1 and s.state = 'active' and ($4::bigint is null or s.id = $4)
     group by s.topics, c.cursor, c.owed, s.language, q.rendition_ids, standing, a.positions`,
    [query.scheduleId, query.openEditionIds, query.now, query.subscriptionId ?? null, ...holdingColumns(query.holdings)],
  );
  if (isWhole) await tx.query(`select set_config('enable_nestloop', 'on', true), set_config('enable_sort', 'on', true)`);
  const countOf = (standing: Standing): number => rows.reduce((sum, row) => sum + (row.standing === standing ? row.count : 0), 0);
  return {
    cohorts: rows.flatMap((row) => (row.standing === null ? [{ ...row, queuedRenditionIds: row.queued ?? [] }] : [])),
    suppressed: countOf('suppressed'),
    paused: countOf('paused'),
  };
}

/* Only where something may be open: of a million that went out last week next to nothing is. A subquery for each range, because a join would read them all where
   nested loops are off. A row may lie in two ranges. */
const openOfEditions = `
  select distinct (of_range.d).subscription_id, (of_range.d).rendition_id
  from (
    select unnest(array(
      select d from delivery d
      where d.id >= r.from_id and d.id <= r.to_id and d.edition_id = r.edition_id and d.state = 'queued' and d.doubted_at is null)) as d
    from open_range r where r.edition_id = any($2::bigint[])) as of_range`;

const openOfSubscriptions = (ids: string): string => `
  select d.subscription_id, d.rendition_id from delivery d
  where d.subscription_id = ${ids} and d.edition_id = any($2::bigint[]) and d.state = 'queued' and d.doubted_at is null`;

/* Who may be sent one of the corrections ($5): by the rows of their own, so that a correction which waits for few does not read what millions got. */
const correctable = `
  select subscription_id as id from subscription_cursor where owed && $5::bigint[]
  union select subscription_id from queued where cardinality($5::bigint[]) > 0`;
/** Why an active subscription ($3: now) cannot be reached; null where it can. The order is that of the claim. */
const standingSql = `case
  when s.subscriber_id in (select p.id from subscriber p join suppression x on x.address_key = p.address_key) then 'suppressed'
  when s.paused_until > $3 then 'paused' end`;

type Standing = 'suppressed' | 'paused';

interface CohortRow {
  readonly standing: Standing | null;
  readonly topics: string | null;
  readonly cursor: string;
  readonly owed: string;
  readonly language: string;
  readonly queued: string[] | null;
  readonly arrived: string;
  readonly count: number;
}

/** One active subscription of a schedule. */
export interface ReaderColumns extends CohortColumns {
  readonly id: string;
  readonly standing: Standing | null;
  /** Of the edition that is asked about. */
  readonly hasDelivery: boolean;
}

/**
 * The next active subscriptions of a schedule in id order. Columns are as those of a cohort; what is queued of other editions, and what has arrived of
 * corrections, is not looked at: `listQueuedRenditions` and `listArrived` are for those whom it matters to.
 */
export async function listReaders(
  tx: Tx,
  query: { scheduleId: string; editionId: string; now: Date; afterId: string; limit: number },
): Promise<ReaderColumns[]> {
  const { rows } = await tx.query<Omit<ReaderColumns, 'queuedRenditionIds' | 'arrived'>>(
    `select s.id, ${standingSql} as standing, s.topics::text as topics, c.cursor, c.owed::text as owed, s.language,
       exists (select from delivery d where d.edition_id = $2 and d.subscription_id = s.id) as "hasDelivery"
     from subscription s join subscription_cursor c on c.subscription_id = s.id
     where s.schedule_id = $1 and s.state = 'active' and s.id > $4
     order by s.id limit $5`,
    [query.scheduleId, query.editionId, query.now, query.afterId, query.limit],
  );
  return rows.map((row) => ({ ...row, queuedRenditionIds: [], arrived: '{}' }));
}

/** The renditions of queued, never doubted deliveries of editions, ascending, for some subscriptions; who has none is absent. */
export async function listQueuedRenditions(
  db: Queryable,
  subscriptionIds: readonly string[],
  editionIds: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const { rows } = await db.query<{ id: string; renditionIds: string[] }>(
    `select subscription_id as id, array_agg(rendition_id order by rendition_id) as "renditionIds"
     from (${openOfSubscriptions('any($1::bigint[])')}) as open group by subscription_id`,
    [subscriptionIds, editionIds],
  );
  return new Map(rows.map((row) => [row.id, row.renditionIds]));
}
