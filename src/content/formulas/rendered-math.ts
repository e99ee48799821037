/*
 * Formulas that a program has drawn, as MathML again: MathJax' elements, whose letters stand in the names of classes, its SVG, whose parts say what they
 * are, and KaTeX' boxes.
 */
import { element, hasClass, text } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { plainContent } from './math-tokens.ts';

// What is there for its height or width alone, or says the same again.
const strutTags = new Set(
  'mjx-nstrut mjx-dstrut mjx-tstrut mjx-strut mjx-spacer mjx-line mjx-surd mjx-break mjx-linestrut mjx-rbox mjx-assistive-mml mjx-speech mjx-tool'.split(
    ' ',
  ),
);

/** The MathML of what MathJax draws with elements of its own. */
export function mathOfElements(nodes: readonly HtmlNode[]): HtmlNode[] {
  return nodes.flatMap((node): HtmlNode[] => {
    if (node.kind === 'text') return [node];
    if (strutTags.has(node.tag)) return [];
    const character = characterOfClass(node.attributes['class'] ?? '');
    if (character !== undefined) return [text(plainContent(node.children) || character)];
    const name = node.tag.startsWith('mjx-') ? node.tag.slice(4) : '';
    if (/^(?:script|frac|num|den|dbox|dtable|row|box|sqrt|base|over|under|table|itable|root|mark|utext|c|block)$/.test(name) || name === '')
      return mathOfElements(node.children);
    return [element(name === 'texatom' || name === 'math' ? 'mrow' : name, node.attributes, argumentsOf(node, name))];
  });
}

function argumentsOf(node: HtmlElement, name: string): HtmlNode[] {
  const within = (tag: string): HtmlNode => element('mrow', {}, mathOfElements(nearest(node.children, tag)?.children ?? []));
  if (name === 'mfrac') return [within('mjx-num'), within('mjx-den')];
  if (name === 'msqrt') return [within('mjx-box')];
  if (name === 'mroot') return [within('mjx-box'), within('mjx-root')];
  if (name === 'munderover' && nearest(node.children, 'mjx-under')) return [within('mjx-base'), within('mjx-under'), within('mjx-over')];
  if (name === 'munder' && nearest(node.children, 'mjx-under')) return [within('mjx-base'), within('mjx-under')];
  if (name === 'mover' && nearest(node.children, 'mjx-over')) return [within('mjx-base'), within('mjx-over')];
  const children = mathOfElements(node.children);
  const [base, raised, lowered] = children;
  // Both scripts stand in one box, the upper one first.
  return (name === 'msubsup' || name === 'munderover') && raised && lowered && children.length === 3 ? [base!, lowered, raised] : children;
}

/** The first element of a tag that stands in none of its kind. */
function nearest(nodes: readonly HtmlNode[], tag: string): HtmlElement | undefined {
  for (const node of nodes) {
    if (node.kind === 'text') continue;
    if (node.tag === tag) return node;
    // What belongs to a formula within this one is not looked into.
    const found =
      /^mjx-m(?:frac|sqrt|root|over|under|underover)$/.test(node.tag) && tag !== 'mjx-base' ? undefined : nearest(node.children, tag);
    if (found) return found;
  }
  return undefined;
}

function characterOfClass(names: string): string | undefined {
  const code = /(?:^|\s)mjx-c([0-9A-F]{1,6})(?:\s|$)/.exec(names)?.[1];
  return code === undefined ? undefined : characterOf(code);
}

function characterOf(code: string): string | undefined {
  const point = Number.parseInt(code, 16);
  return point >= 0x20 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff) ? String.fromCodePoint(point) : undefined;
}

/** The MathML of what MathJax draws as SVG. */
export function mathOfSvg(nodes: readonly HtmlNode[]): HtmlNode[] {
  return nodes.flatMap((node): HtmlNode[] => {
    if (node.kind === 'text' || /^(?:defs|rect|line|title|desc|style)$/.test(node.tag)) return [];
    const code = node.attributes['data-c'];
    if (code !== undefined) return [text(characterOf(code) ?? '')];
    if (node.tag === 'text') return [text(plainContent(node.children))];
    const name = node.attributes['data-mml-node'];
    if (name === undefined) return mathOfSvg(node.children);
    return [element(name === 'TeXAtom' || name === 'math' ? 'mrow' : name.toLowerCase(), {}, partsOfSvg(node, name))];
  });
}

function partsOfSvg(node: HtmlElement, name: string): HtmlNode[] {
  const own = node.children.filter((child): child is HtmlElement => child.kind === 'element');
  const row = (list: readonly HtmlElement[]): HtmlNode => element('mrow', {}, mathOfSvg(list));
  if (name === 'msqrt') return mathOfSvg(own.filter((child) => !isSurd(child)));
  if (name === 'mroot') {
    const content = own.filter((child) => child.attributes['data-mml-node'] === undefined);
    return [row(content), row(own.filter((child) => !content.includes(child) && !isSurd(child)))];
  }
  if (name !== 'msubsup' && name !== 'munderover') return mathOfSvg(node.children);
  const [base, ...scripts] = own;
  const [lower, upper] = scripts.toSorted((one, other) => heightOf(one) - heightOf(other));
  return [base, lower, upper].filter((part) => part !== undefined).map((part) => row([part]));
}

function isSurd(node: HtmlElement): boolean {
  return node.attributes['data-mml-node'] === 'mo' && plainContent(mathOfSvg(node.children)) === '√';
}

/** How high a part of a drawing stands: upwards, as MathJax counts. */
function heightOf(node: HtmlElement): number {
  return Number(/translate\([^,()]{1,20},\s?(-?[\d.]{1,12})\)/.exec(node.attributes['transform'] ?? '')?.[1] ?? 0);
}

/** The MathML of KaTeX' boxes, as far as they say what is raised, lowered or a fraction. */
export function mathOfBoxes(nodes: readonly HtmlNode[]): HtmlNode[] {
  const read: HtmlNode[] = [];
  for (const node of nodes) {
    if (node.kind === 'text') {
      if (node.text.trim() !== '') read.push(tokenOf(node.text));
    } else if (hasClass(node, scriptClasses)) read.push(scriptedBox(read.pop(), node));
    else if (hasClass(node, fractionClasses)) read.push(element('mfrac', {}, linesOf(node).toReversed().filter(hasWords).map(boxRow)));
    else if (hasClass(node, rootClasses)) read.push(element('msqrt', {}, linesOf(node).slice(0, 1).map(boxRow)));
    else if (hasClass(node, atomClasses)) read.push(element('mrow', {}, mathOfBoxes(node.children)));
    else if (node.tag !== 'svg' && !hasClass(node, emptyClasses)) read.push(...mathOfBoxes(node.children));
  }
  return read;
}

const scriptClasses = new Set(['msupsub']);
const fractionClasses = new Set(['mfrac']);
const rootClasses = new Set(['sqrt']);
const atomClasses = new Set(['mord', 'mop', 'minner']);
const emptyClasses = new Set(['pstrut', 'strut', 'katex-mathml']);
const lineClasses = new Set(['vlist']);
const loweringClasses = new Set(['vlist-t2']);

function tokenOf(value: string): HtmlElement {
  const content = value.trim();
  return element(/^[\d.,]+$/.test(content) ? 'mn' : /^\p{L}/u.test(content) ? 'mi' : 'mo', {}, [text(content)]);
}

/** What stands one above the other in a box, from below. */
function linesOf(box: HtmlElement): HtmlElement[] {
  return (nearestOfClass(box.children, lineClasses)?.children ?? []).filter((child): child is HtmlElement => child.kind === 'element');
}

function nearestOfClass(nodes: readonly HtmlNode[], names: ReadonlySet<string>): HtmlElement | undefined {
  for (const node of nodes) {
    if (node.kind === 'text') continue;
    const found = hasClass(node, names) ? node : nearestOfClass(node.children, names);
    if (found) return found;
  }
  return undefined;
}

function hasWords(node: HtmlElement): boolean {
  return plainContent(node.children).replaceAll('\u200B', '') !== '';
}

function boxRow(node: HtmlElement): HtmlNode {
  return element('mrow', {}, mathOfBoxes(node.children));
}

function scriptedBox(base: HtmlNode | undefined, box: HtmlElement): HtmlElement {
  const lines = linesOf(box).filter(hasWords).map(boxRow);
  const root = base ?? element('mrow');
  if (lines.length === 2) return element('msubsup', {}, [root, ...lines]);
  return element(nearestOfClass(box.children, loweringClasses) ? 'msub' : 'msup', {}, [root, ...lines]);
}
