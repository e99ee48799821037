import type { Queryable } from '../../db/db.ts';

/** Who starts to send. */
export interface NewWorker {
  readonly host: string;
  readonly pid: number;
  /** How long it is taken to live without a renewal. */
  readonly aliveMs: number;
}

/** Registers the start of a worker; each start is a new one. Returns its id. */
export async function registerWorker(db: Queryable, worker: NewWorker): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into worker (host, pid, alive_until) values ($1, $2, now() + $3 * interval '1 millisecond') returning id`,
    [worker.host, worker.pid, worker.aliveMs],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('Expected the id of a new worker, got none');
  return id;
}

/** Says that a worker lives. False when it was taken for dead meanwhile: then it must end, what it had claimed is in doubt. */
export async function renewWorker(db: Queryable, workerId: string, aliveMs: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update worker set alive_until = now() + $2 * interval '1 millisecond' where id = $1 and ended_at is null and alive_until > now()`,
    [workerId, aliveMs],
  );
  return rowCount === 1;
}

/** Says that a worker ended; what it still had claimed is found by the next sweep. */
export async function endWorker(db: Queryable, workerId: string): Promise<void> {
  await db.query(`update worker set ended_at = now() where id = $1 and ended_at is null`, [workerId]);
}

/** How many workers live. */
export async function countLivingWorkers(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from worker where ended_at is null and alive_until > now()`,
  );
  return rows[0]?.count ?? 0;
}

/** Forgets workers that died or ended long ago and hold nothing. Returns how many. */
export async function pruneWorkers(db: Queryable, olderThanDays: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from worker w
     where w.alive_until < now() - $1 * interval '1 day'
       and not exists (select from edition e join delivery d on d.edition_id = e.id
                       where e.ended_at is null and d.state = 'sending' and d.worker_id = w.id)`,
    [olderThanDays],
  );
  return rowCount ?? 0;
}
