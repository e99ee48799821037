/*
 * Jobs: what makes things happen by themselves. The clock wakes each process (wake.ts), a round finds what is due (run-tick.ts), the queue hands it out,
 * and an outside watch hears what became of a slot (heartbeat.ts). Invariant: whatever runs here may run twice, late or in several processes at once.
 *
 * This file is the queue behind `Enqueue`: pg-boss over our own pool, one queue for each kind of job.
 * A job is a hint to look at a row; what makes work happen once is the row (slot, edition state, claim), never the queue.
 * So a job may run twice or be lost with its process: the sweep of each minute creates what is missing.
 */
import type PgBoss from 'pg-boss';
import type { Database, Queryable } from '../db/db.ts';
import { inTime } from '../kernel/in-time.ts';
import type { Enqueue, Job } from '../kernel/job.ts';
import type { Log } from '../kernel/log.ts';
import { type JobHandlers, type JobRunner, startJobRunner } from './job-runner.ts';

/** The queue of one process. */
export interface JobQueue {
  readonly enqueue: Enqueue;
  /**
   * Looks for the queue's tables and makes what is missing. Call it before the first transaction that queues: done inside one, the tables would be made
   * under whatever that transaction has locked.
   */
  prepare(): Promise<void>;
  /** Starts fetching jobs. Call once. */
  work(handlers: JobHandlers): Promise<void>;
  /** Stops fetching, waits up to `graceMs` for handlers under way, leaves the database open. */
  close(graceMs?: number): Promise<void>;
}

/*
 * How many jobs of a kind one process runs side by side, and how long one may take before another process may run it again.
 * collect: the reader itself limits connections (20 in all), and a slow source holds up no other; deliver: two ranges keep all connections busy while one ends;
 * notice: a server may take ten minutes for a reply, and somebody else waits for a confirmation;
 * sign_up: one after the other under the ceiling's lock, a moment each; somebody waits for the mail;
 * link: a moment each; somebody waits for that mail too;
 * ping: the watch answers at once or not at all, in which case the next look at the clock asks again;
 * compose and freeze: a few, they hold memory and a newsletter's lock; more than one, so that a slow newsletter delays no other.
 */
const queues: {
  readonly [Name in Job['name']]: { readonly batchSize: number; readonly expireInSeconds: number; readonly refills?: true };
} = {
  collect: { batchSize: 100, expireInSeconds: 900, refills: true },
  compose: { batchSize: 3, expireInSeconds: 3600, refills: true },
  freeze: { batchSize: 3, expireInSeconds: 3600, refills: true },
  deliver: { batchSize: 2, expireInSeconds: 3600, refills: true },
  notice: { batchSize: 20, expireInSeconds: 300, refills: true },
  sign_up: { batchSize: 20, expireInSeconds: 60, refills: true },
  link: { batchSize: 20, expireInSeconds: 60, refills: true },
  ping: { batchSize: 2, expireInSeconds: 60 },
};
/** Every kind of job. */
export const jobNames = Object.keys(queues) as Job['name'][];

/**
 * Opens the queue; its tables are looked for, and made where they are missing, with the first job: most commands need none.
 * `supervise`: this process also does pg-boss's housekeeping.
 */
export function openJobQueue(database: Database, log: Log, options: { supervise: boolean }): JobQueue {
  let boss: PgBoss | undefined;
  let starting: Promise<PgBoss> | undefined;
  const begin = async (): Promise<PgBoss> => {
    boss = await createBoss(database, log, options);
    await start(database, boss);
    return boss;
  };
  const ready = (): Promise<PgBoss> => (starting ??= begin());
  const runners: JobRunner[] = [];
  return {
    prepare: async () => void (await ready()),
    enqueue: async (tx, job) => {
      const { name, ...data } = job;
      const { turn = 0, ...ids } = { turn: undefined, ...data };
      // Within a kind what has the first turn comes first, and of those the oldest.
      await (await ready()).insert([{ name, data, priority: -turn, singletonKey: Object.values(ids).join(':') }], { db: executor(tx) });
    },
    async work(handlers) {
      const started = await ready();
      for (const name of jobNames) {
        const { batchSize, refills = false } = queues[name];
        runners.push(startJobRunner({ boss: started, name, batchSize, refills, handlers, log }));
      }
    },
    async close(graceMs = 10_000) {
      await starting?.catch(() => {});
      if (!boss) return;
      const ended = Promise.all(runners.map((runner) => runner.stop()));
      await inTime(graceMs, ended, () => undefined);
      // Where the database is gone, others find out by themselves: what is open here has to be closed all the same.
      for (const runner of runners) await runner.abandon().catch((error: unknown) => log.warn('jobs.queue_error', { error }));
      await boss.stop({ graceful: true, wait: true, close: false });
    },
  };
}

/** Loaded with the first job: most commands need no queue. */
async function createBoss(database: Database, log: Log, options: { supervise: boolean }): Promise<PgBoss> {
  const { default: Boss } = await import('pg-boss');
  const boss = new Boss({
    db: executor(database),
    supervise: options.supervise,
    schedule: false,
    retryLimit: 3,
    retryBackoff: true,
    retryDelay: 2,
  });
  boss.on('error', (error) => log.warn('jobs.queue_error', { error }));
  return boss;
}

/**
 * One process at a time: of two that make pg-boss's tables at once the loser would keep a connection in a failed transaction, and making a queue
 * takes a lock, so it is done only where one is missing.
 */
async function start(database: Database, boss: PgBoss): Promise<void> {
  await database.connection(async (session) => {
    await session.query(`select pg_advisory_lock(hashtext('gazette.queues'))`);
    try {
      await boss.start();
      const existing = new Set((await boss.getQueues()).map((queue) => queue.name));
      for (const name of jobNames.filter((each) => !existing.has(each))) {
        // short: at most one waiting job for the same ids; a running one does not count, so nothing asked for later is lost.
        await boss.createQueue(name, { name, policy: 'short', expireInSeconds: queues[name].expireInSeconds });
      }
    } finally {
      await session.query(`select pg_advisory_unlock(hashtext('gazette.queues'))`);
    }
  });
}

function executor(db: Queryable): PgBoss.Db {
  return { executeSql: (text, values) => db.query(text, values) };
}
