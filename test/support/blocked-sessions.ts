import type { Queryable, Tx } from '../../src/db/db.ts';

// Of the locks, not of pg_stat_activity: of that a transaction sees for ever what it saw first, and sessions come later.
const blockedPids = `select distinct pid from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`;

/** Whether a session waits for a lock that this transaction holds. */
export async function isBlocking(tx: Tx): Promise<boolean> {
  return (await tx.query(blockedPids)).rows.length > 0;
}

/** Ends the sessions that wait for a lock that this transaction holds; returns how many. */
export async function endBlockedSessions(tx: Tx): Promise<number> {
  return (await tx.query(`select pg_terminate_backend(pid) from (${blockedPids}) as blocked`)).rows.length;
}

/** How many sessions of this database wait for a lock; those of other tests on the same server do not count. Ask outside of the transaction that blocks them. */
export async function countWaiting(database: Queryable): Promise<number> {
  const { rows } = await database.query(
    `select distinct l.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid where not l.granted and a.datname = current_database()`,
  );
  return rows.length;
}
