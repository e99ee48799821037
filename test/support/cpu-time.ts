/**
 * Starts counting the processor time that this process uses, all its threads together; the returned function says how many milliseconds it was so far.
 * For bounds on work: a clock on the wall also counts what other processes of a busy machine do meanwhile.
 */
export function startCpuTimer(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
}
