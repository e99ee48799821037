import { existsSync } from 'node:fs';
import { relative, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../kernel/package-root.ts';
import type { SourceLimits } from './limits.ts';
import type { ParseAnswer, ParseResults, ParseTask } from './parse-task.ts';
import { codeOf, SourceError } from './source-error.ts';

/** Parser threads that documents are handed to. */
export interface ParserPool {
  /** Does a task in a thread. @throws SourceError: what the parser said, `timeout` past the deadline, `too_large` beyond the heap. */
  parse<Kind extends ParseTask['kind']>(task: ParseTask & { readonly kind: Kind }): Promise<ParseResults[Kind]>;
  close(): Promise<void>;
}

interface Job {
  readonly task: ParseTask;
  readonly resolve: (result: ParseResults[keyof ParseResults]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Threads start when first needed, are kept for the next document, and end with their document when it passes its deadline or its heap.
 * An idle thread keeps no process alive.
 */
export function createParserPool(limits: SourceLimits): ParserPool {
  const queue: Job[] = [];
  const idle: Worker[] = [];
  const threads = new Set<Worker>();
  let isClosed = false;

  const next = (): void => {
    while (queue.length > 0 && (idle.length > 0 || threads.size < limits.parserThreads)) {
      const job = queue.shift();
      if (job !== undefined) void start(idle.pop() ?? addThread(), job);
    }
  };
  const addThread = (): Worker => {
    const thread = startThread(limits);
    threads.add(thread);
    thread.once('exit', () => {
      threads.delete(thread);
      if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
      next();
    });
    return thread;
  };
  const start = async (thread: Worker, job: Job): Promise<void> => {
    try {
      const answer = await doInThread(thread, job.task, limits);
      idle.push(thread);
      if ('result' in answer) job.resolve(answer.result);
      else job.reject(new SourceError(answer.code, answer.message));
    } catch (error) {
      job.reject(error instanceof Error ? error : new Error(String(error)));
    }
    next();
  };

  return {
    parse<Kind extends ParseTask['kind']>(task: ParseTask & { readonly kind: Kind }) {
      if (isClosed) return Promise.reject(closedError());
      return new Promise<ParseResults[Kind]>((resolve, reject) => {
        queue.push({ task, resolve: resolve as Job['resolve'], reject });
        next();
      });
    },
    async close() {
      isClosed = true;
      for (const job of queue.splice(0)) job.reject(closedError());
      await Promise.all([...threads].map((thread) => thread.terminate()));
    },
  };
}

function closedError(): SourceError {
  return new SourceError('parse', 'Expected an open reader, got one that was closed');
}

/** Gives a thread one task. @throws SourceError where it ends without an answer; the thread is then gone. */
function doInThread(thread: Worker, task: ParseTask, limits: SourceLimits): Promise<ParseAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      thread.off('message', onMessage).off('error', onError).off('exit', onExit);
      thread.unref();
    };
    const end = (error: SourceError): void => {
      settle();
      // A second error on its way out has nobody left to tell.
      thread.on('error', () => {});
      void thread.terminate();
      reject(error);
    };
    const onMessage = (answer: ParseAnswer): void => {
      settle();
      resolve(answer);
    };
    const onError = (error: unknown): void => end(threadError(error, limits));
    const onExit = (): void => end(new SourceError('parse', 'Expected a document that can be read, got one that ended the parser thread'));
    const timer = setTimeout(() => end(lateError(limits)), limits.parseTimeoutMs);
    thread.ref();
    thread.on('message', onMessage).on('error', onError).on('exit', onExit);
    thread.postMessage(task, transferList(task));
  });
}

function lateError({ parseTimeoutMs }: SourceLimits): SourceError {
  return new SourceError('timeout', `Expected a document that is read within ${parseTimeoutMs} ms, got one that takes longer`);
}

function threadError(error: unknown, { parserHeapMb }: SourceLimits): SourceError {
  return codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new SourceError('too_large', `Expected a document that is read within ${parserHeapMb} MB, got one that takes more`, { cause: error })
    : new SourceError('parse', 'Expected a document that can be read, got one that broke the parser thread', { cause: error });
}

function startThread(limits: SourceLimits): Worker {
  const thread = new Worker(workerFile(), {
    resourceLimits: { maxOldGenerationSizeMb: limits.parserHeapMb, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 },
    execArgv: [],
    env: {},
  });
  thread.unref();
  return thread;
}

/** The thread's program as JavaScript: a thread runs no TypeScript, so from the sources it is the built twin under dist/. */
function workerFile(): URL {
  const own = new URL('./parse-worker.js', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return own;
  const built = join(packageRoot, 'dist', relative(packageRoot, fileURLToPath(own)));
  if (!existsSync(built)) throw new Error(`Expected the built parser thread at ${built}, found none: run "npm run build"`);
  return pathToFileURL(built);
}

function transferList(task: ParseTask): ArrayBuffer[] {
  return (task.kind === 'document' ? [task.bytes] : task.pages).map(({ buffer }) => buffer);
}
