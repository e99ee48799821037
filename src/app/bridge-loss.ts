import { setTimeout as delay } from 'node:timers/promises';
import { explainDatabaseError } from '../db/database-fault.ts';
import { isConnectionLoss } from '../db/sqlstate.ts';
import { doublingGap } from '../kernel/backoff.ts';
import { ConflictError } from '../kernel/errors.ts';
import { inTime } from '../kernel/in-time.ts';

/** Asks the database again where it was lost, as a worker does, with an end to its patience. */
export interface Bridge {
  /** What `work` gives, asked again after a loss; it has to be safe to repeat. @throws DatabaseLostError, StoppedError */
  ask<T>(work: () => Promise<T>): Promise<T>;
  /** @throws StoppedError as soon as it is asked to stop */
  wait(ms: number): Promise<void>;
  /** Whether the last answer was a loss. */
  isLost(): boolean;
  /** Whether it ever was. */
  wasLost(): boolean;
}

/** What a bridge is made of. */
export interface BridgeOptions {
  readonly stopped: Promise<unknown>;
  /** Tells people what is waited for. */
  readonly say: (line: string) => void;
  /** Default: five minutes, several times what a restart takes. */
  readonly patienceMs?: number;
  /** An answer that takes longer is none: a connection may carry nothing any more without coming to an end. */
  readonly answerWithinMs?: number;
  readonly monotonic?: () => number;
}

/** The database did not come back within the patience of whoever waited. */
export class DatabaseLostError extends ConflictError {}

/** Somebody asked the command to end. */
export class StoppedError extends ConflictError {}

const gapsMs = { first: 200, longest: 5_000 };

/** Creates a bridge. */
export function createBridge(options: BridgeOptions): Bridge {
  const { say, patienceMs = 300_000, answerWithinMs = 60_000, monotonic = () => performance.now() } = options;
  const stop = options.stopped.then(() => Promise.reject(new StoppedError('Interrupted')));
  stop.catch(() => {});
  let lostAt: number | undefined;
  let wasLost = false;

  const wait = async (ms: number): Promise<void> => {
    const timer = new AbortController();
    try {
      await Promise.race([delay(ms, undefined, { signal: timer.signal }), stop]);
    } finally {
      timer.abort();
    }
  };
  const answer = <T>(work: () => Promise<T>): Promise<T> =>
    inTime(answerWithinMs, Promise.race([work(), stop]), () => {
      throw new Error('Query read timeout');
    });

  return {
    wait,
    isLost: () => lostAt !== undefined,
    wasLost: () => wasLost,
    async ask(work) {
      for (let lossCount = 0; ; lossCount += 1) {
        try {
          const result = await answer(work);
          if (lostAt !== undefined) say('the database answers again');
          lostAt = undefined;
          return result;
        } catch (error) {
          if (!isConnectionLoss(error)) throw error;
          const why = explainDatabaseError(error) ?? 'it does not answer';
          if (lostAt === undefined) say(`the database was lost: ${why}; waiting for it, up to ${minutes(patienceMs)}`);
          wasLost = true;
          lostAt ??= monotonic();
          if (monotonic() - lostAt >= patienceMs)
            throw new DatabaseLostError(`The database did not come back within ${minutes(patienceMs)}: ${why}`, { cause: error });
          await wait(doublingGap(gapsMs, lossCount));
        }
      }
    },
  };
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} seconds` : `${Math.round(ms / 60_000)} minutes`;
}
