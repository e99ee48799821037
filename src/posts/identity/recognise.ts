/*
 * Which stored post an entry is, if any. Pure. The rules, in their order:
 * 1. The words of a source decide: what it said before, at the same minute or without a date, is known, whatever its id or link is now.
 * 2. Its own id: the post that it names, if the one text may have become the other; a text that took the place of another is a new post.
 * 3. The same title, text and minute twice in one document are one post.
 * 4. A post that the document does not list any more, with the same title and minute (or page) and nearly the same text, has new words and a new id.
 * 5. Guid, link, title and minute lead to posts of other sources, and within a source whose ids are not proved; what both say must agree.
 * Invariants: two different texts are never one post; in doubt two entries are two posts; no two entries of a document that say different things are one.
 */
import { areCompatible, haveSameTitle, titleKeyOf } from '../../content/said.ts';
import type { Likeness } from '../../content/said.ts';
import { lettersOf } from '../../content/text/letters.ts';
import {
  haveCommonDocuments,
  isAtSameMinute,
  isDaysApart,
  isFormer,
  isLikeFormer,
  isOnPageOf,
  isReplaced,
  statedDate,
} from './agreement.ts';
import type { PreparedEntry } from './agreement.ts';
import { isSiteKey, keyName, type PostKey } from './identity.ts';
import type { IdHabit } from './id-habit.ts';
import { KnownPosts, minuteNumber, SaidBefore } from './known-posts.ts';
import { isProtectedReason } from '../post.ts';
import type { FormerStatement, RecognitionRule, Statement, StoredPost } from './stored-post.ts';

/** What is stored already, as far as it concerns the entries. */
export interface KnownFacts {
  readonly sourceId: string;
  /** What this source stated under the entries' ids, by id. */
  readonly statements: ReadonlyMap<string, Statement>;
  /** What it stated in the entries' words, by the hash of these. */
  readonly saidBefore: ReadonlyMap<string, readonly Statement[]>;
  /** What it stated under the entries' titles and lists no more, by the key of the title. */
  readonly formerByTitle: ReadonlyMap<string, readonly FormerStatement[]>;
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
  /** It speaks for nothing while its twin says something else: what it says is looked at again. */
  readonly isUnheard: boolean;
  /** A new post that looks like one which the document lists no more. */
  readonly isLikeFormer: boolean;
}

/** Recognises the entries of a document that are new or changed, in its order; rests now and then, so that others have their turn. */
export function* recogniseAll(
  entries: readonly PreparedEntry[],
  facts: KnownFacts,
  known: KnownPosts,
): Generator<undefined, readonly Recognised[]> {
  return yield* new Recognition(entries, facts, known).run();
}

/** One document at work: which posts are taken by which of its entries. */
class Recognition {
  readonly #entries: readonly PreparedEntry[];
  readonly #facts: KnownFacts;
  readonly #known: KnownPosts;
  readonly #saidBefore: SaidBefore;
  readonly #byId: ReadonlyMap<string, PreparedEntry>;
  /** Posts that an entry of the document is, by post id. */
  readonly #takenBy = new Map<string, string>();
  readonly #done = new Map<PreparedEntry, Recognised>();
  readonly #likeFormer = new Set<PreparedEntry>();

  constructor(entries: readonly PreparedEntry[], facts: KnownFacts, known: KnownPosts) {
    this.#entries = entries;
    this.#facts = facts;
    this.#known = known;
    this.#saidBefore = new SaidBefore(facts.saidBefore);
    this.#byId = new Map(entries.map((entry) => [entry.entryId, entry]));
  }

  *run(): Generator<undefined, readonly Recognised[]> {
    // Words first, for all: a source that numbers its entries by their place gives each id to another text with every new one.
    for (const entry of this.#entries) this.#byOwnWords(entry, (before) => this.#isSameMoment(entry, before.statedAt));
    for (const entry of this.#open()) this.#byWords(entry);
    // With another date: it was corrected. An id that is only the words says nothing of when they were said.
    for (const entry of this.#open()) this.#byOwnWords(entry, () => entry.idKind !== 'words');
    // A document that gives known words new ids says at once that its ids are worth nothing.
    const habit = [...this.#done.values()].some(isRenewedId) ? 'renewed' : this.#facts.idHabit;
    yield* this.#each((entry) => this.#byOwnId(entry, habit));
    const firsts = new Map<string, PreparedEntry>();
    for (const { entry } of this.#done.values()) firsts.set(this.#twinKey(entry), entry);
    yield* this.#each((entry) => {
      const first = firsts.get(this.#twinKey(entry));
      if (first) return this.#isTwin(entry, first);
      firsts.set(this.#twinKey(entry), entry);
      if (!this.#byFormer(entry, habit)) this.#byKeys(entry, habit);
    });
    return this.#entries.map((entry) => this.#done.get(entry)!);
  }

  /** Does something with each entry that is not recognised yet. */
  *#each(work: (entry: PreparedEntry) => void): Generator<undefined, void> {
    for (const entry of this.#open()) {
      work(entry);
      if (this.#known.isPauseDue()) yield;
    }
  }

  #open(): PreparedEntry[] {
    return this.#entries.filter((entry) => !this.#done.has(entry));
  }

  #settle(entry: PreparedEntry, is: Pick<Recognised, 'stored' | 'rule'> & Partial<Recognised>): void {
    const before = this.#facts.statements.get(entry.entryId);
    const takesId = before !== undefined && before.postId !== is.stored?.id;
    const isLike = is.stored === undefined && this.#likeFormer.has(entry);
    this.#done.set(entry, { entry, before: undefined, twinOf: undefined, takesId, isUnheard: false, isLikeFormer: isLike, ...is });
    if (is.stored && is.twinOf === undefined) this.#takenBy.set(is.stored.id, entry.entryId);
  }

  /** The same words under the same id; where words were never kept, an id that is made of them says it. */
  #byOwnWords(entry: PreparedEntry, isIt: (before: Statement) => boolean): void {
    const before = this.#facts.statements.get(entry.entryId);
    const stored = before && this.#facts.posts.get(before.postId);
    if (!stored || !isIt(before)) return;
    if (before.saidHash === null ? entry.idKind !== 'words' : before.saidHash !== entry.prepared.saidHash) return;
    // Another entry of the document may have said it at the minute at which it was said.
    const taker = this.#byId.get(this.#takenBy.get(stored.id) ?? '');
    if (taker === undefined || this.#twinKey(taker) === this.#twinKey(entry)) this.#take(entry, { stored, rule: undefined, before });
  }

  /** Takes a post, or stands beside the entry of the document that has taken it, or that states it as before. */
  #take(entry: PreparedEntry, is: { stored: StoredPost; rule: RecognitionRule | undefined; before: Statement | undefined }): void {
    const { unchanged } = this.#known.statedOf(is.stored);
    const twinOf = this.#takenBy.get(is.stored.id) ?? unchanged?.entryId;
    if (twinOf === undefined) return this.#settle(entry, is);
    const isUnheard = twinOf === unchanged?.entryId && unchanged.saidHash !== null && unchanged.saidHash !== entry.prepared.saidHash;
    return this.#settle(entry, { ...is, twinOf, isUnheard });
  }

  /** The same words as before under another id or link. */
  #byWords(entry: PreparedEntry): void {
    const { posts, datesMove } = this.#facts;
    const isOfUse = (before: Statement): boolean => {
      const stored = posts.get(before.postId);
      return stored !== undefined && (this.#isListed(before) || this.#isFree(stored));
    };
    const at = statedDate(entry.entry);
    const before =
      this.#saidBefore.find(entry.prepared.saidHash, at, isOfUse) ??
      (datesMove ? this.#saidBefore.find(entry.prepared.saidHash, undefined, isOfUse) : undefined);
    if (!before) return;
    const stored = posts.get(before.postId);
    if (this.#isListed(before)) this.#settle(entry, { stored, rule: 'twin', before, twinOf: before.entryId });
    else this.#settle(entry, { stored, rule: 'words', before });
  }

  /** The document states it as it did before. */
  #isListed({ entryId }: Statement): boolean {
    return this.#facts.presentIds.has(entryId) && !this.#byId.has(entryId);
  }

  /** No entry of the document is this post. */
  #isFree(stored: StoredPost): boolean {
    return !this.#takenBy.has(stored.id) && this.#known.statedOf(stored).unchanged === undefined;
  }

  #isSameMoment(entry: PreparedEntry, statedAt: Date | null): boolean {
    const at = statedDate(entry.entry);
    return this.#facts.datesMove || statedAt === null || at === undefined || minuteNumber(at) === minuteNumber(statedAt);
  }

  #byOwnId(entry: PreparedEntry, habit: IdHabit): void {
    const before = this.#facts.statements.get(entry.entryId);
    const stored = before && this.#facts.posts.get(before.postId);
    if (!stored || entry.idKind === 'words' || this.#takenBy.has(stored.id)) return;
    if (habit === 'renewed' && entry.idKind === 'guid' && !haveSameTitle(entry.prepared.content, stored) && !isOnPageOf(entry, stored))
      return;
    // Beside an entry that still says what the post says, the text of this one has to be related to it.
    if (this.#known.statedOf(stored).unchanged !== undefined && !isRelatedText(this.#likenessOf(entry, stored))) return;
    if (!this.#isReplaced(entry, stored)) this.#take(entry, { stored, rule: undefined, before });
  }

  #isReplaced(entry: PreparedEntry, stored: StoredPost): boolean {
    const likenessOf = (): Likeness => this.#likenessOf(entry, stored);
    return isReplaced(entry, stored, { datesMove: this.#facts.datesMove, likenessOf });
  }

  #likenessOf({ prepared }: PreparedEntry, stored: StoredPost): Likeness {
    return this.#known.likenessOf(prepared.content, stored);
  }

  #twinKey({ entry, prepared }: PreparedEntry): string {
    const at = this.#facts.datesMove ? undefined : statedDate(entry);
    // An evening that is announced for each week at once has its words and its minute, and as many days.
    return `${prepared.saidHash} ${at === undefined ? '' : minuteNumber(at)} ${entry.event?.start ?? ''}`;
  }

  #isTwin(entry: PreparedEntry, first: PreparedEntry): void {
    this.#settle(entry, { stored: this.#done.get(first)!.stored, rule: 'twin', twinOf: first.entryId });
  }

  /** What the document lists no more, under the same title, in nearly the same words. Returns whether it was found. */
  #byFormer(entry: PreparedEntry, habit: IdHabit): boolean {
    if (this.#facts.formerByTitle.size === 0) return false;
    const titled = this.#facts.formerByTitle.get(titleKeyOf(entry.prepared.content.title)) ?? [];
    const isOfSeveral = this.#isOfSeveral(entry, titled);
    for (const before of titled) {
      const stored = this.#facts.posts.get(before.postId);
      if (!stored || before.entryId === entry.entryId || this.#isListed(before) || !this.#isFree(stored)) continue;
      const isDated = !this.#facts.datesMove && statedDate(entry.entry) !== undefined && before.statedAt !== null;
      const isSameMinute = isDated ? this.#isSameMoment(entry, before.statedAt) : undefined;
      // Without a date, what was gone before this document is not what an entry of it became: each month has its own parking ban.
      if (isSameMinute === undefined && before.isGone) continue;
      const likeness = this.#likenessOf(entry, stored);
      if (isLikeFormer({ likeness, isSameMinute })) this.#likeFormer.add(entry);
      if (!isFormer(entry, stored, { likeness, habit, isSameMinute, isOfSeveral })) continue;
      this.#settle(entry, { stored, rule: isSameMinute === true ? 'title_and_minute' : 'words', before });
      return true;
    }
    return false;
  }

  /** Whether several posts have its title, and its page: in the document, where no link leads to one of them, or until now. */
  #isOfSeveral(entry: PreparedEntry, titled: readonly FormerStatement[]): boolean {
    if (titled[0]?.isTitleOfSeveral !== true) return false;
    if (!entry.keys.some(({ kind }) => kind === 'url')) return true;
    const here = titled.filter(({ postId }) => {
      const stored = this.#facts.posts.get(postId);
      return stored !== undefined && isOnPageOf(entry, stored);
    });
    return new Set(here.map(({ postId }) => postId)).size > 1;
  }

  #byKeys(entry: PreparedEntry, habit: IdHabit): void {
    const before = this.#facts.statements.get(entry.entryId);
    for (const key of entry.keys) {
      const stored = this.#facts.posts.get(this.#facts.postOfKey.get(keyName(key)) ?? '');
      if (!stored || !this.#isFree(stored)) continue;
      // The key of an id that is used again leads to a post that had it before, unless another source was first to see what has it now.
      if (key.kind === 'guid' && before !== undefined && this.#known.statedOf(stored).isOwn) continue;
      if (this.#agrees(entry, key, stored, habit)) return this.#settle(entry, { stored, rule: ruleOf(key, entry) });
    }
    return this.#settle(entry, { stored: undefined, rule: before === undefined ? 'new' : 'replaced' });
  }

  /** Whether what a key led to is the post: what both say has to agree, and within a source the moment too. */
  #agrees(entry: PreparedEntry, key: PostKey, stored: StoredPost, habit: IdHabit): boolean {
    const { isOwn } = this.#known.statedOf(stored);
    if (key.kind === 'guid') return isOwn ? !this.#isReplaced(entry, stored) : this.#agreesByGuid(entry, key, stored);
    const likeness = this.#likenessOf(entry, stored);
    if (!likeness.isSameTitle || !areCompatible(likeness)) return false;
    // Without a word of text, a title and its minute are no more than that.
    if (key.kind === 'fingerprint' && !isOwn && !likeness.haveText) return false;
    if (!isOwn) return haveCommonDocuments(entry.prepared.content, stored) && !this.#isRepeated(entry, stored);
    if (entry.idKind !== 'guid' || habit === 'renewed') return this.#isAtMomentOf(entry, stored);
    // Two ids and two texts on one page are two posts (a canteen page), unless even the minute is the same.
    return isAtSameMinute(entry, stored) && (habit === 'unproved' || (entry.page !== undefined && isOnPageOf(entry, stored)));
  }

  #agreesByGuid(entry: PreparedEntry, key: PostKey, stored: StoredPost): boolean {
    // What a password hides says nothing that could agree.
    if (!isSiteKey(key) && (entry.entry.isProtected || isProtectedReason(stored.reason))) return true;
    const likeness = this.#likenessOf(entry, stored);
    if (likeness.isSameTitle) {
      if (areCompatible(likeness)) return true;
      const [isThen, isThere] = [isAtSameMinute(entry, stored), isOnPageOf(entry, stored)];
      // A number of one site may be that of another part of it: two schools of a district publish their bulletins at one minute. Sites that were copied from
      // one have its ids, too, but neither moment nor page in common.
      return isSiteKey(key) ? isThen && isThere : isThen || isThere;
    }
    return !isSiteKey(key) && (likeness.haveText ? areCompatible(likeness) : isRelatedText(likeness));
  }

  /** What comes back on one page days later, in other words, is another post: each week has its own. */
  #isRepeated(entry: PreparedEntry, stored: StoredPost): boolean {
    if (!isDaysApart(entry, stored) || entry.prepared.saidHash === stored.saidHash) return false;
    return stored.saidHash !== null || this.#likenessOf(entry, stored).sharedText < 1;
  }

  #isAtMomentOf(entry: PreparedEntry, stored: StoredPost): boolean {
    const at = statedDate(entry.entry);
    const { minutes } = this.#known.statedOf(stored);
    return this.#facts.datesMove || at === undefined || minutes.size === 0 || minutes.has(minuteNumber(at));
  }
}

/** Whether half of a text stayed; without text half of the title. */
function isRelatedText({ haveText, sharedText, sharedTitle }: Likeness): boolean {
  return (haveText ? sharedText : sharedTitle) >= 0.5;
}

function ruleOf({ kind }: PostKey, { entry }: PreparedEntry): RecognitionRule {
  if (kind !== 'fingerprint') return kind === 'guid' ? 'guid' : 'link';
  return lettersOf(entry.title) === '' ? 'text' : 'title_and_minute';
}

/**
 * What the source listed until now came back under a new id of its own, and the former one names it no more. What was gone in between, such as a dish of last
 * week, was said again: that tells nothing of how ids are made.
 */
export function isRenewedId({ entry, before, twinOf }: Recognised): boolean {
  return entry.idKind === 'guid' && twinOf === undefined && before !== undefined && before.entryId !== entry.entryId && !before.isGone;
}
