import type { Database } from '../../db/db.ts';
import type { RetryPolicy } from '../queue/attempt.ts';
import { walkOpenRanges } from '../queue/open-range-store.ts';
import { listDeadWorkers, markWorkersSwept } from '../queue/worker-store.ts';
import { doubtOrphansIn, listOpenEditions } from './sweep-store.ts';

/**
 * Puts in doubt what dead workers had claimed, and returns how many that were. Looks only where a worker has died since the last look: through what is due of
 * the open editions, because what is being sent was due. Safe to repeat: a worker is done with once a whole look has left nothing of it, and nothing of it can
 * come any more.
 */
export async function sweepOrphans(database: Database, policy: RetryPolicy): Promise<number> {
  const dead = await listDeadWorkers(database);
  if (dead.length === 0) return 0;
  const sum = { foundCount: 0, doubtedCount: 0 };
  for (const { id } of await listOpenEditions(database)) {
    const { foundCount, doubtedCount } = await doubtOrphans(database, id, policy);
    sum.foundCount += foundCount;
    sum.doubtedCount += doubtedCount;
  }
  if (sum.doubtedCount === sum.foundCount)
    await markWorkersSwept(
      database,
      dead.filter((worker) => !worker.mayBeClaiming).map(({ id }) => id),
    );
  return sum.doubtedCount;
}

/** The same of one edition: how many there were, and how many of them could be put in doubt. */
async function doubtOrphans(
  database: Database,
  editionId: string,
  policy: RetryPolicy,
): Promise<{ foundCount: number; doubtedCount: number }> {
  const sum = { foundCount: 0, doubtedCount: 0 };
  for await (const ranges of walkOpenRanges(database, { editionId, isDue: true })) {
    const { foundCount, doubtedCount } = await doubtOrphansIn(database, editionId, ranges, policy);
    sum.foundCount += foundCount;
    sum.doubtedCount += doubtedCount;
  }
  return sum;
}
