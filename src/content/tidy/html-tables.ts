/*
 * Tables of a source: data stays a table with rows and cells that nest safely, layout gives up its cells and keeps its content.
 */
import { inLanguageOf, languageAttributes } from './direction-of.ts';
import { element, hasClass } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { flattenInline, toBlocks, toItemContent } from './html-flow.ts';
import { hasContent, trimInline } from '../html/blocks.ts';
import type { Tidying } from './tidying.ts';

interface Cell {
  readonly tag: 'td' | 'th';
  readonly attributes: Record<string, string>;
  readonly mixed: HtmlNode[];
}

const layoutClasses = new Set(['tr-caption-container', 'layout', 'mcnTextBlock']);
// A cell cannot span more than a table can hold.
const maxSpan = 50;

/** Converts a table: a data table to rows of cells, a layout table (one cell, one column, said to be presentation) to its content. */
export function convertTable(table: HtmlElement, context: Tidying): HtmlNode[] {
  const rows: Cell[][] = [];
  const before: HtmlNode[] = [];
  const collect = (nodes: readonly HtmlNode[], row: Cell[] | undefined): void => {
    for (const node of nodes) {
      if (node.kind === 'text') {
        // Text between cells is an error that browsers move in front of the table.
        if (node.text.trim() !== '') before.push(...context.convertAll([node], context));
      } else if (node.tag === 'tr') {
        const cells: Cell[] = [];
        collect(node.children, cells);
        if (cells.length > 0) rows.push(cells);
      } else if (node.tag === 'td' || node.tag === 'th') {
        const cell: Cell = {
          tag: node.tag,
          attributes: { ...spans(node), ...languageAttributes(node) },
          mixed: context.convertAll(node.children, context),
        };
        if (row) row.push(cell);
        else rows.push([cell]);
      } else if (['thead', 'tbody', 'tfoot', 'colgroup', 'form'].includes(node.tag)) {
        collect(node.children, row);
      } else if (node.tag !== 'col') {
        before.push(...toBlocks(context.convertAll([node], context)));
      }
    }
  };
  collect(table.children, undefined);
  const isLayout = table.attributes['role'] === 'presentation' || hasClass(table, layoutClasses) || rows.every((row) => row.length === 1);
  if (isLayout)
    return [...toBlocks(before), ...rows.flat().flatMap((cell) => inLanguageOf(toBlocks(cell.mixed), element(cell.tag, cell.attributes)))];
  const lines = rows
    .map((row) => row.map((cell) => element(cell.tag, cell.attributes, cellContent(cell))))
    .filter((cells) => hasContent(cells))
    .map((cells) => element('tr', {}, cells));
  if (lines.length === 0) return toBlocks(before);
  return [...toBlocks(before), element('table', {}, [element('tbody', {}, lines)])];
}

function cellContent(cell: Cell): HtmlNode[] {
  return cell.tag === 'th' ? trimInline(flattenInline(cell.mixed)) : toItemContent(cell.mixed);
}

function spans(node: HtmlElement): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of ['colspan', 'rowspan']) {
    const value = Number(node.attributes[name]);
    if (Number.isInteger(value) && value > 1 && value <= maxSpan) attributes[name] = String(value);
  }
  return attributes;
}
