/*
 * Which stored post an entry is, if any. Pure. The rules, in their order:
 * 1. The words of a source decide: what it said before, at the same minute or without a date, is known, whatever its id or link is now.
 * 2. Its own id: the post that it names, if the one text may have become the other; a text that took the place of another is a new post.
 * 3. The same title, text and minute twice in one document are one post.
 * 4. Guid, link, title and minute lead to posts of other sources, and within a source whose ids are not proved; what both say must agree.
 * Invariants: two different texts are never one post; in doubt two entries are two posts; no two entries of a document that say different things are one.
 */
import type { RevisionContent } from '../../content/content.ts';
import { areCompatible, areRelated, compareTexts, haveSameTitle } from '../../content/said.ts';
import { lettersOf } from '../../content/text/letters.ts';
import { canonicalUrl, fileKey } from '../../content/web-address.ts';
import type { PreparedContent } from '../../content/content-from-entry.ts';
import type { Entry } from '../../reading/entry.ts';
import { isImplausibleDate } from '../../reading/formats/parse-date.ts';
import { isSiteKey, keyName, type IdentifiedEntry, type PostKey } from './identity.ts';
import type { IdHabit } from './id-habit.ts';
import { isProtectedReason } from '../post.ts';
import type { RecognitionRule, Statement, StoredPost } from './stored-post.ts';

/** An entry with what its revision would say. */
export interface PreparedEntry extends IdentifiedEntry {
  readonly prepared: PreparedContent;
}

/** What is stored already, as far as it concerns the entries. */
export interface KnownFacts {
  readonly sourceId: string;
  /** What this source stated under the entries' ids, by id. */
  readonly statements: ReadonlyMap<string, Statement>;
  /** What it stated in the entries' words, by the hash of these. */
  readonly saidBefore: ReadonlyMap<string, readonly Statement[]>;
  readonly postOfKey: ReadonlyMap<string, string>;
  readonly posts: ReadonlyMap<string, StoredPost>;
  /** All entry ids of the document in its order, those included that did not change. */
  readonly presentIds: ReadonlySet<string>;
  readonly idHabit: IdHabit;
  /** The dates of the source move with each fetch, and say nothing. */
  readonly datesMove: boolean;
  readonly now: Date;
}

/** An entry and the post that it is. */
export interface Recognised {
  readonly entry: PreparedEntry;
  /** Undefined for a new post. */
  readonly stored: StoredPost | undefined;
  /** How it was recognised; undefined for what its own id says. */
  readonly rule: RecognitionRule | undefined;
  /** What the source stated before of the post in these words, or under this id. */
  readonly before: Statement | undefined;
  /** Another entry of the document is the same post and speaks for it; undefined where the entry speaks for itself. */
  readonly twinOf: string | undefined;
  /** The source stated another post under this entry's id until now. */
  readonly takesId: boolean;
}

/** The date that a source states, if a clock that is right could have said it. */
export function plausibleDate(stated: Date | undefined, now: Date): Date | undefined {
  return stated === undefined || isImplausibleDate(stated, now) ? undefined : stated;
}

/** The date by which an entry is told from another in the same words. */
export function statedDate({ publishedAt, updatedAt }: Pick<Entry, 'publishedAt' | 'updatedAt'>, now: Date): Date | undefined {
  return plausibleDate(publishedAt ?? updatedAt, now);
}

/** Recognises the entries of a document that are new or changed, in its order. */
export function recogniseAll(entries: readonly PreparedEntry[], facts: KnownFacts): Recognised[] {
  return new Recognition(entries, facts).run();
}

/** One document at work: which posts are taken by which of its entries. */
class Recognition {
  readonly #entries: readonly PreparedEntry[];
  readonly #facts: KnownFacts;
  readonly #byId: ReadonlyMap<string, PreparedEntry>;
  /** Posts that an entry of the document is, by post id. */
  readonly #takenBy = new Map<string, string>();
  readonly #done = new Map<PreparedEntry, Recognised>();

  constructor(entries: readonly PreparedEntry[], facts: KnownFacts) {
    this.#entries = entries;
    this.#facts = facts;
    this.#byId = new Map(entries.map((entry) => [entry.entryId, entry]));
  }

  run(): Recognised[] {
    // Words first, for all: a source that numbers its entries by their place gives each id to another text with every new one.
    for (const entry of this.#entries) this.#byOwnWords(entry, (before) => this.#isSameMoment(entry, before.statedAt));
    for (const entry of this.#open()) this.#byWords(entry);
    // With another date: it was corrected. An id that is only the words says nothing of when they were said.
    for (const entry of this.#open()) this.#byOwnWords(entry, () => entry.idKind !== 'words');
    // A document that gives known words new ids says at once that its ids are worth nothing.
    const habit = [...this.#done.values()].some(isRenewedId) ? 'renewed' : this.#facts.idHabit;
    for (const entry of this.#open()) this.#byOwnId(entry, habit);
    const firsts = new Map<string, PreparedEntry>();
    for (const { entry } of this.#done.values()) firsts.set(this.#twinKey(entry), entry);
    for (const entry of this.#open()) {
      const first = firsts.get(this.#twinKey(entry));
      if (first) this.#isTwin(entry, first);
      else {
        firsts.set(this.#twinKey(entry), entry);
        this.#byKeys(entry, habit);
      }
    }
    return this.#entries.map((entry) => this.#done.get(entry)!);
  }

  #open(): PreparedEntry[] {
    return this.#entries.filter((entry) => !this.#done.has(entry));
  }

  #settle(entry: PreparedEntry, is: Pick<Recognised, 'stored' | 'rule'> & Partial<Recognised>): void {
    const before = this.#facts.statements.get(entry.entryId);
    const takesId = before !== undefined && before.postId !== is.stored?.id;
    this.#done.set(entry, { entry, before: undefined, twinOf: undefined, takesId, ...is });
    if (is.stored && is.twinOf === undefined) this.#takenBy.set(is.stored.id, entry.entryId);
  }

  /** The same words under the same id. */
  #byOwnWords(entry: PreparedEntry, isIt: (before: Statement) => boolean): void {
    const before = this.#facts.statements.get(entry.entryId);
    const stored = before && this.#facts.posts.get(before.postId);
    if (!stored || before.saidHash !== entry.prepared.saidHash || !isIt(before)) return;
    // Another entry of the document may have said it at the minute at which it was said.
    const taker = this.#byId.get(this.#takenBy.get(stored.id) ?? '');
    if (taker === undefined || this.#twinKey(taker) === this.#twinKey(entry)) this.#take(entry, { stored, rule: undefined, before });
  }

  /** Takes a post, or speaks for it beside the entry of the document that has taken it. */
  #take(entry: PreparedEntry, is: { stored: StoredPost; rule: RecognitionRule | undefined; before: Statement | undefined }): void {
    const twinOf = this.#takenBy.get(is.stored.id) ?? this.#unchangedEntryOf(is.stored, entry);
    this.#settle(entry, twinOf === undefined ? is : { ...is, twinOf });
  }

  /** An entry of the document that did not change and is this post. */
  #unchangedEntryOf(stored: StoredPost, entry: PreparedEntry): string | undefined {
    const { sourceId, presentIds } = this.#facts;
    return stored.statements.find(
      (each) =>
        each.sourceId === sourceId && each.entryId !== entry.entryId && presentIds.has(each.entryId) && !this.#byId.has(each.entryId),
    )?.entryId;
  }

  /** The same words as before under another id or link. */
  #byWords(entry: PreparedEntry): void {
    const candidates = (this.#facts.saidBefore.get(entry.prepared.saidHash) ?? []).filter((each) =>
      this.#isSameMoment(entry, each.statedAt),
    );
    const at = statedDate(entry.entry, this.#facts.now)?.getTime();
    const closest = candidates.toSorted((a, b) => Number(b.statedAt?.getTime() === at) - Number(a.statedAt?.getTime() === at));
    for (const before of closest) {
      const stored = this.#facts.posts.get(before.postId);
      if (!stored) continue;
      const isListed = this.#facts.presentIds.has(before.entryId) && !this.#byId.has(before.entryId);
      if (isListed) return this.#settle(entry, { stored, rule: 'twin', before, twinOf: before.entryId });
      if (this.#takenBy.has(stored.id) || this.#unchangedEntryOf(stored, entry) !== undefined) continue;
      return this.#settle(entry, { stored, rule: 'words', before });
    }
    return undefined;
  }

  #isSameMoment(entry: PreparedEntry, statedAt: Date | null): boolean {
    const at = statedDate(entry.entry, this.#facts.now);
    return this.#facts.datesMove || statedAt === null || at === undefined || minuteNumber(at) === minuteNumber(statedAt);
  }

  #byOwnId(entry: PreparedEntry, habit: IdHabit): void {
    const before = this.#facts.statements.get(entry.entryId);
    const stored = before && this.#facts.posts.get(before.postId);
    if (!stored || entry.idKind === 'words') return;
    if (habit === 'renewed' && entry.idKind === 'guid' && !haveSameTitle(entry.prepared.content, stored) && !isOnPageOf(entry, stored))
      return;
    // Beside an entry that still says what the post says, this one has to be related to it.
    const isBesideTwin = this.#unchangedEntryOf(stored, entry) !== undefined;
    if (this.#takenBy.has(stored.id) || (isBesideTwin && !areRelated(compareTexts(entry.prepared.content, stored)))) return;
    if (!isReplaced(entry, stored, this.#facts.datesMove)) this.#take(entry, { stored, rule: undefined, before });
  }

  #twinKey({ entry, prepared }: PreparedEntry): string {
    const at = this.#facts.datesMove ? undefined : statedDate(entry, this.#facts.now);
    return `${prepared.saidHash} ${at === undefined ? '' : minuteNumber(at)}`;
  }

  #isTwin(entry: PreparedEntry, first: PreparedEntry): void {
    this.#settle(entry, { stored: this.#done.get(first)!.stored, rule: 'twin', twinOf: first.entryId });
  }

  #byKeys(entry: PreparedEntry, habit: IdHabit): void {
    const takesId = this.#facts.statements.has(entry.entryId);
    // The key of an id that is used again leads to the post that had it first.
    const keys = takesId ? entry.keys.filter((key) => key.kind !== 'guid') : entry.keys;
    for (const key of keys) {
      const stored = this.#facts.posts.get(this.#facts.postOfKey.get(keyName(key)) ?? '');
      if (!stored || this.#takenBy.has(stored.id) || this.#unchangedEntryOf(stored, entry) !== undefined) continue;
      if (this.#agrees(entry, key, stored, habit)) return this.#settle(entry, { stored, rule: ruleOf(key, entry) });
    }
    return this.#settle(entry, { stored: undefined, rule: takesId ? 'replaced' : 'new' });
  }

  /** Whether what a key led to is the post: what both say has to agree, and within a source the moment too. */
  #agrees(entry: PreparedEntry, key: PostKey, stored: StoredPost, habit: IdHabit): boolean {
    const said = entry.prepared.content;
    const isOwn = stored.statements.some((each) => each.sourceId === this.#facts.sourceId);
    if (key.kind === 'guid' && isOwn) return !isReplaced(entry, stored, this.#facts.datesMove);
    // What a password hides says nothing that could agree.
    if (key.kind === 'guid' && !isSiteKey(key) && (entry.entry.isProtected || isProtectedReason(stored.reason))) return true;
    const likeness = compareTexts(said, stored);
    if (key.kind === 'guid') {
      if (!likeness.isSameTitle) return !isSiteKey(key) && likeness.haveText && areCompatible(likeness);
      return !isSiteKey(key) || this.#isAtSameMinute(entry, stored) || areCompatible(likeness);
    }
    if (!likeness.isSameTitle || !areCompatible(likeness)) return false;
    // Without a word of text, a title and its minute are no more than that.
    if (key.kind === 'fingerprint' && !isOwn && !likeness.haveText) return false;
    if (!isOwn) return haveCommonDocuments(said, stored);
    if (entry.idKind !== 'guid' || habit === 'renewed') return this.#isSameMoment(entry, stored.publishedAt);
    // Two ids and two texts on one page are two posts (a canteen page), unless even the minute is the same.
    return this.#isAtSameMinute(entry, stored) && (habit === 'unproved' || (entry.page !== undefined && isOnPageOf(entry, stored)));
  }

  #isAtSameMinute(entry: PreparedEntry, { publishedAt }: StoredPost): boolean {
    const at = statedDate(entry.entry, this.#facts.now);
    return at !== undefined && publishedAt !== null && minuteNumber(at) === minuteNumber(publishedAt);
  }
}

function isOnPageOf({ page }: PreparedEntry, { url }: StoredPost): boolean {
  return page === canonicalUrl(url ?? undefined);
}

function minuteNumber(at: Date): number {
  return Math.floor(at.getTime() / 60_000);
}

function ruleOf({ kind }: PostKey, { entry }: PreparedEntry): RecognitionRule {
  if (kind !== 'fingerprint') return kind === 'guid' ? 'guid' : 'link';
  return lettersOf(entry.title) === '' ? 'text' : 'title_and_minute';
}

/** Words came back under a new id of the source's own, and their former one names them no more. */
export function isRenewedId({ entry, rule, before }: Recognised): boolean {
  return rule === 'words' && entry.idKind === 'guid' && before !== undefined && before.entryId !== entry.entryId;
}

function haveCommonDocuments({ attachments }: RevisionContent, { documents }: StoredPost): boolean {
  const keys = new Set(documents.map(fileKey));
  return keys.size === 0 || attachments.length === 0 || attachments.some(({ url }) => keys.has(fileKey(url)));
}

const sameDayMs = 36 * 3600 * 1000;

/**
 * Whether a source put another post under the id of a stored one: title and text are both others, or the text with the page or the day, or title, page
 * and day. What waits to be mailed for the first time, on the same page or day, is revised all the same: it was written anew.
 */
export function isReplaced({ entry, page, prepared }: PreparedEntry, stored: StoredPost, datesMove: boolean): boolean {
  if (entry.isProtected || (stored.state === 'held' && isProtectedReason(stored.reason))) return false;
  const { content } = prepared;
  const isOtherDay = !datesMove && isDaysApart(entry.publishedAt, stored.publishedAt);
  const isOtherPage = page !== undefined && stored.url !== null && page !== canonicalUrl(stored.url);
  if (isOtherDay && isOtherPage && !haveSameTitle(content, stored)) return true;
  const likeness = compareTexts(content, stored);
  const isOtherText = likeness.haveText && likeness.sharedText < 0.5;
  if (areRelated(likeness) && !(isOtherText && (isOtherDay || isOtherPage))) return false;
  return !((stored.state === 'released' || stored.state === 'held') && !stored.isMailed);
}

function isDaysApart(one: Date | undefined, other: Date | null): boolean {
  return one !== undefined && other !== null && Math.abs(one.getTime() - other.getTime()) > sameDayMs;
}
