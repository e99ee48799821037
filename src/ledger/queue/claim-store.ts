import type { Queryable, Session } from '../../db/db.ts';
import { outageMsSql } from '../accounts/account-outage-store.ts';
import { isHeldSql } from '../hold/sending-hold-store.ts';
import type { AttemptHistory, AttemptRecord } from './attempt.ts';
import { endAtClaim } from './delivery.ts';

/** An attempt that is over, to be written down. */
export interface RecordedOutcome {
  readonly deliveryId: string;
  /** The worker that claimed it, which may have been followed by another meanwhile. */
  readonly workerId: string;
  readonly record: AttemptRecord;
}

/** One tick of a worker: what it knows and what it wants. */
export interface ClaimStatement {
  readonly workerId: string;
  /** Outcomes that need no transaction of their own (`needsTransaction` is false). */
  readonly record: readonly RecordedOutcome[];
  /** Claimed messages whose first byte never went out: back to the queue as if nothing had been. */
  readonly giveUp: readonly string[];
  /** Deliveries that the connections send next. */
  readonly claimIds: readonly string[];
}

/** A delivery that this worker sends now, with what only the moment of the claim may say about its reader. */
export interface ClaimedDelivery extends AttemptHistory {
  readonly id: string;
  readonly editionId: string;
  readonly renditionId: string;
  readonly subscriptionId: string;
  readonly address: string;
  readonly name: string | null;
  readonly format: 'html' | 'text';
  readonly tokenVersion: number;
}

/** What a tick came to. */
export interface TickResult {
  readonly recordedIds: ReadonlySet<string>;
  readonly claimed: readonly ClaimedDelivery[];
  /** Rows whose reader or edition no longer allows them; end them with `endIneligible`. */
  readonly ineligibleIds: readonly string[];
  /** False when others took the worker for dead: then nothing was claimed, which says nothing about the rows that it asked for. */
  readonly isWorkerAlive: boolean;
}

/**
 * Statements of a worker's own session are planned once, for any values, and by key: with the planner's own choice a fresh million of rows,
 * which it believes to be none, ran at 33 messages per second.
 */
export async function prepareClaimSession(session: Session): Promise<void> {
  await session.query(
    `select set_config('plan_cache_mode', 'force_generic_plan', false), set_config('jit', 'off', false),
            set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false)`,
  );
}

/**
 * Makes a session the only one that works for a worker, until it ends or `leaveWorker`. A session whose connection was lost may still carry out its last
 * statement, which claims what nobody would send: it is ended, and waited for, so that whatever it did is seen from here on.
 */
export async function enterWorker(session: Session, workerId: string): Promise<void> {
  await session.query(
    `select pg_terminate_backend(l.pid) from pg_locks l
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid <> pg_backend_pid()
       and l.database = (select oid from pg_database where datname = current_database())
       and l.classid::bigint << 32 | l.objid::bigint = hashtextextended('gazette.worker', $1::bigint)`,
    [workerId],
  );
  await session.query(`select pg_advisory_lock(hashtextextended('gazette.worker', $1::bigint))`, [workerId]);
}

/** Lets another session work for the worker. */
export async function leaveWorker(session: Session, workerId: string): Promise<void> {
  await session.query(`select pg_advisory_unlock(hashtextextended('gazette.worker', $1::bigint))`, [workerId]);
}

/*
 * One statement, so that recording and claiming cost one round trip and one commit. Every change is conditional on the state before.
 * A 2xx for a delivery that was ever in doubt holds whatever became of it since; every other late result finds no row.
 */
const tickStatement = `
  with outcome as (
    select * from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::boolean[])
      as o (id, worker_id, state, reason, reply, gap_ms, is_doubt)),
  recorded as (
    update delivery d
    set state = o.state, reason = o.reason, reply = o.reply, worker_id = null,
        attempts = d.attempts + 1,
        first_attempt_at = coalesce(d.first_attempt_at, now()),
        doubts = d.doubts + o.is_doubt::integer,
        doubted_at = case when o.is_doubt then coalesce(d.doubted_at, now()) else d.doubted_at end,
        due_at = case when o.gap_ms is null then d.due_at else now() + o.gap_ms * interval '1 millisecond' end,
        ended_at = case when o.gap_ms is null then now() end
    from outcome o
    where d.id = o.id
      and (d.state = 'sending' and d.worker_id = o.worker_id or o.state = 'accepted' and d.doubted_at is not null)
    returning d.id, d.edition_id, o.gap_ms is not null as goes_on, o.is_doubt, o.reply),
  attempted as (
    insert into attempt (delivery_id, edition_id, outcome, reply)
    select id, case when is_doubt then edition_id end,
      case when not is_doubt then 'deferred' when goes_on then 'in_doubt' else 'last_doubt' end, reply
    from recorded where goes_on or is_doubt),
  given_up as (
    update delivery set state = 'queued', worker_id = null
    where id = any($9::bigint[]) and state = 'sending' and worker_id = $1),
  living as materialized (
    select w.id from worker w where w.id = $1 and w.ended_at is null and w.alive_until > now()),
  picked as (
    select d.id, d.edition_id, d.subscription_id, d.rendition_id, d.attempts, d.doubts, d.doubted_at, d.first_attempt_at
    from delivery d
    where d.id = any($10::bigint[]) and d.state = 'queued' and d.due_at <= now()
      and (select true from living) and not ${isHeldSql}
    order by d.id for update of d skip locked),
  retracted as materialized (
    select r.id from rendition r
    where r.id in (select rendition_id from picked)
      and exists (select from release l join post p on p.id = l.post_id where l.position = any(r.positions) and (p.state = 'retracted' or l.taken_back_at is not null))),
  fact as materialized (
    select k.*, e.state as edition_state, s.state as subscription_state, b.erased_at is not null as is_erased,
           x.address_key is not null as is_suppressed, coalesce(s.paused_until > now(), false) as is_paused,
           b.address, b.name, s.format, s.token_version,
           case when k.first_attempt_at is not null then
             extract(epoch from now() - k.first_attempt_at) * 1000 - ${outageMsSql('k.first_attempt_at', { address: 'n.sender_address', newsletterId: 'n.id' })} end as age_ms
    from picked k
    join edition e on e.id = k.edition_id
    join newsletter n on n.id = e.newsletter_id
    join subscription s on s.id = k.subscription_id
    join subscriber b on b.id = s.subscriber_id
    left join suppression x on x.address_key = b.address_key),
  claimed as (
    update delivery d set state = 'sending', worker_id = $1
    from fact f
    where d.id = f.id and f.edition_state = 'sending'
      and f.subscription_state = 'active' and not f.is_erased and not f.is_suppressed and not f.is_paused
      and (f.doubted_at is not null or not exists (select from retracted t where t.id = f.rendition_id))
    returning d.id)
  select 'recorded' as kind, r.id::text as id, null as facts from recorded r
  union all
  select case when c.id is null then 'passed' else 'claimed' end, f.id::text, jsonb_build_object(
      'editionId', f.edition_id::text, 'renditionId', f.rendition_id::text, 'subscriptionId', f.subscription_id::text,
      'attempts', f.attempts, 'doubts', f.doubts, 'isDoubted', f.doubted_at is not null,
      'firstAttemptAgeMs', f.age_ms,
      'address', f.address, 'name', f.name, 'format', f.format, 'tokenVersion', f.token_version,
      'subscriptionState', f.subscription_state, 'isErased', f.is_erased, 'isSuppressed', f.is_suppressed, 'isPaused', f.is_paused,
      'isEditionCancelled', f.edition_state = 'cancelled')
  from fact f left join claimed c on c.id = f.id
  union all
  select 'worker', id::text, null from living`;

type TickRow =
  | { readonly kind: 'worker'; readonly id: string }
  | { readonly kind: 'recorded'; readonly id: string }
  | { readonly kind: 'claimed'; readonly id: string; readonly facts: Omit<ClaimedDelivery, 'id'> }
  | { readonly kind: 'passed'; readonly id: string; readonly facts: Parameters<typeof endAtClaim>[0] };

/** Writes down what is known and claims what is sent next, in one statement on the worker's own session. */
export async function claimAndRecord(session: Session, tick: ClaimStatement): Promise<TickResult> {
  const { record } = tick;
  const { rows } = await session.prepared<TickRow>('gazette_tick', tickStatement, [
    tick.workerId,
    record.map((one) => one.deliveryId),
    record.map((one) => one.workerId),
    record.map((one) => one.record.state),
    record.map((one) => one.record.reason),
    record.map((one) => one.record.reply),
    record.map((one) => one.record.gapMs),
    record.map((one) => one.record.isDoubt),
    tick.giveUp,
    tick.claimIds,
  ]);
  const recordedIds = new Set<string>();
  const claimed: ClaimedDelivery[] = [];
  const ineligibleIds: string[] = [];
  let isWorkerAlive = false;
  for (const row of rows) {
    if (row.kind === 'worker') isWorkerAlive = true;
    else if (row.kind === 'recorded') recordedIds.add(row.id);
    else if (row.kind === 'claimed') claimed.push({ id: row.id, ...row.facts });
    else if (endAtClaim(row.facts) !== undefined) ineligibleIds.push(row.id);
  }
  return { recordedIds, claimed, ineligibleIds, isWorkerAlive };
}

/** The statement of a tick, for the tests that look at its plan. */
export const tickSql = tickStatement;

/** Where to read ahead: ids of one edition in a range, after an id. */
export interface ReadAhead {
  readonly editionId: string;
  readonly afterId: string;
  readonly toId: string;
  readonly limit: number;
}

/** A delivery that is due, with what decides when its reader's host may be bothered. */
export interface DueByDomain {
  readonly id: string;
  /** Behind the address's @, as it was typed. */
  readonly domain: string;
  /** Since its first attempt, or since it was due where there was none. */
  readonly ageMs: number;
}

const domainSql = `coalesce(substring(b.address from '[^@]*$'), '')`;

/** The same as `readAhead`, for accounts that spare the hosts of their readers. */
export async function readAheadByDomain(db: Queryable, range: ReadAhead): Promise<DueByDomain[]> {
  const { rows } = await db.query<DueByDomain>(
    `select d.id, ${domainSql} as domain,
       (extract(epoch from now() - coalesce(d.first_attempt_at, d.due_at)) * 1000)::float8 as "ageMs"
     from delivery d join subscription s on s.id = d.subscription_id join subscriber b on b.id = s.subscriber_id
     where d.id > $2 and d.id <= $3 and d.edition_id = $1 and d.state = 'queued' and d.due_at <= now()
       and (select e.state in ('sending', 'cancelled') from edition e where e.id = $1) and not ${isHeldSql}
     order by d.id limit $4`,
    [range.editionId, range.afterId, range.toId, range.limit],
  );
  return rows;
}

/** Deliveries that are due, in id order, without any lock: a claim decides. Empty unless the edition is being sent or was cancelled, and while sending is held. */
export async function readAhead(db: Queryable, range: ReadAhead): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select d.id from delivery d
     where d.id > $2 and d.id <= $3 and d.edition_id = $1 and d.state = 'queued' and d.due_at <= now()
       and (select e.state in ('sending', 'cancelled') from edition e where e.id = $1) and not ${isHeldSql}
     order by d.id limit $4`,
    [range.editionId, range.afterId, range.toId, range.limit],
  );
  return rows.map((row) => row.id);
}
