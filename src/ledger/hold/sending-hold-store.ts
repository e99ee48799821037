import type { Queryable, Tx } from '../../db/db.ts';
import type { NewHold, SendingHold } from './sending-hold.ts';

const columns = `id, cause, reason, began_at as "beganAt"`;

/** SQL: whether sending is held. It names nothing outside itself, so that a statement asks once: of an index that is empty nearly always. */
export const isHeldSql = `exists (select from sending_hold where ended_at is null)`;

/**
 * SQL: whether a row of `notice` waits for the hold: a welcome, which carries a digest, and whatever was stored before, since it may have been sent already
 * and whoever it goes to may have left or been erased. Mail to staff goes: it tells of the hold.
 */
export const isNoticeHeldSql = `exists (
  select from sending_hold h
  where h.ended_at is null and notice.kind <> 'staff' and (notice.kind = 'welcome' or notice.id <= h.last_notice_id))`;

/** The hold that is in force; undefined where sending goes on. */
export async function findOpenHold(db: Queryable): Promise<SendingHold | undefined> {
  const { rows } = await db.query<SendingHold>(`select ${columns} from sending_hold where ended_at is null`);
  return rows[0];
}

/** The same where staff were not told of it yet and have to be: of what they did themselves they know. */
export async function findUntoldHold(db: Queryable): Promise<SendingHold | undefined> {
  const { rows } = await db.query<SendingHold>(
    `select ${columns} from sending_hold where ended_at is null and told_at is null and cause <> 'staff'`,
  );
  return rows[0];
}

/** Holds sending, from the commit on. What staff hold becomes a restored backup's hold when it proves to be one; any other hold stands as it is: false then. */
export async function insertHold(tx: Tx, { cause, reason }: NewHold): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into sending_hold (cause, reason, last_notice_id) values ($1, $2, (select coalesce(max(id), 0) from notice))
     on conflict ((true)) where ended_at is null
     do update set cause = excluded.cause, reason = excluded.reason, last_notice_id = excluded.last_notice_id, told_at = null
     where excluded.cause = 'restored'`,
    [cause, reason],
  );
  return rowCount === 1;
}

/** Ends the hold that is in force, and returns it; undefined where there was none. */
export async function endHold(tx: Tx): Promise<SendingHold | undefined> {
  const { rows } = await tx.query<SendingHold>(`update sending_hold set ended_at = now() where ended_at is null returning ${columns}`);
  return rows[0];
}

/** Marks that staff were told; false when somebody else did so before. */
export async function markHoldTold(tx: Tx, holdId: string): Promise<boolean> {
  const { rowCount } = await tx.query(`update sending_hold set told_at = now() where id = $1 and told_at is null`, [holdId]);
  return rowCount === 1;
}

/** Forgets holds that ended so long ago that nothing can have waited through them. */
export async function pruneHolds(db: Queryable, olderThanDays: number): Promise<void> {
  await db.query(`delete from sending_hold where ended_at < now() - $1 * interval '1 day'`, [olderThanDays]);
}
