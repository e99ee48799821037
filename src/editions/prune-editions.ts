import type { Database, Queryable } from '../db/db.ts';
import { listPrunable } from '../ledger/queue/prune-store.ts';
import { pruneOldEditions, type PrunedEditions } from '../ledger/sweep/prune-edition.ts';
import type { PublicPrunableEdition } from './public-edition.ts';

/** How old an edition has to be: ended so many days before now. */
export interface PruneAge {
  readonly olderThanDays: number;
  readonly now: Date;
}

const dayMs = 86_400_000;

/** The editions whose deliveries would be deleted, oldest first. */
export async function listPublicPrunable(db: Queryable, age: PruneAge): Promise<PublicPrunableEdition[]> {
  return (await listPrunable(db, endedBefore(age))).map(({ id, newsletter, endedAt, deliveryCount, prunedAt }) => ({
    id,
    newsletter,
    endedAt,
    deliveryCount,
    prunedAt,
  }));
}

/** Deletes them; what is left where it is cut off, or where `mostCount` is reached, goes with the next time. */
export async function pruneEditions(database: Database, age: PruneAge & { readonly mostCount?: number }): Promise<PrunedEditions> {
  const { now, mostCount } = age;
  return pruneOldEditions(database, { endedBefore: endedBefore(age), now, ...(mostCount === undefined ? {} : { mostCount }) });
}

function endedBefore({ olderThanDays, now }: PruneAge): Date {
  return new Date(now.getTime() - olderThanDays * dayMs);
}
