import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { replaceUnfit } from '../../kernel/text/clean-text.ts';
import { guessEncoding } from './guess-encoding.ts';
import { SourceError } from '../source-error.ts';

/*
 * Bytes to text: byte order mark, HTTP charset, XML declaration, utf-8, windows-1252, in this order; what claims one encoding
 * and plainly is utf-8 is read as utf-8, what claims utf-8 and plainly is another as that. The text that comes out holds no control character, lone surrogate or noncharacter.
 */

/** Labels that mean something wider in the wild, as browsers read them (WHATWG Encoding). */
const widerEncodings: ReadonlyMap<string, string> = new Map([
  ['iso-8859-1', 'windows-1252'],
  ['iso8859-1', 'windows-1252'],
  ['iso_8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['l1', 'windows-1252'],
  ['ascii', 'windows-1252'],
  ['us-ascii', 'windows-1252'],
  ['ansi_x3.4-1968', 'windows-1252'],
  ['iso-8859-9', 'windows-1254'],
  ['iso-8859-11', 'windows-874'],
  ['tis-620', 'windows-874'],
  ['gb2312', 'gb18030'],
  ['gb_2312-80', 'gb18030'],
  ['x-gbk', 'gb18030'],
  ['gbk', 'gb18030'],
  ['x-sjis', 'shift_jis'],
  ['x-euc-jp', 'euc-jp'],
  ['ks_c_5601-1987', 'euc-kr'],
  ['x-mac-roman', 'macintosh'],
  ['x-mac-cyrillic', 'maccyrillic'],
  ['unicode', 'utf-16'],
]);

const utf8Labels = new Set(['utf-8', 'utf8', 'utf_8', 'unicode-1-1-utf-8', 'u8', 'utf-8n']);

/** Decodes a document. `contentType` is the HTTP header as it came. */
export function decodeText(bytes: Uint8Array, contentType?: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return meantText(decodeBytes(buffer, contentType));
  } catch (error) {
    throw new SourceError('decode', 'Expected text, got bytes that no known encoding explains', { cause: error });
  }
}

function decodeBytes(buffer: Buffer, contentType: string | undefined): string {
  const marked = encodingByMark(buffer) ?? encodingByPattern(buffer);
  if (marked !== undefined) return decodeAs(buffer, marked);
  const labels = [charsetOf(contentType), declaredEncoding(buffer)].filter((label) => label !== undefined && isKnown(label));
  const encodings = labels.map((label = '') => (utf8Labels.has(label) ? 'utf-8' : (widerEncodings.get(label) ?? label)));
  const [encoding] = encodings;
  const isValid = isUtf8(buffer);
  if (encoding === undefined || encoding === 'utf-8') return isValid ? buffer.toString('utf8') : decodeBrokenUtf8(buffer, encodings);
  // A server's default charset over a document in utf-8: bytes beyond ASCII that form valid utf-8 do so by no accident.
  if (isValid && (encoding === 'windows-1252' || isWide(encoding) || (isSingleByte(encoding) && hasTwoSequences(buffer))))
    return buffer.toString('utf8');
  const text = decodeAs(buffer, encoding);
  return isValid && text.includes('\uFFFD') ? buffer.toString('utf8') : text;
}

const upperHalf = Buffer.from(Array.from({ length: 128 }, (_, index) => 0x80 + index));

/** An encoding that makes a character of each byte. Text in one forms a valid sequence of utf-8 once by accident, never throughout. */
function isSingleByte(encoding: string): boolean {
  return encoding !== 'iso-2022-jp' && iconv.decode(upperHalf, encoding).length === upperHalf.length;
}

/** Whether valid utf-8 holds at least two characters beyond ASCII. */
function hasTwoSequences(buffer: Buffer): boolean {
  const first = buffer.findIndex((byte) => byte >= 0xc0);
  return first !== -1 && buffer.subarray(first + 1).some((byte) => byte >= 0xc0);
}

/** A declaration that was read as ASCII cannot be true when it says utf-16 or utf-32. */
function isWide(encoding: string): boolean {
  return /^(utf|ucs)-?_?(16|32|2|4)/.test(encoding);
}

function isKnown(label: string): boolean {
  return utf8Labels.has(label) || widerEncodings.has(label) || iconv.encodingExists(label) || label === 'iso-2022-jp';
}

function decodeAs(buffer: Buffer, encoding: string): string {
  if (encoding === 'utf-8') return buffer.toString('utf8');
  if (encoding === 'iso-2022-jp') return new TextDecoder(encoding).decode(buffer);
  return iconv.decode(buffer, encoding);
}

function encodingByMark(buffer: Buffer): string | undefined {
  const [a, b, c, d] = buffer;
  if (a === 0xef && b === 0xbb && c === 0xbf) return isUtf8(buffer) ? 'utf-8' : undefined;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be';
  return undefined;
}

/** The first two characters of a document are ASCII (XML 1.0, appendix F): where the zero bytes are tells the width and the order. */
function encodingByPattern(buffer: Buffer): string | undefined {
  const [a, b, c, d] = buffer;
  if (a === 0 && b === 0 && c === 0 && d) return 'utf-32be';
  if (a && b === 0 && c === 0 && d === 0) return 'utf-32le';
  if (a === 0 && b && c === 0 && d) return 'utf-16be';
  if (a && b === 0 && c && d === 0) return 'utf-16le';
  return undefined;
}

function charsetOf(contentType: string | undefined): string | undefined {
  const label = /charset\s*=[\s"']*([\w.:-]+)/i.exec(contentType ?? '')?.[1];
  return label?.toLowerCase();
}

function declaredEncoding(buffer: Buffer): string | undefined {
  const head = buffer.toString('latin1', 0, 2048);
  const label = /<\?xml[^<>]{0,200}?\sencoding\s*=\s*["']\s*([\w.:-]+)/i.exec(head)?.[1];
  return label?.toLowerCase();
}

/**
 * Text that says or seems to be utf-8 and is not throughout: many sites paste windows-1252 into it. Valid sequences are read as utf-8,
 * other bytes as windows-1252. Where strays prevail it is a legacy encoding as a whole, whatever is claimed.
 */
function decodeBrokenUtf8(buffer: Buffer, declared: readonly string[]): string {
  const strays: number[] = [];
  const accidents: number[] = [];
  let sequenceCount = 0;
  // So many strays are no accident, and more need not be counted.
  for (let at = 0; at < buffer.length && strays.length <= maxStrays;) {
    const length = sequenceLength(buffer, at);
    if (length === 0) strays.push(at);
    if (length > 1) sequenceCount++;
    if (sequenceCount <= maxStrays && isFrenchQuote(buffer, at)) accidents.push(at, at + 1, at + 2);
    at += Math.max(1, length);
  }
  const legacy = sequenceCount <= strays.length || strays.length > maxStrays ? decodeLegacy(buffer, declared, strays.length) : undefined;
  if (legacy !== undefined) return legacy;
  const single = sequenceCount <= strays.length ? [...strays, ...accidents].sort((a, b) => a - b) : strays;
  const parts: string[] = [];
  let start = 0;
  for (const at of single) {
    parts.push(buffer.toString('utf8', start, at), iconv.decode(buffer.subarray(at, at + 1), 'windows-1252'));
    start = at + 1;
  }
  parts.push(buffer.toString('utf8', start));
  return parts.join('');
}

/** The document in the other encoding that it declares, else in the one that explains it; undefined for utf-8 with some windows-1252 pasted in. */
function decodeLegacy(buffer: Buffer, declared: readonly string[], strayCount: number): string | undefined {
  const other = declared.find((encoding) => encoding !== 'utf-8' && !isWide(encoding));
  const text = other === undefined ? undefined : decodeAs(buffer, other);
  if (text?.includes('\uFFFD') === false) return text;
  const guess = guessEncoding(buffer);
  const isPasted = guess === 'windows-1252' && declared.length > 0 && strayCount <= maxStrays;
  return isPasted ? undefined : iconv.decode(buffer, guess);
}

const maxStrays = 20_000;

/** "é »" with its no-break space in windows-1252 is valid utf-8, an ideogram. Among strays it is what it looks like. */
function isFrenchQuote(buffer: Buffer, at: number): boolean {
  return (buffer[at] ?? 0) >= 0xe0 && (buffer[at] ?? 0) <= 0xef && buffer[at + 1] === 0xa0 && buffer[at + 2] === 0xbb;
}

/** Length of the utf-8 sequence at an offset, 0 when there is none. */
function sequenceLength(buffer: Buffer, at: number): number {
  const lead = buffer[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  for (let i = 1; i < length; i++) if (((buffer[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = buffer[at + 1] ?? 0;
  if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return 0;
  if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return 0;
  return length;
}

/** windows-1252 for 128 to 159: those who write these codes mean its quotes and dashes, and nobody means the control characters. */
const c1Meanings = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** What the character with this code means; empty for what no text may hold. */
export function meantCharacter(code: number): string {
  return meantText(String.fromCodePoint(code));
}

/**
 * What a text of a source means: without what no text may hold, and without byte order marks, which stand within texts where files were
 * joined. Line ends and directions stay as they are: what is decoded here is documents, not yet their texts.
 */
export function meantText(text: string): string {
  return replaceUnfit(text, meaningOf).replaceAll('\uFEFF', '');
}

function meaningOf(character: string): string {
  const meaning = c1Meanings[character.charCodeAt(0) - 0x80] ?? '';
  return meaning === character ? '' : meaning;
}
