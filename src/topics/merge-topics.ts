import type { Database, Tx } from '../db/db.ts';
import { ConflictError, InvalidInputError } from '../kernel/errors.ts';
import { holdUnfrozen } from '../ledger/exclusion/hold-unfrozen.ts';
import { moveFollowers } from '../ledger/exclusion/move-followers.ts';
import { moveOffers } from '../ledger/recorded-offer-store.ts';
import { listNewslettersOfFollowers } from '../ledger/subscriptions/follower-store.ts';
import { applyTopicChanges, changePostTopics } from './change-post-topics.ts';
import { getPublicTopic } from './change-topics.ts';
import { listNewslettersStating } from './post-topic-store.ts';
import { lockPosts } from '../ledger/exclusion/posts-lock-store.ts';
import type { PublicTopic } from './public-topic.ts';
import {
  addMovedFollowers,
  deleteTopic,
  getTopicMerge,
  hasPostsWithout,
  insertTopicMerge,
  listOpenTopicMerges,
  listPostsOfTopic,
  lockTopic,
  markMergeEnded,
  moveCategories,
  type TopicMerge,
} from './topic-merge-store.ts';
import { getTopic } from './topic-store.ts';
import type { Topic } from './topic.ts';

/** What a merge came to. */
export interface MergeResult {
  /** The one that both are now. */
  readonly topic: PublicTopic;
  /** The one that is gone, or going. */
  readonly fromTopicId: string;
  readonly postCount: number;
  readonly followerCount: number;
  readonly offeredCount: number;
  /** False while something of it is left: it goes on by itself. */
  readonly isComplete: boolean;
  /** The edition whose freeze it waits for, where it waits for one. */
  readonly forEditionId: string | undefined;
}

/**
 * Merges a topic into another: its categories lead there, its followers follow that one, its posts gain it. Then the topic is gone. It happens in steps,
 * each under the exclusion of offers: first the posts carry both topics, then the followers move, then the topic goes. So that whoever is asked in between,
 * a freeze or a reader, finds every post under what they follow. Asked for again, or after a crash, it goes on where it stood.
 * @throws NotFoundError, InvalidInputError when both are the same, ConflictError where one of them is part of another merge.
 */
export async function mergeTopics(
  database: Database,
  wanted: { readonly from: string; readonly into: string; readonly now: Date },
): Promise<MergeResult> {
  const { now } = wanted;
  const { merge, into, postIds } = await database.transaction(async (tx) => askForMerge(tx, wanted));
  const { offeredCount } = await applyTopicChanges(database, { now, postIds, waits: true });
  const { isComplete, forEditionId } = await continueMerge(database, merge, { now, waits: true });
  const { followerCount } = await getTopicMerge(database, merge.id);
  const topic = await getPublicTopic(database, into);
  return { topic, fromTopicId: merge.fromTopicId, postCount: postIds.length, followerCount, offeredCount, isComplete, forEditionId };
}

async function askForMerge(
  tx: Tx,
  wanted: { readonly from: string; readonly into: string; readonly now: Date },
): Promise<{ merge: TopicMerge; into: Topic; postIds: string[] }> {
  await lockPosts(tx);
  const from = await getTopic(tx, wanted.from);
  const into = await getTopic(tx, wanted.into);
  if (from.id === into.id) throw new InvalidInputError(`Expected two topics, got "${wanted.from}" twice`);
  const open = await listOpenTopicMerges(tx);
  const known = open.find((merge) => merge.fromTopicId === from.id && merge.intoTopicId === into.id);
  // What becomes something else can be no aim: followers and posts would go to a topic that is going itself.
  const isPart = open.some(({ fromTopicId, intoTopicId }) => [fromTopicId, intoTopicId].includes(from.id) || fromTopicId === into.id);
  if (!known && isPart)
    throw new ConflictError(`Expected topics that are in no other merge, got "${wanted.from}" and "${wanted.into}"; one goes on by itself`);
  const merge = known ?? (await insertTopicMerge(tx, { fromTopicId: from.id, intoTopicId: into.id, now: wanted.now }));
  const postIds = await listPostsOfTopic(tx, from.id);
  await changePostTopics(tx, postIds, wanted.now);
  return { merge, into, postIds };
}

/** How far a merge came. */
interface MergeProgress {
  readonly isComplete: boolean;
  readonly forEditionId: string | undefined;
}

/** Carries on with every merge that was asked for and has not ended; returns those that ended now. For a tick: it waits for nobody. */
export async function continueMerges(database: Database, now: Date): Promise<TopicMerge[]> {
  const ended: TopicMerge[] = [];
  for (const merge of await listOpenTopicMerges(database)) {
    if ((await continueMerge(database, merge, { now, waits: false })).isComplete) ended.push(await getTopicMerge(database, merge.id));
  }
  return ended;
}

async function continueMerge(
  database: Database,
  merge: TopicMerge,
  { now, waits }: { readonly now: Date; readonly waits: boolean },
): Promise<MergeProgress> {
  const { fromTopicId, intoTopicId } = merge;
  // A follower who moves before the posts have both topics would miss what they have not got yet.
  const posts = await applyTopicChanges(database, { now, postIds: await listPostsOfTopic(database, fromTopicId), waits });
  if (await hasPostsWithout(database, fromTopicId, intoTopicId)) return { isComplete: false, forEditionId: posts.forEditionId };
  for (;;) {
    const moved = await moveAll(database, merge, waits);
    if (!moved.isComplete) return moved;
    const end = await database.transaction(async (tx) => endMerge(tx, merge, { now, waits }));
    // Somebody chose the topic at the last moment.
    if (end !== 'again') return end;
  }
}

async function moveAll(database: Database, { id, fromTopicId, intoTopicId }: TopicMerge, waits: boolean): Promise<MergeProgress> {
  const record = (tx: Tx, count: number): Promise<void> => addMovedFollowers(tx, id, count);
  let progress: MergeProgress = { isComplete: true, forEditionId: undefined };
  for (const newsletterId of await listNewslettersOfFollowers(database, fromTopicId)) {
    const { blocked } = await moveFollowers(database, { newsletterId, fromTopicId, intoTopicId, waits, record });
    if (blocked) progress = { isComplete: false, forEditionId: blocked.byEditionId ?? progress.forEditionId };
  }
  return progress;
}

/** The last step: categories lead to the other topic, posts lose this one, and it is gone. `again`: somebody follows it or a post lacks the other. */
async function endMerge(
  tx: Tx,
  { id, fromTopicId, intoTopicId }: TopicMerge,
  { now, waits }: { readonly now: Date; readonly waits: boolean },
): Promise<MergeProgress | 'again'> {
  const complete = { isComplete: true, forEditionId: undefined };
  const newsletterIds = await listNewslettersStating(tx, await listPostsOfTopic(tx, fromTopicId));
  const blocked = await holdUnfrozen(tx, newsletterIds, waits);
  const forEditionId = [...blocked.values()].find((editionId) => editionId !== null) ?? undefined;
  if (blocked.size > 0) return { isComplete: false, forEditionId };
  await lockPosts(tx);
  // Two processes may come here; the topic is gone for the second.
  if (!(await lockTopic(tx, fromTopicId))) return complete;
  if ((await listNewslettersOfFollowers(tx, fromTopicId)).length > 0) return 'again';
  if (await hasPostsWithout(tx, fromTopicId, intoTopicId)) return { isComplete: false, forEditionId: undefined };
  await moveCategories(tx, fromTopicId, intoTopicId);
  await moveOffers(tx, fromTopicId, intoTopicId);
  await deleteTopic(tx, fromTopicId);
  await markMergeEnded(tx, id, now);
  return complete;
}
