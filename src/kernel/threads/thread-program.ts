import { parentPort } from 'node:worker_threads';
import { ownThreadAccount } from './thread-time.ts';

/** What a thread says: once that it is up and where its processor time is counted, then the result of each task. */
export type ThreadMessage =
  { readonly kind: 'up'; readonly account: string | undefined } | { readonly kind: 'done'; readonly result: unknown };

/**
 * Makes the calling thread do tasks of a pool, one at a time. Call it when everything that tasks need is loaded: deadlines begin then. What a
 * library prints from then on is discarded: it is no part of a command's output, may quote a hostile text, and nobody reads it.
 */
export function answerTasks<Task, Result>(doTask: (task: Task) => Result | Promise<Result>): void {
  for (const stream of [process.stdout, process.stderr]) stream.write = () => true;
  const say = (message: ThreadMessage): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    parentPort?.postMessage(message);
  };
  parentPort?.on('message', (task: Task) => {
    void Promise.resolve(doTask(task)).then((result) => say({ kind: 'done', result }));
  });
  say({ kind: 'up', account: ownThreadAccount() });
}
