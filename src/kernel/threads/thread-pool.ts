/*
 * Threads for what foreign input could make endless: reading documents, compiling templates. A task is ended by the processor time that its
 * thread has used since it was up (decision record 0016), so a busy machine makes it slow and never wrong.
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../package-root.ts';
import { runTask, type PoolThread, type TaskOutcome, type ThreadLimits, type ThreadTask } from './thread-task.ts';

/** How to do a task: what is in `transfer` goes over without a copy, and it may use `cpuMs` of processor time where that is less than others may. */
export interface TaskOptions {
  readonly transfer?: readonly ArrayBuffer[];
  readonly cpuMs?: number;
}

/** Threads that run one program. */
export interface ThreadPool<Task, Result> {
  /** Does a task. @throws BusyError when the machine had no time for it. */
  run(task: Task, options?: TaskOptions): Promise<TaskOutcome<Result>>;
  /** Starts a thread where there is none, for a task to come. */
  warmUp(): void;
  close(): Promise<void>;
}

/**
 * Threads start when first needed and are kept for the next task; one that has none keeps no process alive. `program` is the file of
 * JavaScript that a thread runs: it calls `answerTasks`.
 */
export function createThreadPool<Task, Result>(program: () => URL, limits: ThreadLimits): ThreadPool<Task, Result> {
  const queue: ThreadTask[] = [];
  const idle: PoolThread[] = [];
  const threads = new Set<PoolThread>();
  let isClosed = false;

  const next = (): void => {
    while (queue.length > 0 && (idle.length > 0 || threads.size < limits.maxThreads)) {
      const task = queue.shift();
      if (task !== undefined) void start(takeIdle() ?? addThread(), task);
    }
  };
  const takeIdle = (thread = idle.at(-1)): PoolThread | undefined => {
    if (thread === undefined) return undefined;
    clearTimeout(thread.idleTimer);
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
    return thread;
  };
  const addThread = (): PoolThread => {
    const thread = startThread(program(), limits);
    threads.add(thread);
    thread.worker.once('exit', () => {
      threads.delete(thread);
      takeIdle(thread);
      next();
    });
    return thread;
  };
  const rest = (thread: PoolThread): void => {
    idle.push(thread);
    // Taken out first: a thread on its way to its end gets no task.
    thread.idleTimer = setTimeout(() => void takeIdle(thread)?.worker.terminate(), limits.idleMs).unref();
  };
  const start = async (thread: PoolThread, task: ThreadTask): Promise<void> => {
    try {
      const outcome = await runTask(thread, task, limits);
      if (outcome.kind === 'done') rest(thread);
      task.resolve(isClosed ? { kind: 'closed' } : outcome);
    } catch (error) {
      task.reject(error);
    }
    next();
  };

  return {
    run(task, { transfer = [], cpuMs = limits.taskCpuMs } = {}) {
      if (isClosed) return Promise.resolve({ kind: 'closed' });
      return new Promise<TaskOutcome<Result>>((resolve, reject) => {
        queue.push({ task, transfer, cpuMs, resolve: resolve as ThreadTask['resolve'], reject });
        next();
      });
    },
    warmUp() {
      if (!isClosed && threads.size === 0) rest(addThread());
    },
    async close() {
      isClosed = true;
      for (const { resolve } of queue.splice(0)) resolve({ kind: 'closed' });
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}

function startThread(program: URL, limits: ThreadLimits): PoolThread {
  const worker = new Worker(program, {
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMb, maxYoungGenerationSizeMb: 8, stackSizeMb: limits.stackMb },
    execArgv: [],
    env: {},
    // Not piped into our output, where each thread would listen to our streams; `answerTasks` discards what is printed.
    stdout: true,
    stderr: true,
  });
  const thread: PoolThread = { worker };
  worker.once('message', ({ account }: { account: string | undefined }) => (thread.up = { account }));
  // What ends a thread is told to its task; one that has none yet has nobody to tell, and the next task starts another.
  worker.on('error', () => {});
  worker.unref();
  return thread;
}

/** The file beside the importer as JavaScript: a thread runs no TypeScript, so from the sources it is the built twin under dist/. */
export function threadProgram(name: string, importer: string): URL {
  const own = new URL(name, importer);
  if (!importer.endsWith('.ts')) return own;
  const built = join(packageRoot, 'dist', relative(packageRoot, fileURLToPath(own)));
  if (!existsSync(built)) throw new Error(`Expected the built program of a thread at ${built}, found none; the build makes it`);
  return pathToFileURL(built);
}
