import { setTimeout as delay } from 'node:timers/promises';
import type PgBoss from 'pg-boss';
import type { Job } from '../kernel/job.ts';
import type { Log } from '../kernel/log.ts';

/** What a worker does for each kind of job. A handler that throws is tried again by pg-boss. */
export type JobHandlers = { readonly [Name in Job['name']]: (job: Extract<Job, { name: Name }>) => Promise<void> };

/** What a runner is made of. */
export interface RunnerParts {
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
export interface JobRunner {
  /** Takes nothing new; ends when what is under way has ended. */
  stop(): Promise<void>;
  /** Gives what is still under way to other processes, because this one cannot wait for it. */
  abandon(): Promise<void>;
}

/** What a runner has under way: the loop adds and each job takes itself off, `abandon` takes off all ids. */
interface UnderWay {
  readonly ids: Set<string>;
  readonly jobs: Set<Promise<void>>;
}

/** An empty queue is asked so often. */
const pollMs = 500;

/**
 * Fetches jobs and runs them until it is stopped. Not pg-boss's own worker: that one fails a whole batch for one bad job, and when it is stopped
 * while it asks, it may still get a job that nobody runs any more.
 */
export function startJobRunner(parts: RunnerParts): JobRunner {
  const { boss, name } = parts;
  const stopping = new AbortController();
  const underWay: UnderWay = { ids: new Set(), jobs: new Set() };
  const ended = runUntil(stopping.signal, parts, underWay);
  return {
    stop() {
      stopping.abort();
      return ended;
    },
    async abandon() {
      const ids = [...underWay.ids];
      underWay.ids.clear();
      if (ids.length > 0) await boss.fail(name, ids);
    },
  };
}

async function runUntil(stopped: AbortSignal, parts: RunnerParts, underWay: UnderWay): Promise<void> {
  while (!stopped.aborted) {
    const count = await runSome(parts, underWay).catch((error: unknown) => {
      tellFault(parts, error);
      return 0;
    });
    // Where there was one there may be more.
    if (count === 0) await delay(pollMs, undefined, { signal: stopped }).catch(() => {});
  }
  await Promise.all(underWay.jobs);
}

/** Starts as many jobs as there is room for, and waits until there is room again. */
async function runSome(parts: RunnerParts, underWay: UnderWay): Promise<number> {
  const { boss, name, batchSize, refills } = parts;
  const running = underWay.jobs;
  const jobs = await boss.fetch<object>(name, { batchSize: batchSize - running.size });
  for (const job of jobs) {
    const run = runJob(parts, underWay, job).catch((error: unknown) => tellFault(parts, error));
    running.add(run);
    void run.finally(() => running.delete(run));
  }
  if (!refills) await Promise.all(running);
  else if (running.size >= batchSize) await Promise.race(running);
  return jobs.length;
}

async function runJob({ boss, name, handlers, log }: RunnerParts, { ids }: UnderWay, { id, data }: PgBoss.Job): Promise<void> {
  const job = { name, ...data } as Job;
  ids.add(id);
  try {
    const isDone = await handle(job, handlers).then(
      () => true,
      (error: unknown) => {
        log.error('jobs.failed', { ...job, job: name, error });
        return false;
      },
    );
    // Given away meanwhile: it is not ours to end.
    if (ids.has(id)) await (isDone ? boss.complete(name, id) : boss.fail(name, id));
  } finally {
    ids.delete(id);
  }
}

function tellFault({ log, name }: RunnerParts, error: unknown): void {
  log.warn('jobs.queue_error', { job: name, error });
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
    case 'sign_up':
      return handlers.sign_up(job);
    case 'link':
      return handlers.link(job);
    case 'ping':
      return handlers.ping(job);
  }
}
