import { readFileSync } from 'node:fs';

/** What the kernel adds to a thread's account only as it goes by: at most the time between two of its ticks. */
const graceMs = 10;

/**
 * Starts counting the processor time of work on this thread; the returned function says how many milliseconds it was so far. For bounds on work: a clock on
 * the wall also counts what other processes of a busy machine do meanwhile, and the process's own account what its other threads do, such as those that an
 * earlier test file left behind. The work can have taken no more than any of them says, nor more than Linux keeps of this thread.
 */
export function startCpuTimer(): () => number {
  const ofThread = startThreadTimer();
  const start = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return Math.min((user + system) / 1_000, performance.now() - startedAt, ofThread());
  };
}

/** Proc(5): the first figure of a thread's schedstat is what it ran, in nanoseconds. Without one it says Infinity. */
function startThreadTimer(): () => number {
  const startMs = readThreadMs();
  return () => (startMs === undefined ? Infinity : readThreadMs()! - startMs + graceMs);
}

function readThreadMs(): number | undefined {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'ascii').split(' ')[0]) / 1e6;
  } catch {
    return undefined;
  }
}
