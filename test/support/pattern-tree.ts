/*
 * The shape of a regular expression, as far as its worst inputs need it: which pieces stand after one another, and what one character of each may be.
 */

/** A piece of a pattern: one of some characters (`named` are those that the pattern writes out somewhere), one of some sequences, or nothing that takes up a character (an anchor, a look-around). */
export type Piece =
  | { readonly kind: 'characters'; readonly members: readonly string[]; readonly named: readonly string[] }
  | { readonly kind: 'choice'; readonly sequences: readonly Sequence[] }
  | { readonly kind: 'back'; readonly group: number }
  | { readonly kind: 'nothing'; readonly sequences: readonly Sequence[] };

/** Pieces after one another, with what a quantifier says of each. */
export type Sequence = readonly { readonly piece: Piece; readonly minCount: number; readonly maxCount: number }[];

/** Characters that stand for the kinds that classes tell apart. */
const specimens = Array.from(' \n\t\u00a0axA0-./<>"=&;:([@_,é中\u0301\u200b\u202eЖ');

/** Reads a pattern that is known to be valid. */
export function parsePattern({ source, flags }: RegExp): readonly Sequence[] {
  const literals = literalsOf(source);
  const plainFlags = flags.replaceAll(/[gy]/g, '');
  let at = 0;

  const charactersOf = (one: string): Piece => {
    const pattern = new RegExp(`^(?:${one})$`, plainFlags);
    const among = (candidates: readonly string[]): string[] => candidates.filter((character) => pattern.test(character));
    const named = among(literals);
    const members = [...new Set([...among(specimens), ...named])];
    return { kind: 'characters', members: members.length > 0 ? members : [firstMember(pattern)], named };
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const choice = (): Sequence[] => {
    const sequences = [sequence()];
    while (source[at] === '|') {
      at++;
      sequences.push(sequence());
    }
    return sequences;
  };
  const group = (opening: string): Piece => {
    const sequences = choice();
    at++;
    return /^\(\?<?[=!]/.test(opening) ? { kind: 'nothing', sequences } : { kind: 'choice', sequences };
  };
  const piece = (): Piece => {
    const opening = take(/\((?:\?(?:[:=!]|<[=!]|<\w+>))?/y);
    if (opening !== undefined) return group(opening);
    if (take(/[\^$]|\\[bB]/y) !== undefined) return { kind: 'nothing', sequences: [] };
    const back = take(/\\[1-9]\d*/y);
    if (back !== undefined) return { kind: 'back', group: Number(back.slice(1)) };
    const one =
      take(/\[(?:\\.|[^\]\\])*\]|\\u\{[0-9A-Fa-f]+\}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[pP]\{[^}]*\}|\\c[A-Za-z]|\\[^]|[^]/uy) ?? '';
    return charactersOf(one);
  };
  const sequence = (): Sequence => {
    const pieces = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const found = piece();
      const quantifier = take(/(?:[*+?]|\{\d+(?:,\d*)?\})\??/y)?.replace(/(?<=.)\?$/, '');
      pieces.push({ piece: found, ...countsOf(quantifier) });
    }
    return pieces;
  };
  return choice();
}

/** The characters that a pattern names: where its quantifiers meet, they meet in these. */
export function literalsOf(source: string): string[] {
  const escaped = [...source.matchAll(/\\([^A-Za-z0-9])/g)].map(([, character = '']) => character);
  const plain = source.replaceAll(/\\u\{?[0-9A-Fa-f]+\}?|\\[pP]\{[^}]*\}|\(\?<\w+>|\\[^]|[[\](){}|^$*+?.]/g, '');
  return [...new Set([...escaped, ...plain])];
}

function countsOf(quantifier: string | undefined): { readonly minCount: number; readonly maxCount: number } {
  if (quantifier === undefined) return { minCount: 1, maxCount: 1 };
  if (quantifier === '*') return { minCount: 0, maxCount: Infinity };
  if (quantifier === '+') return { minCount: 1, maxCount: Infinity };
  if (quantifier === '?') return { minCount: 0, maxCount: 1 };
  const [from = '1', to] = quantifier.slice(1, -1).split(',');
  return { minCount: Number(from), maxCount: to === undefined ? Number(from) : to === '' ? Infinity : Number(to) };
}

/** A class may hold none of the specimens: the first character of the first plane that it holds. */
function firstMember(pattern: RegExp): string {
  for (let code = 0; code <= 0x1ffff; code++) if (pattern.test(String.fromCodePoint(code))) return String.fromCodePoint(code);
  return '';
}
