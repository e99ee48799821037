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

/** Says that a worker lives, and whether a server has answered it since it said so last. False when it was taken for dead meanwhile: then it must end, what it had claimed is in doubt. */
export async function renewWorker(db: Queryable, workerId: string, aliveMs: number, hasAnswer = false): Promise<boolean> {
  const { rowCount } = await db.query(
    `update worker set alive_until = now() + $2 * interval '1 millisecond', answered_at = case when $3 then now() else answered_at end
     where id = $1 and ended_at is null and alive_until > now()`,
    [workerId, aliveMs, hasAnswer],
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

/** A worker that died or ended, and of which something may still be `sending`. */
export interface DeadWorker {
  readonly id: string;
  /** A statement of it is still being carried out, which may have begun before its death. */
  readonly mayBeClaiming: boolean;
}

/** Workers that died or ended since what they had claimed was looked for. A session that begins a claim now finds its worker dead. */
export async function listDeadWorkers(db: Queryable): Promise<DeadWorker[]> {
  const { rows } = await db.query<DeadWorker>(
    `select w.id, exists (
       select from pg_locks l left join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and a.state is distinct from 'idle'
         and l.database = (select oid from pg_database where datname = current_database())
         and l.classid::bigint << 32 | l.objid::bigint = hashtextextended('gazette.worker', w.id)) as "mayBeClaiming"
     from worker w where w.swept_at is null and (w.ended_at is not null or w.alive_until < now()) order by w.id`,
  );
  return rows;
}

/** Says that nothing of dead workers is left: no sweep looks for them any more. */
export async function markWorkersSwept(db: Queryable, workerIds: readonly string[]): Promise<void> {
  if (workerIds.length > 0) await db.query(`update worker set swept_at = now() where id = any($1::bigint[])`, [workerIds]);
}

/** Forgets workers that died or ended long ago and of which nothing is left. Returns how many. */
export async function pruneWorkers(db: Queryable, olderThanDays: number): Promise<number> {
  const { rowCount } = await db.query(`delete from worker where alive_until < now() - $1 * interval '1 day' and swept_at is not null`, [
    olderThanDays,
  ]);
  return rowCount ?? 0;
}

/** A worker that lives. */
export interface LivingWorker {
  readonly id: string;
  readonly host: string;
  /** Until it is taken for dead, unless it says that it lives. */
  readonly leaseMs: number;
}

/** The workers that live. */
export async function listLivingWorkers(db: Queryable): Promise<LivingWorker[]> {
  const { rows } = await db.query<LivingWorker>(
    `select id, host, (extract(epoch from alive_until - clock_timestamp()) * 1000)::float8 as "leaseMs"
     from worker where ended_at is null and alive_until > now() order by id`,
  );
  return rows;
}
