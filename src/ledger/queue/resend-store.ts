import type { Queryable, Tx } from '../../db/db.ts';
import type { DeliveryEndName } from './delivery.ts';
import { insertRangesSql } from './open-range-store.ts';

/** Why nothing may be mailed to a reader now, in the order of `endAtClaim`. */
const readerEnds = ['erased', 'left', 'suppressed', 'paused'] as const satisfies readonly DeliveryEndName[];

/** One of them. */
export type ReaderEnd = (typeof readerEnds)[number];

/** SQL: why a claim would end a delivery `d` because of its reader, as `endAtClaim` says it; null where it would let it go. */
export const readerEndSql = `(
  select case when b.erased_at is not null then 'erased'
              when s.state <> 'active' then 'left'
              when exists (select from suppression x where x.address_key = b.address_key) then 'suppressed'
              when s.paused_until > now() then 'paused' end
  from subscription s join subscriber b on b.id = s.subscriber_id where s.id = d.subscription_id)`;

/** SQL: the ids of an edition's deliveries that were ever in doubt, by their attempts. */
export function doubtedSql(editionId: string, and = ''): string {
  return `(select a.delivery_id from attempt a where a.edition_id = ${editionId} and a.outcome <> 'deferred' ${and})`;
}

/** Puts deliveries whose reader may be mailed back into the queue, due at once, and notes it beside each. Returns how many. */
export async function reopenDeliveries(tx: Tx, editionId: string, deliveryIds: readonly string[], now: Date): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `with reopened as (
       update delivery d
       set state = 'queued', reason = null, reply = null, attempts = 0, doubts = 0, first_attempt_at = null, due_at = $3, ended_at = null
       where d.id = any($2::bigint[]) and d.edition_id = $1 and d.state = 'in_doubt' and not d.given_back and ${readerEndSql} is null
       returning d.edition_id, d.id, d.due_at),
     noted as (insert into delivery_event (delivery_id, kind, at) select id, 'resend', $3 from reopened),
     found as (${insertRangesSql('reopened')})
     select count(*)::integer as count from reopened`,
    [editionId, deliveryIds, now],
  );
  return rows[0]?.count ?? 0;
}

/**
 * A done edition with something to do again is being sent; what was refused of it before does not pause it. The reason that it ended with stays: it ends
 * with that again (`endEdition`), and who was told of it is not told anew.
 */
export async function reopenEdition(tx: Tx, editionId: string): Promise<void> {
  await tx.query(
    `update edition set state = 'sending', ended_at = null, resumed_at = now()
     where id = $1 and state = 'done'`,
    [editionId],
  );
}

/** How many deliveries of an edition ended in doubt, by whether and why not their readers may be mailed now. */
export interface DoubtfulCount {
  readonly mailable: number;
  readonly unmailable: Readonly<Record<ReaderEnd, number>>;
}

/** Counts what ended in doubt of an edition: what may be sent again, and what a claim would only end again. */
export async function countDoubtful(db: Queryable, editionId: string): Promise<DoubtfulCount> {
  const { rows } = await db.query<{ end: ReaderEnd | null; count: number }>(
    `select r.end, count(*)::integer as count
     from (select ${readerEndSql} as end from delivery d
           where d.id in ${doubtedSql('$1')} and d.state = 'in_doubt' and not d.given_back) as r
     group by r.end`,
    [editionId],
  );
  const countOf = (end: ReaderEnd | null): number => rows.find((row) => row.end === end)?.count ?? 0;
  return {
    mailable: countOf(null),
    unmailable: { erased: countOf('erased'), left: countOf('left'), suppressed: countOf('suppressed'), paused: countOf('paused') },
  };
}

/** Deliveries of an edition that ended in doubt and whose reader may be mailed, after an id, in id order. */
export async function listDoubtful(db: Queryable, after: { editionId: string; afterId: string; limit: number }): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select d.id from delivery d
     where d.id in ${doubtedSql('$1', 'and a.delivery_id > $2')} and d.state = 'in_doubt' and not d.given_back and ${readerEndSql} is null
     order by d.id limit $3`,
    [after.editionId, after.afterId, after.limit],
  );
  return rows.map((row) => row.id);
}
