/**
 * Starts counting the processor time of work on this thread; the returned function says how many milliseconds it was so far. For bounds on work: a clock on
 * the wall also counts what other processes of a busy machine do meanwhile, and the process's own account what its other threads do, such as those that an
 * earlier test file left behind. The work can have taken no more than either says.
 */
export function startCpuTimer(): () => number {
  const start = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return Math.min((user + system) / 1_000, performance.now() - startedAt);
  };
}
