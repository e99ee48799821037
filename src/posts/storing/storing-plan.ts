/*
 * What one reading of a source changes: which entries are new posts, which say something new about posts that exist, which only add
 * themselves to a post of another source. Pure: the rows were read under the lock of posts, the writing follows.
 * Invariant: no entry changes the release order of a post that exists; what a source protects is neither released nor known.
 */
import type { PostEvent, RevisionContent } from '../../content/content.ts';
import { haveSameTitle, shareIn, steadyTitle, titleKeyOf, type ComparedText } from '../../content/said.ts';
import { lettersOf } from '../../content/text/letters.ts';
import { fileNameIn } from '../../content/web-address.ts';
import { admitNewcomers } from '../flood-guard.ts';
import type { NewcomerDecision, FirstRead, Past } from '../flood-guard.ts';
import type { PostKey } from '../identity/identity.ts';
import { protectedReason } from '../post.ts';
import { shownDate, statedDate, type PreparedEntry } from '../identity/agreement.ts';
import { KnownPosts, minuteNumber, type StatedPost } from '../identity/known-posts.ts';
import { isRenewedId, recogniseAll, type KnownFacts, type Recognised } from '../identity/recognise.ts';
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
  /** The event that the post tells of, as far as this entry says. */
  readonly event: PostEvent | null;
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
  /** What was known came back under a new id of the source's own. */
  readonly isRenewed: boolean;
  /** The source stated the post under other ids until now, which lead nowhere any more. */
  readonly isRenamed: boolean;
  /** No other source states the post, and no entry that did not change. */
  readonly isAlone: boolean;
  /** Its twin says something else, and speaks for the post: this is looked at again. */
  readonly isUnheard: boolean;
}

/** Plans for the entries that are new or say something else than before; rests now and then, so that others have their turn. */
export function* planStoring(entries: readonly PreparedEntry[], facts: StoredFacts): Generator<undefined, PlannedEntry[]> {
  const known = new KnownPosts({ sourceId: facts.sourceId, unchangedIds: unchangedIds(entries, facts.presentIds) });
  const recognised = yield* recogniseAll(entries, facts, known);
  const rekeyedCount = facts.idHabit === 'renewed' ? 0 : recognised.filter((each) => isRekeyed(each, facts, known)).length;
  const newcomers = recognised.filter((each) => each.twinOf === undefined && isNewcomer(each, facts.sourceId));
  const behind = idsBehindKnown(recognised, facts.presentIds);
  const admissions = admitNewcomers(
    newcomers.map(({ entry }) => ({
      publishedAt: shownDate(entry.entry, facts.now),
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
  const idHabit = recognised.some(isRenewedId) ? 'renewed' : facts.idHabit;
  const planned: PlannedEntry[] = [];
  for (const each of recognised) {
    planned.push(planEntry(each, admissionOf.get(each.entry), { facts: { ...facts, idHabit }, known }));
    if (known.isPauseDue()) yield;
  }
  return planned;
}

/** The ids of the entries of a document that are not among those that are looked at. */
export function unchangedIds(entries: readonly PreparedEntry[], presentIds: ReadonlySet<string>): ReadonlySet<string> {
  const unchanged = new Set(presentIds);
  for (const { entryId } of entries) unchanged.delete(entryId);
  return unchanged;
}

/** The ids behind the last one of the document that was known before; none where no id was. */
function idsBehindKnown(recognised: readonly Recognised[], presentIds: ReadonlySet<string>): ReadonlySet<string> {
  const fresh = new Set(recognised.filter((each) => !each.stored).map((each) => each.entry.entryId));
  const ids = [...presentIds];
  const last = ids.findLastIndex((id) => !fresh.has(id));
  return new Set(last === -1 ? [] : ids.slice(last + 1));
}

/** The source stated the post before, under another id of its own, or something very like a post that looks new. */
function isRekeyed({ entry, stored, twinOf, isLikeFormer }: Recognised, { statements }: StoredFacts, known: KnownPosts): boolean {
  if (entry.idKind !== 'guid' || twinOf !== undefined || statements.has(entry.entryId)) return false;
  return stored ? known.statedOf(stored).isOwn : isLikeFormer;
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
  recognised: Recognised,
  admission: NewcomerDecision | undefined,
  { facts, known }: { readonly facts: StoredFacts; readonly known: KnownPosts },
): PlannedEntry {
  const { entry, stored, rule, twinOf, takesId, isUnheard } = recognised;
  const isNew = stored === undefined && twinOf === undefined;
  const isHeld = isNew && entry.entry.isProtected;
  const planned = {
    entry,
    stored,
    rule,
    twinOf,
    takesId,
    isUnheard,
    admission: isHeld ? protectedAt(facts.sourceId) : admission,
    revises: false,
    event: entry.prepared.content.event,
    awaitedHash: null,
    isLead: true,
    isRenewed: isRenewedId(recognised),
    isRenamed: false,
    isAlone: false,
    isJoining: false,
    isOnlySource: isNew,
  };
  return stored ? { ...planned, ...planKnown(recognised, stored, { facts, state: known.statedOf(stored), admission }) } : planned;
}

function protectedAt(sourceId: string): NewcomerDecision {
  return { state: 'held', reason: { kind: 'protected', sourceId } };
}

/** What an entry does with a post that was known. */
function planKnown(
  recognised: Recognised,
  stored: StoredPost,
  {
    facts,
    state,
    admission,
  }: { readonly facts: StoredFacts; readonly state: StatedPost; readonly admission: NewcomerDecision | undefined },
): Partial<PlannedEntry> {
  const { entry, rule, twinOf } = recognised;
  const isRenamed = state.isOwn && rule !== undefined && (entry.idKind !== 'guid' || facts.idHabit === 'renewed');
  if (twinOf !== undefined) return { isLead: state.isLedByOwn === true, isRenamed };
  const { isProtected } = entry.entry;
  const isFuller = !isProtected && entry.prepared.content.html.length > stored.htmlLength * fullerFactor + fullerCharacters;
  const isLead = state.isLedByOwn !== false || isFuller;
  return {
    admission: isProtected && (stored.state === 'known' || stored.state === 'held') ? protectedAt(facts.sourceId) : admission,
    // What a password hides says nothing new.
    ...(isProtected || !isLead ? {} : changeOf(recognised, stored, facts)),
    isLead,
    isRenamed,
    isAlone: !state.isForeign && state.unchanged === undefined,
    isJoining: !state.isOwn,
    isOnlySource: !state.isForeign,
  };
}

// A stand-in that is the whole text may leave out a line or a form.
const standInShare = 0.9;

/** A text without the link at its end: a feed that shows only how texts begin invites to go on reading, in as many words as the title has. */
function withoutLastLink({ title, html }: RevisionContent): ComparedText {
  const start = html.lastIndexOf('<a ');
  const end = html.indexOf('</a>', start);
  const isLast = start >= 0 && end > start && lettersOf(html.slice(end).replaceAll(/<[^<>]*>/g, '')) === '';
  return isLast ? { title, html: html.slice(0, start) } : { title, html };
}

/** Whether two posts say the same, and name documents of the same names at other addresses: some have a stamp of the fetch in their path. */
function areOnlyMovedDocuments(content: RevisionContent, stored: StoredPost): boolean {
  const [is, was] = [content.attachments.map(({ url }) => url), stored.documents].map((urls) => urls.map(fileNameIn).sort().join('\n'));
  if (is === '' || is !== was || steadyTitle(content.title) !== steadyTitle(stored.title)) return false;
  return shareIn(content, stored) === 1 && shareIn(stored, content) === 1;
}

/**
 * The event of a post that its source states again. While it states one date of publication, what was an event's day stays one when it is over; where its
 * dates move with each fetch they tell of none.
 */
function eventAfter({ entry, before }: Recognised, stored: StoredPost, { datesMove, isStandIn }: StoredFacts): PostEvent | null {
  const { event } = entry.prepared.content;
  if ((datesMove && event?.isPublication === true) || (isStandIn && event === null)) return stored.event;
  const at = statedDate(entry.entry);
  const isSameDate = at !== undefined && before?.statedAt instanceof Date && minuteNumber(before.statedAt) === minuteNumber(at);
  if (stored.event?.isPublication !== true || !isSameDate) return event;
  return { ...(event ?? stored.event), isPublication: true };
}

function isSameEvent(one: PostEvent | null, other: PostEvent | null): boolean {
  return one?.start === other?.start && one?.end === other?.end && one?.place === other?.place;
}

/**
 * What an entry changes of its post. Words at once, and when an event is; what changed beside them (links, pictures, names) when a second reading states the
 * same: stamps and tokens in links change at each fetch, and are no news.
 */
function changeOf(recognised: Recognised, stored: StoredPost, facts: StoredFacts): Pick<PlannedEntry, 'revises' | 'awaitedHash' | 'event'> {
  const event = eventAfter(recognised, stored, facts);
  if (!isSameEvent(event, stored.event)) return { revises: true, awaitedHash: null, event };
  return { ...changeOfText(recognised, stored, facts), event };
}

function changeOfText(
  { entry, before }: Recognised,
  stored: StoredPost,
  facts: StoredFacts,
): Pick<PlannedEntry, 'revises' | 'awaitedHash'> {
  const { content, contentHash, saidHash } = entry.prepared;
  const nothing = { revises: false, awaitedHash: null };
  if (contentHash === stored.contentHash) return nothing;
  const isNotLonger = content.html.length <= stored.htmlLength * 1.1 + 100;
  if (facts.isStandIn && isNotLonger && haveSameTitle(content, stored) && shareIn(withoutLastLink(content), stored) >= standInShare)
    return nothing;
  const isOtherText = stored.saidHash !== saidHash && !areOnlyMovedDocuments(content, stored);
  if (isOtherText || before?.awaitedHash === contentHash) return { revises: true, awaitedHash: null };
  return { revises: false, awaitedHash: contentHash };
}

/** The entries whose words were not known under their ids: other ways have to lead to their posts. */
function entriesInNewWords(
  entries: readonly PreparedEntry[],
  { statements, posts }: Pick<StoredFacts, 'statements' | 'posts'>,
): PreparedEntry[] {
  return entries.filter(({ entryId, prepared }) => {
    const before = statements.get(entryId);
    return before === undefined || !posts.has(before.postId) || before.saidHash !== prepared.saidHash;
  });
}

/** Every key of entries that their ids may not lead to their posts, to look them up at once. */
export function keysToFind(entries: readonly PreparedEntry[], facts: Pick<StoredFacts, 'statements' | 'posts'>): PostKey[] {
  return entriesInNewWords(entries, facts).flatMap((entry) => entry.keys);
}

/** Under which titles posts may have been stated that are not listed any more, and how many of the latest are to be looked at of each. */
export interface FormerTitles {
  readonly keys: readonly string[];
  readonly perTitle: number;
}

// Of all the menus that were ever called "Menu" only the latest may be the one that is mended; of a board without titles as many as it has notices, as
// long as comparing them all does not take too long.
const formerPerTitle = 8;
const mostComparisons = 20_000;

/** Which titles to look for. */
export function titlesToFind(
  entries: readonly PreparedEntry[],
  facts: Pick<StoredFacts, 'statements' | 'posts' | 'saidBefore' | 'firstRead'>,
): FormerTitles {
  const counts = new Map<string, number>();
  for (const { prepared } of facts.firstRead ? [] : entriesInNewWords(entries, facts)) {
    const key = titleKeyOf(prepared.content.title);
    if (!facts.saidBefore.has(prepared.saidHash)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const most = Math.max(1, ...counts.values());
  const perTitle = Math.max(formerPerTitle, Math.min(formerPerTitle + most, Math.floor(mostComparisons / most)));
  return { keys: [...counts.keys()], perTitle };
}
