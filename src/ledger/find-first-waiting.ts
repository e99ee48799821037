import type { Queryable } from '../db/db.ts';
import { listToBeSent } from './drafts/selection.ts';
import { ReleaseIndex } from './releases/release.ts';
import { loadReleaseFacts } from './releases/release-facts-store.ts';
import { lastPosition } from './releases/release-store.ts';
import { findBeginner } from './subscriptions/beginner-store.ts';

/** What waits for somebody who has had no edition yet. */
export interface FirstWaiting {
  /** When the oldest post was released. */
  readonly postsAt: Date;
  /** In the order of their release. */
  readonly posts: readonly { readonly postId: string; readonly revision: number }[];
}

/** What the first edition of a new reader will hold; undefined where nothing waits yet, or where they have had an edition already. */
export async function findFirstWaiting(db: Queryable, subscriptionId: string): Promise<FirstWaiting | undefined> {
  const beginner = await findBeginner(db, subscriptionId);
  if (beginner === undefined) return undefined;
  const { newsletterId, ...cohort } = beginner;
  const upto = await lastPosition(db);
  const index = new ReleaseIndex(await loadReleaseFacts(db, newsletterId, { above: cohort.cursor, upto, positions: cohort.owed }));
  const posts = listToBeSent(cohort, upto, index).filter((release) => release.kind === 'post');
  return posts[0] && { postsAt: posts[0].releasedAt, posts: posts.map(({ postId, revision }) => ({ postId, revision })) };
}
