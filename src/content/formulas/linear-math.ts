/*
 * MathML as a line of text: "S = e^(kt)", "(a + b)/2", "√2", "∑_(i=1)^n x_i". Whatever it holds, no letter and no number of a formula is lost, and each is
 * said once. The work is linear: a tree has a limited depth.
 */
import { exponentSign, indexSign } from '../../kernel/text/exponents.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { bracketed, gap, joined, scripted } from './math-pieces.ts';
import type { Piece } from './math-pieces.ts';
import { identifier, mathTag, number, operator, plainContent, words } from './math-tokens.ts';

type Read = (node: HtmlElement, isTight: boolean) => Piece | undefined;

/** A formula in a line; empty for one that shows nothing. */
export function linearMath(math: HtmlElement): string {
  return (rowOf(math.children, false)?.text ?? '').replaceAll(/\s+/gu, ' ').trim();
}

/** The elements of a formula that take the next: base, script, numerator. */
function parts(node: HtmlElement): HtmlElement[] {
  return node.children.filter((child): child is HtmlElement => child.kind === 'element');
}

function read(node: HtmlNode | undefined, isTight: boolean): Piece | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'text') {
    const text = node.text.replaceAll(/\s+/gu, ' ').trim();
    return text === '' ? undefined : { kind: 'word', text, isWhole: false };
  }
  const tag = mathTag(node);
  const known = Object.hasOwn(readers, tag) ? readers[tag] : undefined;
  return known ? known(node, isTight) : rowOf(node.children, isTight);
}

function rowOf(nodes: readonly HtmlNode[], isTight: boolean): Piece | undefined {
  const pieces = nodes.flatMap((node) => read(node, isTight) ?? []);
  return joined(pieces, isTight);
}

const accents: Readonly<Record<string, string>> = {
  '¯': '\u0304',
  '‾': '\u0304',
  '\u0304': '\u0304',
  '\u0305': '\u0304',
  '-': '\u0304',
  '−': '\u0304',
  _: '\u0304',
  '―': '\u0304',
  '^': '\u0302',
  ˆ: '\u0302',
  '\u0302': '\u0302',
  '~': '\u0303',
  '˜': '\u0303',
  '\u0303': '\u0303',
  '∼': '\u0303',
  '˙': '\u0307',
  '\u0307': '\u0307',
  '.': '\u0307',
  '¨': '\u0308',
  '\u0308': '\u0308',
  '→': '\u20D7',
  '\u20D7': '\u20D7',
  '˘': '\u0306',
  ˇ: '\u030C',
  '´': '\u0301',
  '`': '\u0300',
};
const braces = /^[⏞⏟⎴⎵︷︸]$/u;

function over(base: Piece | undefined, mark: Piece | undefined): Piece | undefined {
  if (mark === undefined || braces.test(mark.text)) return base;
  const accent = Object.hasOwn(accents, mark.text) ? accents[mark.text] : undefined;
  if (accent === undefined || base === undefined) return scripted(base, undefined, mark);
  const isShort = Array.from(base.text).length <= 3;
  return {
    ...base,
    text: isShort
      ? Array.from(base.text)
          .map((letter) => `${letter}${accent}`.normalize('NFC'))
          .join('')
      : `${bracketed(base)}${mark.text}`,
  };
}

function under(base: Piece | undefined, mark: Piece | undefined): Piece | undefined {
  if (mark === undefined || braces.test(mark.text)) return base;
  return /^(?:[_¯‾―]|\u0332)$/u.test(mark.text) ? base : scripted(base, mark, undefined);
}

function fraction(node: HtmlElement, isTight: boolean): Piece | undefined {
  const [top, bottom] = parts(node).map((part) => read(part, isTight));
  if (top === undefined || bottom === undefined) return top ?? bottom;
  if (/^0(?:\D|$)/.test(node.attributes['linethickness'] ?? ''))
    return { kind: 'operand', text: `${top.text} ¦ ${bottom.text}`, isWhole: false };
  const isDerivative = /^[d∂]/u.test(top.text) && /^[d∂]\p{L}$/u.test(bottom.text);
  const numerator = top.isWhole || (top.kind !== 'fraction' && !/[\s+−±/]/u.test(top.text)) ? top.text : `(${top.text})`;
  const isPlain = isDerivative || (bottom.isWhole && bottom.kind !== 'fraction');
  return {
    kind: 'fraction',
    text: `${top.kind === 'fraction' ? `(${top.text})` : numerator}/${isPlain ? bottom.text : `(${bottom.text})`}`,
    isWhole: false,
  };
}

function root(content: Piece | undefined, index: Piece | undefined): Piece | undefined {
  if (content === undefined) return undefined;
  const sign = index === undefined ? '√' : index.text === '3' ? '∛' : index.text === '4' ? '∜' : undefined;
  if (sign !== undefined) return { kind: 'operand', text: `${sign}${bracketed(content)}`, isWhole: true };
  return { kind: 'operand', text: `${bracketed(content)}^(1/${bracketed(index)})`, isWhole: true };
}

function multiscripts(node: HtmlElement): Piece | undefined {
  const all = parts(node);
  const split = all.findIndex((part) => mathTag(part) === 'mprescripts');
  const [base, ...behind] = split === -1 ? all : all.slice(0, split);
  const before = split === -1 ? [] : all.slice(split + 1);
  const pairsOf = (list: readonly HtmlElement[]): string => {
    let text = '';
    for (let at = 0; at < list.length; at += 2)
      text += `${exponentSign(read(list[at + 1], true)?.text ?? '')}${indexSign(read(list[at], true)?.text ?? '')}`;
    return text;
  };
  return { kind: 'operand', text: `${pairsOf(before)}${bracketed(read(base, false))}${pairsOf(behind)}`, isWhole: true };
}

/** Rows of a table parted by semicolons; its cells by commas in brackets, as of a matrix, else as they follow each other in equations that are aligned. */
function table(node: HtmlElement, isTight: boolean): Piece | undefined {
  const rows = parts(node)
    .map((row) => parts(row).map((cell) => read(cell, isTight)))
    .map((cells) => cells.filter((cell) => cell !== undefined));
  const isAligned =
    /left|right/.test(node.attributes['columnalign'] ?? '') ||
    rows.some(([first, second]) => second?.kind === 'infix' || /^[=<>≤≥≈]/u.test(second?.text ?? '') || first?.kind === 'infix');
  const lines = rows.filter((cells) => cells.length > 0).map((cells) => cells.map(({ text }) => text).join(isAligned ? ' ' : ', '));
  return lines.length === 0 ? undefined : { kind: 'table', text: lines.join('; '), isWhole: false };
}

function fenced(node: HtmlElement, isTight: boolean): Piece | undefined {
  const { open = '(', close = ')', separators = ',' } = node.attributes;
  const marks = Array.from(separators.replaceAll(/\s/g, ''));
  const pieces = parts(node).flatMap((part, at): Piece[] => {
    const piece = read(part, isTight);
    const mark = at === 0 ? undefined : marks[Math.min(at - 1, marks.length - 1)];
    return [
      ...(mark === undefined ? [] : [{ kind: mark === '|' ? ('bar' as const) : ('comma' as const), text: mark, isWhole: false }]),
      ...(piece ? [piece] : []),
    ];
  });
  const inner = joined(pieces, isTight)?.text ?? '';
  const text = `${open.trim()}${inner}${close.trim()}`;
  return text === '' ? undefined : { kind: 'operand', text, isWhole: true };
}

/** What has a meaning beside its picture: the first that is no annotation. */
function semantics(node: HtmlElement, isTight: boolean): Piece | undefined {
  const shown = rowOf(
    node.children.filter((child) => child.kind === 'text' || !mathTag(child).startsWith('annotation')),
    isTight,
  );
  return shown;
}

const nothing: Read = () => undefined;
const readers: Readonly<Record<string, Read>> = {
  mi: identifier,
  mn: number,
  mo: operator,
  mtext: words,
  ms: (node) => ({ kind: 'word', text: `“${plainContent(node.children)}”`, isWhole: true }),
  mspace: (node) => (/^(?:[1-9]|0?\.[89])/.test(node.attributes['width'] ?? '') ? gap : undefined),
  mglyph: (node) => (node.attributes['alt'] ? { kind: 'operand', text: node.attributes['alt'], isWhole: true } : undefined),
  mfrac: fraction,
  msqrt: (node) => root(rowOf(node.children, false), undefined),
  mroot: (node) => root(read(parts(node)[0], false), read(parts(node)[1], true)),
  msup: (node) => scripted(read(parts(node)[0], false), undefined, read(parts(node)[1], true)),
  msub: (node) => scripted(read(parts(node)[0], false), read(parts(node)[1], true), undefined),
  msubsup: (node) => scripted(read(parts(node)[0], false), read(parts(node)[1], true), read(parts(node)[2], true)),
  mover: (node) => over(read(parts(node)[0], false), read(parts(node)[1], true)),
  munder: (node) => under(read(parts(node)[0], false), read(parts(node)[1], true)),
  munderover: (node) => {
    const [base, below, above] = parts(node);
    const [lower, upper] = [read(below, true), read(above, true)];
    return upper !== undefined && (Object.hasOwn(accents, upper.text) || braces.test(upper.text))
      ? over(under(read(base, false), lower), upper)
      : scripted(read(base, false), lower, upper);
  },
  mmultiscripts: multiscripts,
  mtable: table,
  mfenced: fenced,
  semantics,
  maction: (node, isTight) => read(parts(node)[0], isTight),
  mphantom: nothing,
  none: nothing,
  mprescripts: nothing,
  annotation: nothing,
  'annotation-xml': nothing,
  script: nothing,
  style: nothing,
};
