import type { Tx } from '../../db/db.ts';
import { listApprovedEditions, lockNewsletters } from './exclusion-store.ts';

/**
 * Takes the exclusion of offers for newsletters: their rows, in id order, while none of their editions is being frozen. What changes whom a post matches
 * happens under it, because a freeze that runs has cursors on either side of the post. Returns the newsletters that were not to be had, each with the edition that
 * is being frozen, or null where somebody else has its row and `waits` is false; of the others the rows are locked until commit.
 */
export async function holdUnfrozen(tx: Tx, newsletterIds: readonly string[], waits: boolean): Promise<ReadonlyMap<string, string | null>> {
  if (newsletterIds.length === 0) return new Map();
  const locked = await lockNewsletters(tx, newsletterIds, waits);
  // A second statement: its snapshot has to be younger than the locks.
  const approved = await listApprovedEditions(tx, newsletterIds);
  return new Map(
    newsletterIds.flatMap((id): [string, string | null][] => {
      const editionId = approved.get(id);
      if (editionId !== undefined) return [[id, editionId]];
      return locked.has(id) || waits ? [] : [[id, null]];
    }),
  );
}
