import type { Queryable } from '../db/db.ts';
import { readerEndSql } from './resend-store.ts';

/** Deliveries of an edition that ended without anybody knowing whether they arrived, and whose readers may be mailed now. */
export interface DoubtfulEdition {
  readonly edition: string;
  readonly inDoubt: number;
  /** Then nothing of it is sent again. */
  readonly isCancelled: boolean;
}

/** Readers of a schedule whom nothing is due for although they have not got everything. */
export interface Unserved {
  /** Active, but their address is suppressed: refused, complained of, or by staff. */
  readonly suppressed: number;
  /** Of the newsletter's latest editions, newest first. */
  readonly doubtful: readonly DoubtfulEdition[];
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
  const { rows: doubtful } = await db.query<DoubtfulEdition>(
    `select e.id as edition, d.count::integer as "inDoubt", e.state = 'cancelled' as "isCancelled"
     from (select id, state from edition where newsletter_id = $1 and frozen_at is not null order by id desc limit $2) as e
     cross join lateral (
       select count(*) from delivery d where d.edition_id = e.id and d.state = 'in_doubt' and not d.given_back and ${readerEndSql} is null) as d
     where d.count > 0 order by e.id desc`,
    [newsletterId, latestEditions],
  );
  return { suppressed: suppressed[0]?.count ?? 0, doubtful };
}
