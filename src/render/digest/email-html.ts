/*
 * Post content as html that mail programs show well: styles inline (Outlook and Gmail read little else), pictures no wider than the column.
 * Styles come from the template's template.json, so that the look of a post's text is the template's like everything else.
 */
import { holdsRightToLeft, rightToLeftShare } from '../../kernel/text/direction.ts';
import { isBlock } from '../../content/html/blocks.ts';
import { writeHtml } from '../../content/html/write-html.ts';
import { visibleLine } from '../../content/html/visible-text.ts';
import { allowedAttributesOf } from '../../content/html/allowed-markup.ts';
import { element, elementsOf } from '../../content/html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../../content/html/html-tree.ts';

/** How a template wants post content to look. */
export interface ContentStyle {
  /** Inline css by element name; `quotation` for a post that is nothing but a quotation. `$accent` stands for the accent colour. */
  readonly elements: Readonly<Record<string, string>>;
  readonly accent: string;
  readonly columnWidthPx: number;
  /** Whether the content is written from right to left: what a style says of left holds for right then, and the other way round. */
  readonly isRightToLeft?: boolean;
}

/** Styled html of content nodes. */
export function emailHtml(nodes: readonly HtmlNode[], style: ContentStyle, isQuotation = false): string {
  const isTwoWay = holdsRightToLeft(visibleLine(nodes));
  return writeHtml(styleNodes(nodes, { ...style, isTwoWay }, isQuotation, false));
}

/** A style with whether the content holds letters that are written from right to left: elsewhere no block is asked. */
interface WayStyle extends ContentStyle {
  readonly isTwoWay: boolean;
}

function styleNodes(nodes: readonly HtmlNode[], style: WayStyle, isQuotation: boolean, isInline: boolean): HtmlNode[] {
  const rendered = nodes.map((node) => (node.kind === 'text' ? node : styleElement(node, style, isQuotation, isInline)));
  const isBareRun = !isInline && nodes.some((node) => node.kind === 'text' && node.text.trim() !== '');
  return isBareRun ? [styled(element('p', {}, rendered), style.elements['p'], style)] : rendered;
}

function styleElement(node: HtmlElement, around: WayStyle, isQuotation: boolean, isInline: boolean): HtmlElement {
  if (node.tag === 'img') return styleImage(node, around, isInline);
  const style = { ...around, isRightToLeft: isWrittenRightToLeft(node, around) };
  // Once for all children: it looks at each of them.
  const isInlineWithin = isInline || !wrapsPictures(node);
  const children = node.children.map((child) => (child.kind === 'text' ? child : styleElement(child, style, isQuotation, isInlineWithin)));
  const look = isQuotation && node.tag === 'blockquote' ? 'quotation' : node.tag;
  const isTurned = style.isRightToLeft !== (around.isRightToLeft === true);
  const own = Object.hasOwn(style.elements, look) ? style.elements[look] : undefined;
  const css = isTurned && isBlock(node) ? [own, 'text-align:left'].filter(Boolean).join(';') : own;
  const way = isTurned || node.attributes['dir'] === 'auto' ? { dir: style.isRightToLeft ? 'rtl' : 'ltr' } : {};
  const bare: HtmlElement = {
    ...node,
    attributes: { ...keepAttributes(node), ...way },
    children: isTight(node) ? tightened(children) : children,
  };
  if (node.tag === 'table')
    return scrollable(
      styled({ ...bare, attributes: { border: '0', cellpadding: '0', cellspacing: '0', width: '100%', ...way } }, css, style),
    );
  if (node.tag === 'td' || node.tag === 'th')
    return styled(bare, [css, hasShortWords(node) ? wholeWords : ''].filter(Boolean).join(';'), style);
  return styled(bare, css, style);
}

// What is written one way as a whole. Markers of items stand on one side of their list.
const wayTags = new Set('p h4 h5 h6 blockquote ul ol dl figcaption td th'.split(' '));

/** Which way an element is written: as it says, else, where both ways occur, as its words are; names and terms in other letters turn nothing. */
function isWrittenRightToLeft({ tag, attributes, children }: HtmlElement, around: WayStyle): boolean {
  const isAround = around.isRightToLeft === true;
  const { dir } = attributes;
  if (dir === 'rtl' || dir === 'ltr') return dir === 'rtl';
  if (dir !== 'auto' && (!around.isTwoWay || !wayTags.has(tag))) return isAround;
  const share = rightToLeftShare(visibleLine(children));
  return share === undefined ? isAround : isAround ? share >= 0.1 : share > 0.5;
}

/** MJML lets words break anywhere, which in a narrow column leaves a letter a line. */
const wholeWords = 'word-break:normal;overflow-wrap:normal';

/** A word longer than this, such as an address, may break: nobody scrolls that far. */
const longestWholeWord = 24;

function hasShortWords(cell: HtmlElement): boolean {
  return visibleLine(cell.children)
    .split(' ')
    .every((word) => word.length <= longestWholeWord);
}

/** A table that may be wider than the screen is scrolled by itself; only a table of fixed layout is no wider than what is around it. */
function scrollable(table: HtmlElement): HtmlElement {
  const cell = element('td', { style: 'padding:0' }, [element('div', { style: 'overflow-x:auto' }, [table])]);
  const frame = { role: 'presentation', border: '0', cellpadding: '0', cellspacing: '0', width: '100%' };
  return element('table', { ...frame, style: 'width:100%;table-layout:fixed' }, [element('tbody', {}, [element('tr', {}, [cell])])]);
}

/** A picture alone in its block takes the column; one within a line keeps its size. */
function wrapsPictures(node: HtmlElement): boolean {
  const isAlone = elementsOf(node.children).filter((inner) => inner.tag === 'img').length === 1;
  return node.tag === 'figure' || (isAlone && visibleLine(node.children) === '');
}

function styleImage(image: HtmlElement, style: ContentStyle, isInline: boolean): HtmlElement {
  const width = Number(image.attributes['width'] ?? Number.NaN);
  const attributes: Record<string, string> = { src: image.attributes['src'] ?? '', alt: image.attributes['alt'] ?? '' };
  if (width > style.columnWidthPx || (Number.isNaN(width) && !isInline)) attributes['width'] = String(style.columnWidthPx);
  else if (!Number.isNaN(width)) attributes['width'] = String(width);
  const css = `${isInline ? '' : 'display:block;'}max-width:100%;height:auto;${style.elements['img'] ?? ''}`;
  return styled({ ...image, attributes }, css, style);
}

function keepAttributes({ tag, attributes }: HtmlElement): Record<string, string> {
  const names = allowedAttributesOf(tag);
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
}

/** Within list items, cells and quotations a last paragraph needs no margin below. */
function isTight(node: HtmlElement): boolean {
  return ['li', 'td', 'th', 'blockquote', 'figcaption', 'dd'].includes(node.tag);
}

function tightened(children: readonly HtmlNode[]): HtmlNode[] {
  const last = children.findLastIndex((child) => child.kind === 'element' || child.text.trim() !== '');
  return children.map((node, index) => {
    if (index !== last || node.kind === 'text' || !['p', 'ul', 'ol'].includes(node.tag)) return node;
    return { ...node, attributes: { ...node.attributes, style: `${node.attributes['style'] ?? ''};margin-bottom:0`.replace(/^;/, '') } };
  });
}

function styled(node: HtmlElement, css: string | undefined, style: ContentStyle): HtmlElement {
  if (css === undefined || css === '') return node;
  const coloured = css.replaceAll('$accent', style.accent);
  return { ...node, attributes: { ...node.attributes, style: style.isRightToLeft ? mirrored(coloured) : coloured } };
}

/** Css with left and right exchanged, also in the second and fourth of four margins or paddings. */
function mirrored(css: string): string {
  return css
    .replaceAll(/\b(?:left|right)\b/g, (side) => (side === 'left' ? 'right' : 'left'))
    .replaceAll(/((?:margin|padding):)([^\s:;]+) ([^\s:;]+) ([^\s:;]+) ([^\s:;]+)/g, '$1$2 $5 $4 $3');
}
