/*
 * A shortcode as it is written: `[name key="value"]`, `[/name]`, `[name /]`, `[[name]]` for one that is only spoken of. Quotes may have become curly, and
 * what stands in them may hold a bracket. Invariant: one walk over the text, whatever stands in it.
 */
import { isManner, isShortcodeName, mayBeShortcodeName } from './shortcode-names.ts';

/** One tag of a shortcode in a text. */
export interface ShortcodeTag {
  readonly kind: 'open' | 'close' | 'single';
  readonly name: string;
  /** By lower-case name; what has none stands in `words`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly words: readonly string[];
  /** As it is written. */
  readonly source: string;
  /** False where only a tag that belongs to it can tell that it is none of the author's words. */
  readonly isCertain: boolean;
}

/** A piece of a text: words, or a tag. */
export type ShortcodePiece = string | ShortcodeTag;

const maxAttributes = 200;
const maxValueLength = 20_000;
const maxCutLength = 1_000;
const maxEscapes = 50;

const opening = /\[(\/?)(\d?[A-Za-z][\w-]{0,60})(?=[\s\u00a0\]/=]|$)/y;
const space = /[\s\u00a0,]*/y;
const key = /[A-Za-z_][\w:.-]{0,80}(?=[ ]?=)[ ]?=[ ]?/y;
const bareValue = /[^\s\u00a0"'“”„‟″‘’′«»[\]]+/y;
const word = /[^\s\u00a0[\]]+/y;
const doubles = '"“”„‟″«»';
const singles = "'‘’‚′`";
const quotes = doubles + singles;

/** What a text holds that can end a value or a tag, each by its places: looked for once, however many tags begin before them. */
interface Scan {
  readonly text: string;
  readonly places: Map<RegExp, readonly number[]>;
  escapes: number;
}

/** The pieces of a text in their order. Whoever asks has looked for a bracket in it. */
export function shortcodePieces(text: string): ShortcodePiece[] {
  const scan: Scan = { text, places: new Map(), escapes: 0 };
  const pieces: ShortcodePiece[] = [];
  let end = 0;
  const keep = (from: number, to: number): void => {
    if (to > from) pieces.push(text.slice(from, to));
  };
  for (let at = text.indexOf('['); at !== -1; at = text.indexOf('[', at)) {
    const escaped = text[at + 1] === '[' ? readEscaped(scan, at) : undefined;
    if (escaped !== undefined) {
      keep(end, at);
      pieces.push(escaped.text);
      end = at = escaped.end;
      continue;
    }
    const found = readTag(scan, at);
    if (found === undefined || isQuotation(scan.text, at, found)) {
      at += 1;
      continue;
    }
    keep(end, at);
    pieces.push(found.tag);
    end = at = found.end;
  }
  keep(end, text.length);
  return pieces;
}

/** Whether a name without attributes stands in quotation marks: it is spoken of. */
function isQuotation(text: string, at: number, { tag, end }: { tag: ShortcodeTag; end: number }): boolean {
  if (tag.kind !== 'open' || tag.attributes.size > 0 || tag.words.length > 0 || at === 0 || end >= text.length) return false;
  return quotes.includes(text[at - 1]!) && quotes.includes(text[end]!);
}

/** One in two brackets is spoken of: it stays, in one. */
function readEscaped(scan: Scan, at: number): { text: string; end: number } | undefined {
  const { text } = scan;
  const inner = readTag(scan, at + 1);
  if (inner === undefined) return undefined;
  if (text[inner.end] === ']') return { text: text.slice(at + 1, inner.end), end: inner.end + 1 };
  if (inner.tag.kind !== 'open' || (scan.escapes += 1) > maxEscapes) return undefined;
  const closing = `[/${inner.tag.name}]`;
  const end = text.indexOf(`${closing}]`, inner.end);
  return end === -1 ? undefined : { text: text.slice(at + 1, end + closing.length), end: end + closing.length + 1 };
}

interface Reading {
  at: number;
  readonly attributes: Map<string, string>;
  readonly words: string[];
  /** Whether an attribute stands there as only a program writes them. */
  isTechnical: boolean;
}

function readTag(scan: Scan, start: number): { tag: ShortcodeTag; end: number } | undefined {
  const head = matchAt(opening, scan.text, start);
  if (head === null) return undefined;
  const name = head[2]!;
  const reading: Reading = { at: start + head[0].length, attributes: new Map(), words: [], isTechnical: /[_-]/.test(name) };
  const last = head[1] === '/' ? readEnd(scan, reading) : readAttributes(scan, reading, name);
  const isCut = last === 'cut' && (isShortcodeName(name) || (reading.isTechnical && reading.attributes.size > 0));
  if (last === 'none' || (last === 'cut' && !isCut)) return undefined;
  const kind = head[1] === '/' ? 'close' : last === 'single' ? 'single' : 'open';
  const isCertain = isCertainly(name, kind, reading);
  const mayBePaired = reading.words.length === 0 && (reading.attributes.size === 0 || mayBeShortcodeName(name));
  if (!isCertain && (!mayBePaired || isManner(name) || kind === 'single')) return undefined;
  const { attributes, words, at: end } = reading;
  return { tag: { kind, name, attributes, words, source: scan.text.slice(start, end), isCertain }, end };
}

/** By its name, or by attributes as nobody writes them in brackets; of a single word only its other half can tell. */
function isCertainly(name: string, kind: ShortcodeTag['kind'], { attributes, words, isTechnical }: Reading): boolean {
  if (isShortcodeName(name)) return true;
  if (kind === 'close') return mayBeShortcodeName(name) || /[_-]/.test(name);
  if (attributes.size === 0) return mayBeShortcodeName(name) && words.length === 1 && isAddress(words[0]!);
  return isTechnical && (words.length === 0 || mayBeShortcodeName(name));
}

function isAddress(text: string): boolean {
  return /^["'“”″]?(?:https?:)?\/\/\S/.test(text);
}

/** How a tag ends: with its bracket, with a stroke before it, with the text, or not at all, which makes it none. */
type End = 'bracket' | 'single' | 'cut' | 'none';

function readEnd({ text }: Scan, reading: Reading): End {
  skipSpace(text, reading);
  if (text[reading.at] !== ']') return 'none';
  reading.at += 1;
  return 'bracket';
}

function readAttributes(scan: Scan, reading: Reading, name: string): End {
  const { text } = scan;
  // As forums write them: [url=https://example.org].
  if (text[reading.at] === '=') {
    if (!/^(?:url|img|email|color|size|font|quote|table)$/i.test(name)) return 'none';
    reading.at += 1;
    const value = isQuoted(text, reading.at) ? readValue(scan, reading.at) : forumValue(scan, reading.at);
    if (value === undefined) return 'none';
    setAttribute(reading, '', value, true);
  }
  for (let count = 0; count <= maxAttributes; count += 1) {
    skipSpace(text, reading);
    if (reading.at >= text.length) return 'cut';
    if (text[reading.at] === ']') return ended(reading, 1, 'bracket');
    if (text.startsWith('/]', reading.at)) return ended(reading, 2, 'single');
    const attribute = matchAt(key, text, reading.at);
    const value = readValue(scan, reading.at + (attribute?.[0].length ?? 0));
    if (attribute !== null && value !== undefined)
      setAttribute(
        reading,
        attribute[0].slice(0, -1).trim().replace(/ ?=$/, '').toLowerCase(),
        value,
        isQuoted(text, reading.at + attribute[0].length),
      );
    else if (attribute !== null) return cutAt(scan, reading);
    else if (!readWord(text, reading)) return 'none';
  }
  return 'none';
}

function ended(reading: Reading, length: number, end: End): End {
  reading.at += length;
  return end;
}

interface Value {
  readonly text: string;
  readonly end: number;
}

// Keys as programs give them; anybody may write "n=3" in brackets.
const technicalKey =
  /^(?:id|ids|slug|type|url|src|file|href|link|width|height|title|name|class|style|category|cat|limit|count|columns|size|align)$/;

function setAttribute(reading: Reading, name: string, value: Value, quoted: boolean): void {
  reading.attributes.set(name, value.text);
  reading.at = value.end;
  reading.isTechnical ||= quoted || technicalKey.test(name);
}

function isQuoted(text: string, at: number): boolean {
  return doubles.includes(text[at] ?? ' ') || singles.includes(text[at] ?? ' ');
}

/** A value in quotes of whatever kind, or up to the next space; undefined where none stands, or one that never ends. */
function readValue(scan: Scan, at: number): Value | undefined {
  const { text } = scan;
  if (!isQuoted(text, at)) {
    const found = matchAt(bareValue, text, at)?.[0];
    if (found === undefined) return undefined;
    const value = found.endsWith('/') && text[at + found.length] === ']' ? found.slice(0, -1) : found;
    return value === '' ? undefined : { text: value, end: at + value.length };
  }
  const end = closingQuote(scan, at);
  return end === undefined ? undefined : { text: text.slice(at + 1, end), end: end + 1 };
}

function forumValue({ text }: Scan, at: number): Value | undefined {
  const found = matchAt(bareValue, text, at)?.[0];
  return found === undefined ? undefined : { text: found, end: at + found.length };
}

const doubleEnd = /["“”„‟″«»](?=[\s\u00a0\]/]|$)/g;
const singleEnd = /['‘’‚′`](?=[\s\u00a0\]/]|$)/g;
const tagEnd = /\]/g;
const goesOn = /.[\s\u00a0]*(?:\/?\]|[A-Za-z_][\w-]{0,80}=)/suy;

/** The first place at or behind another; the length of the text where there is none. */
function nextPlace({ text, places }: Scan, pattern: RegExp, from: number): number {
  let all = places.get(pattern);
  if (all === undefined) {
    all = [...text.matchAll(pattern)].map(({ index }) => index);
    places.set(pattern, all);
  }
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return all[low] ?? text.length;
}

function closingQuote(scan: Scan, at: number): number | undefined {
  const { text } = scan;
  const end = nextPlace(scan, doubles.includes(text[at]!) ? doubleEnd : singleEnd, at + 1);
  if (end === text.length || end - at > maxValueLength) return undefined;
  // A bracket within a value: only where the tag goes on behind it.
  return nextPlace(scan, tagEnd, at) < end && matchAt(goesOn, text, end) === null ? undefined : end;
}

function readWord(text: string, reading: Reading): boolean {
  const found = matchAt(word, text, reading.at)?.[0];
  if (found === undefined) return false;
  const own = found.endsWith('/') && text[reading.at + found.length] === ']' ? found.slice(0, -1) : found;
  reading.words.push(own.replaceAll(/^["'“”″‘’′]|["'“”″‘’′]$/g, ''));
  reading.at += own.length;
  return own !== '';
}

/** A value that never ends: the tag ends with the next bracket, or with the text where that is near. */
function cutAt(scan: Scan, reading: Reading): End {
  const bracket = nextPlace(scan, tagEnd, reading.at);
  if (bracket - reading.at > maxCutLength) return 'none';
  const isCut = bracket === scan.text.length;
  reading.isTechnical = true;
  reading.attributes.set('?', '');
  reading.at = isCut ? bracket : bracket + 1;
  return isCut ? 'cut' : 'bracket';
}

function skipSpace(text: string, reading: Reading): void {
  reading.at += matchAt(space, text, reading.at)![0].length;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
