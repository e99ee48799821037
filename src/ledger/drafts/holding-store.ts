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

/** The parameters of `arrivedSql`. */
export function holdingColumns(holdings: readonly Holding[]): string[][] {
  return [
    holdings.map((holding) => String(holding.position)),
    holdings.map((holding) => holding.editionId),
    holdings.map((holding) => holding.renditionId),
  ];
}

/**
 * SQL: which corrections have a post that has arrived, by subscription; three parameters from this one on are `holdingColumns`. What is accepted or was
 * ever in doubt stays so, so that nothing need be locked for it.
 */
export function arrivedSql(firstParameter: number, among = 'true'): string {
  return `arrived as materialized (
       select d.subscription_id, array_agg(distinct h.position order by h.position) as positions
       from unnest($${firstParameter}::bigint[], $${firstParameter + 1}::bigint[], $${firstParameter + 2}::bigint[])
         as h (position, edition_id, rendition_id)
       join delivery d on d.edition_id = h.edition_id and d.rendition_id = h.rendition_id and ${among}
       where d.state = 'accepted' or d.doubted_at is not null
       group by d.subscription_id)`;
}
