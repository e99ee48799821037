import { setTimeout as delay } from 'node:timers/promises';
import type PgBoss from 'pg-boss';
import type { Job } from '../kernel/job.ts';
import type { Log } from '../kernel/log.ts';

/** What a worker does for each kind of job. A handler that throws is tried again by pg-boss. */
export type JobHandlers = { readonly [Name in Job['name']]: (job: Extract<Job, { name: Name }>) => Promise<void> };

/** What a lane is made of. */
export interface LaneParts {
  readonly boss: PgBoss;
  readonly name: Job['name'];
  /** How many jobs run side by side. */
  readonly batchSize: number;
  /** Takes another job whenever one ends, instead of when the whole batch has ended: for jobs of which a slow one must not hold up the others. */
  readonly refills: boolean;
  readonly handlers: JobHandlers;
  readonly log: Log;
}

/** The jobs of one kind, as one process works on them. */
export interface Lane {
  /** Takes nothing new; ends when what is under way has ended. */
  stop(): Promise<void>;
  /** Gives what is still under way to other processes, because this one cannot wait for it. */
  abandon(): Promise<void>;
}

/** An empty queue is asked so often. */
const pollMs = 500;

/**
 * Fetches jobs and runs them until it is stopped. Not pg-boss's own worker: that one fails a whole batch for one bad job, and when it is stopped
 * while it asks, it may still get a job that nobody runs any more.
 */
export function startLane({ boss, name, batchSize, refills, handlers, log }: LaneParts): Lane {
  const stopping = new AbortController();
  const underWay = new Set<string>();
  const running = new Set<Promise<void>>();

  const runJob = async ({ id, data }: PgBoss.Job): Promise<void> => {
    const job = { name, ...data } as Job;
    underWay.add(id);
    try {
      const isDone = await handle(job, handlers).then(
        () => true,
        (error: unknown) => {
          log.error('jobs.failed', { ...job, job: name, error });
          return false;
        },
      );
      // Given away meanwhile: it is not ours to end.
      if (underWay.has(id)) await (isDone ? boss.complete(name, id) : boss.fail(name, id));
    } finally {
      underWay.delete(id);
    }
  };
  const onFault = (error: unknown): void => log.warn('jobs.queue_error', { job: name, error });
  /** Starts as many jobs as there is room for, and waits until there is room again. */
  const runSome = async (): Promise<number> => {
    const jobs = await boss.fetch<object>(name, { batchSize: batchSize - running.size });
    for (const job of jobs) {
      const run = runJob(job).catch(onFault);
      running.add(run);
      void run.finally(() => running.delete(run));
    }
    if (!refills) await Promise.all(running);
    else if (running.size >= batchSize) await Promise.race(running);
    return jobs.length;
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const count = await runSome().catch((error: unknown) => {
        onFault(error);
        return 0;
      });
      // Where there was one there may be more.
      if (count === 0) await delay(pollMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
    await Promise.all(running);
  };
  const ended = run();
  return {
    stop() {
      stopping.abort();
      return ended;
    },
    async abandon() {
      const ids = [...underWay];
      underWay.clear();
      if (ids.length > 0) await boss.fail(name, ids);
    },
  };
}

function handle(job: Job, handlers: JobHandlers): Promise<void> {
  switch (job.name) {
    case 'collect':
      return handlers.collect(job);
    case 'compose':
      return handlers.compose(job);
    case 'freeze':
      return handlers.freeze(job);
    case 'deliver':
      return handlers.deliver(job);
    case 'notice':
      return handlers.notice(job);
    case 'ping':
      return handlers.ping(job);
  }
}
