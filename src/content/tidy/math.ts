/*
 * Formulas in MathML, which no mail program shows: their signs in one line, in the order in which they are read.
 */
import { element, elementsOf, hasClass, text } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';

const katexClasses = new Set(['katex']);
// What a formula is drawn from, such as its TeX, and what keeps room in it: no browser shows either.
const unseenTags = new Set('annotation annotation-xml mphantom mspace'.split(' '));
const belowTags = new Set('msub munder'.split(' '));
const aboveTags = new Set('msup mover'.split(' '));
const bothTags = new Set('msubsup munderover'.split(' '));

/** The formula that an element is, or that KaTeX wrote beside its own drawing of it; undefined for any other. */
export function findMath(node: HtmlElement): HtmlElement | undefined {
  if (node.tag === 'math') return node;
  return hasClass(node, katexClasses) ? elementsOf(node.children).find(({ tag }) => tag === 'math') : undefined;
}

/** A formula within a line: "x<sup>2</sup>", "(a+b)/2", "√2". */
export function mathNodes(math: HtmlElement): HtmlNode[] {
  const isApart = math.attributes['display'] === 'block';
  return isApart ? [text(' '), ...rowNodes(math.children, false), text(' ')] : rowNodes(math.children, false);
}

/** `isScript`: within a raised or lowered part already, which none is opened inside of. */
function rowNodes(nodes: readonly HtmlNode[], isScript: boolean): HtmlNode[] {
  return nodes.flatMap((node) => (node.kind === 'text' ? signs(node.text) : partNodes(node, isScript)));
}

// Each part is converted once: twice at every level would be 2 to the power of the depth.
function partNodes(node: HtmlElement, isScript: boolean): HtmlNode[] {
  const { tag, children } = node;
  if (unseenTags.has(tag)) return [];
  const parts = children.filter((each) => each.kind === 'element');
  const part = (index: number, isRaised = isScript): HtmlNode[] => (parts[index] ? partNodes(parts[index], isRaised) : []);
  const script = (name: 'sub' | 'sup', index: number): HtmlNode[] => scriptNodes(name, part(index, true), isScript);
  if (tag === 'mfrac') return [...grouped(part(0)), text('/'), ...grouped(part(1))];
  if (tag === 'mroot') return [...script('sup', 1), text('√'), ...grouped(part(0))];
  if (tag === 'msqrt') return [text('√'), ...grouped(rowNodes(children, isScript))];
  if (belowTags.has(tag)) return [...part(0), ...script('sub', 1)];
  if (aboveTags.has(tag)) return [...part(0), ...script('sup', 1)];
  if (bothTags.has(tag)) return [...part(0), ...script('sub', 1), ...script('sup', 2)];
  const content = rowNodes(children, isScript);
  // Words and the cells of a table would run into their neighbours.
  return tag === 'mtext' || tag === 'mtd' ? [text(' '), ...content, text(' ')] : content;
}

/** A part that stands higher or lower; in letters where all of it does so already. */
function scriptNodes(tag: 'sub' | 'sup', content: HtmlNode[], isScript: boolean): HtmlNode[] {
  if (content.length === 0) return [];
  return isScript ? [text(tag === 'sup' ? '^' : '_'), ...grouped(content)] : [element(tag, {}, content)];
}

/** In brackets where it is more than one sign: what they hold together is held by a line in a drawing. */
function grouped(nodes: readonly HtmlNode[]): HtmlNode[] {
  return nodes.length > 1 ? [text('('), ...nodes, text(')')] : [...nodes];
}

/** White space stands between the elements of a formula for whoever writes it, and some operators are said but not seen. */
function signs(value: string): HtmlNode[] {
  const seen = value.replaceAll(/[\u2061-\u2064]/g, '').trim();
  return seen === '' ? [] : [text(seen)];
}
