import { parentPort } from 'node:worker_threads';
import { doParseTask, type ParseTask } from './parse-task.ts';

/** The parser thread: one task at a time, killed from outside when a document takes too long or too much. */
parentPort?.on('message', (task: ParseTask) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(doParseTask(task));
});
