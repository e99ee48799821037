import type { Tx } from '../db/db.ts';
import { recordOffer } from '../ledger/apply-offers.ts';
import { derivePostTopics } from './category-store.ts';

/**
 * Brings the topics of posts in line with their categories and records an offer for each released post that gained one: readers who follow
 * the topic and whose cursor has passed the post get it once. The ledger's guard holds many offers at once. Returns how many were recorded.
 */
export async function offerGainedTopics(tx: Tx, postIds: readonly string[], now: Date): Promise<number> {
  if (postIds.length === 0) return 0;
  const gained = (await derivePostTopics(tx, postIds)).filter((each) => each.isReleased);
  for (const { postId, topicId } of gained) await recordOffer(tx, { postId, kind: 'topic', topicId, now });
  return gained.length;
}
