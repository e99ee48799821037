import { ownThreadAccount, startThreadTimer } from '../../src/kernel/threads/thread-time.ts';

/** The system keeps the account of a thread in steps of so much: it may show as much less. */
const stepMs = 10;

/**
 * Starts counting the processor time of work on this thread; the returned function says how many milliseconds it was so far. For bounds on work: a clock on
 * the wall also counts what other processes of a busy machine do meanwhile, and the process's own account what its other threads do, such as those that an
 * earlier test file left behind. The work can have taken no more than any of them says, nor more than a step above the thread's own account.
 */
export function startCpuTimer(): () => number {
  const thread = startThreadTimer(ownThreadAccount());
  const start = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return Math.min((user + system) / 1_000, performance.now() - startedAt, thread.usedMs() + stepMs);
  };
}
