import type { Queryable } from '../../db/db.ts';
import { doubtedSql, readerEndSql } from './resend-store.ts';

/** Deliveries of an edition that ended without anybody knowing whether they arrived, and whose readers may be mailed now. */
export interface DoubtfulEdition {
  readonly edition: string;
  readonly inDoubt: number;
  /** Then nothing of it is sent again. */
  readonly isCancelled: boolean;
}

/**
 * Deliveries of an edition that were refused for good after a doubt: they may have been read, so that they were not given back, and nobody is suppressed for
 * them any more. Only of readers who are still there.
 */
export interface RefusedAfterDoubt {
  readonly edition: string;
  readonly refused: number;
}

/** Readers of a schedule whom nothing is due for although they have not got everything. */
export interface Unserved {
  /** Active, but their address is suppressed: refused, complained of, or by staff. */
  readonly suppressed: number;
  /** Of the newsletter's latest editions, newest first. */
  readonly doubtful: readonly DoubtfulEdition[];
  /** Of the same editions, newest first. */
  readonly refused: readonly RefusedAfterDoubt[];
}

/** Editions that are looked at: what was in doubt before is history. */
const latestEditions = 10;

/** Who is left out when nothing is due. */
export async function findUnserved(db: Queryable, newsletterId: string, scheduleId: string): Promise<Unserved> {
  const { rows: suppressed } = await db.query<{ count: number }>(
    `select count(*)::integer as count
     from suppression x join subscriber b on b.address_key = x.address_key join subscription s on s.subscriber_id = b.id
     where s.schedule_id = $1 and s.state = 'active'`,
    [scheduleId],
  );
  const { rows: editions } = await db.query<DoubtfulEdition & RefusedAfterDoubt>(
    `select e.id as edition, d.in_doubt as "inDoubt", d.refused, e.state = 'cancelled' as "isCancelled"
     from (select id, state from edition where newsletter_id = $1 and frozen_at is not null order by id desc limit $2) as e
     cross join lateral (
       select count(*) filter (where r.state = 'in_doubt' and r.end is null)::integer as in_doubt,
              count(*) filter (where r.state = 'rejected' and (r.end is null or r.end = 'paused'))::integer as refused
       from (select d.state, ${readerEndSql} as end from delivery d
             where d.id in ${doubtedSql('e.id')} and not d.given_back
               and (d.state = 'in_doubt' or d.state = 'rejected' and d.doubted_at is not null)) as r) as d
     order by e.id desc`,
    [newsletterId, latestEditions],
  );
  return {
    suppressed: suppressed[0]?.count ?? 0,
    doubtful: editions.filter(({ inDoubt }) => inDoubt > 0).map(({ edition, inDoubt, isCancelled }) => ({ edition, inDoubt, isCancelled })),
    refused: editions.filter(({ refused }) => refused > 0).map(({ edition, refused }) => ({ edition, refused })),
  };
}
