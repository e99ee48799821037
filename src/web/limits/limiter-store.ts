import { createHmac } from 'node:crypto';
import { RateLimiterPostgres, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Database } from '../../db/db.ts';
import { type Limit, type LimitName, limits } from './attempt-limits.ts';

/** Counts tries. */
export interface Limiter {
  /** Counts one try of `key`, and says whether it is within its limit; when not, in how many seconds the next is. */
  take(name: LimitName, key: string): Promise<{ readonly isTaken: true } | { readonly isTaken: false; readonly retryAfterSeconds: number }>;
  /** What stands for `key` where it is stored for a purpose: a keyed hash, which says nothing of it. */
  hashOf(purpose: string, key: string): string;
}

/** What a limiter needs. `secret` keys the hashes under which tries are counted. */
export interface LimiterParts {
  readonly database: Database;
  readonly secret: Buffer;
  /** In place of the usual ones, for tests and benches. */
  readonly limits?: Readonly<Record<LimitName, Limit>>;
}

/** The limiter of this installation: every process counts in the same table. */
export function createLimiter({ database, secret, limits: allowed = limits }: LimiterParts): Limiter {
  // The library wants a client of `pg`; a statement with its values is all that it asks of one.
  const storeClient = { query: async ({ text, values }: { text: string; values: unknown[] }) => database.query(text, values) };
  const limiters = new Map(
    (Object.keys(allowed) as LimitName[]).map((name) => [
      name,
      new RateLimiterPostgres({
        storeClient,
        storeType: 'client',
        tableName: 'rate_limit',
        tableCreated: true,
        keyPrefix: name,
        points: allowed[name].points,
        duration: allowed[name].seconds,
        // One of them cleans for all.
        clearExpiredByTimeout: name === 'guess',
      }),
    ]),
  );
  const hashOf = (name: string, key: string): string =>
    createHmac('sha256', secret).update(`gazette limit\n${name}\n${key}`).digest('base64url').slice(0, 22);
  return {
    hashOf,
    async take(name, key) {
      try {
        await limiters.get(name)!.consume(hashOf(name, key));
        return { isTaken: true };
      } catch (refused) {
        // A database that fails is an error; a limit that is reached comes as its state.
        if (refused instanceof Error) throw refused;
        return { isTaken: false, retryAfterSeconds: Math.max(1, Math.ceil((refused as RateLimiterRes).msBeforeNext / 1000)) };
      }
    },
  };
}
