/* A thread’s program that does what a test asks of it. */
import { threadId } from 'node:worker_threads';
import { ownThreadAccount, startThreadTimer } from '../../dist/src/kernel/threads/thread-time.js';
import { answerTasks } from '../../dist/src/kernel/threads/thread-program.js';

answerTasks(({ kind, flag, text, cpuMs }) => {
  if (kind === 'spin') for (;;);
  if (kind === 'burn') for (const timer = startThreadTimer(ownThreadAccount()); !timer.isPast(cpuMs););
  if (kind === 'match') return /^(a+)+$/.test(text);
  if (kind === 'wait') Atomics.wait(new Int32Array(flag), 0, 0);
  if (kind === 'fill') for (const kept = []; ;) kept.push(Array.from({ length: 1000 }, () => ({})));
  if (kind === 'throw') throw new Error('No answer');
  if (kind === 'print') {
    console.warn('a word of a library');
    return process.stderr.writableLength;
  }
  return threadId;
});
