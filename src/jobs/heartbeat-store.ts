import type { Queryable, Tx } from '../db/db.ts';
import { deliveryCounts } from '../ledger/queue/delivery-report-store.ts';
import { inRangesSql, walkOpenRanges } from '../ledger/queue/open-range-store.ts';
import type { SlotDeliveries, SlotEdition, SlotFacts, SlotVerdict } from './heartbeat.ts';

/** A slot by its schedule and moment. */
export interface SlotKey {
  readonly scheduleId: string;
  readonly slotAt: Date;
}

/** A slot of which the watch may have something to hear. */
export interface WatchedSlot extends SlotKey, SlotFacts {
  /** What it was told last. */
  readonly pinged: SlotVerdict | null;
}

/** When to look from, and how long a delivery may be due before it counts as overdue. */
export interface Look {
  readonly now: Date;
  readonly stalledAfterMs: number;
}

interface SlotRow extends SlotKey {
  takenAt: Date;
  pinged: SlotVerdict | null;
  edition: SlotEdition['state'] | null;
  reason: string | null;
  stateSince: Date;
  isStoppedByStaff: boolean;
  isChecked: boolean;
  decideBy: Date | null;
  endedAt: Date | null;
  deliveries: SlotDeliveries;
  lastAnsweredAt: Date | null;
  outageSince: Date | null;
  before: SlotFacts['before'];
  editionId: string | null;
  mustBeCounted: boolean;
}

/*
 * Of editions that are done the counts with which they ended; of those that are being sent, and have been for longer than the patience, whether something is
 * overdue. Only where no server has answered for so long, and most may still be open, are deliveries counted (`withCounts`), until the watch was told.
 */
const facts = `
  select s.id as "scheduleId", t.slot_at as "slotAt", t.taken_at as "takenAt", t.pinged, e.state as edition, e.reason,
    e.state_since as "stateSince", coalesce(e.is_stopped_by_staff, false) as "isStoppedByStaff", e.archive_rendition_id is not null as "isChecked",
    e.decide_by as "decideBy", e.ended_at as "endedAt",
    jsonb_build_object('overdueCount', d.is_overdue::integer, 'deferredCount', 0, 'acceptedCount', coalesce((e.ended_counts ->> 'accepted')::integer, 0),
      'rejectedCount', coalesce((e.ended_counts ->> 'rejected')::integer, 0), 'expiredCount', coalesce((e.ended_counts ->> 'expired')::integer, 0)) as deliveries,
    case when e.state = 'sending' then answered.at end as "lastAnsweredAt", e.id as "editionId",
    d.is_stalled and not d.is_overdue and t.pinged is distinct from 'failed'
      and coalesce(answered.at <= $1::timestamptz - $2 * interval '1 millisecond', true) and 2 * d.open_count > e.delivery_count as "mustBeCounted",
    (select min(o.began_at) from account_outage o
     where o.ended_at is null and o.only_at is null and o.trouble not in ('rate', 'connections') and (o.sender is null or o.sender = n.sender_address)) as "outageSince",
    case when e.state = 'skipped' then (
      select case when bool_or(p.pinged = 'failed') then 'failed' else 'open' end
      from slot p join edition b on b.schedule_id = s.id and b.slot_at = p.slot_at and b.ended_at is null
      where p.job = t.job and p.slot_at < t.slot_at having count(*) > 0) end as "before"
  from slot t
    join schedule s on t.job = 'compose:' || s.id and s.removed_at is null
    join newsletter n on n.id = s.newsletter_id and not n.is_sample
    left join lateral (
      select id, state, reason, is_stopped_by_staff, archive_rendition_id, decide_by, ended_at, delivery_count, ended_counts,
        coalesce(state_since, frozen_at, approved_at, composed_at) as state_since
      from edition where schedule_id = s.id and slot_at = t.slot_at) e on true
    cross join lateral (
      select coalesce(e.state = 'sending' and e.state_since <= $1::timestamptz - $2 * interval '1 millisecond', false) as is_stalled) l
    cross join lateral (
      select l.is_stalled, l.is_stalled and exists (
          select from open_range r join delivery x on x.id >= r.from_id and x.id <= r.to_id
          where r.edition_id = e.id and r.due_at <= $1::timestamptz - $2 * interval '1 millisecond'
            and x.edition_id = e.id and x.state = 'queued' and x.due_at <= $1::timestamptz - $2 * interval '1 millisecond') as is_overdue,
        case when l.is_stalled then (select coalesce(sum(to_id - from_id + 1), 0) from open_range where edition_id = e.id) end as open_count) d
    left join lateral (select max(answered_at) as at from worker) answered on true`;

/*
 * What was told after it had ended cannot change any more (an hour after, because two clocks are compared). After 35 days the next slot of any schedule
 * has spoken.
 */
const isOpen = `
  t.pinged is distinct from 'went_well' and t.taken_at > $1::timestamptz - interval '35 days' and coalesce(t.pinged_at < e.ended_at + interval '1 hour', true)
  and t.taken_at >= s.watched_since`;

/** The watch hears of nothing from before it was set up: of each schedule the newest slot then counts, and what comes after. */
export async function beginWatching(db: Queryable, now: Date): Promise<void> {
  await db.query(
    `update schedule s set watched_since = coalesce((select max(p.taken_at) from slot p where p.job = 'compose:' || s.id), $1)
     where s.watched_since is null and s.removed_at is null`,
    [now],
  );
}

/** Every slot that the watch may have something to hear of, oldest first. */
export async function listWatchedSlots(db: Queryable, { now, stalledAfterMs }: Look): Promise<WatchedSlot[]> {
  const { rows } = await db.query<SlotRow>(`${facts} where ${isOpen} order by t.slot_at, s.id`, [now, stalledAfterMs]);
  return Promise.all(rows.map(async (row) => fromRow(await withCounts(db, row))));
}

/** Locks a slot until commit and says what became of it; undefined where somebody else has it, or it is none. */
export async function lockWatchedSlot(tx: Tx, slot: SlotKey, { now, stalledAfterMs }: Look): Promise<WatchedSlot | undefined> {
  const locked = await tx.query(`select from slot where job = 'compose:' || $1 and slot_at = $2 for no key update skip locked`, [
    slot.scheduleId,
    slot.slotAt,
  ]);
  if (locked.rowCount !== 1) return undefined;
  const { rows } = await tx.query<SlotRow>(`${facts} where s.id = $3 and t.slot_at = $4`, [
    now,
    stalledAfterMs,
    slot.scheduleId,
    slot.slotAt,
  ]);
  return rows[0] && fromRow(await withCounts(tx, rows[0]));
}

/** Writes down what the watch was told. */
export async function recordPing(tx: Tx, slot: SlotKey, verdict: SlotVerdict, now: Date): Promise<void> {
  await tx.query(`update slot set pinged = $3, pinged_at = $4 where job = 'compose:' || $1 and slot_at = $2`, [
    slot.scheduleId,
    slot.slotAt,
    verdict,
    now,
  ]);
}

/** What came back of an edition, and what did not, where the verdict depends on it: step by step. */
async function withCounts(db: Queryable, row: SlotRow): Promise<SlotRow> {
  if (!row.mustBeCounted || row.editionId === null) return row;
  const { accepted, rejected } = await deliveryCounts(db, row.editionId);
  let deferredCount = 0;
  for await (const { fromIds, toIds } of walkOpenRanges(db, { editionId: row.editionId })) {
    const { rows } = await db.query<{ count: number }>(
      `select count(distinct d.id)::integer as count from ${inRangesSql(2, 3)}
       where d.edition_id = $1 and d.state = 'queued' and d.attempts > 0`,
      [row.editionId, fromIds, toIds],
    );
    deferredCount += rows[0]?.count ?? 0;
  }
  return { ...row, deliveries: { ...row.deliveries, deferredCount, acceptedCount: accepted, rejectedCount: rejected } };
}

function fromRow(row: SlotRow): WatchedSlot {
  const { scheduleId, slotAt, takenAt, pinged, deliveries, lastAnsweredAt, outageSince, before, edition: state } = row;
  const { reason, stateSince, isStoppedByStaff, isChecked, decideBy, endedAt } = row;
  const edition = state === null ? null : { state, reason, stateSince, isStoppedByStaff, isChecked, decideBy, endedAt };
  return { scheduleId, slotAt, takenAt, pinged, edition, deliveries, lastAnsweredAt, outageSince, before };
}
