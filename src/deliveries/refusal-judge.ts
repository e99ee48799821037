import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { judgeRefusals } from '../ledger/sweep/judge-refusals.ts';

/** Judges refusals soon after they were written down. */
export interface RefusalJudge {
  /** Something was refused. */
  poke(): void;
}

/** Creates a judge that looks at once, and again while there is more, but no more often than this: a look costs more than sending a message. */
export function createRefusalJudge(
  ports: { readonly database: Database; readonly clock: Clock; readonly log: Log },
  everyMs: number,
): RefusalJudge {
  let isLooking = false;
  let isPoked = false;
  const look = async (): Promise<void> => {
    isLooking = true;
    while (isPoked) {
      isPoked = false;
      try {
        for (const editionId of await judgeRefusals(ports.database, ports.clock())) ports.log.error('edition.stopped', { editionId });
      } catch (error) {
        // The sweep looks too.
        ports.log.warn('delivery.judging_failed', { error });
      }
      await delay(everyMs, undefined, { ref: false });
    }
    isLooking = false;
  };
  return {
    poke() {
      isPoked = true;
      if (!isLooking) void look();
    },
  };
}
