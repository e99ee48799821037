import type { Tx } from '../../db/db.ts';
import { inTurns } from '../../kernel/in-turns.ts';
import { recordOffer } from '../../ledger/apply-offers.ts';
import { lockPosts } from '../../ledger/exclusion/posts-lock-store.ts';
import { loadAdmissions } from '../../ledger/releases/admission-store.ts';
import { releasePosts } from '../../ledger/releases/release-posts.ts';
import { categoryKey } from '../../topics/category.ts';
import { setPostCategories, upsertCategories } from '../../topics/category-store.ts';
import { changePostTopics } from '../../topics/change-post-topics.ts';
import { chronological } from '../flood-guard.ts';
import type { FirstRead } from '../flood-guard.ts';
import { keyName, tagIdFor } from '../identity/identity.ts';
import { offerAdmitted } from '../offer-admitted.ts';
import { holdReasonText } from '../post.ts';
import { findPast, findPosts, insertPosts, listNewToNewsletters, setUnsentStates, takePostIds } from '../post-store.ts';
import { findUpdatedAt, insertRevisions, setRevisions } from '../revision-store.ts';
import type { NewRevision } from '../revision-store.ts';
import type { IdHabit } from '../identity/id-habit.ts';
import { shownDate, type PreparedEntry } from '../identity/agreement.ts';
import { findKeys } from './key-store.ts';
import { findFormer, findSaidBefore, findStatements } from './statement-store.ts';
import { storeStatements, type StoredEntry } from './store-statements.ts';
import { keysToFind, planStoring, titlesToFind, unchangedIds, type PlannedEntry } from './storing-plan.ts';

/** What is stored, and under which rules. */
export interface StoringInput {
  readonly sourceId: string;
  /** Entries that are new or say something else than before. */
  readonly entries: readonly PreparedEntry[];
  readonly presentIds: ReadonlySet<string>;
  readonly idHabit: IdHabit;
  /** The dates of the document say nothing. */
  readonly datesMove: boolean;
  /** The document stands in for another way to the source that says more. */
  readonly isStandIn: boolean;
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
  /** Changes beside the words that are taken over when a second reading states the same: the source is to be looked at again. */
  readonly awaitedCount: number;
}

/** Counts of a reading that changed nothing. */
export const nothingStored: StoringCounts = {
  newCount: 0,
  releasedCount: 0,
  heldCount: 0,
  knownCount: 0,
  revisedCount: 0,
  joinedCount: 0,
  awaitedCount: 0,
};

/** The counts, and what was learned of the source. */
export interface StoringResult {
  readonly counts: StoringCounts;
  /** Words that came back under a new id of the source's own. */
  readonly renewedCount: number;
  /** The posts of the entries, by entry id. */
  readonly postIds: ReadonlyMap<string, string>;
}

/** Stores the entries of one reading: posts, revisions, keys, categories, topics; releases what is news. Takes the lock of posts. */
export async function storeEntries(tx: Tx, input: StoringInput): Promise<StoringResult> {
  if (input.entries.length === 0) return { counts: nothingStored, renewedCount: 0, postIds: new Map() };
  await lockPosts(tx);
  const planned = await plan(tx, input);
  const ids = await idsOfNewPosts(tx, planned, input.now);
  const all = planned.map((each): StoredEntry => ({
    ...each,
    postId: each.stored?.id ?? ids.get(each.twinOf ?? each.entry.entryId)!,
    revision: each.stored ? each.stored.revision + (each.revises ? 1 : 0) : 1,
  }));
  const joinable = await listNewToNewsletters(
    tx,
    all.filter((each) => each.isJoining && each.stored?.state === 'released').map((each) => each.postId),
    input.sourceId,
  );
  const released = all.filter((each) => each.stored?.state === 'released').map((each) => each.postId);
  const admissions = await loadAdmissions(tx, released);
  await storeNewPosts(tx, all.filter(isNew), input);
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
  if (!input.firstRead) await offerAdmitted(tx, admissions, input.now);
  return {
    counts: countsOf(all, releasedCount),
    renewedCount: all.filter((each) => each.isRenewed).length,
    postIds: new Map(all.map(({ entry, postId }) => [entry.entryId, postId])),
  };
}

function countsOf(all: readonly StoredEntry[], releasedCount: number): StoringCounts {
  return {
    newCount: all.filter(isNew).length,
    releasedCount,
    heldCount: all.filter((each) => each.admission?.state === 'held').length,
    knownCount: all.filter((each) => each.admission?.state === 'known').length,
    revisedCount: all.filter((each) => each.revises).length,
    joinedCount: all.filter((each) => each.isJoining).length,
    awaitedCount: all.filter((each) => each.awaitedHash !== null).length,
  };
}

function isNew({ stored, twinOf }: PlannedEntry): boolean {
  return stored === undefined && twinOf === undefined;
}

/** Ids in the order of the dates, whatever that of the document is: lists show the highest id first. */
async function idsOfNewPosts(tx: Tx, planned: readonly PlannedEntry[], now: Date): Promise<Map<string, string>> {
  const fresh = chronological(
    planned.filter(isNew).map(({ entry }) => ({ entryId: entry.entryId, publishedAt: shownDate(entry.entry, now) })),
  );
  const ids = await takePostIds(tx, fresh.length);
  return new Map(fresh.map(({ entryId }, index) => [entryId, ids[index]!]));
}

async function plan(tx: Tx, input: StoringInput): Promise<PlannedEntry[]> {
  const { entries, sourceId, firstRead, presentIds } = input;
  const ids = entries.map((entry) => entry.entryId);
  const statements = await findStatements(tx, sourceId, ids);
  // Before it was ever read a source has said nothing.
  const words = firstRead ? [] : [...new Set(entries.map((entry) => entry.prepared.saidHash))];
  const saidBefore = await findSaidBefore(tx, sourceId, words);
  const posts = await findPosts(tx, postsOf(statements.values(), ...saidBefore.values()));
  const titles = titlesToFind(entries, { statements, posts, saidBefore, firstRead });
  const formerByTitle = await findFormer(tx, sourceId, titles, unchangedIds(entries, presentIds));
  const keys = await findKeys(tx, keysToFind(entries, { statements, posts }));
  const hinted = postsOf(keys, ...formerByTitle.values()).filter((id) => !posts.has(id));
  const work = planStoring(entries, {
    ...input,
    statements,
    saidBefore,
    formerByTitle,
    postOfKey: new Map(keys.map((key) => [keyName(key), key.postId])),
    posts: new Map([...posts, ...(await findPosts(tx, hinted))]),
    past: firstRead ? undefined : await findPast(tx, sourceId, [...presentIds]),
  });
  return inTurns(work);
}

function postsOf(...several: readonly Iterable<{ readonly postId: string }>[]): string[] {
  const ids = new Set<string>();
  for (const each of several) for (const { postId } of each) ids.add(postId);
  return [...ids];
}

async function storeNewPosts(tx: Tx, fresh: readonly StoredEntry[], input: StoringInput): Promise<void> {
  const { now, tagAuthority: authority } = input;
  const posts = fresh.map(({ postId, entry, admission }) => ({
    id: postId,
    tagId: tagIdFor({ authority, postId, statedAs: entry.keys[0]?.key ?? entry.entryId }),
    // What is to be released stands as known until the ledger has given it its position.
    state: admission?.state === 'held' ? ('held' as const) : ('known' as const),
    reason: admission?.state === 'held' ? holdReasonText(admission.reason) : null,
    publishedAt: shownDate(entry.entry, now) ?? null,
  }));
  await insertPosts(tx, posts, now);
  await insertRevisions(
    tx,
    fresh.map((each) => revisionOf(each, undefined, now)),
    now,
  );
}

async function storeRevisions(tx: Tx, revised: readonly StoredEntry[], input: StoringInput): Promise<void> {
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
    revised.map(({ postId, revision, entry, event }) => ({
      postId,
      revision,
      publishedAt: event?.isPublication === true ? null : (shownDate(entry.entry, input.now) ?? null),
    })),
  );
}

function revisionOf({ postId, revision, entry, event }: StoredEntry, before: Date | undefined, now: Date): NewRevision {
  const { updatedAt, publishedAt } = entry.entry;
  const stated = updatedAt ?? (before ? undefined : publishedAt) ?? now;
  // Feed readers fetch again what has a later date, so that no revision may be older than the one before it, nor from tomorrow.
  const isPlausible = stated <= now && (!before || stated > before);
  return {
    postId,
    revision,
    content: { ...entry.prepared.content, event },
    contentHash: entry.prepared.contentHash,
    saidHash: entry.prepared.saidHash,
    updatedAt: isPlausible ? stated : now,
  };
}

async function storeCategories(tx: Tx, all: readonly StoredEntry[], input: StoringInput): Promise<void> {
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
  await changePostTopics(
    tx,
    all.map((each) => each.postId),
    input.now,
  );
}

/** Releases what is news, oldest first, and sets aside what is held. Returns how many were released. */
async function admit(tx: Tx, all: readonly StoredEntry[], input: StoringInput): Promise<number> {
  const held = all.flatMap(({ stored, postId, admission }) =>
    stored && admission?.state === 'held' ? [{ postId, state: 'held' as const, reason: holdReasonText(admission.reason) }] : [],
  );
  if (held.length > 0) await setUnsentStates(tx, held);
  const news = all
    .filter((each) => each.admission?.state === 'released')
    .map((each) => ({ ...each, publishedAt: shownDate(each.entry.entry, input.now) }));
  const positions = await releasePosts(
    tx,
    chronological(news).map(({ postId, revision }) => ({ postId, revision })),
    input.now,
  );
  return positions.size;
}
