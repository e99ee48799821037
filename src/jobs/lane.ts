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
export function startLane({ boss, name, batchSize, handlers, log }: LaneParts): Lane {
  const stopping = new AbortController();
  const underWay = new Set<string>();

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
  const runBatch = async (): Promise<number> => {
    const jobs = await boss.fetch<object>(name, { batchSize });
    const results = await Promise.allSettled(jobs.map(runJob));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return jobs.length;
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const count = await runBatch().catch((error: unknown) => {
        log.warn('jobs.queue_error', { job: name, error });
        return 0;
      });
      // Where there was one there may be more.
      if (count === 0) await delay(pollMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
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
  }
}
