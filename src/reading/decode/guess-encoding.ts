import iconv from 'iconv-lite';

/*
 * The encoding of text that names none and is no utf-8, told by how its language uses the bytes. Only scripts whose text is bytes beyond ASCII
 * throughout can be told; everything else is windows-1252, as it always was.
 */

/** Enough text to tell by. */
const sampleBytes = 20_000;

interface Candidate {
  readonly encoding: string;
  /** How well decoded text fits, 0 to 1. */
  readonly fit: (text: string, bytes: Buffer) => number;
}

/** In the order in which they are asked; the first that fits well is taken. */
const candidates: readonly Candidate[] = [
  { encoding: 'shift_jis', fit: (text) => (share(text, /[\uFF61-\uFF9F]/g) > 0.1 ? 0 : japanese(text)) },
  { encoding: 'euc-jp', fit: japanese },
  { encoding: 'euc-kr', fit: (text, bytes) => (share(text, /[\uAC00-\uD7A3]/g) > 0.9 ? pairedShare(bytes) : 0) },
  {
    encoding: 'gb18030',
    fit: (text, bytes) => (pairedShare(bytes) === 1 ? leadShare(bytes, 0xb0, 0xd7) + share(text, /[\u3000-\u303F\uFF00-\uFFEF]/g) : 0),
  },
  {
    encoding: 'big5',
    fit: (text, bytes) => (share(text, /\p{Script=Han}|[\u3000-\u303F\uFF00-\uFFEF]/gu) > 0.95 ? leadShare(bytes, 0xa4, 0xc6) : 0),
  },
  { encoding: 'windows-1255', fit: hebrew },
  { encoding: 'windows-1253', fit: greek },
  { encoding: 'koi8-u', fit: cyrillic },
  { encoding: 'windows-1251', fit: cyrillic },
  { encoding: 'windows-874', fit: thai },
];

/** The encoding that explains the bytes; windows-1252 where none of the others does. */
export function guessEncoding(buffer: Buffer): string {
  const sample = nonAsciiPart(buffer);
  for (const { encoding, fit } of candidates) {
    const text = iconv.decode(sample, encoding).replace(/[\0-\x7F]+/g, ' '); // oxlint-disable-line no-control-regex -- ASCII tells nothing
    if (share(text, /\uFFFD/g) < 0.02 && fit(text, sample) > 0.8) return encoding;
  }
  return 'windows-1252';
}

/** The document from its first byte beyond ASCII on. */
function nonAsciiPart(buffer: Buffer): Buffer {
  const first = buffer.findIndex((byte) => byte >= 0x80);
  return buffer.subarray(Math.max(0, first), Math.max(0, first) + sampleBytes);
}

/** The share of characters beyond ASCII that a pattern matches. */
function share(text: string, pattern: RegExp): number {
  const total = text.replaceAll(' ', '').length;
  return total === 0 ? 0 : (text.match(pattern)?.length ?? 0) / total;
}

/** Japanese is a third kana, in whole words of them; elsewhere kana are rare. */
function japanese(text: string): number {
  const kana = share(text, /[\u3041-\u30FE]/g);
  return kana > 0.3 && share(text, /[\u3000-\u30FF\u4E00-\u9FFF\uFF00-\uFF5E…―‥]/g) > 0.9 ? 1 : 0;
}

/** Cyrillic comes in words of several letters, small after the first; accented Latin letters stand alone. */
function cyrillic(text: string): number {
  return shareInWords(text, /^[А-ЯЁІЇЄҐЎЈЉЊЂЋЏЃЌЅ]?[а-яёіїєґўјљњђћџѓќѕ]{2,}$/);
}

/** Five letters of Hebrew have a form for the end of a word, which stands nowhere else; as Cyrillic these bytes are letters of any place. */
function hebrew(text: string): number {
  const within = text.match(/[ךםןףץ](?=[א-ת])/g)?.length ?? 0;
  const atEnd = text.match(/[ךםןףץ](?![א-ת])/g)?.length ?? 0;
  return atEnd > within * 20 ? shareInWords(text, /^[א-ת]{2,}$/) : 0;
}

/** Words of Greek have their accent inside; as Cyrillic half of these bytes are capitals in the middle of a word. */
function greek(text: string): number {
  return /[α-ω][ά-ί]/.test(text) ? shareInWords(text, /^[Α-ΩΆΈΉΊΌΎΏ]?[ά-ώΐ]{2,}$/) : 0;
}

/** Thai has long runs without a space, and marks above and below that always follow a letter. */
function thai(text: string): number {
  return /[\u0E31\u0E34-\u0E3A\u0E47-\u0E4E]/.test(text) && !/(?<![\u0E01-\u0E4E])[\u0E31\u0E34-\u0E3A\u0E47-\u0E4E]/.test(text)
    ? shareInWords(text, /^[\u0E01-\u0E5B]{3,}$/)
    : 0;
}

/** The share of characters beyond ASCII that stand in words of a pattern; 0 where all words are short, as accents in a row may look. */
function shareInWords(text: string, pattern: RegExp): number {
  const words = text.match(/\S+/g) ?? [];
  const lengthOf = (some: readonly string[]): number => some.reduce((length, word) => length + word.length, 0);
  return words.some((word) => word.length > 3) ? lengthOf(words.filter((word) => pattern.test(word))) / lengthOf(words) : 0;
}

/** The share of runs of bytes beyond ASCII that are pairs of such bytes; the apostrophe of "Don't" in windows-1252 stands alone. */
function pairedShare(bytes: Buffer): number {
  const runs = bytes.toString('latin1').match(/[\x80-\xFF]+/g) ?? [];
  return runs.filter((run) => run.length % 2 === 0).length / runs.length;
}

/** The share of two-byte characters whose first byte is in a range: where the common characters are. */
function leadShare(bytes: Buffer, from: number, to: number): number {
  let pairs = 0;
  let within = 0;
  for (let at = 0; at + 1 < bytes.length; at++) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) continue;
    pairs++;
    if (lead >= from && lead <= to) within++;
    at++;
  }
  return pairs === 0 ? 0 : within / pairs;
}
