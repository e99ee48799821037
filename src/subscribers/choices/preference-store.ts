import type { Queryable } from '../../db/db.ts';
import type { Subscription } from '../subscriber.ts';
import { choiceColumns } from './choice-store.ts';

/** A subscription with its pause. */
export interface PausableSubscription extends Subscription {
  readonly isPaused: boolean;
  /** Null: not paused, or until they come back. */
  readonly pausedUntil: Date | null;
  /** In which a day begins and ends for them: their own time zone, or else their schedule's. */
  readonly dayZone: string;
}

/** SQL: the time zone in which a day begins and ends for the reader of a row of `subscription`. */
const dayZoneSql = `coalesce(subscription.time_zone, (select c.time_zone from schedule c where c.id = subscription.schedule_id))`;

/** In which time zone a day begins and ends for the reader of each of these subscriptions, by id. */
export async function mapDayZones(db: Queryable, subscriptionIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; zone: string }>(
    `select id, ${dayZoneSql} as zone from subscription where id = any($1::bigint[])`,
    [subscriptionIds],
  );
  return new Map(rows.map(({ id, zone }) => [id, zone]));
}

/** Every subscription of a person that is or was active, in the order in which they came. */
export async function listPausable(db: Queryable, subscriberId: string, now: Date): Promise<PausableSubscription[]> {
  const { rows } = await db.query<PausableSubscription>(
    `select ${choiceColumns},
       coalesce(paused_until > $2, false) as "isPaused", nullif(paused_until, 'infinity') as "pausedUntil",
       ${dayZoneSql} as "dayZone"
     from subscription where subscriber_id = $1 and state <> 'pending' order by id`,
    [subscriberId, now],
  );
  return rows;
}
