/*
 * What one reading of a source changes: which entries are new posts, which say something new about posts that exist, which only add
 * themselves to a post of another source. Pure: the rows were read under the lock of posts, the writing follows.
 * Invariant: no entry changes the release order of a post that exists; what a source protects is neither released nor known.
 */
import { isImplausibleDate } from '../reading/formats/parse-date.ts';
import { admitNewcomers } from './flood-guard.ts';
import type { NewcomerDecision, FirstRead, Past } from './flood-guard.ts';
import { isReusedId, isSamePost, keyName } from './identity.ts';
import type { IdentifiedEntry, PostKey, StoredPost } from './identity.ts';
import type { PreparedContent } from '../content/content-from-entry.ts';
import { protectedReason } from './post.ts';

/** An entry with what its revision would say. */
export interface PreparedEntry extends IdentifiedEntry {
  readonly prepared: PreparedContent;
}

/** What is stored already, as far as it concerns the entries. */
export interface StoredFacts {
  readonly sourceId: string;
  /** The post that this source stated under an entry id. */
  readonly postOfEntry: ReadonlyMap<string, string>;
  readonly postOfKey: ReadonlyMap<string, string>;
  readonly posts: ReadonlyMap<string, StoredPost>;
  /** All entry ids of the document in its order, those included that did not change. */
  readonly presentIds: ReadonlySet<string>;
  readonly firstRead?: FirstRead | undefined;
  readonly guardLimit: number;
  readonly past?: Past | undefined;
  readonly now: Date;
}

/** What to do with one entry. */
export interface PlannedEntry {
  readonly entry: PreparedEntry;
  /** Undefined for a new post. */
  readonly stored: StoredPost | undefined;
  /** Set when the entry makes the post sendable or decides that it is not. */
  readonly admission: NewcomerDecision | undefined;
  /** The entry says something new about a post that exists. */
  readonly revises: boolean;
  /** The source leads what the post says from now on. */
  readonly isLead: boolean;
  /** The post of another source, stated by this one for the first time. */
  readonly isJoining: boolean;
  /** The only source of the post. */
  readonly isOnlySource: boolean;
  /** The source stated another post under this entry's id until now. */
  readonly takesId: boolean;
}

/** Plans for the entries that are new or say something else than before. */
export function planStoring(entries: readonly PreparedEntry[], facts: StoredFacts): PlannedEntry[] {
  const recognised = recogniseAll(entries, facts);
  const rekeyedCount = recognised.filter(({ entry, stored }) => stored && isRekeyed(entry, stored, facts)).length;
  const newcomers = recognised.filter((each) => !each.isRepeat && isNewcomer(each, facts.sourceId));
  const behind = idsBehindKnown(recognised, facts.presentIds);
  const admissions = admitNewcomers(
    newcomers.map(({ entry }) => ({
      publishedAt: plausibleDate(entry.entry.publishedAt, facts.now),
      isBehindKnown: behind.has(entry.entryId),
    })),
    {
      ...(facts.firstRead ? { firstRead: facts.firstRead } : {}),
      guardLimit: facts.guardLimit,
      rekeyedCount,
      past: facts.past,
    },
  );
  const admissionOf = new Map(newcomers.map((each, index) => [each.entry, admissions[index]]));
  return recognised.map(({ entry, stored, isRepeat, takesId }) => {
    const planned = { ...planEntry(entry, stored, admissionOf.get(entry), facts), takesId };
    return isRepeat ? { ...planned, admission: undefined, revises: false, isJoining: false, isOnlySource: false } : planned;
  });
}

/** The ids behind the last one of the document that was known before; none where no id was. */
function idsBehindKnown(recognised: readonly Recognised[], presentIds: ReadonlySet<string>): ReadonlySet<string> {
  const fresh = new Set(recognised.filter((each) => !each.stored).map((each) => each.entry.entryId));
  const ids = [...presentIds];
  const last = ids.findLastIndex((id) => !fresh.has(id));
  return new Set(last === -1 ? [] : ids.slice(last + 1));
}

/** The date that a source states, if a clock that is right could have said it. */
export function plausibleDate(stated: Date | undefined, now: Date): Date | undefined {
  return stated === undefined || isImplausibleDate(stated, now) ? undefined : stated;
}

interface Recognised {
  readonly entry: PreparedEntry;
  readonly stored: StoredPost | undefined;
  /** An earlier entry of the document is the same post, under an id that it had before. */
  readonly isRepeat: boolean;
  readonly takesId: boolean;
}

/** Each stored post is claimed by one entry of the document only. */
function recogniseAll(entries: readonly PreparedEntry[], facts: StoredFacts): Recognised[] {
  const claimed = new Set<string>();
  const said = new Set<string>();
  const statedPost = (entry: PreparedEntry): StoredPost | undefined => facts.posts.get(facts.postOfEntry.get(entry.entryId) ?? '');
  for (const entry of entries) {
    const stated = statedPost(entry);
    if (stated && !isReusedId(entry, stated)) claimed.add(stated.id);
  }
  return entries.map((entry) => {
    const stated = statedPost(entry);
    const takesId = stated !== undefined && isReusedId(entry, stated);
    if (stated && !takesId) {
      const isRepeat = said.has(stated.id);
      said.add(stated.id);
      return { entry, stored: stated, isRepeat, takesId };
    }
    // The key of an id that is used again leads to the post that had it first.
    const keys = takesId ? entry.keys.filter((key) => key.kind !== 'guid') : entry.keys;
    const stored = findByKeys(entry, keys, facts, claimed);
    if (stored) claimed.add(stored.id);
    return { entry, stored, isRepeat: false, takesId };
  });
}

function findByKeys(
  entry: PreparedEntry,
  keys: readonly PostKey[],
  facts: StoredFacts,
  claimed: ReadonlySet<string>,
): StoredPost | undefined {
  for (const key of keys) {
    const stored = facts.posts.get(facts.postOfKey.get(keyName(key)) ?? '');
    if (stored && !claimed.has(stored.id) && isSamePost(entry, key, stored, facts.sourceId, facts.presentIds)) return stored;
  }
  return undefined;
}

/** The source stated the post before, under another id. */
function isRekeyed(entry: PreparedEntry, stored: StoredPost, facts: StoredFacts): boolean {
  return !facts.postOfEntry.has(entry.entryId) && stored.statements.some((each) => each.sourceId === facts.sourceId);
}

/** New posts, and those that this source has just freed of their password. */
function isNewcomer({ entry, stored }: Recognised, sourceId: string): boolean {
  if (entry.entry.isProtected) return false;
  return !stored || (stored.state === 'held' && stored.reason === protectedReason(sourceId));
}

// A copy with so much more text is the whole of what the lead states in part (a summary feed beside a full one).
const fullerFactor = 1.5;
const fullerCharacters = 200;

function planEntry(
  entry: PreparedEntry,
  stored: StoredPost | undefined,
  admission: NewcomerDecision | undefined,
  facts: StoredFacts,
): Omit<PlannedEntry, 'takesId'> {
  const { sourceId } = facts;
  const protects = entry.entry.isProtected;
  const held: NewcomerDecision = { state: 'held', reason: { kind: 'protected', sourceId } };
  if (!stored)
    return { entry, stored, admission: protects ? held : admission, revises: false, isLead: true, isJoining: false, isOnlySource: true };
  const own = stored.statements.filter((each) => each.sourceId === sourceId);
  const wasLead = own.some((each) => each.isLead) || !stored.statements.some((each) => each.isLead);
  const { content, contentHash } = entry.prepared;
  const isFuller = !protects && content.html.length > stored.htmlLength * fullerFactor + fullerCharacters;
  const isLead = wasLead || isFuller;
  return {
    entry,
    stored,
    admission: protects && (stored.state === 'known' || stored.state === 'held') ? held : admission,
    // What a password hides says nothing new.
    revises: !protects && isLead && contentHash !== stored.contentHash,
    isLead,
    isJoining: own.length === 0,
    isOnlySource: stored.statements.every((each) => each.sourceId === sourceId),
  };
}

/** Every key of entries that are not known by their ids, to look them up at once. */
export function keysToFind(
  entries: readonly IdentifiedEntry[],
  { postOfEntry, posts }: Pick<StoredFacts, 'postOfEntry' | 'posts'>,
): PostKey[] {
  const isKnown = (entry: IdentifiedEntry): boolean => {
    const stated = posts.get(postOfEntry.get(entry.entryId) ?? '');
    return stated !== undefined && !isReusedId(entry, stated);
  };
  return entries.filter((entry) => !isKnown(entry)).flatMap((entry) => entry.keys);
}
