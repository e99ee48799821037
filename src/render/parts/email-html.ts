/*
 * Post content as html that mail programs show well: styles inline (Outlook and Gmail read little else), pictures no wider than the column.
 * Styles come from the template's template.json, so that the look of a post's text is the template's like everything else.
 */
import { holdsRightToLeft, rightToLeftShare } from '../../kernel/text/direction.ts';
import { writeHtml } from '../../content/html/write-html.ts';
import { visibleLine } from '../../content/html/visible-text.ts';
import { allowedAttributesOf } from '../../content/html/allowed-markup.ts';
import { isBlock } from '../../content/html/blocks.ts';
import { element } from '../../content/html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../../content/html/html-tree.ts';
import { cellPlaces, pictureFirst, pictureWidth, placeWithin, wrapsPictures } from './picture-width.ts';
import type { PicturePlace } from './picture-width.ts';

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
  const place = { most: style.columnWidthPx, usual: style.columnWidthPx };
  const isTwoWay = holdsRightToLeft(visibleLine(nodes));
  return writeHtml(styleNodes(nodes, { style: { ...style, isTwoWay }, isQuotation, isInline: false, place, cells: new Map() }));
}

/** A style with whether the content holds letters that are written from right to left: elsewhere no block is asked. */
interface WayStyle extends ContentStyle {
  readonly isTwoWay: boolean;
}

/** Where styling stands in the tree. */
interface Surroundings {
  readonly style: WayStyle;
  readonly isQuotation: boolean;
  readonly isInline: boolean;
  readonly place: PicturePlace;
  /** Of the table around. */
  readonly cells: ReadonlyMap<HtmlElement, PicturePlace>;
}

function styleNodes(nodes: readonly HtmlNode[], around: Surroundings): HtmlNode[] {
  const isBareRun = !around.isInline && nodes.some((node) => node.kind === 'text' && node.text.trim() !== '');
  const within = isBareRun ? { ...around, isInline: true } : around;
  const rendered = styleEach(nodes, within);
  return isBareRun ? [styled(element('p', {}, rendered), around.style.elements['p'], around.style)] : rendered;
}

function styleElement(node: HtmlElement, around: Surroundings): HtmlElement {
  if (node.tag === 'img') return styleImage(node, around);
  const style = { ...around.style, isRightToLeft: isWrittenRightToLeft(node, around.style) };
  const look = around.isQuotation && node.tag === 'blockquote' ? 'quotation' : node.tag;
  const isTurned = style.isRightToLeft !== (around.style.isRightToLeft === true);
  const own = Object.hasOwn(style.elements, look) ? style.elements[look] : undefined;
  const css = isTurned && isBlock(node) ? [own, 'text-align:left'].filter(Boolean).join(';') : own;
  const way = isTurned || node.attributes['dir'] === 'auto' ? { dir: style.isRightToLeft ? 'rtl' : 'ltr' } : {};
  const children = styleChildren(node, { ...around, style }, css);
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

/** What stands in an element, with the room that it leaves to pictures. */
function styleChildren(node: HtmlElement, around: Surroundings, css: string | undefined): HtmlNode[] {
  const place = placeWithin(around.cells.get(node) ?? around.place, css);
  const cells = node.tag === 'table' ? cellPlaces(node, place) : around.cells;
  // Once for all children: it looks at each of them.
  const isInline = (around.isInline && !isBlock(node)) || !wrapsPictures(node);
  const within = { ...around, isInline, place, cells };
  return styleEach(node.children, within);
}

function styleEach(nodes: readonly HtmlNode[], around: Surroundings): HtmlNode[] {
  return nodes.flatMap((node): HtmlNode[] => {
    if (node.kind === 'text') return [node];
    return pictureFirst(node).map((each) => styleElement(each, around));
  });
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

function styleImage(image: HtmlElement, { style, isInline, place }: Surroundings): HtmlElement {
  const { src = '', alt = '' } = image.attributes;
  const { width, isGuessed } = pictureWidth(image, place, isInline);
  const css = `${isInline ? '' : 'display:block;'}${isGuessed ? 'width:auto;' : ''}max-width:100%;height:auto;${style.elements['img'] ?? ''}`;
  return styled({ ...image, attributes: { src, alt, width: String(width) } }, css, style);
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
