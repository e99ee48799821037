import type { Queryable, Tx } from '../../db/db.ts';
import { endingKinds } from '../consent/consent.ts';
import type { LeavingReason } from './leaving-reason.ts';

// Of a leaving `e`: nothing happened to the subscription since, by `$1`, the kinds that end what was before.
const isLastSql = `e.kind = 'left' and not exists (
  select from consent_event later
  where later.subscription_id = e.subscription_id and later.id > e.id
    and (later.kind = any ($1) or later.kind in ('requested', 'confirmed', 'imported', 'leaving_undone')))`;

/** Whether this event is the leaving after which nothing else happened: only then it can be taken back. */
export async function isLastLeaving(db: Queryable, subscriptionId: string, eventId: string): Promise<boolean> {
  const { rows } = await db.query(`select from consent_event e where e.id = $3 and e.subscription_id = $2 and ${isLastSql}`, [
    endingKinds,
    subscriptionId,
    eventId,
  ]);
  return rows.length > 0;
}

/** Those of these subscriptions whose leaving their reader could still take back, were it not that somebody else says now that they left. */
export async function listFreshLeavings(db: Queryable, subscriptionIds: readonly string[], since: Date): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select e.subscription_id as id from consent_event e where e.subscription_id = any ($2::bigint[]) and e.at > $3
       and e.source in ('page', 'preferences') and ${isLastSql}`,
    [endingKinds, subscriptionIds, since],
  );
  return rows.map(({ id }) => id);
}

/** Stores why somebody left; false where they had said so before. */
export async function insertLeavingReason(
  tx: Tx,
  leaving: { readonly newsletterId: string; readonly eventId: string; readonly now: Date },
  { reason, words }: LeavingReason,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into leaving_reason (newsletter_id, event_id, reason, words, at) values ($1, $2, $3, $4, $5)
     on conflict on constraint leaving_reason_event_id_key do nothing`,
    [leaving.newsletterId, leaving.eventId, reason, words, leaving.now],
  );
  return rowCount === 1;
}

/** Whether somebody said why they left. */
export async function hasLeavingReason(db: Queryable, eventId: string): Promise<boolean> {
  const { rows } = await db.query(`select from leaving_reason where event_id = $1`, [eventId]);
  return rows.length > 0;
}

/** What somebody who is erased said stays without them, and without their words. */
export async function forgetWhoSaidWhy(tx: Tx, subscriberId: string): Promise<void> {
  await tx.query(
    `update leaving_reason set event_id = null, words = null
     where event_id in (
       select e.id from consent_event e join subscription s on s.id = e.subscription_id where s.subscriber_id = $1 and e.kind = 'left')`,
    [subscriberId],
  );
}

/** Why a person left, each time that they said so, oldest first. */
export async function listLeavingReasons(
  db: Queryable,
  subscriberId: string,
): Promise<(LeavingReason & { readonly subscriptionId: string; readonly at: Date })[]> {
  const { rows } = await db.query<LeavingReason & { subscriptionId: string; at: Date }>(
    `select e.subscription_id as "subscriptionId", r.reason, r.words, r.at
     from leaving_reason r join consent_event e on e.id = r.event_id join subscription s on s.id = e.subscription_id
     where s.subscriber_id = $1 order by r.id`,
    [subscriberId],
  );
  return rows;
}
