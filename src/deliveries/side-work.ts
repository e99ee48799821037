import { doublingGap } from '../kernel/backoff.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../kernel/log.ts';
import type { Signal } from './signal.ts';

/** Transactions beside the ticks: ends that touch cursors or suppressions. */
export interface SideWork {
  /**
   * Runs it, and again when it fails, for a while and for as long as `mustGoOn` says that nobody else would do it; what is left then is found
   * by a sweep. Never rejects.
   */
  run(work: () => Promise<void>, mustGoOn?: () => boolean): Promise<void>;
  isIdle(): boolean;
}

const tryCount = 6;
const gapsMs = { first: 50, longest: 5_000 };

/** Creates side work that nobody has asked for yet. */
export function createSideWork(log: Log, signal: Signal): SideWork {
  let runningCount = 0;
  return {
    isIdle: () => runningCount === 0,
    async run(work, mustGoOn = () => false) {
      runningCount += 1;
      for (let failureCount = 0; failureCount < tryCount || mustGoOn(); failureCount += 1) {
        try {
          await work();
          break;
        } catch (error) {
          log.warn('delivery.record_failed', { error });
          await delay(doublingGap(gapsMs, failureCount));
        }
      }
      runningCount -= 1;
      signal.changed();
    },
  };
}
