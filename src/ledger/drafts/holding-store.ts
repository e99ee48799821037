import type { Queryable } from '../../db/db.ts';
import { type Position, parsePosition } from '../position.ts';

/** A rendition that holds the post of a correction. */
export interface Holding {
  /** Of the correction. */
  readonly position: Position;
  readonly editionId: string;
  readonly renditionId: string;
}

/** Those of the positions that are corrections. */
export async function listCorrectionsAmong(db: Queryable, positions: readonly Position[]): Promise<Position[]> {
  if (positions.length === 0) return [];
  const { rows } = await db.query<{ position: string }>(
    `select position from release where position = any($1::bigint[]) and kind = 'correction' order by position`,
    [positions.map(String)],
  );
  return rows.map((row) => parsePosition(row.position));
}

/** Renditions of a newsletter's frozen editions that hold the posts of corrections. */
export async function listHoldings(db: Queryable, newsletterId: string, corrections: readonly Position[]): Promise<Holding[]> {
  if (corrections.length === 0) return [];
  const { rows } = await db.query<{ position: string; editionId: string; renditionId: string }>(
    `select k.position, r.edition_id as "editionId", r.id as "renditionId"
     from release k join release o on o.post_id = k.post_id and o.kind = 'post'
     join edition e on e.newsletter_id = $1 and e.frozen_upto > 0
     join rendition r on r.edition_id = e.id and r.positions && array[o.position]
     where k.position = any($2::bigint[])`,
    [newsletterId, corrections.map(String)],
  );
  return rows.map((row) => ({ ...row, position: parsePosition(row.position) }));
}

/** How a statement over subscriptions `s` with their cursors `c` asks what has arrived. */
export interface ArrivedQuery {
  /** The number of the first of three parameters. */
  readonly firstParameter: number;
  /** A query for the ids of those who are asked about: only their deliveries are read. */
  readonly among: string;
  /** SQL: whether a subscription stands alone, because it has something queued; then everything counts, otherwise only what it is owed. */
  readonly isSingle: string;
}

/** Parts of a statement: which of the corrections that a subscription may be sent have a post that has arrived; null for none. */
export interface ArrivedParts {
  readonly ctes: readonly string[];
  readonly column: string;
  readonly join: string;
  readonly parameters: readonly (readonly string[])[];
}

/** The parts that ask what has arrived: nothing where there are no holdings, as at nearly every freeze. */
export function arrivedParts(holdings: readonly Holding[], { firstParameter, among, isSingle }: ArrivedQuery): ArrivedParts {
  if (holdings.length === 0) return { ctes: [], column: 'null::bigint[]', join: '', parameters: [] };
  return {
    ctes: [arrivedSql(firstParameter, among)],
    column: `case when a.positions is null or ${isSingle} then a.positions
      else (select array_agg(p order by p) from unnest(a.positions) as p where p = any(c.owed)) end`,
    join: 'left join arrived a on a.subscription_id = s.id',
    parameters: holdingColumns(holdings),
  };
}

/** SQL: what stands before a statement; nothing where there are none. */
export function withSql(ctes: readonly string[]): string {
  return ctes.length === 0 ? '' : `with ${ctes.join(', ')}`;
}

/** Which corrections have a post that has arrived, for some subscriptions: a bigint[] as text, by subscription; who has none is absent. */
export async function listArrived(
  db: Queryable,
  subscriptionIds: readonly string[],
  holdings: readonly Holding[],
): Promise<Map<string, string>> {
  if (subscriptionIds.length === 0 || holdings.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; positions: string }>(
    `${withSql([arrivedSql(2, 'select unnest($1::bigint[]) as id')])} select subscription_id as id, positions::text as positions from arrived`,
    [subscriptionIds, ...holdingColumns(holdings)],
  );
  return new Map(rows.map((row) => [row.id, row.positions]));
}

/** The parameters of `arrivedSql`. */
function holdingColumns(holdings: readonly Holding[]): string[][] {
  return [
    holdings.map((holding) => String(holding.position)),
    holdings.map((holding) => holding.editionId),
    holdings.map((holding) => holding.renditionId),
  ];
}

/*
 * SQL: which corrections have a post that has arrived, by subscription. What is accepted or was ever in doubt stays so, so that nothing need be locked for it.
 */
function arrivedSql(firstParameter: number, among: string): string {
  const [positions, editionIds, renditionIds] = [0, 1, 2].map((n) => `$${firstParameter + n}::bigint[]`);
  return `arrived as materialized (
       select w.id as subscription_id, (select array_agg(distinct p order by p) from unnest(array_agg(h.position)) as p) as positions
       from (
         select t.id, unnest((
           select array_agg(d.rendition_id) from delivery d
           where d.edition_id = any(${editionIds}) and d.subscription_id = t.id and (d.state = 'accepted' or d.doubted_at is not null))) as rendition_id
         from (${among}) as t) as w
       join unnest(${positions}, ${renditionIds}) as h (position, rendition_id) on h.rendition_id = w.rendition_id
       group by w.id)`;
}
