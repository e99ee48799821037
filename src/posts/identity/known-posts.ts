/*
 * What is known of the posts that a document may state, found at once: a hostile document has thousands of entries of one post, or in one text, and
 * nothing here is looked through for each of them. Pure.
 */
import { compareTexts, type ComparedText, type Likeness } from '../../content/said.ts';
import type { Statement, StoredPost } from './stored-post.ts';

/** What a source and others state of a post. */
export interface StatedPost {
  /** The source stated it before. */
  readonly isOwn: boolean;
  /** Another source states it. */
  readonly isForeign: boolean;
  /** The source leads what it says; null where nobody does. */
  readonly isLedByOwn: boolean | null;
  /** An entry of the document that did not change and is this post, with its words. */
  readonly unchanged: { readonly entryId: string; readonly saidHash: string | null } | undefined;
  /** The minutes that the source stated as its date. */
  readonly minutes: ReadonlySet<number>;
}

/** The document that is at work. */
export interface DocumentIds {
  readonly sourceId: string;
  /** Entry ids of the document that did not change. */
  readonly unchangedIds: ReadonlySet<string>;
}

/** So many comparisons take some hundredths of a second: then others have their turn. */
const comparedAtOnce = 32;

/** Posts as one document meets them: who states them, and how like its entries they are, each found out once. */
export class KnownPosts {
  readonly #document: DocumentIds;
  readonly #stated = new Map<string, StatedPost>();
  readonly #likenesses = new WeakMap<ComparedText, Map<string, Likeness>>();
  #comparedCount = 0;

  constructor(document: DocumentIds) {
    this.#document = document;
  }

  statedOf(stored: StoredPost): StatedPost {
    const known = this.#stated.get(stored.id);
    if (known) return known;
    const found = statedPostOf(stored, this.#document);
    this.#stated.set(stored.id, found);
    return found;
  }

  likenessOf(said: ComparedText, stored: StoredPost): Likeness {
    const likenesses = this.#likenesses.get(said) ?? new Map<string, Likeness>();
    const known = likenesses.get(stored.id);
    if (known) return known;
    this.#comparedCount += 1;
    const found = compareTexts(said, stored);
    this.#likenesses.set(said, likenesses.set(stored.id, found));
    return found;
  }

  /** Whether so much was compared that others should have their turn; begins to count anew. */
  isPauseDue(): boolean {
    if (this.#comparedCount < comparedAtOnce) return false;
    this.#comparedCount = 0;
    return true;
  }
}

function statedPostOf({ statements }: StoredPost, { sourceId, unchangedIds }: DocumentIds): StatedPost {
  const own = statements.filter((each) => each.sourceId === sourceId);
  const isLedByOwn = own.some((each) => each.isLead);
  return {
    isOwn: own.length > 0,
    isForeign: own.length < statements.length,
    isLedByOwn: isLedByOwn || statements.some((each) => each.isLead) ? isLedByOwn : null,
    unchanged: own.find((each) => unchangedIds.has(each.entryId)),
    minutes: new Set(own.flatMap(({ statedAt }) => (statedAt === null ? [] : [minuteNumber(statedAt)]))),
  };
}

/** The minute of a date, as a number. */
export function minuteNumber(at: Date): number {
  return Math.floor(at.getTime() / 60_000);
}

/** What a source said before in the words of entries, by the words and their moment. */
export class SaidBefore {
  readonly #byWords: ReadonlyMap<string, readonly Statement[]>;
  readonly #piles = new Map<string, Pile>();

  constructor(byWords: ReadonlyMap<string, readonly Statement[]>) {
    this.#byWords = byWords;
    for (const [saidHash, statements] of byWords)
      for (const each of statements) for (const name of pileNames(saidHash, each.statedAt)) this.#put(name, each);
  }

  /** The statement in these words that is closest to a moment, if one is of use; any where there is no moment to go by. */
  find(saidHash: string, at: Date | undefined, isOfUse: (before: Statement) => boolean): Statement | undefined {
    if (!this.#byWords.has(saidHash)) return undefined;
    const names =
      at === undefined ? [saidHash] : [`${saidHash} at ${at.getTime()}`, `${saidHash} in ${minuteNumber(at)}`, `${saidHash} undated`];
    for (const name of names) {
      const found = this.#piles.get(name)?.find(isOfUse);
      if (found) return found;
    }
    return undefined;
  }

  #put(name: string, statement: Statement): void {
    const pile = this.#piles.get(name);
    if (pile) pile.add(statement);
    else this.#piles.set(name, new Pile(statement));
  }
}

function pileNames(saidHash: string, statedAt: Date | null): string[] {
  if (statedAt === null) return [saidHash, `${saidHash} undated`];
  return [saidHash, `${saidHash} at ${statedAt.getTime()}`, `${saidHash} in ${minuteNumber(statedAt)}`];
}

/** Statements in an order; those at its head that are of no use any more, which they never will be again, are not asked a second time. */
class Pile {
  readonly #statements: Statement[];
  #head = 0;

  constructor(first: Statement) {
    this.#statements = [first];
  }

  add(statement: Statement): void {
    this.#statements.push(statement);
  }

  find(isOfUse: (before: Statement) => boolean): Statement | undefined {
    while (this.#head < this.#statements.length) {
      const statement = this.#statements[this.#head]!;
      if (isOfUse(statement)) return statement;
      this.#head += 1;
    }
    return undefined;
  }
}
