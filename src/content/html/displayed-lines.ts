/*
 * About how many lines a part of a post takes in a column: what a reader scrolls through, which words alone do not tell of lists, tables and pictures.
 */
import { isBlock } from './blocks.ts';
import type { HtmlElement, HtmlNode } from './html-tree.ts';
import { visibleText } from './visible-text.ts';

// Beside its caption; one that takes the column is higher, an icon lower.
const pictureLines = 5;
// What stands between two blocks.
const gapLines = 0.5;
// However deep a list is nested, some characters fit.
const leastCharacters = 16;
const indentCharacters = 4;

/** Lines at so many characters a line, with fractions. */
export function displayedLines(nodes: readonly HtmlNode[], charactersPerLine: number): number {
  const perLine = Math.max(leastCharacters, charactersPerLine);
  let lines = 0;
  let run: HtmlNode[] = [];
  const endRun = (): void => {
    if (run.length > 0) lines += runLines(run, perLine);
    run = [];
  };
  for (const node of nodes) {
    if (isBlock(node)) {
      endRun();
      lines += blockLines(node as HtmlElement, perLine);
    } else run.push(node);
  }
  endRun();
  return lines;
}

function blockLines(block: HtmlElement, perLine: number): number {
  switch (block.tag) {
    case 'hr':
      return 1;
    case 'tr':
      return rowLines(block, perLine);
    case 'pre':
      return preformattedLines(block, perLine) + gapLines;
    case 'li':
    case 'dd':
    case 'blockquote':
      return displayedLines(block.children, perLine - indentCharacters);
    case 'ul':
    case 'ol':
    case 'table':
      return displayedLines(block.children, perLine) + gapLines;
    default:
      return displayedLines(block.children, perLine) + (isParagraph(block) ? gapLines : 0);
  }
}

/** Its line breaks are lines, and long lines wrap. */
function preformattedLines(block: HtmlElement, perLine: number): number {
  let lines = 0;
  for (const line of rawText(block.children).split('\n')) lines += Math.max(1, Math.ceil(widthOf(line) / perLine));
  return lines;
}

function rawText(nodes: readonly HtmlNode[]): string {
  return nodes.map((node) => (node.kind === 'text' ? node.text : node.tag === 'br' ? '\n' : rawText(node.children))).join('');
}

function isParagraph({ tag }: HtmlElement): boolean {
  return tag === 'p' || tag === 'figure' || /^h[1-6]$/.test(tag);
}

/** A row is as high as its highest cell. */
function rowLines(row: HtmlElement, perLine: number): number {
  const cells = row.children.filter((child) => child.kind === 'element');
  return Math.max(1, ...cells.map((cell) => displayedLines(cell.children, perLine / cells.length)));
}

function runLines(run: readonly HtmlNode[], perLine: number): number {
  let lines = countPictures(run) * pictureLines;
  const text = visibleText(run);
  if (text !== '') for (const line of text.split('\n')) lines += Math.max(1, Math.ceil(widthOf(line) / perLine));
  return lines;
}

function countPictures(nodes: readonly HtmlNode[]): number {
  let count = 0;
  for (const node of nodes) if (node.kind === 'element') count += (node.tag === 'img' ? 1 : 0) + countPictures(node.children);
  return count;
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/gu;

function widthOf(line: string): number {
  return line.length + (line.match(wide)?.length ?? 0);
}
