import { existsSync } from 'node:fs';
import { relative, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../kernel/package-root.ts';
import type { SourceLimits } from './limits.ts';
import type { ParseAnswer, ParseResults, ParseTask } from './parse-task.ts';
import { SourceError } from './source-error.ts';

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
  const workers = new Set<Worker>();
  let isClosed = false;

  const next = (): void => {
    while (queue.length > 0 && (idle.length > 0 || workers.size < limits.parserThreads)) {
      const job = queue.shift();
      if (job !== undefined) start(idle.pop() ?? addWorker(), job);
    }
  };
  const addWorker = (): Worker => {
    const worker = startWorker(limits);
    workers.add(worker);
    worker.once('exit', () => {
      workers.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
      next();
    });
    return worker;
  };
  const start = (worker: Worker, job: Job): void => {
    worker.ref();
    const timer = setTimeout(
      () =>
        end(new SourceError('timeout', `Expected a document that is read within ${limits.parseTimeoutMs} ms, got one that takes longer`)),
      limits.parseTimeoutMs,
    );
    const settle = (): void => {
      clearTimeout(timer);
      worker.removeAllListeners('message').removeAllListeners('error').removeListener('exit', onExit);
    };
    const end = (error: Error): void => {
      settle();
      worker.on('error', () => {});
      void worker.terminate();
      job.reject(error);
    };
    const onExit = (): void => end(new SourceError('parse', 'Expected a document that can be read, got one that ended the parser thread'));
    worker.once('exit', onExit);
    worker.once('error', (error: Error & { code?: string }) =>
      end(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? new SourceError('too_large', `Expected a document that is read within ${limits.parserHeapMb} MB, got one that takes more`)
          : new SourceError('parse', 'Expected a document that can be read, got one that broke the parser thread', { cause: error }),
      ),
    );
    worker.once('message', (answer: ParseAnswer) => {
      settle();
      worker.unref();
      idle.push(worker);
      if ('result' in answer) job.resolve(answer.result);
      else job.reject(new SourceError(answer.code, answer.message));
      next();
    });
    worker.postMessage(job.task, transferList(job.task));
  };

  return {
    parse<Kind extends ParseTask['kind']>(task: ParseTask & { readonly kind: Kind }) {
      if (isClosed) return Promise.reject(new SourceError('parse', 'Expected an open reader, got one that was closed'));
      return new Promise<ParseResults[Kind]>((resolve, reject) => {
        queue.push({ task, resolve: resolve as Job['resolve'], reject });
        next();
      });
    },
    async close() {
      isClosed = true;
      for (const job of queue.splice(0)) job.reject(new SourceError('parse', 'Expected an open reader, got one that was closed'));
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
}

function startWorker(limits: SourceLimits): Worker {
  const worker = new Worker(workerFile(), {
    resourceLimits: { maxOldGenerationSizeMb: limits.parserHeapMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    execArgv: [],
    env: {},
  });
  worker.unref();
  return worker;
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
