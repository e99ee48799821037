/*
 * What one reading of a source changes: which entries are new posts, which say something new about posts that exist, which only add
 * themselves to a post of another source. Pure: the rows were read under the lock of posts, the writing follows.
 * Invariant: no entry changes the release order of a post that exists; what a source protects is neither released nor known.
 */
import { haveSameTitle, shareIn } from '../../content/said.ts';
import { lettersOf } from '../../content/text/letters.ts';
import { admitNewcomers } from '../flood-guard.ts';
import type { NewcomerDecision, FirstRead, Past } from '../flood-guard.ts';
import type { PostKey } from '../identity/identity.ts';
import { protectedReason } from '../post.ts';
import { isRenewedId, plausibleDate, recogniseAll, type KnownFacts, type PreparedEntry, type Recognised } from '../identity/recognise.ts';
import type { RecognitionRule, StoredPost } from '../identity/stored-post.ts';

/** What is stored already, as far as it concerns the entries, and how news are admitted. */
export interface StoredFacts extends KnownFacts {
  readonly firstRead?: FirstRead | undefined;
  readonly guardLimit: number;
  readonly past?: Past | undefined;
  /** The document stands in for another way to the source that says more. */
  readonly isStandIn: boolean;
}

/** What to do with one entry. */
export interface PlannedEntry {
  readonly entry: PreparedEntry;
  /** Undefined for a new post. */
  readonly stored: StoredPost | undefined;
  /** Set when the entry makes the post sendable or decides that it is not. */
  readonly admission: NewcomerDecision | undefined;
  readonly rule: RecognitionRule | undefined;
  /** The entry says something new about a post that exists. */
  readonly revises: boolean;
  /** What it says beside its words is taken over when it is stated again: the hash of it. */
  readonly awaitedHash: string | null;
  /** The source leads what the post says from now on. */
  readonly isLead: boolean;
  /** The post of another source, stated by this one for the first time. */
  readonly isJoining: boolean;
  /** The only source of the post. */
  readonly isOnlySource: boolean;
  /** The source stated another post under this entry's id until now. */
  readonly takesId: boolean;
  /** The entry of the document that speaks for the post in place of this one. */
  readonly twinOf: string | undefined;
  /** Words that were known came back under a new id of the source's own. */
  readonly isRenewed: boolean;
}

/** Plans for the entries that are new or say something else than before. */
export function planStoring(entries: readonly PreparedEntry[], facts: StoredFacts): PlannedEntry[] {
  const recognised = recogniseAll(entries, facts);
  const rekeyedCount = facts.idHabit === 'renewed' ? 0 : recognised.filter((each) => isRekeyed(each, facts)).length;
  const newcomers = recognised.filter((each) => each.twinOf === undefined && isNewcomer(each, facts.sourceId));
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
  return recognised.map((each) => planEntry(each, admissionOf.get(each.entry), facts));
}

/** The ids behind the last one of the document that was known before; none where no id was. */
function idsBehindKnown(recognised: readonly Recognised[], presentIds: ReadonlySet<string>): ReadonlySet<string> {
  const fresh = new Set(recognised.filter((each) => !each.stored).map((each) => each.entry.entryId));
  const ids = [...presentIds];
  const last = ids.findLastIndex((id) => !fresh.has(id));
  return new Set(last === -1 ? [] : ids.slice(last + 1));
}

/** The source stated the post before, under another id of its own. */
function isRekeyed({ entry, stored, twinOf }: Recognised, { statements, sourceId }: StoredFacts): boolean {
  if (!stored || entry.idKind !== 'guid' || twinOf !== undefined || statements.has(entry.entryId)) return false;
  return stored.statements.some((each) => each.sourceId === sourceId);
}

/** New posts, and those that this source has just freed of their password. */
function isNewcomer({ entry, stored }: Recognised, sourceId: string): boolean {
  if (entry.entry.isProtected) return false;
  return !stored || (stored.state === 'held' && stored.reason === protectedReason(sourceId));
}

// A copy with so much more text is the whole of what the lead states in part (a summary feed beside a full one).
const fullerFactor = 1.5;
const fullerCharacters = 200;

function planEntry(recognised: Recognised, admission: NewcomerDecision | undefined, facts: StoredFacts): PlannedEntry {
  const { entry, stored, rule, twinOf, takesId } = recognised;
  const { sourceId } = facts;
  const isProtected = entry.entry.isProtected;
  const held: NewcomerDecision = { state: 'held', reason: { kind: 'protected', sourceId } };
  const base = { entry, stored, rule, twinOf, takesId, awaitedHash: null, isRenewed: isRenewedId(recognised) };
  if (twinOf !== undefined) {
    const isLead = stored?.statements.some((each) => each.sourceId === sourceId && each.isLead) !== false;
    return { ...base, admission: undefined, revises: false, isLead, isJoining: false, isOnlySource: false };
  }
  if (!stored)
    return { ...base, admission: isProtected ? held : admission, revises: false, isLead: true, isJoining: false, isOnlySource: true };
  const own = stored.statements.filter((each) => each.sourceId === sourceId);
  const wasLead = own.some((each) => each.isLead) || !stored.statements.some((each) => each.isLead);
  const { content } = entry.prepared;
  const isFuller = !isProtected && content.html.length > stored.htmlLength * fullerFactor + fullerCharacters;
  const isLead = wasLead || isFuller;
  return {
    ...base,
    admission: isProtected && (stored.state === 'known' || stored.state === 'held') ? held : admission,
    // What a password hides says nothing new.
    ...(isProtected || !isLead ? { revises: false } : changeOf(recognised, stored, facts)),
    isLead,
    isJoining: own.length === 0,
    isOnlySource: stored.statements.every((each) => each.sourceId === sourceId),
  };
}

// A stand-in that is the whole text may leave out a line or a form.
const standInShare = 0.9;

/**
 * What an entry changes of its post. Words at once; what changed beside them (links, pictures, names) when a second reading states the same: stamps and
 * tokens in links change at each fetch, and are no news.
 */
function changeOf({ entry, before }: Recognised, stored: StoredPost, facts: StoredFacts): Pick<PlannedEntry, 'revises' | 'awaitedHash'> {
  const { content, contentHash, saidHash } = entry.prepared;
  const nothing = { revises: false, awaitedHash: null };
  if (contentHash === stored.contentHash) return nothing;
  const isSameText = content.html.length <= stored.htmlLength * 1.1 + 100 && shareIn(content, stored) >= standInShare;
  if (facts.isStandIn && haveSameTitle(content, stored) && isSameText) return nothing;
  if (stored.saidHash !== saidHash || before?.awaitedHash === contentHash) return { revises: true, awaitedHash: null };
  return { revises: false, awaitedHash: contentHash };
}

/** Every key of entries that their ids may not lead to their posts, to look them up at once. */
export function keysToFind(entries: readonly PreparedEntry[], { statements, posts }: Pick<StoredFacts, 'statements' | 'posts'>): PostKey[] {
  const isKnown = ({ entryId, prepared }: PreparedEntry): boolean => {
    const before = statements.get(entryId);
    const stated = before && posts.get(before.postId);
    if (!stated) return false;
    return before.saidHash === prepared.saidHash || lettersOf(stated.title) === lettersOf(prepared.content.title);
  };
  return entries.filter((entry) => !isKnown(entry)).flatMap((entry) => entry.keys);
}
