/*
 * One character of a text as programs write it for each other: itself, behind a backslash, as a byte of a URL or of xtext, as a reference of HTML, as an
 * escape of JSON. What stands at a place may be read in several ways ("+40" is three characters, or an at sign); whoever looks for something tries each.
 */

/** What may be read at a place of a text, folded (see `foldCharacter`), and where it ends. */
export interface Reading {
  readonly character: string;
  readonly end: number;
}

/** The readings at every place of a text: each is made once, when it is first asked for. */
export function characterReadings(text: string): (at: number) => readonly Reading[] {
  const made: (readonly Reading[] | undefined)[] = [];
  return (at) => (made[at] ??= readingsAt(text, at));
}

/** A character in the form in which two are compared: lower case, and of half and full width alike. */
export function foldCharacter(character: string): string {
  return (character > '\x7F' ? character.normalize('NFKC') : character).toLowerCase();
}

function readingsAt(text: string, at: number): readonly Reading[] {
  const point = text.codePointAt(at);
  if (point === undefined) return [];
  const literal = { character: foldCharacter(String.fromCodePoint(point)), end: at + (point > 0xffff ? 2 : 1) };
  const escaped = escapedAt(text, at, literal.character);
  return escaped === undefined ? [literal] : [literal, escaped];
}

function escapedAt(text: string, at: number, sign: string): Reading | undefined {
  if (sign === '\\') return backslashed(text, at);
  if (sign === '%' || sign === '=' || sign === '+') return bytesAt(text, at);
  return sign === '&' ? referenceAt(text, at) : undefined;
}

// RFC 8259 7; RFC 6533 3 writes what is beyond ASCII as \x{…}.
const escapes = /\\(?:u([0-9a-f]{4})|x\{([0-9a-f]{1,6})\})/iy;

function backslashed(text: string, at: number): Reading | undefined {
  escapes.lastIndex = at;
  const found = escapes.exec(text);
  if (found) return ofPoint(Number.parseInt(found[1] ?? found[2] ?? '', 16), escapes.lastIndex);
  const point = text.codePointAt(at + 1);
  return point === undefined ? undefined : ofPoint(point, at + (point > 0xffff ? 3 : 2));
}

/** RFC 3986 2.1, RFC 3461 4 (xtext) and RFC 2045 6.7: a sign and two digits for each byte, of which UTF-8 has up to four for a character. */
function bytesAt(text: string, at: number): Reading | undefined {
  const first = byteAt(text, at);
  if (first === undefined) return undefined;
  if (first < 0x80) return ofPoint(first, at + 3);
  const count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const bytes = Array.from({ length: count }, (_, index) => byteAt(text, at + 3 * index) ?? 0);
  const [character = ''] = Buffer.from(bytes).toString('utf8');
  return character === '\uFFFD' ? undefined : { character: foldCharacter(character), end: at + 3 * count };
}

function byteAt(text: string, at: number): number | undefined {
  const digits = text.slice(at + 1, at + 3);
  return /^[%=+]$/.test(text[at] ?? '') && /^[0-9a-f]{2}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

const reference = /&(?:#([0-9]{1,7})|#x([0-9a-f]{1,6})|(commat|period|plus|lowbar|hyphen|dash|quot|apos|percnt|equals|lt|gt|amp|num));?/iy;
const named: Readonly<Record<string, string>> = {
  commat: '@',
  period: '.',
  plus: '+',
  lowbar: '_',
  hyphen: '-',
  dash: '-',
  quot: '"',
  apos: "'",
  percnt: '%',
  equals: '=',
  lt: '<',
  gt: '>',
  amp: '&',
  num: '#',
};

function referenceAt(text: string, at: number): Reading | undefined {
  reference.lastIndex = at;
  const found = reference.exec(text);
  if (!found) return undefined;
  const [, decimal, hexadecimal, name = ''] = found;
  const end = reference.lastIndex;
  if (decimal !== undefined) return ofPoint(Number(decimal), end);
  if (hexadecimal !== undefined) return ofPoint(Number.parseInt(hexadecimal, 16), end);
  return { character: named[name.toLowerCase()] ?? '', end };
}

function ofPoint(point: number, end: number): Reading | undefined {
  return point > 0x10ffff ? undefined : { character: foldCharacter(String.fromCodePoint(point)), end };
}
