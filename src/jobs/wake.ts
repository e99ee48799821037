import { schedule } from 'node-cron';
import type { Log } from '../kernel/log.ts';

/** A running wake-up call. */
export interface Waker {
  /** Runs the work now, or as soon as the run under way ends. */
  wake(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs `work` once each minute and when asked, never twice at the same time in this process. node-cron only wakes: which slots are due is computed
 * from the database, so a minute that was slept through loses nothing. An error of one run is logged and does not stop the next.
 */
export function startWaking(work: () => Promise<void>, log: Log): Waker {
  let current: Promise<void> | undefined;
  let isClosed = false;
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.error('jobs.tick_failed', { error });
    }
  };
  const wake = async (): Promise<void> => {
    while (current) await current;
    if (isClosed) return;
    current = run().finally(() => (current = undefined));
    await current;
  };
  const task = schedule('* * * * *', () => (current ? undefined : wake()), {
    name: 'gazette',
    noOverlap: true,
    // A machine that slept over a weekend would print thousands of lines, and nothing was lost.
    suppressMissedWarning: true,
  });
  return {
    wake,
    async close() {
      isClosed = true;
      await task.destroy();
      await current;
    },
  };
}
