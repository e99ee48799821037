/*
 * Post content as plain text, written for reading: wrapped paragraphs, lists with hanging indents, quotations with ">",
 * links as numbered footnotes. It walks the same tree as the html, so both parts say the same in the same order.
 */
import { visibleLine, visibleText } from '../../content/html/visible-text.ts';
import { withWrittenScripts } from '../../content/html/written-scripts.ts';
import { itemMarkers } from '../../content/html/list-numbers.ts';
import { isBlock } from '../../content/html/blocks.ts';
import { holdsTag, mapElements } from '../../content/html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../../content/html/html-tree.ts';
import { lettersOf } from '../../content/text/letters.ts';
import { wrapIndented, wrapText } from '../../content/text/wrap-text.ts';

/** Collects links and gives each url its number; `first` lets numbering run on through a digest. */
export interface Footnotes {
  readonly list: readonly { readonly number: number; readonly url: string }[];
  numberOf(url: string): number;
}

/** An empty list of footnotes that starts at a number, and passes over those that the texts give to notes of their own. */
export function createFootnotes(first: number, taken: ReadonlySet<number> = new Set()): Footnotes {
  const list: { number: number; url: string }[] = [];
  const numbers = new Map<string, number>();
  let next = first;
  return {
    list,
    numberOf(url) {
      const known = numbers.get(url);
      if (known !== undefined) return known;
      while (taken.has(next)) next += 1;
      list.push({ number: next, url });
      numbers.set(url, next);
      return next++;
    },
  };
}

/** The numbers that a text gives in brackets: marks of its notes, "[1]" or "[2, 3]". */
export function noteNumbers(nodes: readonly HtmlNode[]): number[] {
  if (!holdsTag(nodes, 'sup') && !visibleText(nodes).includes('[')) return [];
  const text = visibleText(withWrittenScripts(nodes, 'text'));
  return [...text.matchAll(/\[(\d{1,3}(?:[ ,;–-]{1,2}\d{1,3}){0,7})\]/g)].flatMap(([, list = '']) => list.split(/\D+/).map(Number));
}

// However deep a list or quotation is nested, words stay on lines: a letter a line would make megabytes of a page.
const leastWidth = 24;

/** Content as wrapped text, blocks apart by an empty line, without one at the end. */
export function plainText(nodes: readonly HtmlNode[], footnotes: Footnotes, width: number): string {
  return blocksOf(nodes, footnotes, Math.max(width, leastWidth))
    .filter((block) => block.trim() !== '')
    .join('\n\n');
}

function blocksOf(nodes: readonly HtmlNode[], footnotes: Footnotes, width: number): string[] {
  const blocks: string[] = [];
  let run: HtmlNode[] = [];
  const endRun = () => {
    blocks.push(wrapText(inline(run, footnotes), width));
    run = [];
  };
  for (const node of nodes) {
    if (node.kind === 'element' && isBlock(node)) {
      endRun();
      blocks.push(...blockText(node, footnotes, width));
    } else run.push(node);
  }
  endRun();
  return blocks;
}

function blockText(element: HtmlElement, footnotes: Footnotes, width: number): string[] {
  switch (element.tag) {
    case 'ul':
    case 'ol':
      return [listText(element, footnotes, width)];
    case 'blockquote':
      return [prefixed(plainText(element.children, footnotes, width - 2), '> ')];
    case 'pre':
      return [prefixed(preText(element.children, footnotes), '    ')];
    case 'figure':
      return blocksOf(withoutAltOfCaption(element.children), footnotes, width);
    case 'hr':
      // Other than the line between two posts.
      return ['· · ·'];
    case 'tr':
      return [tableText([element], footnotes, width)];
    case 'table':
      return [tableText(element.children, footnotes, width)];
    case 'dd':
      return [prefixed(plainText(element.children, footnotes, width - 4), '    ')];
    default:
      return blocksOf(element.children, footnotes, width);
  }
}

/** A picture that is called what its caption says is not named beside it. */
function withoutAltOfCaption(nodes: readonly HtmlNode[]): readonly HtmlNode[] {
  const caption = nodes.find((node) => node.kind === 'element' && node.tag === 'figcaption');
  const said = caption === undefined ? '' : lettersOf(visibleLine([caption]));
  return said === ''
    ? nodes
    : mapElements(nodes, (each) => (each.tag === 'img' && lettersOf(each.attributes['alt'] ?? '') === said ? null : each));
}

function listText(list: HtmlElement, footnotes: Footnotes, width: number): string {
  const markers = itemMarkers(list);
  const items: string[] = [];
  for (const item of list.children) {
    if (item.kind === 'text') continue;
    const bullet = markers.get(item) ?? '- ';
    const text = plainText(item.tag === 'li' ? item.children : [item], footnotes, width - bullet.length);
    const lines = text.split('\n').map((line, index) => `${index === 0 ? bullet : line === '' ? '' : ' '.repeat(bullet.length)}${line}`);
    if (text !== '') items.push(lines.join('\n'));
  }
  return items.join('\n');
}

function tableText(rows: readonly HtmlNode[], footnotes: Footnotes, width: number): string {
  const lines: (string | readonly Cell[])[] = [];
  const walk = (nodes: readonly HtmlNode[]) => {
    for (const node of nodes) {
      if (node.kind === 'text') continue;
      if (node.tag === 'tr') lines.push(cellsOf(node, footnotes));
      else if (node.tag === 'caption') lines.push(inline(node.children, footnotes));
      else walk(node.children);
    }
  };
  walk(rows);
  // A column without a word, such as one that keeps others apart or holds pictures, would be nothing but its line.
  const used = new Set(
    lines.flatMap((line) => (typeof line === 'string' ? [] : line.filter(({ text }) => text !== ''))).map((each) => each.column),
  );
  return lines
    .map((line) => (typeof line === 'string' ? wrapText(line, width) : wrapIndented(rowText(line, used), width, '', '  ')))
    .filter((line) => line.trim() !== '')
    .join('\n');
}

/** A cell and where it begins: cells before it may span more than one column. */
interface Cell {
  readonly column: number;
  readonly text: string;
}

function cellsOf(row: HtmlElement, footnotes: Footnotes): Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  for (const cell of row.children) {
    if (cell.kind === 'text') continue;
    cells.push({ column, text: inline(cell.children, footnotes).replaceAll('\n', ' ') });
    column += Number(cell.attributes['colspan'] ?? 1) || 1;
  }
  return cells;
}

/** A row in one line. A cell without words keeps its place, or those behind it would stand under another head; at the end it keeps none. */
function rowText(cells: readonly Cell[], columns: ReadonlySet<number>): string {
  const end = cells.findLastIndex(({ text }) => text !== '') + 1;
  return cells
    .slice(0, end)
    .filter(({ column }) => columns.has(column))
    .map(({ text }) => text)
    .join(' | ');
}

/** The text of a line: white space collapsed, `<br>` as a line feed, links with their number. */
function inline(nodes: readonly HtmlNode[], footnotes: Footnotes): string {
  return inlineRaw(withWrittenScripts(nodes, 'text'), footnotes)
    .replaceAll(/[^\S\n\u00A0]+/gu, ' ')
    .replaceAll(/(?<! ) *\n */g, '\n')
    .trim();
}

/** The text of nodes with its white space not yet collapsed; in preformatted text each space counts, and so do line feeds. */
function inlineRaw(nodes: readonly HtmlNode[], footnotes: Footnotes, isPreformatted = false): string {
  let text = '';
  for (const node of nodes) {
    if (node.kind === 'text') text += isPreformatted ? node.text : withPlainSpaces(node.text);
    else if (node.tag === 'br') text += '\n';
    else if (node.tag === 'ol') text += numberedLine(node, footnotes);
    else if (node.tag === 'img') text += node.attributes['alt'] ? `[${node.attributes['alt']}]` : '';
    else {
      const inner = inlineRaw(node.children, footnotes, isPreformatted);
      if (node.tag === 'a') text += linkText(inner, node.attributes['href'], footnotes);
      else if (node.tag === 'q') text += `“${inner}”`;
      else text += isBlock(node) ? ` ${inner} ` : inner;
    }
  }
  return text;
}

/** A numbered list in a line, such as in a cell. */
function numberedLine(list: HtmlElement, footnotes: Footnotes): string {
  const markers = itemMarkers(list);
  return list.children
    .map((item) => {
      const words = inlineRaw([item], footnotes).trim();
      return words === '' ? ' ' : ` ${(item.kind === 'element' && markers.get(item)) || ''}${words} `;
    })
    .join('');
}

function withPlainSpaces(text: string): string {
  return text.replaceAll(/\s+/gu, (space) => (space.includes('\u00A0') ? '\u00A0' : ' '));
}

/** A link's text with its number. The white space around it stays: it may be all that keeps two words apart. */
function linkText(text: string, url: string | undefined, footnotes: Footnotes): string {
  const words = text.trim();
  const shown = words.replace(/\/$/, '');
  if (url === undefined || shown === '') return text;
  const leading = text.slice(0, text.length - text.trimStart().length);
  const trailing = text.slice(text.trimEnd().length);
  // Back to where the note is marked.
  if (/^(?:[↩↑⤴^]|\uFE0E|\uFE0F){1,4}$/u.test(shown) && url.includes('#')) return `${leading}${trailing}`;
  const isAddress = shown === url.replace(/\/$/, '');
  return `${leading}${isAddress ? url : `${words}\u00A0[${footnotes.numberOf(url)}]`}${trailing}`;
}

// Trimmed once, at the outside: what stands within is often an element a word, with the spaces in them.
function preText(nodes: readonly HtmlNode[], footnotes: Footnotes): string {
  return inlineRaw(withWrittenScripts(nodes, 'text'), footnotes, true).replace(/^\n/, '').trimEnd();
}

function prefixed(text: string, prefix: string): string {
  return text
    .split('\n')
    .map((line) => `${prefix}${line}`.trimEnd())
    .join('\n');
}

/** Whether content is nothing but one quotation (with its source, if it names one). */
export function isOnlyQuotation(nodes: readonly HtmlNode[]): boolean {
  const blocks = nodes.filter((node) => node.kind === 'element' || node.text.trim() !== '');
  const [first, ...rest] = blocks;
  if (first?.kind !== 'element' || first.tag !== 'blockquote') return false;
  return rest.length === 0 || (rest.length === 1 && visibleLine(rest).length <= 120);
}
