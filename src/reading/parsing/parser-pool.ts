import { ConflictError } from '../../kernel/errors.ts';
import { createThreadPool } from '../../kernel/threads/thread-pool.ts';
import type { DocumentWork, SourceLimits } from '../limits.ts';
import type { ParseResults, ParseTask } from './parse-task.ts';
import { SourceError, type SourceErrorCode } from '../source-error.ts';

/** What a thread answers to any task: its result, or what was wrong with the input. */
export type ThreadAnswer<Result> = { readonly result: Result } | { readonly code: SourceErrorCode; readonly message: string };

/** Parser threads that documents are handed to. */
export interface ParserPool {
  /**
   * Does a task in a thread. @throws SourceError: what the parser said, `timeout` past the processor time that it may use, `too_large` beyond
   * the heap. @throws BusyError when the machine had no time for it, ConflictError when the pool was closed: neither says anything about the
   * document.
   */
  parse<Kind extends ParseTask['kind']>(task: ParseTask & { readonly kind: Kind }): Promise<ParseResults[Kind]>;
  /** Does a task that the program of the threads knows beside those of parsing; all that count in one `work` have the limits of one. @throws as `parse` does. */
  run<Result>(task: { readonly kind: string }, work?: DocumentWork): Promise<Result>;
  close(): Promise<void>;
}

/** A parser starts in a tenth of a second: between two looks at the clock it is kept, overnight it is not. */
const idleMs = 120_000;

/**
 * Threads start when first needed, are kept for the next document, and end with their document when it passes its deadline or its heap. `program`
 * answers tasks of parsing with `doParseTask`; whose it is knows what else is done with what a source states.
 */
export function createParserPool(limits: SourceLimits, program: () => URL): ParserPool {
  const threads = createThreadPool<{ readonly kind: string }, ThreadAnswer<unknown>>(program, {
    maxThreads: limits.parserThreads,
    heapMb: limits.parserHeapMb,
    stackMb: 4,
    taskCpuMs: limits.parseTimeoutMs,
    taskCeilingMs: limits.parseCeilingMs,
    idleMs,
  });
  const run = async (task: { readonly kind: string }, work: DocumentWork, transfer: readonly ArrayBuffer[] = []): Promise<unknown> => {
    const cpuMs = limits.parseTimeoutMs - work.usedMs;
    const outcome = cpuMs > 0 ? await threads.run(task, { transfer, cpuMs }) : ({ kind: 'too_long' } as const);
    if (outcome.kind !== 'done') throw endError(outcome, limits);
    work.usedMs += outcome.usedMs;
    const answer = outcome.result;
    if (!('result' in answer)) throw new SourceError(answer.code, answer.message);
    return answer.result;
  };
  return {
    parse: async <Kind extends ParseTask['kind']>(task: ParseTask & { readonly kind: Kind }) =>
      (await run(task, { usedMs: 0 }, transferList(task))) as ParseResults[Kind],
    run: async <Result>(task: { readonly kind: string }, work = { usedMs: 0 }) => (await run(task, work)) as Result,
    close: () => threads.close(),
  };
}

function endError(
  outcome: { kind: 'too_long' | 'too_large' | 'closed' } | { kind: 'broken'; cause: unknown },
  { parseTimeoutMs, parserHeapMb }: SourceLimits,
): SourceError | ConflictError {
  switch (outcome.kind) {
    case 'too_long':
      return new SourceError(
        'timeout',
        `Expected a document that is read in ${parseTimeoutMs} ms of processor time, got one that takes more`,
      );
    case 'too_large':
      return new SourceError('too_large', `Expected a document that is read within ${parserHeapMb} MB, got one that takes more`);
    case 'broken':
      return new SourceError('parse', 'Expected a document that can be read, got one that broke the parser thread', {
        cause: outcome.cause,
      });
    case 'closed':
      // Whoever closes it stops everything: that says nothing about the document.
      return new ConflictError('Expected an open reader, got one that was closed');
  }
}

function transferList(task: ParseTask): ArrayBuffer[] {
  return (task.kind === 'document' ? [task.bytes] : task.pages).map(({ buffer }) => buffer);
}
