import type { Queryable, Tx } from '../../db/db.ts';
import type { CohortColumns } from './cohort.ts';
import { arrivedParts, type Holding, withSql } from './holding-store.ts';

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

/*
 * A fresh import has no statistics; the planner then expects few rows, joins a million by nested loops, which is quadratic, sorts them on disk, or hands them
 * from worker to worker. One process that hashes subscriptions and cohorts takes two seconds for a million.
 */
const settings = [
  ['enable_nestloop', 'off'],
  ['enable_sort', 'off'],
  ['max_parallel_workers_per_gather', '0'],
  ['work_mem', `'32MB'`],
] as const;

/** Everybody who is active in a schedule: cohorts of those who can be reached, and how many cannot. */
export interface CountedReaders {
  readonly cohorts: readonly CountedCohort[];
  readonly suppressed: number;
  readonly paused: number;
}

/** The cohorts of a schedule's active subscriptions, those that are suppressed or paused counted apart. Locks nothing: a draft owns nothing. */
export async function countReaders(tx: Tx, query: CohortQuery): Promise<CountedReaders> {
  const isWhole = query.subscriptionId === undefined;
  if (isWhole) await tx.query(settings.map(([name, value]) => `set local ${name} = ${value}`).join('; '));
  const arrived = arrivedParts(query.holdings, {
    firstParameter: 5,
    among: isWhole ? correctable : 'select $4::bigint as id',
    isSingle: 'q.rendition_ids is not null',
  });
  const queued = `queued as materialized (
       select subscription_id, (select array_agg(id order by id) from unnest(array_agg(rendition_id)) as id) as rendition_ids
       from (${isWhole ? openOfEditions : openOfSubscriptions('$4')}) as open
       group by subscription_id)`;
  const { rows } = await tx.query<CohortRow>(
    `${withSql([queued, ...arrived.ctes])}
     select k.topics::text as topics, k.cursor, k.owed::text as owed, k.language, k.queued, k.standing, count(*)::integer as count,
       coalesce(k.arrived, '{}')::text as arrived
     from (
       select s.topics, c.cursor, c.owed, s.language, q.rendition_ids as queued, ${standingSql} as standing, ${arrived.column} as arrived
       from subscription s
       join subscription_cursor c on c.subscription_id = s.id
       left join queued q on q.subscription_id = s.id ${arrived.join}
       where s.schedule_id = $1 and s.state = 'active' and ($4::bigint is null or s.id = $4)) as k
     group by k.topics, k.cursor, k.owed, k.language, k.queued, k.standing, k.arrived`,
    [query.scheduleId, query.openEditionIds, query.now, query.subscriptionId ?? null, ...arrived.parameters],
  );
  if (isWhole) await tx.query(settings.map(([name]) => `set local ${name} to default`).join('; '));
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
