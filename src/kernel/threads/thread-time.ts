import { readFileSync, readlinkSync } from 'node:fs';

/*
 * Processor time of one thread, also as seen by another thread: what computes in a loop answers no question, so it has to be measured from
 * outside. Linux keeps the account under /proc. Elsewhere the whole process is counted, which is never less than one of its threads used:
 * such a limit is reached early by what other threads of ours compute meanwhile, never by what other programs do.
 */

/** Where the system keeps the account of the calling thread; undefined where it keeps none that can be read. */
export function ownThreadAccount(): string | undefined {
  try {
    return `/proc/${readlinkSync('/proc/thread-self')}/stat`;
  } catch {
    return undefined;
  }
}

/** A running count of processor time. */
export interface ThreadTimer {
  /** Milliseconds of processor time since the timer was started. */
  usedMs(): number;
  /** Whether it is more than so much; costs next to nothing while it cannot be. */
  isPast(limitMs: number): boolean;
}

/** Starts counting the processor time of the thread with this account. */
export function startThreadTimer(account: string | undefined): ThreadTimer {
  const startedAt = performance.now();
  const processStart = process.cpuUsage();
  const threadStart = account === undefined ? undefined : threadTimeMs(account);
  const processMs = (): number => {
    const { user, system } = process.cpuUsage(processStart);
    return (user + system) / 1_000;
  };
  const usedMs = (): number => {
    const now = account === undefined || threadStart === undefined ? undefined : threadTimeMs(account);
    return now === undefined || threadStart === undefined ? processMs() : now - threadStart;
  };
  // One thread uses no more than passes, and the clock on the wall is asked in half the time.
  return { usedMs, isPast: (limitMs) => performance.now() - startedAt > limitMs && processMs() > limitMs && usedMs() > limitMs };
}

/** What the kernel calls USER_HZ: a hundred on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** User and system time of proc(5): fields 14 and 15, counted behind the name, which stands in brackets and may hold anything. */
function threadTimeMs(account: string): number | undefined {
  try {
    const stat = readFileSync(account, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? (ticks * 1_000) / ticksPerSecond : undefined;
  } catch {
    return undefined;
  }
}
