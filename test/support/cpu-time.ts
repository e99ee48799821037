import { readFileSync } from 'node:fs';

/**
 * Starts counting the processor time of work on this thread; the returned function says how many milliseconds it was so far. For bounds on work: a clock on
 * the wall also counts what other processes of a busy machine do meanwhile. Linux keeps the account of a thread; elsewhere the process's own account also has
 * what its other threads do, such as those that an earlier test file left behind, and the work can have taken no more than it or the wall say.
 */
export function startCpuTimer(): () => number {
  const startMs = ofThread();
  if (startMs !== undefined) return () => ofThread()! - startMs;
  const start = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return Math.min((user + system) / 1_000, performance.now() - startedAt);
  };
}

/** What the kernel says that this thread has run, in milliseconds: the first figure of its schedstat, in nanoseconds (proc(5)). */
function ofThread(): number | undefined {
  try {
    const [ranNs] = readFileSync('/proc/thread-self/schedstat', 'ascii').split(' ');
    return Number(ranNs) > 0 ? Number(ranNs) / 1e6 : undefined;
  } catch {
    return undefined;
  }
}
