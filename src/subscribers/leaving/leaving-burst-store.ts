import type { Queryable } from '../../db/db.ts';
import { slotOf, type LeavingSlot } from './leaving-burst.ts';

/** Counts one leaving by one click. `network` is a keyed hash. */
export async function countOneClick(db: Queryable, leaving: { newsletterId: string; network: string; at: Date }): Promise<void> {
  await db.query(
    `insert into leaving_burst as b (newsletter_id, network, began_at, last_at) values ($1, $2, $3, $4)
     on conflict on constraint leaving_burst_network_key do update set count = b.count + 1, last_at = greatest(b.last_at, excluded.last_at)`,
    [leaving.newsletterId, leaving.network, slotOf(leaving.at), leaving.at],
  );
}

/** What left by one click within a day of an edition's approval, and before that of the newsletter's next one. */
export async function listLeavingSlots(db: Queryable, editionId: string): Promise<LeavingSlot[]> {
  const { rows } = await db.query<LeavingSlot>(
    `select b.network, b.began_at as "beganAt", b.last_at as "lastAt", b.count
     from edition e join leaving_burst b on b.newsletter_id = e.newsletter_id
     where e.id = $1 and b.last_at >= e.approved_at and b.last_at < e.approved_at + interval '1 day'
       and not exists (
         select from edition later
         where later.newsletter_id = e.newsletter_id and later.approved_at > e.approved_at and later.approved_at <= b.last_at)
     order by b.id`,
    [editionId],
  );
  return rows;
}

/** Forgets what is older than two weeks. */
export async function deleteOldLeavingSlots(db: Queryable, now: Date): Promise<void> {
  await db.query(`delete from leaving_burst where last_at < $1::timestamptz - interval '14 days'`, [now]);
}
