import type { Queryable } from '../../db/db.ts';
import type { Subscription } from '../subscriber.ts';
import { choiceColumns } from './choice-store.ts';

/** A subscription with its pause. */
export interface PausableSubscription extends Subscription {
  readonly isPaused: boolean;
  /** Null: not paused, or until they come back. */
  readonly pausedUntil: Date | null;
}

/** Every subscription of a person that is or was active, in the order in which they came. */
export async function listPausable(db: Queryable, subscriberId: string, now: Date): Promise<PausableSubscription[]> {
  const { rows } = await db.query<PausableSubscription>(
    `select ${choiceColumns},
       coalesce(paused_until > $2, false) as "isPaused", nullif(paused_until, 'infinity') as "pausedUntil"
     from subscription where subscriber_id = $1 and state <> 'pending' order by id`,
    [subscriberId, now],
  );
  return rows;
}
