import type { Database, Tx } from '../db/db.ts';
import { insertOffers } from '../ledger/recorded-offer-store.ts';
import { holdUnfrozen } from '../ledger/exclusion/hold-unfrozen.ts';
import { lockPosts } from '../ledger/exclusion/posts-lock-store.ts';
import {
  deleteTopicChanges,
  derivePostTopics,
  listNewslettersStating,
  listTopicChanges,
  listUnreleased,
  recordTopicChanges,
} from './post-topic-store.ts';

/**
 * Brings the topics of posts in line with their categories: at once where no reader can have the post; of released posts the change is recorded, and
 * carried out by `applyTopicChanges` under the exclusion of offers, for which whoever collects does not wait. Call it under the lock of posts.
 */
export async function changePostTopics(tx: Tx, postIds: readonly string[], now: Date): Promise<void> {
  if (postIds.length === 0) return;
  await derivePostTopics(tx, await listUnreleased(tx, postIds));
  await recordTopicChanges(tx, postIds, now);
}

/** How to carry out recorded changes. */
export interface TopicChangeOptions {
  readonly now: Date;
  /** Only of these posts; of all where undefined. */
  readonly postIds?: readonly string[];
  /** Waits for whoever has a newsletter's row, for a moment: for people. False leaves such posts for the next time. */
  readonly waits: boolean;
}

/** What carrying out came to. */
export interface TopicChangesResult {
  /** Released posts that gained a topic: recorded as offers, once for each topic. */
  readonly offeredCount: number;
  /** Posts are left; the next tick looks again. */
  readonly isComplete: boolean;
  /** The edition whose freeze is to end first, where there is one. */
  readonly forEditionId: string | undefined;
}

/** Posts per transaction. */
const changeStepSize = 500;

/**
 * Carries out recorded changes of topics, and records an offer for each topic that a released post gained: readers who follow it and whose cursor has
 * passed the post get it once. Posts of a newsletter with an edition that is being frozen wait: some of its readers would be given the post by its old
 * topics, and some by its new ones. Safe to repeat, and to run twice at once.
 */
export async function applyTopicChanges(database: Database, options: TopicChangeOptions): Promise<TopicChangesResult> {
  const { postIds, waits, now } = options;
  const blocked = new Map<string, string | null>();
  let offeredCount = 0;
  for (;;) {
    const due = await listTopicChanges(database, { postIds, exceptNewsletterIds: [...blocked.keys()], limit: changeStepSize });
    if (due.length === 0) break;
    const step = await database.transaction(async (tx) => applyStep(tx, due, { waits, now }));
    if (step.kind === 'blocked') for (const [newsletterId, editionId] of step.by) blocked.set(newsletterId, editionId);
    if (step.kind === 'applied') offeredCount += step.offeredCount;
  }
  const forEditionId = [...blocked.values()].find((editionId) => editionId !== null) ?? undefined;
  return { offeredCount, isComplete: blocked.size === 0, forEditionId };
}

type Step =
  | { readonly kind: 'applied'; readonly offeredCount: number }
  | { readonly kind: 'blocked'; readonly by: ReadonlyMap<string, string | null> }
  /** A newsletter took the posts meanwhile: its row has to be locked too. */
  | { readonly kind: 'again' };

async function applyStep(tx: Tx, postIds: readonly string[], { waits, now }: { waits: boolean; now: Date }): Promise<Step> {
  const newsletterIds = await listNewslettersStating(tx, postIds);
  const by = await holdUnfrozen(tx, newsletterIds, waits);
  if (by.size > 0) return { kind: 'blocked', by };
  // After the newsletters: whoever collects has the posts and asks for no newsletter.
  await lockPosts(tx);
  const known = new Set(newsletterIds);
  if ((await listNewslettersStating(tx, postIds)).some((id) => !known.has(id))) return { kind: 'again' };
  const gained = (await derivePostTopics(tx, postIds)).filter((each) => each.isReleased);
  await insertOffers(
    tx,
    gained.map(({ postId, topicId, isMerged }) => ({ postId, kind: 'topic', topicId, isUnguarded: isMerged })),
    now,
  );
  await deleteTopicChanges(tx, postIds);
  return { kind: 'applied', offeredCount: gained.length };
}
