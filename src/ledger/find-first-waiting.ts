import type { Queryable } from '../db/db.ts';
import { listToBeSent } from './drafts/selection.ts';
import { ReleaseIndex } from './releases/release.ts';
import { loadReleaseFacts } from './releases/release-facts-store.ts';
import { lastPosition } from './releases/release-store.ts';
import { findBeginner } from './subscriptions/beginner-store.ts';

/**
 * When the oldest post was released that the first edition of a new reader will hold; undefined where none waits yet, or where they have had an
 * edition already.
 */
export async function findFirstWaitingAt(db: Queryable, subscriptionId: string): Promise<Date | undefined> {
  const beginner = await findBeginner(db, subscriptionId);
  if (beginner === undefined) return undefined;
  const { newsletterId, ...cohort } = beginner;
  const upto = await lastPosition(db);
  const index = new ReleaseIndex(await loadReleaseFacts(db, newsletterId, { above: cohort.cursor, upto, positions: cohort.owed }));
  return listToBeSent(cohort, upto, index).find((release) => release.kind === 'post')?.releasedAt;
}
