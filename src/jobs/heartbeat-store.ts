import type { Queryable, Tx } from '../db/db.ts';
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
}

/* Deliveries are counted where a verdict depends on them: of editions that have been out for longer than the patience and of those that are done, once. */
const facts = `
  select s.id as "scheduleId", t.slot_at as "slotAt", t.taken_at as "takenAt", t.pinged, e.state as edition, e.reason,
    e.state_since as "stateSince", coalesce(e.is_stopped_by_staff, false) as "isStoppedByStaff", e.archive_rendition_id is not null as "isChecked",
    e.decide_by as "decideBy", e.ended_at as "endedAt",
    jsonb_build_object('overdueCount', d.overdue, 'deferredCount', d.deferred, 'acceptedCount', d.accepted, 'rejectedCount', d.rejected,
      'expiredCount', d.expired) as deliveries,
    case when e.state = 'sending' then answered.at end as "lastAnsweredAt",
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
      select id, state, reason, is_stopped_by_staff, archive_rendition_id, decide_by, ended_at,
        coalesce(state_since, frozen_at, approved_at, composed_at) as state_since
      from edition where schedule_id = s.id and slot_at = t.slot_at) e on true
    cross join lateral (
      select count(*) filter (where state = 'queued' and due_at <= $1::timestamptz - $2 * interval '1 millisecond') as overdue,
        count(*) filter (where state = 'queued' and attempts > 0) as deferred,
        count(*) filter (where state = 'accepted') as accepted, count(*) filter (where state = 'rejected') as rejected,
        count(*) filter (where state = 'expired') as expired
      from delivery
      where edition_id = e.id
        and (e.state = 'done' or e.state = 'sending' and e.state_since <= $1::timestamptz - $2 * interval '1 millisecond')) d
    left join lateral (
      select max(a.ended_at) as at from edition o join delivery a on a.edition_id = o.id
      where e.state = 'sending' and d.overdue + d.deferred > 0 and o.state = 'sending' and a.state in ('accepted', 'rejected')) answered on true`;

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
  return rows.map(fromRow);
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
  return rows[0] && fromRow(rows[0]);
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

function fromRow(row: SlotRow): WatchedSlot {
  const { scheduleId, slotAt, takenAt, pinged, deliveries, lastAnsweredAt, outageSince, before, edition: state } = row;
  const { reason, stateSince, isStoppedByStaff, isChecked, decideBy, endedAt } = row;
  const edition = state === null ? null : { state, reason, stateSince, isStoppedByStaff, isChecked, decideBy, endedAt };
  return { scheduleId, slotAt, takenAt, pinged, edition, deliveries, lastAnsweredAt, outageSince, before };
}
