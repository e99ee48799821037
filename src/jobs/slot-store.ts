import { isRunningSql } from '../newsletters/schedule-store.ts';
import type { Database, Queryable, Tx } from '../db/db.ts';

const hourMs = 3_600_000;

/**
 * Takes a due moment of a scheduled job: true for the one transaction that gets it, false for every other, in any process.
 * A transaction that loses the race waits for the winner's commit, so a slot whose job was rolled back is free again.
 */
export async function takeSlot(tx: Tx, job: string, slotAt: Date, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into slot (job, slot_at, taken_at) values ($1, $2, $3) on conflict on constraint slot_pkey do nothing`,
    [job, slotAt, now],
  );
  return rowCount === 1;
}

/**
 * Takes the hour of a job that is done once in each: true for the one process that gets it. What is done outside a transaction and fails is done in the
 * next hour. Of the hours before nothing is kept.
 */
export async function takeHour(database: Database, job: string, now: Date): Promise<boolean> {
  const hourAt = new Date(Math.floor(now.getTime() / hourMs) * hourMs);
  return database.transaction(async (tx) => {
    if (!(await takeSlot(tx, job, hourAt, now))) return false;
    await tx.query(`delete from slot where job = $1 and slot_at < $2`, [job, hourAt]);
    return true;
  });
}

/** What time it is for the database, and so for every process. */
export async function databaseNow(db: Queryable): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>(`select now() as now`);
  if (rows[0] === undefined) throw new Error('Expected the time of the database, got none');
  return rows[0].now;
}

/** A taken slot of a schedule whose edition never came to be. */
export interface ForgottenSlot {
  readonly scheduleId: string;
  readonly slotAt: Date;
}

/** Slots taken between ten minutes and two days ago that have no edition: their job was lost or gave up. */
export async function listForgottenSlots(db: Queryable, now: Date): Promise<ForgottenSlot[]> {
  const { rows } = await db.query<ForgottenSlot>(
    `select substr(t.job, 9) as "scheduleId", t.slot_at as "slotAt"
     from slot t join schedule s on t.job = 'compose:' || s.id and ${isRunningSql}
     where t.taken_at between $1::timestamptz - interval '2 days' and $1::timestamptz - interval '10 minutes'
       and not exists (select from edition e where e.schedule_id = s.id and e.slot_at = t.slot_at)`,
    [now],
  );
  return rows;
}
