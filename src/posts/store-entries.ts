import type { Tx } from '../db/db.ts';
import { recordOffer } from '../ledger/apply-offers.ts';
import { releasePosts } from '../ledger/releases/release-posts.ts';
import { categoryKey } from '../topics/category.ts';
import { setPostCategories, upsertCategories } from '../topics/category-store.ts';
import { chronological } from './flood-guard.ts';
import type { FirstRead } from './flood-guard.ts';
import { keyName, tagIdFor } from './identity.ts';
import { offerGainedTopics } from '../topics/offer-topics.ts';
import { holdReasonText } from './post.ts';
import {
  findKeys,
  findPast,
  findPosts,
  findStatements,
  forgetStatedHashes,
  freeEntryIds,
  insertKeys,
  insertPosts,
  listNewToNewsletters,
  setUnsentStates,
  takePostIds,
  upsertStatements,
  yieldLead,
} from './post-store.ts';
import { lockPosts } from '../topics/posts-lock-store.ts';
import { findUpdatedAt, insertRevisions, setRevisions } from './revision-store.ts';
import type { NewRevision } from './revision-store.ts';
import { keysToFind, planStoring, plausibleDate } from './storing-plan.ts';
import type { PlannedEntry, PreparedEntry } from './storing-plan.ts';

/** What is stored, and under which rules. */
export interface StoringInput {
  readonly sourceId: string;
  /** Entries that are new or say something else than before. */
  readonly entries: readonly PreparedEntry[];
  readonly presentIds: ReadonlySet<string>;
  readonly firstRead: FirstRead | undefined;
  readonly guardLimit: number;
  readonly tagAuthority: string;
  readonly now: Date;
}

/** What storing came to. */
export interface StoringCounts {
  readonly newCount: number;
  readonly releasedCount: number;
  readonly heldCount: number;
  readonly knownCount: number;
  readonly revisedCount: number;
  readonly joinedCount: number;
}

/** Counts of a reading that changed nothing. */
export const nothingStored: StoringCounts = { newCount: 0, releasedCount: 0, heldCount: 0, knownCount: 0, revisedCount: 0, joinedCount: 0 };

/** A planned entry with its post and the revision that the post has afterwards. */
interface Stored extends PlannedEntry {
  readonly postId: string;
  readonly revision: number;
}

/** Stores the entries of one reading: posts, revisions, keys, categories, topics; releases what is news. Takes the lock of posts. */
export async function storeEntries(tx: Tx, input: StoringInput): Promise<StoringCounts> {
  if (input.entries.length === 0) return nothingStored;
  await lockPosts(tx);
  const planned = await plan(tx, input);
  const ids = await idsOfNewPosts(tx, planned, input.now);
  const all = planned.map((each): Stored => ({
    ...each,
    postId: each.stored?.id ?? ids.get(each)!,
    revision: each.stored ? each.stored.revision + (each.revises ? 1 : 0) : 1,
  }));
  const joinable = await listNewToNewsletters(
    tx,
    all.filter((each) => each.isJoining && each.stored?.state === 'released').map((each) => each.postId),
    input.sourceId,
  );
  await storeNewPosts(
    tx,
    all.filter((each) => !each.stored),
    input,
  );
  await storeRevisions(
    tx,
    all.filter((each) => each.revises),
    input,
  );
  await storeStatements(tx, all, input);
  await storeCategories(tx, all, input);
  const releasedCount = await admit(tx, all, input);
  // Not on a first read: a source that joins a newsletter brings its past along, and that is no offer.
  if (!input.firstRead) for (const postId of joinable) await recordOffer(tx, { postId, kind: 'topic', now: input.now });
  return {
    newCount: all.filter((each) => !each.stored).length,
    releasedCount,
    heldCount: all.filter((each) => each.admission?.state === 'held').length,
    knownCount: all.filter((each) => each.admission?.state === 'known').length,
    revisedCount: all.filter((each) => each.revises).length,
    joinedCount: all.filter((each) => each.isJoining).length,
  };
}

/** Ids in the order of the dates, whatever that of the document is: lists show the highest id first. */
async function idsOfNewPosts(tx: Tx, planned: readonly PlannedEntry[], now: Date): Promise<Map<PlannedEntry, string>> {
  const fresh = chronological(
    planned.filter((each) => !each.stored).map((each) => ({ each, publishedAt: plausibleDate(each.entry.entry.publishedAt, now) })),
  );
  const ids = await takePostIds(tx, fresh.length);
  return new Map(fresh.map(({ each }, index) => [each, ids[index]!]));
}

async function plan(tx: Tx, input: StoringInput): Promise<PlannedEntry[]> {
  const { entries, sourceId } = input;
  const statements = await findStatements(
    tx,
    sourceId,
    entries.map((entry) => entry.entryId),
  );
  const postOfEntry = new Map([...statements].map(([entryId, each]) => [entryId, each.postId]));
  const stated = await findPosts(tx, [...new Set(postOfEntry.values())]);
  const keys = await findKeys(tx, keysToFind(entries, { postOfEntry, posts: stated }));
  const posts = new Map([...stated, ...(await findPosts(tx, [...new Set(keys.map((key) => key.postId))]))]);
  return planStoring(entries, {
    sourceId,
    postOfEntry,
    postOfKey: new Map(keys.map((key) => [keyName(key), key.postId])),
    posts,
    presentIds: input.presentIds,
    firstRead: input.firstRead,
    guardLimit: input.guardLimit,
    now: input.now,
    past: input.firstRead ? undefined : await findPast(tx, sourceId, [...input.presentIds]),
  });
}

async function storeNewPosts(tx: Tx, fresh: readonly Stored[], input: StoringInput): Promise<void> {
  const { now, tagAuthority: authority } = input;
  const posts = fresh.map(({ postId, entry, admission }) => ({
    id: postId,
    tagId: tagIdFor({ authority, postId, statedAs: entry.keys[0]?.key ?? entry.entryId }),
    // What is to be released stands as known until the ledger has given it its position.
    state: admission?.state === 'held' ? ('held' as const) : ('known' as const),
    reason: admission?.state === 'held' ? holdReasonText(admission.reason) : null,
    publishedAt: plausibleDate(entry.entry.publishedAt, now) ?? null,
  }));
  await insertPosts(tx, posts, now);
  await insertRevisions(
    tx,
    fresh.map((each) => revisionOf(each, undefined, now)),
    now,
  );
}

async function storeRevisions(tx: Tx, revised: readonly Stored[], input: StoringInput): Promise<void> {
  if (revised.length === 0) return;
  const before = await findUpdatedAt(
    tx,
    revised.map((each) => each.postId),
  );
  await insertRevisions(
    tx,
    revised.map((each) => revisionOf(each, before.get(each.postId), input.now)),
    input.now,
  );
  await setRevisions(
    tx,
    revised.map(({ postId, revision, entry }) => ({
      postId,
      revision,
      publishedAt: plausibleDate(entry.entry.publishedAt, input.now) ?? null,
    })),
  );
}

function revisionOf({ postId, revision, entry }: Stored, before: Date | undefined, now: Date): NewRevision {
  const { updatedAt, publishedAt } = entry.entry;
  const stated = updatedAt ?? (before ? undefined : publishedAt) ?? now;
  // Feed readers fetch again what has a later date, so that no revision may be older than the one before it, nor from tomorrow.
  const isPlausible = stated <= now && (!before || stated > before);
  return {
    postId,
    revision,
    content: entry.prepared.content,
    contentHash: entry.prepared.contentHash,
    updatedAt: isPlausible ? stated : now,
  };
}

async function storeStatements(tx: Tx, all: readonly Stored[], input: StoringInput): Promise<void> {
  const { sourceId } = input;
  await freeEntryIds(
    tx,
    sourceId,
    all.filter((each) => each.takesId).map((each) => each.entry.entryId),
  );
  const rows = all.map(({ entry, postId, isLead }) => ({ entryId: entry.entryId, postId, statedHash: entry.statedHash, isLead }));
  await upsertStatements(tx, sourceId, rows, input.now);
  const former = all
    .flatMap(({ stored }) => stored?.statements ?? [])
    .filter((each) => each.sourceId === sourceId && !input.presentIds.has(each.entryId));
  if (former.length > 0)
    await forgetStatedHashes(
      tx,
      sourceId,
      former.map((each) => each.entryId),
    );
  const taken = all.filter((each) => each.isLead && each.stored?.statements.some((other) => other.isLead && other.sourceId !== sourceId));
  if (taken.length > 0)
    await yieldLead(
      tx,
      taken.map((each) => each.postId),
      sourceId,
    );
  await insertKeys(
    tx,
    all.flatMap(({ entry, postId }) => entry.keys.map((key) => ({ ...key, postId }))),
  );
}

async function storeCategories(tx: Tx, all: readonly Stored[], input: StoringInput): Promise<void> {
  const ids = await upsertCategories(
    tx,
    all.flatMap(({ entry }) => entry.entry.categories),
    input.now,
  );
  await setPostCategories(
    tx,
    all.map(({ entry, postId, isOnlySource }) => ({
      postId,
      categoryIds: [...new Set(entry.entry.categories.flatMap((category) => ids.get(categoryKey(category)) ?? []))],
      replaces: isOnlySource,
    })),
  );
  // Posts that are about to be released have no readers yet: their topics are no gain.
  await offerGainedTopics(
    tx,
    all.map((each) => each.postId),
    input.now,
  );
}

/** Releases what is news, oldest first, and sets aside what is held. Returns how many were released. */
async function admit(tx: Tx, all: readonly Stored[], input: StoringInput): Promise<number> {
  const held = all.flatMap(({ stored, postId, admission }) =>
    stored && admission?.state === 'held' ? [{ postId, state: 'held' as const, reason: holdReasonText(admission.reason) }] : [],
  );
  if (held.length > 0) await setUnsentStates(tx, held);
  const news = all
    .filter((each) => each.admission?.state === 'released')
    .map((each) => ({ ...each, publishedAt: plausibleDate(each.entry.entry.publishedAt, input.now) }));
  const positions = await releasePosts(
    tx,
    chronological(news).map(({ postId, revision }) => ({ postId, revision })),
    input.now,
  );
  return positions.size;
}
