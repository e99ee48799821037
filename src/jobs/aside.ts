import type { Log } from '../kernel/log.ts';

/** Runs what may take long beside the ticks that found it: of each key one at a time, so that a slow one holds up nobody else. */
export interface Aside {
  /** Begins the work, unless that of the same key is still under way: the next tick finds it again. Resolves at once. */
  run(key: string, work: () => Promise<unknown>): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Creates it; what fails is logged and found again. */
export function createAside(log: Log): Aside {
  const underWay = new Map<string, Promise<void>>();
  return {
    async run(key, work) {
      if (underWay.has(key)) return;
      underWay.set(
        key,
        carryOut(log, work).finally(() => underWay.delete(key)),
      );
    },
    async idle() {
      await Promise.all(underWay.values());
    },
  };
}

async function carryOut(log: Log, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error('jobs.tick_failed', { error });
  }
}
