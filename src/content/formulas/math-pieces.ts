/*
 * What a formula is put together from, and how its pieces stand beside each other: "S = e^(kt)", "2(a + b)", "sin x", "3 1/2".
 */
import { exponentSign, indexSign } from '../../kernel/text/exponents.ts';

/** How a piece of a formula stands beside others. */
type PieceKind =
  | 'operand'
  | 'number'
  | 'word'
  | 'fraction'
  | 'infix'
  | 'sign'
  | 'open'
  | 'close'
  | 'comma'
  | 'postfix'
  | 'big'
  | 'bar'
  | 'space'
  | 'table';

/** A piece of a formula in its line. */
export interface Piece {
  readonly kind: PieceKind;
  readonly text: string;
  /** It stays one thing beside others: no brackets are needed around it. */
  readonly isWhole: boolean;
}

/** Signs that stand before a thing as well as between two. */
export const prefixSigns = new Set(['+', '−', '±', '∓', '¬', '∂', '∇', '∀', '∃', 'Δ', '∆']);

/** Room that a formula leaves. */
export const gap: Piece = { kind: 'space', text: '', isWhole: true };

/** The pieces of a row as one; in a script they stand tight. */
export function joined(pieces: readonly Piece[], isTight: boolean): Piece | undefined {
  if (pieces.length <= 1) return pieces[0];
  let text = '';
  let last: Piece | undefined;
  let isApart = false;
  for (const stated of pieces) {
    if (stated.kind === 'space') {
      isApart = last !== undefined;
      continue;
    }
    const piece = standing(stated, last);
    text += last === undefined ? '' : isApart && !/\s$/.test(text) ? ' ' : spaceBetween(last, piece, isTight);
    text += piece.text;
    isApart = false;
    last = piece;
  }
  if (last === undefined) return undefined;
  return { kind: 'operand', text, isWhole: isEnclosed(text) };
}

/** What a piece is behind another: a plus or minus with nothing before it is a sign, a table in brackets a matrix. */
function standing(piece: Piece, last: Piece | undefined): Piece {
  if (piece.kind === 'table' && last?.kind === 'open') return { ...piece, kind: 'operand' };
  return isSignAt(piece, last) ? { ...piece, kind: 'sign' } : piece;
}

/** Whether a plus or minus has nothing before it that it could be added to. */
function isSignAt(piece: Piece, last: Piece | undefined): boolean {
  return piece.kind === 'infix' && prefixSigns.has(piece.text) && (last === undefined || /^(?:infix|sign|open|comma|big)$/.test(last.kind));
}

const operandKinds: ReadonlySet<PieceKind> = new Set(['operand', 'number', 'word', 'fraction', 'big', 'table']);
const nothingBehind: ReadonlySet<PieceKind> = new Set(['open', 'sign']);
const nothingBefore: ReadonlySet<PieceKind> = new Set(['close', 'comma', 'postfix']);
const endings: ReadonlySet<PieceKind> = new Set(['close', 'postfix']);
// What would be read as one with what stands beside it.
const apartKinds: ReadonlySet<PieceKind> = new Set(['word', 'fraction', 'big']);
const functionKinds: ReadonlySet<PieceKind> = new Set(['word', 'operand', 'number']);

function spaceBetween(last: Piece, piece: Piece, isTight: boolean): string {
  if (nothingBehind.has(last.kind) || nothingBefore.has(piece.kind)) return '';
  if (piece.kind === 'word' && /^[,.;:)\]]/.test(piece.text)) return '';
  const hasWord = last.kind === 'word' || piece.kind === 'word';
  if (last.kind === 'comma' || piece.kind === 'infix' || last.kind === 'infix') return isTight && !hasWord ? '' : ' ';
  const follows = operandKinds.has(piece.kind) || piece.kind === 'sign' || (piece.kind === 'open' && !functionKinds.has(last.kind));
  if (!follows || !(operandKinds.has(last.kind) || endings.has(last.kind))) return '';
  if (apartKinds.has(last.kind) || apartKinds.has(piece.kind) || piece.kind === 'table') return ' ';
  if (last.kind === 'number' && piece.kind === 'number') return ' ';
  // "x_i y": the next letter would be read as a part of the index.
  return /[\^_][^()\s]$/u.test(last.text) ? ' ' : '';
}

function isEnclosed(text: string): boolean {
  if (!/^\(.*\)$/su.test(text)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    if (depth === 0) return at === text.length - 1;
  }
  return false;
}

/** A piece as one thing: in brackets unless it is one anyway. */
export function bracketed(piece: Piece | undefined): string {
  if (piece === undefined) return '';
  return piece.isWhole && piece.kind !== 'fraction' ? piece.text : `(${piece.text})`;
}

/** A piece with what stands below and above behind it. */
export function scripted(base: Piece | undefined, sub: Piece | undefined, sup: Piece | undefined): Piece | undefined {
  if (base === undefined && sub === undefined && sup === undefined) return undefined;
  const root = base === undefined ? '' : base.kind === 'close' || base.kind === 'open' || base.kind === 'bar' ? base.text : bracketed(base);
  const text = `${root}${sub === undefined ? '' : indexSign(sub.text)}${sup === undefined ? '' : exponentSign(sup.text)}`;
  const kind = base?.kind === 'big' || base?.kind === 'word' || base?.kind === 'close' || base?.kind === 'infix' ? base.kind : 'operand';
  return { kind: base?.kind === 'infix' && root.startsWith('(') ? 'operand' : kind, text, isWhole: true };
}
