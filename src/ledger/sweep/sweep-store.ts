import type { Database, Queryable } from '../../db/db.ts';
import { outageMsSql } from '../accounts/account-outage-store.ts';
import { maxDoubts, type RetryPolicy } from '../queue/attempt.ts';
import type { IdRange } from '../queue/delivery.ts';
import { lockEdition } from '../drafts/edition-store.ts';

/** An edition that may still have something to do. */
export interface OpenEdition {
  readonly id: string;
  readonly state: 'sending' | 'paused' | 'cancelled';
}

/** Editions that were frozen and not yet closed, oldest first. */
export async function listOpenEditions(db: Queryable): Promise<OpenEdition[]> {
  const { rows } = await db.query<OpenEdition>(
    `select id, state from edition where ended_at is null and state in ('sending', 'paused', 'cancelled') order by id`,
  );
  return rows;
}

/**
 * What a dead worker had claimed is in doubt: nobody knows what its server took. Due again after the usual gap, or ended for good at the third doubt,
 * after all patience, or under `hold`. Returns how many rows changed.
 */
export async function doubtOrphans(db: Queryable, editionId: string, policy: RetryPolicy): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `with orphan as (
       select d.id,
         case when $3 then 'hold'
              when d.doubts + 1 >= $4 then 'third doubt'
              when extract(epoch from now() - d.first_attempt_at) * 1000 > $5
               and extract(epoch from now() - d.first_attempt_at) * 1000 - ${outageMsSql('d.first_attempt_at', { address: 'n.sender_address', newsletterId: 'n.id' })} > $5
              then 'expired' end as last_reason,
         ($2::float8[])[least(d.attempts + 1, cardinality($2::float8[]))] as gap_ms
       from delivery d join worker w on w.id = d.worker_id
       join edition e on e.id = d.edition_id join newsletter n on n.id = e.newsletter_id
       where d.edition_id = $1 and d.state = 'sending' and (w.ended_at is not null or w.alive_until < now())
       order by d.id for update of d skip locked),
     doubted as (
       update delivery d
       set state = case when o.last_reason is null then 'queued' else 'in_doubt' end,
           reason = o.last_reason, reply = $6, worker_id = null,
           attempts = d.attempts + 1, doubts = d.doubts + 1,
           first_attempt_at = coalesce(d.first_attempt_at, now()), doubted_at = coalesce(d.doubted_at, now()),
           due_at = case when o.last_reason is null then now() + o.gap_ms * interval '1 millisecond' else d.due_at end,
           ended_at = case when o.last_reason is not null then now() end
       from orphan o where d.id = o.id and d.state = 'sending'
       returning d.id, o.last_reason),
     attempted as (
       insert into attempt (delivery_id, outcome, reply) select id, 'in_doubt', $6 from doubted where last_reason is null)
     select count(*)::integer as count from doubted`,
    [editionId, policy.gapsMs, policy.inDoubt === 'hold', maxDoubts, policy.patienceMs, 'the worker died while it was sending'],
  );
  return rows[0]?.count ?? 0;
}

/**
 * Ranges of ids with due deliveries, on a fixed grid: the same range is named the same way each time, so that the queue can tell that it waits already.
 */
export async function listDueBlocks(db: Queryable, editionId: string, blockSize: number): Promise<IdRange[]> {
  const { rows } = await db.query<IdRange>(
    `select (block * $2::bigint)::text as "fromId", ((block + 1) * $2::bigint - 1)::text as "toId"
     from (select distinct id / $2::bigint as block from delivery where edition_id = $1 and state = 'queued' and due_at <= now()) as due
     order by block`,
    [editionId, blockSize],
  );
  return rows;
}

/**
 * True when nothing of an edition is queued or being sent any more and nobody has to decide about it. Looks from its end, because deliveries are sent in the
 * order of their ids: what is left of a million is found at once.
 */
export async function isEditionAtEnd(db: Queryable, editionId: string): Promise<boolean> {
  const { rowCount } = await db.query(`select from edition e where e.id = $1 and ${isAtEnd}`, [editionId]);
  return rowCount === 1;
}

/** Ends an edition that is at its end, with a reason where staff should know of one, or with that of an end before; false where it is not at its end. */
export async function endEdition(database: Database, editionId: string, reason: string | null): Promise<boolean> {
  return database.transaction(async (tx) => {
    // Whoever re-opens deliveries holds this lock until they are: the statement after it sees them.
    await lockEdition(tx, editionId);
    const closed = await tx.query(
      `update edition e set state = case when e.state = 'cancelled' then e.state else 'done' end, ended_at = now(),
         reason = case when e.state = 'sending' then coalesce($2, e.reason) else e.reason end,
         state_before_pause = case when e.state = 'sending' and $2::text is not null then null else e.state_before_pause end
       where e.id = $1 and ${isAtEnd}`,
      [editionId, reason],
    );
    return closed.rowCount === 1;
  });
}

// One that paused itself while it was sent has nothing to go on with when nothing is left: nobody has to resume it.
const isAtEnd = `e.ended_at is null
  and (e.state in ('sending', 'cancelled') or e.state = 'paused' and e.state_before_pause = 'sending' and not e.is_stopped_by_staff)
  and (select d.id from delivery d
       where d.edition_id = e.id and d.state in ('queued', 'sending') order by d.subscription_id desc limit 1) is null`;
