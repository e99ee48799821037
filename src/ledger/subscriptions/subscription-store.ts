import type { Queryable, Tx } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';

/** Sets a subscription active and ends any pause. @throws NotFoundError */
export async function markActive(tx: Tx, subscriptionId: string, now: Date): Promise<void> {
  await updateOne(
    tx,
    subscriptionId,
    `update subscription set state = 'active', activated_at = $2, left_at = null, paused_until = null where id = $1`,
    [now],
  );
}

/** Sets a subscription left; false when it already was. */
export async function markLeft(tx: Tx, subscriptionId: string, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update subscription set state = 'left', left_at = $2, paused_until = null where id = $1 and state <> 'left'`,
    [subscriptionId, now],
  );
  return rowCount === 1;
}

/** Sets many subscriptions active as `markActive` does one; a row that says so already is not written again. */
export async function markAllActive(tx: Tx, subscriptionIds: readonly string[], now: Date): Promise<void> {
  await tx.query(
    `update subscription set state = 'active', activated_at = $2, left_at = null, paused_until = null
     where id = any($1::bigint[]) and (state, activated_at, left_at, paused_until) is distinct from ('active', $2::timestamptz, null, null)`,
    [subscriptionIds, now],
  );
}

/** Sets many subscriptions left as `markLeft` does one. */
export async function markManyLeft(tx: Tx, subscriptionIds: readonly string[], now: Date): Promise<void> {
  await tx.query(
    `update subscription set state = 'left', left_at = $2, paused_until = null where id = any($1::bigint[]) and state <> 'left'`,
    [subscriptionIds, now],
  );
}

/** For each schedule that these subscriptions are of, their ids. */
export async function groupBySchedule(tx: Tx, subscriptionIds: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await tx.query<{ scheduleId: string; ids: string[] }>(
    `select schedule_id as "scheduleId", array_agg(id order by id) as ids from subscription where id = any($1::bigint[]) group by schedule_id`,
    [subscriptionIds],
  );
  return new Map(rows.map((row) => [row.scheduleId, row.ids]));
}

/** Sets until when a subscription is paused; null ends the pause. @throws NotFoundError */
export async function setPausedUntil(tx: Tx, subscriptionId: string, until: Date | 'infinity' | null): Promise<void> {
  await updateOne(tx, subscriptionId, `update subscription set paused_until = $2 where id = $1`, [until]);
}

/** Sets the topics: sorted ids, null for all. @throws NotFoundError */
export async function setTopics(tx: Tx, subscriptionId: string, topicIds: readonly string[] | null): Promise<void> {
  await updateOne(
    tx,
    subscriptionId,
    `update subscription set topics = (select array_agg(distinct t order by t) from unnest($2::bigint[]) as t) where id = $1`,
    [topicIds],
  );
}

/** Moves a subscription to another schedule of its newsletter; false when there is no such schedule there. */
export async function setSchedule(tx: Tx, subscriptionId: string, scheduleId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    // Held, so that whoever removes the schedule at this moment counts the subscription, or is waited for.
    `update subscription s set schedule_id = c.id
     from (select id, newsletter_id from schedule where id = $2 and removed_at is null for key share) as c
     where s.id = $1 and c.newsletter_id = s.newsletter_id`,
    [subscriptionId, scheduleId],
  );
  return rowCount === 1;
}

/** Sets the reader's own hour and zone. @throws NotFoundError */
export async function setLocalHour(tx: Tx, subscriptionId: string, hour: number | null, timeZone: string | null): Promise<void> {
  await updateOne(tx, subscriptionId, `update subscription set local_hour = $2, time_zone = coalesce($3, time_zone) where id = $1`, [
    hour,
    timeZone,
  ]);
}

/** How digests reach a reader. */
export interface RenderingChoice {
  /** BCP 47. */
  readonly language?: string;
  readonly format?: 'html' | 'text';
}

/** @throws NotFoundError */
export async function setRendering(tx: Tx, subscriptionId: string, { language, format }: RenderingChoice): Promise<void> {
  await updateOne(
    tx,
    subscriptionId,
    `update subscription set language = coalesce($2, language), format = coalesce($3, format) where id = $1`,
    [language ?? null, format ?? null],
  );
}

/** Moves readers of a newsletter from one language to another, at most so many; returns how many. */
export async function moveLanguageStep(db: Queryable, newsletterId: string, from: string, to: string, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `update subscription set language = $3
     where id in (select id from subscription where newsletter_id = $1 and language = $2 order by id limit $4 for no key update)`,
    [newsletterId, from, to, limit],
  );
  return rowCount ?? 0;
}

/** Ids of the subscriptions of an address, ascending, with their states. */
export async function listSubscriptionsOfAddress(tx: Tx, addressKey: string): Promise<{ id: string; state: string }[]> {
  const { rows } = await tx.query<{ id: string; state: string }>(
    `select s.id, s.state from subscription s join subscriber p on p.id = s.subscriber_id where p.address_key = $1 order by s.id`,
    [addressKey],
  );
  return rows;
}

/** Ids of the subscriptions of many addresses, ascending. */
export async function listSubscriptionsOfAddresses(tx: Tx, addressKeys: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select s.id from subscription s join subscriber p on p.id = s.subscriber_id where p.address_key = any($1::text[]) order by s.id`,
    [addressKeys],
  );
  return rows.map((row) => row.id);
}

/** Sets all subscriptions of a person left and returns their ids. */
export async function markAllLeft(tx: Tx, subscriberId: string, now: Date): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `update subscription set state = 'left', left_at = coalesce(left_at, $2), paused_until = null where subscriber_id = $1 returning id`,
    [subscriberId, now],
  );
  return rows.map((row) => row.id);
}

/** The address of a person; null once erased. */
export async function findAddressOfSubscriber(tx: Tx, subscriberId: string): Promise<string | null> {
  const { rows } = await tx.query<{ address: string | null }>(`select address from subscriber where id = $1`, [subscriberId]);
  return rows[0]?.address ?? null;
}

async function updateOne(tx: Tx, subscriptionId: string, statement: string, values: readonly unknown[]): Promise<void> {
  const { rowCount } = await tx.query(statement, [subscriptionId, ...values]);
  if (rowCount !== 1) throw new NotFoundError('Expected a subscription, found none', { details: { subscriptionId } });
}
