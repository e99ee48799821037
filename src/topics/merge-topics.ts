import type { Database } from '../db/db.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import { recordOffer } from '../ledger/apply-offers.ts';
import { changeTopics } from '../ledger/change-subscription.ts';
import { getPublicTopic } from './change-topics.ts';
import { offerGainedTopics } from './offer-topics.ts';
import { lockPosts } from './posts-lock-store.ts';
import type { PublicTopic } from './public-topic.ts';
import { deleteTopic, getTopic, listFollowers, listOpenOffersOfTopic, moveCategories } from './topic-store.ts';

/** What a merge came to. */
export interface MergeResult {
  /** The one that both are now. */
  readonly topic: PublicTopic;
  readonly postCount: number;
  readonly followerCount: number;
  readonly offeredCount: number;
}

/**
 * Merges a topic into another: its categories lead there, its followers follow that one, its posts gain it. Then the topic is gone.
 * @throws NotFoundError, InvalidInputError when both are the same.
 */
export async function mergeTopics(
  database: Database,
  merge: { readonly from: string; readonly into: string; readonly now: Date },
): Promise<MergeResult> {
  return database.transaction(async (tx) => {
    await lockPosts(tx);
    const from = await getTopic(tx, merge.from);
    const into = await getTopic(tx, merge.into);
    if (from.id === into.id) throw new InvalidInputError(`Expected two topics, got "${merge.from}" twice`);
    const followers = await listFollowers(tx, from.id);
    for (const { id, topics } of followers) {
      await changeTopics(
        tx,
        id,
        topics.map((topicId) => (topicId === from.id ? into.id : topicId)),
      );
    }
    const waiting = await listOpenOffersOfTopic(tx, from.id);
    const postIds = await moveCategories(tx, from.id, into.id);
    const offeredCount = await offerGainedTopics(tx, postIds, merge.now);
    // An offer goes with its topic; what waited under the old name waits under the new one.
    for (const postId of waiting) await recordOffer(tx, { postId, kind: 'topic', topicId: into.id, now: merge.now });
    await deleteTopic(tx, from.id);
    return { topic: await getPublicTopic(tx, into), postCount: postIds.length, followerCount: followers.length, offeredCount };
  });
}
