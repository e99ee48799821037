import type { Database, Queryable } from '../../db/db.ts';
import { outageMsSql } from '../accounts/account-outage-store.ts';
import { maxDoubts, type RetryPolicy } from '../queue/attempt.ts';
import type { DeliveryCounts } from '../queue/delivery-report-store.ts';
import { inRangesSql, type OpenRanges } from '../queue/open-range-store.ts';
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

const doubtOrphansSql = `with found as materialized (
    select distinct d.id from ${inRangesSql(7, 8)} join worker w on w.id = d.worker_id
    where d.edition_id = $1 and d.state = 'sending' and (w.ended_at is not null or w.alive_until < now())),
  orphan as (
    select d.id, g.gap_ms,
   case when $3 then 'hold'
        when d.doubts + 1 >= $4 then 'third doubt'
        when extract(epoch from now() - d.first_attempt_at) * 1000 + g.gap_ms > $5
         and extract(epoch from now() - d.first_attempt_at) * 1000 - ${outageMsSql('d.first_attempt_at', { address: 'n.sender_address', newsletterId: 'n.id' })} + g.gap_ms > $5
        then 'expired' end as last_reason
    from found f join delivery d on d.id = f.id join worker w on w.id = d.worker_id
    join edition e on e.id = d.edition_id join newsletter n on n.id = e.newsletter_id
    cross join lateral (select ($2::float8[])[least(d.attempts + 1, cardinality($2::float8[]))] as gap_ms) g
    where d.state = 'sending' and (w.ended_at is not null or w.alive_until < now())
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
    returning d.id, d.edition_id, o.last_reason),
  attempted as (
    insert into attempt (delivery_id, edition_id, outcome, reply)
    select id, edition_id, case when last_reason is null then 'in_doubt' else 'last_doubt' end, $6 from doubted)
  select (select count(*)::integer from found) as "foundCount", (select count(*)::integer from doubted) as "doubtedCount"`;

/**
 * What a dead worker had claimed is in doubt: nobody knows what its server took. Due again after the usual gap, or ended for good at the third doubt,
 * where the next try would be after all patience, or under `hold`. Of what is in these ranges; returns how many there were, and how many of them changed: others had the rest locked.
 */
export async function doubtOrphansIn(
  db: Queryable,
  editionId: string,
  ranges: OpenRanges,
  policy: RetryPolicy,
): Promise<{ foundCount: number; doubtedCount: number }> {
  const { rows } = await db.query<{ foundCount: number; doubtedCount: number }>(doubtOrphansSql, [
    editionId,
    policy.gapsMs,
    policy.inDoubt === 'hold',
    maxDoubts,
    policy.patienceMs,
    'the worker died while it was sending',
    ranges.fromIds,
    ranges.toIds,
  ]);
  return rows[0] ?? { foundCount: 0, doubtedCount: 0 };
}

/** Whether an edition ends once nothing of it is open: it is being sent or cancelled, or had paused itself while it was sent. */
export async function mayEnd(db: Queryable, editionId: string): Promise<boolean> {
  const { rowCount } = await db.query(`select from edition e where e.id = $1 and ${mayEndSql}`, [editionId]);
  return rowCount === 1;
}

/**
 * Ends an edition of which no range is left, with a reason where staff should know of one, or with that of an end before; false where one is, or where it may
 * not end. `counts`: how many of its deliveries are in which state.
 */
export async function endEdition(
  database: Database,
  editionId: string,
  end: { reason: string | null; counts: DeliveryCounts },
): Promise<boolean> {
  return database.transaction(async (tx) => {
    // Whoever re-opens deliveries holds this lock until they are: the statement after it sees them.
    await lockEdition(tx, editionId);
    const closed = await tx.query(
      `update edition e set state = case when e.state = 'cancelled' then e.state else 'done' end, ended_at = now(), ended_counts = $3,
         reason = case when e.state = 'sending' then coalesce($2, e.reason) else e.reason end,
         state_before_pause = case when e.state = 'sending' and $2::text is not null then null else e.state_before_pause end
       where e.id = $1 and ${mayEndSql} and not exists (select from open_range r where r.edition_id = e.id)`,
      [editionId, end.reason, JSON.stringify(end.counts)],
    );
    return closed.rowCount === 1;
  });
}

// One that paused itself while it was sent has nothing to go on with when nothing is left: nobody has to resume it.
const mayEndSql = `e.ended_at is null
  and (e.state in ('sending', 'cancelled') or e.state = 'paused' and e.state_before_pause = 'sending' and not e.is_stopped_by_staff)`;
