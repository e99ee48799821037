/*
 * Sections that a document opens and forgets to close. What the tokenizer would read to the next end mark, other items included,
 * is ended where its author meant it to end. Linear: each mark is looked for once.
 */

/** A document whose CDATA sections and comments end where they should. */
interface RepairedText {
  readonly text: string;
  readonly problems: readonly string[];
}

const cdataStart = '<![CDATA[';
const cdataEnd = ']]>';
/** From one item to the next: no text of an item holds this. */
const itemBoundary = /<\/(?:[a-z][\w.-]{0,20}:)?(item|entry)>\s*<(?:[a-z][\w.-]{0,20}:)?\1\b/gi;

/**
 * Ends a CDATA section that runs into another one or into the next item, or has no end, at its element's end tag; drops the openers of
 * sections within sections and of comments that never end.
 */
export function repairSections(source: string): RepairedText {
  const repair = new SectionRepair(source);
  return { text: repair.run(), problems: repair.problems };
}

class SectionRepair {
  readonly problems: string[] = [];
  readonly #source: string;
  readonly #parts: string[] = [];
  /** Up to where the source is in the parts. */
  #done = 0;
  #unclosedCount = 0;
  readonly #nextMark: Finder;
  readonly #nextCdata: Finder;
  readonly #nextComment: Finder;
  readonly #nextCdataEnd: Finder;
  readonly #nextCommentEnd: Finder;
  readonly #nextBoundary: Finder;

  constructor(source: string) {
    this.#source = source;
    this.#nextMark = finder(source, /<!\[CDATA\[|<!--/g);
    this.#nextCdata = finder(source, /<!\[CDATA\[/g);
    this.#nextComment = finder(source, /<!--/g);
    this.#nextCdataEnd = finder(source, /\]\]>/g);
    this.#nextCommentEnd = finder(source, /-->/g);
    this.#nextBoundary = finder(source, itemBoundary);
  }

  run(): string {
    let owner = '';
    for (let at = 0; ;) {
      const mark = this.#nextMark(at);
      if (mark === Infinity) break;
      owner = lastStartTag(this.#source.slice(at, mark)) ?? owner;
      if (this.#source.startsWith(cdataStart, mark)) at = this.#section(mark, owner);
      else at = this.#comment(mark);
    }
    if (this.#unclosedCount > 0)
      this.problems.push(`CDATA sections that were not closed: ${this.#unclosedCount}; each was ended at the end tag of its element.`);
    if (this.#done === 0) return this.#source;
    this.#parts.push(this.#source.slice(this.#done));
    return this.#parts.join('');
  }

  /** Reads past a section; gives where reading goes on. */
  #section(start: number, owner: string): number {
    let end = this.#nextCdataEnd(start);
    let nestedCount = 0;
    for (let at = start + cdataStart.length; ;) {
      const nested = this.#nextCdata(at);
      const mark = Math.min(nested, this.#nextBoundary(at), end);
      // A section that ends properly may hold its element's end tag; one without an end or with a mark before it was not closed.
      const close = mark === end && end !== Infinity ? -1 : this.#endTag(owner, at, mark);
      if (close !== -1) {
        this.#unclosedCount++;
        this.#replace(close, close, cdataEnd);
        return close;
      }
      if (mark === nested && nested !== Infinity) {
        nestedCount++;
        this.#replace(nested, nested + cdataStart.length, '');
        at = nested + cdataStart.length;
        continue;
      }
      const next = nestedCount === 0 ? Infinity : this.#nextCdataEnd(end + cdataEnd.length);
      if (next === Infinity || this.#endTag(owner, end, next) !== -1) return Math.min(end + cdataEnd.length, this.#source.length);
      // The end of the inner section; the outer one has an end of its own before its element's end tag.
      nestedCount--;
      this.#replace(end, end + cdataEnd.length, '');
      at = end + cdataEnd.length;
      end = next;
    }
  }

  /** The offset of an element's end tag within a stretch, -1 where there is none. */
  #endTag(name: string, from: number, to: number): number {
    const found = name === '' ? -1 : this.#source.slice(from, Math.min(to, this.#source.length)).indexOf(`</${name}>`);
    return found === -1 ? -1 : from + found;
  }

  /** Reads past a comment; one that has no end, or runs over an item into the next comment, is none. */
  #comment(start: number): number {
    const inside = start + 4;
    const end = this.#nextCommentEnd(inside);
    if (end !== Infinity && (this.#nextBoundary(inside) > end || this.#nextComment(inside) > end)) return end + 3;
    this.#replace(start, inside, '');
    return inside;
  }

  #replace(from: number, to: number, text: string): void {
    this.#parts.push(this.#source.slice(this.#done, from), text);
    this.#done = to;
  }
}

/** Where a mark next is, at or after an offset; Infinity where there is no more. */
type Finder = (from: number) => number;

/** Offsets only grow, so each stretch is searched once. */
function finder(source: string, pattern: RegExp): Finder {
  let found = -1;
  return (from) => {
    if (found >= from) return found;
    pattern.lastIndex = from;
    found = pattern.exec(source)?.index ?? Infinity;
    return found;
  };
}

/** The name of the start tag that a piece of a document ends with; undefined where it holds no tag. */
function lastStartTag(piece: string): string | undefined {
  const bracket = piece.lastIndexOf('<');
  return bracket === -1 ? undefined : (/^<([a-z_][\w:.-]{0,64})/i.exec(piece.slice(bracket, bracket + 70))?.[1] ?? '');
}
