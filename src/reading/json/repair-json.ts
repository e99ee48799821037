/*
 * JSON that is almost JSON: cut off by a server that ran out of time, with commas before a closing bracket, with raw line ends in its
 * strings. One pass over the text that knows strings from structure and nothing else; what it gives is parsed again.
 */

/** JSON with its slips repaired. */
interface RepairedJson {
  readonly text: string;
  /** The text ended before its end: it was cut behind the last whole entry. */
  readonly endsEarly: boolean;
}

/** Repairs JSON whose entries are at a path of names (none: the text is the list). Undefined for what ends before its first whole entry. */
export function repairJson(text: string, itemsPath: readonly string[]): RepairedJson | undefined {
  const scan = new JsonScan(text, itemsPath);
  return scan.run();
}

/** An object or list that is open. */
interface Container {
  readonly close: '}' | ']';
  /** How many names of the path lead here; -1 off the path. */
  readonly position: number;
  readonly isItems: boolean;
  /** In an object: whether the next string is a name, and where the value behind the last name stands on the path. */
  isNameNext: boolean;
  valuePosition: number;
}

const quote = 0x22;
const pieceLength = 65_536;

class JsonScan {
  readonly #text: string;
  readonly #path: readonly string[];
  readonly #open: Container[] = [];
  readonly #changes: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  #lastComma = -1;
  /** Behind the last whole entry, with the number of containers that are open there. */
  #cut: { readonly at: number; readonly openCount: number } | undefined;

  constructor(text: string, path: readonly string[]) {
    this.#text = text;
    this.#path = path;
  }

  run(): RepairedJson | undefined {
    for (let at = 0; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code <= 0x20) continue;
      const top = this.#open.at(-1);
      if (code === quote) {
        const end = endOfString(this.#text, at);
        if (end === undefined) return this.#cutOff();
        this.#readString(at, end, top);
        at = end;
      } else if (code === 0x2c) {
        if (top !== undefined) top.isNameNext = true;
        this.#lastComma = at;
        continue;
      } else if (code === 0x3a) {
        if (top !== undefined) top.isNameNext = false;
      } else if (code === 0x7b || code === 0x5b) this.#openContainer(code === 0x7b ? '}' : ']', top);
      else if (code === 0x7d || code === 0x5d) {
        this.#closeContainer(at);
        if (this.#open.length === 0) return { text: this.#textUpTo(at + 1), endsEarly: false };
      }
      this.#lastComma = -1;
    }
    return this.#cutOff();
  }

  #readString(start: number, end: number, top: Container | undefined): void {
    const inside = this.#text.slice(start + 1, end);
    if (top?.close === '}' && top.isNameNext)
      top.valuePosition = top.position >= 0 && inside === this.#path[top.position] ? top.position + 1 : -1;
    if (hasControl.test(inside)) this.#changes.push({ from: start + 1, to: end, text: escapeControls(inside) });
  }

  #openContainer(close: '}' | ']', top: Container | undefined): void {
    // Lists on the way to the entries are opened, those of an entry are its own.
    const position = top === undefined ? 0 : top.isItems ? -1 : top.close === '}' ? top.valuePosition : top.position;
    const isItems = close === ']' && position === this.#path.length;
    this.#open.push({ close, position, isItems, isNameNext: true, valuePosition: -1 });
  }

  #closeContainer(at: number): void {
    if (this.#lastComma !== -1) this.#changes.push({ from: this.#lastComma, to: this.#lastComma + 1, text: '' });
    const closed = this.#open.pop();
    const isWholeEntry = this.#open.at(-1)?.isItems === true;
    const endsCut = this.#cut !== undefined && this.#open.length < this.#cut.openCount;
    if (isWholeEntry || endsCut || closed?.isItems === true) this.#cut = { at: at + 1, openCount: this.#open.length };
  }

  #cutOff(): RepairedJson | undefined {
    if (this.#cut === undefined) return undefined;
    const closers = this.#open.slice(0, this.#cut.openCount).map(({ close }) => close);
    return { text: this.#textUpTo(this.#cut.at) + closers.toReversed().join(''), endsEarly: true };
  }

  #textUpTo(end: number): string {
    const parts: string[] = [];
    let done = 0;
    for (const { from, to, text } of this.#changes) {
      if (to > end) break;
      parts.push(this.#text.slice(done, from), text);
      done = to;
    }
    parts.push(this.#text.slice(done, end));
    return parts.join('');
  }
}

/** Where the string that begins at an offset has its closing quote; undefined where it has none. */
export function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === quote) return at;
  }
  return undefined;
}

const hasControl = /[\0-\x1F]/; // oxlint-disable-line no-control-regex -- they are what JSON forbids

/** Raw line ends and tabs as their escapes, piece by piece: a replacement of millions at once takes twenty times the memory of the text. */
function escapeControls(text: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += pieceLength)
    // oxlint-disable-next-line no-control-regex -- they are what JSON forbids
    pieces.push(text.slice(at, at + pieceLength).replace(/[\0-\x1F]/g, (control) => JSON.stringify(control).slice(1, -1)));
  return pieces.join('');
}
