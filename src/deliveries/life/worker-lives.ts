import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../kernel/log.ts';
import type { WorkerLife } from './worker-life.ts';

/** The lives of one worker, one after the other. */
export interface WorkerLives {
  /** The living one; registers anew until it succeeds. Undefined when the worker is gone. */
  current(): Promise<WorkerLife | undefined>;
  end(): Promise<void>;
  drop(): void;
}

/** What lives are made of. */
export interface LivesPorts {
  readonly log: Log;
  readonly begin: (onDeath: () => void) => Promise<WorkerLife>;
  readonly onDeath: () => void;
  /** No other life begins. */
  readonly isGone: () => boolean;
}

/** The lives of a worker so far: changed by the functions below alone. */
interface Lives {
  readonly ports: LivesPorts;
  life?: WorkerLife | undefined;
  beginning?: Promise<void> | undefined;
}

const registerAgainMs = 1_000;

/** Creates the lives of a worker: when one ends, the next begins as soon as the database answers. */
export function createWorkerLives(ports: LivesPorts): WorkerLives {
  const lives: Lives = { ports };
  return {
    current: async () => current(lives),
    async end() {
      await lives.beginning;
      await lives.life?.end();
      lives.life = undefined;
    },
    drop() {
      lives.life?.drop();
      lives.life = undefined;
    },
  };
}

async function current(lives: Lives): Promise<WorkerLife | undefined> {
  while (!lives.ports.isGone()) {
    // Past its deadline although no timer could fire yet: it ends now, not after the next claim.
    lives.life?.expire();
    if (lives.life) return lives.life;
    lives.beginning ??= begin(lives).finally(() => (lives.beginning = undefined));
    await lives.beginning;
  }
  return undefined;
}

async function begin(lives: Lives): Promise<void> {
  const { ports } = lives;
  try {
    const begun = await ports.begin(() => {
      lives.life = undefined;
      ports.onDeath();
      void current(lives);
    });
    if (ports.isGone()) begun.drop();
    else lives.life = begun;
  } catch (error) {
    ports.log.warn('delivery.registration_failed', { error });
    if (!ports.isGone()) await delay(registerAgainMs);
  }
}
