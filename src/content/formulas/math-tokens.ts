/*
 * The leaves of MathML: letters, numbers, operators and words.
 */
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { gap, prefixSigns } from './math-pieces.ts';
import type { Piece } from './math-pieces.ts';

/** The name of a MathML element without the prefix of its language. */
export function mathTag(node: HtmlElement): string {
  return node.tag.slice(node.tag.lastIndexOf(':') + 1);
}

/** All text within a node, white space collapsed. */
export function plainContent(nodes: readonly HtmlNode[]): string {
  let content = '';
  for (const node of nodes) content += node.kind === 'text' ? node.text : plainContent(node.children);
  return content.replaceAll(/\s+/gu, ' ').trim();
}

const infixes = /^[=<>≤≥≠≈≃≅∼~≡∝≪≫⊂⊆⊃⊇∈∉∋∪∩∧∨∖→←↔⇒⇐⇔⟶⟵⟹⟸⟺↦+−\-±∓×÷·⋅∗*∘⊕⊗⊙≔:∣∥⊥⊢⊨≺≻≲≳≜⪯⪰]+$/u;
const opening = new Set(['(', '[', '{', '⟨', '⌊', '⌈', '〈', '⟦']);
const closing = new Set([')', ']', '}', '⟩', '⌋', '⌉', '〉', '⟧']);
const bigOperators = /^[∑∏∐∫∬∭∮⋃⋂⨁⨂⋁⋀]$/u;
// Function application, invisible times, invisible comma.
const invisible = /^[\u2061-\u2063\u200b\ufeff]*$/u;

/** An `mo`. */
export function operator(node: HtmlElement): Piece | undefined {
  const text = plainContent(node.children).replaceAll(/^-$/g, '−');
  if (invisible.test(text))
    return node.children.some((child) => child.kind === 'text' && /[\u00a0\u2003]/.test(child.text)) ? gap : undefined;
  if (text === '\u2064') return gap;
  if (text === ',' || text === ';') return { kind: 'comma', text, isWhole: false };
  if (opening.has(text)) return { kind: 'open', text, isWhole: false };
  if (closing.has(text)) return { kind: 'close', text, isWhole: false };
  if (bigOperators.test(text)) return { kind: 'big', text, isWhole: true };
  if (/^[!′″‴%.]+$/.test(text)) return { kind: 'postfix', text, isWhole: true };
  if (prefixSigns.has(text) && (node.attributes['form'] === 'prefix' || !infixes.test(text))) return { kind: 'sign', text, isWhole: false };
  if (infixes.test(text)) return { kind: 'infix', text, isWhole: false };
  if (/^\p{L}{2,}/u.test(text)) return { kind: 'word', text, isWhole: true };
  return { kind: /^[/|‖∕\\]+$/.test(text) ? 'bar' : 'operand', text, isWhole: true };
}

/** An `mi`. */
export function identifier(node: HtmlElement): Piece | undefined {
  const text = plainLetters(plainContent(node.children));
  if (invisible.test(text)) return undefined;
  return {
    kind: Array.from(text).length > 1 && /^\p{L}/u.test(text) && !/^\p{L}\p{M}$/u.test(text) ? 'word' : 'operand',
    text,
    isWhole: true,
  };
}

/** Letters as people type them, where a formula has them in a script of their own (Unicode, Mathematical Alphanumeric Symbols); double-struck ones say more. */
function plainLetters(text: string): string {
  if (!/[\u{1D400}-\u{1D7FF}\u210E]/u.test(text)) return text;
  return text.replaceAll(/[\u{1D400}-\u{1D537}\u{1D56C}-\u{1D7D7}\u{1D7E2}-\u{1D7FF}\u210E]/gu, (letter) => letter.normalize('NFKC'));
}

/** An `mtext`. */
export function words(node: HtmlElement): Piece | undefined {
  const text = plainContent(node.children);
  return text === '' ? (plainLength(node) > 0 ? gap : undefined) : { kind: 'word', text, isWhole: /^[\p{L}\p{N}]+$/u.test(text) };
}

function plainLength(node: HtmlElement): number {
  return node.children.reduce((length, child) => length + (child.kind === 'text' ? child.text.length : 1), 0);
}

/** An `mn`. */
export function number(node: HtmlElement): Piece | undefined {
  const text = plainLetters(plainContent(node.children));
  return text === '' ? undefined : { kind: 'number', text, isWhole: true };
}
