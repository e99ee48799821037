import type { Tx } from '../db/db.ts';

/**
 * Takes a due moment of a scheduled job: true for the one transaction that gets it, false for every other, in any process.
 * A transaction that loses the race waits for the winner's commit, so a slot whose job was rolled back is free again.
 */
export async function takeSlot(tx: Tx, job: string, slotAt: Date): Promise<boolean> {
  const { rowCount } = await tx.query(`insert into slot (job, slot_at) values ($1, $2) on conflict on constraint slot_pkey do nothing`, [job, slotAt]);
  return rowCount === 1;
}
