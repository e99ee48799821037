import type { Worker } from 'node:worker_threads';
import { BusyError } from '../errors.ts';
import type { ThreadMessage } from './thread-program.ts';
import { startThreadTimer, type ThreadTimer } from './thread-time.ts';

/** What threads and their tasks may cost. */
export interface ThreadLimits {
  readonly maxThreads: number;
  /** Heap of one thread. */
  readonly heapMb: number;
  readonly stackMb: number;
  /** Processor time of one task, from when its thread is up; past it the thread is killed. */
  readonly taskCpuMs: number;
  /** Time on the wall of one task, the start of its thread included: a machine that needs longer is too busy. */
  readonly taskCeilingMs: number;
  /** A thread with nothing to do ends after so long. */
  readonly idleMs: number;
}

/** How a task ended. Its thread is gone unless it is done. */
export type TaskOutcome<Result> =
  | { readonly kind: 'done'; readonly result: Result; /** Processor time, in milliseconds. */ readonly usedMs: number }
  /** It used all the processor time that a task may. */
  | { readonly kind: 'too_long' }
  /** It needed more memory than a thread may. */
  | { readonly kind: 'too_large' }
  | { readonly kind: 'broken'; readonly cause: unknown }
  | { readonly kind: 'closed' };

/** A thread and what is known of it. */
export interface PoolThread {
  readonly worker: Worker;
  /** Undefined until the thread is up. */
  up?: { readonly account: string | undefined };
  idleTimer?: NodeJS.Timeout;
}

/** One who waits for a thread, and for what it makes of the task. */
export interface ThreadTask {
  readonly task: unknown;
  readonly transfer: readonly ArrayBuffer[];
  /** Processor time of this task, at most what the threads' limits say. */
  readonly cpuMs: number;
  readonly resolve: (outcome: TaskOutcome<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** So late, at most, a task that passed its limit is ended. */
const watchMs = 50;

/** Gives a thread one task, once it is up, and watches what it uses. @throws BusyError past the ceiling. */
export function runTask({ worker, up }: PoolThread, given: ThreadTask, limits: ThreadLimits): Promise<TaskOutcome<unknown>> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let timer: ThreadTimer | undefined;
    const settle = (): void => {
      clearInterval(watch);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      worker.unref();
    };
    const end = (outcome: TaskOutcome<unknown>): void => {
      settle();
      void worker.terminate();
      resolve(outcome);
    };
    const begin = (account: string | undefined): void => {
      timer = startThreadTimer(account);
      try {
        worker.postMessage(given.task, given.transfer);
      } catch (cause) {
        end({ kind: 'broken', cause });
      }
    };
    const onMessage = (message: ThreadMessage): void => {
      if (message.kind === 'up') return begin(message.account);
      settle();
      resolve({ kind: 'done', result: message.result, usedMs: timer?.usedMs() ?? 0 });
    };
    const onError = (cause: unknown): void => end(isOutOfMemory(cause) ? { kind: 'too_large' } : { kind: 'broken', cause });
    const onExit = (): void => end({ kind: 'broken', cause: new Error('Expected an answer of the thread, got its end') });
    const watch = setInterval(() => {
      if (timer?.isPast(given.cpuMs) === true) return end({ kind: 'too_long' });
      if (performance.now() - startedAt < limits.taskCeilingMs) return;
      reject(tooBusy(limits, timer));
      end({ kind: 'closed' });
    }, watchMs);
    worker.ref();
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    if (up !== undefined) begin(up.account);
  });
}

function tooBusy({ taskCeilingMs, taskCpuMs }: ThreadLimits, timer: ThreadTimer | undefined): BusyError {
  const got =
    timer === undefined ? 'its thread did not start' : `it had ${Math.round(timer.usedMs())} ms of the ${taskCpuMs} ms that it may use`;
  return new BusyError(
    `This machine is too busy: in ${taskCeilingMs / 1_000} s there was no time for what needs seconds (of processor time, ${got}). It will go when there is less to do`,
  );
}

/** By its code alone: the error comes from another thread. */
function isOutOfMemory(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
