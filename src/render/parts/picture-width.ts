/*
 * How wide a picture stands in a digest. Classic Outlook goes by the width attribute alone, so each picture has one, and none is wider than its place:
 * the column, less what lists, quotations and cells around it take.
 */
import { isFormulaAddress } from '../../content/html/formula-address.ts';
import { elementsOf, holdsTag } from '../../content/html/html-tree.ts';
import type { HtmlElement } from '../../content/html/html-tree.ts';
import { visibleLine } from '../../content/html/visible-text.ts';
import { hasIconName } from '../../content/pictures/picture-address.ts';

/** The room for a picture, in pixels. */
export interface PicturePlace {
  readonly most: number;
  /** What a picture takes whose width nobody states. */
  readonly usual: number;
}

/** A width, and whether it was only guessed: who reads css then shows the picture as large as it is. */
export interface PictureWidth {
  readonly width: number;
  readonly isGuessed: boolean;
}

const leastWidth = 8;
const iconWidth = 24;

/** The width of a picture: the stated one, at most what its place holds; else all of its place where it stands alone, and a part within a line. */
export function pictureWidth(image: HtmlElement, place: PicturePlace, isInline: boolean): PictureWidth {
  const { src = '', alt = '', width } = image.attributes;
  const share = /^(\d{1,3})%$/.exec(width ?? '')?.[1];
  if (share !== undefined) return { width: bounded((place.usual * Math.min(Number(share), 100)) / 100, place), isGuessed: false };
  const stated = Number(width ?? Number.NaN);
  if (stated > 0) return { width: bounded(stated, place), isGuessed: false };
  const isSign = hasIconName(src);
  if (!isInline && !isSign) return { width: bounded(place.usual, place), isGuessed: false };
  return { width: bounded(isSign ? iconWidth : isFormulaAddress(src) ? formulaWidth(alt) : place.usual / 3, place), isGuessed: true };
}

function bounded(width: number, { most }: PicturePlace): number {
  return Math.max(leastWidth, Math.min(Math.round(width), most));
}

/** The text of a formula that a service draws is about as long as it is. */
function formulaWidth(alt: string): number {
  return Math.max(
    12,
    alt
      .replaceAll(/\\[a-z]+|[{}\s]/gi, ' ')
      .replaceAll(/ +/g, ' ')
      .trim().length * 9,
  );
}

/** The place within an element whose css takes some of the width by margins, paddings and borders at its sides. */
export function placeWithin(place: PicturePlace, css: string | undefined): PicturePlace {
  const inset = css === undefined ? 0 : sideInset(css);
  return inset === 0 ? place : { most: Math.max(leastWidth, place.most - inset), usual: Math.max(leastWidth, place.usual - inset) };
}

function sideInset(css: string): number {
  let inset = 0;
  for (const declaration of css.split(';')) {
    const [name = '', value = ''] = declaration.split(':', 2).map((part) => part.trim());
    const lengths = value.split(/\s+/).map((each) => (/^\d+(?:\.\d+)?px$/.test(each) ? Number.parseFloat(each) : 0));
    if (name === 'margin' || name === 'padding') {
      const right = lengths[1] ?? lengths[0] ?? 0;
      inset += right + (lengths[3] ?? right);
    } else if (/^(?:margin|padding|border)-(?:left|right)$/.test(name)) inset += Math.max(...lengths);
  }
  return Math.round(inset);
}

// A column without pictures keeps at least so much for its words.
const leastTextColumn = 80;

/** The places of a table's cells: columns with pictures share what columns of words leave. */
export function cellPlaces(table: HtmlElement, place: PicturePlace): ReadonlyMap<HtmlElement, PicturePlace> {
  const rows = rowsOf(table).map((row) => row.children.filter((cell): cell is HtmlElement => cell.kind === 'element'));
  if (!holdsTag(table.children, 'img')) return new Map();
  const columns = Math.max(1, ...rows.map((row) => row.reduce((sum, cell) => sum + spanOf(cell), 0)));
  const pictured = Math.max(1, ...rows.map((row) => row.filter((cell) => holdsTag(cell.children, 'img')).length));
  const usual = Math.floor(place.usual / columns);
  const most = Math.max(usual, Math.floor((place.most - leastTextColumn * Math.max(0, columns - pictured)) / Math.min(pictured, columns)));
  const cells = rows.flatMap((row) =>
    row.map((cell): [HtmlElement, PicturePlace] => {
      const span = spanOf(cell);
      return [cell, span >= columns ? place : { most: Math.min(place.most, most * span), usual: Math.min(place.usual, usual * span) }];
    }),
  );
  return new Map(cells);
}

function rowsOf(table: HtmlElement): HtmlElement[] {
  return table.children.flatMap((child) =>
    child.kind === 'text' ? [] : child.tag === 'tr' ? [child] : child.tag === 'table' ? [] : rowsOf(child),
  );
}

function spanOf(cell: HtmlElement): number {
  return Math.max(1, Math.min(Number(cell.attributes['colspan'] ?? 1) || 1, 100));
}

/** A picture alone in its block takes the column; one within a line keeps its size. */
export function wrapsPictures(node: HtmlElement): boolean {
  const isAlone = elementsOf(node.children).filter((inner) => inner.tag === 'img').length === 1;
  return node.tag === 'figure' || (isAlone && visibleLine(node.children) === '');
}

// What is narrower belongs to its line.
const leastOwnLine = 64;

/** A paragraph whose first picture stands before its words, as two: beside words a picture of some size makes one tall line with a single line of text at its foot. */
export function pictureFirst(paragraph: HtmlElement): HtmlElement[] {
  const at = paragraph.children.findIndex((child) => child.kind === 'element' || child.text.trim() !== '');
  const first = paragraph.children[at];
  if (paragraph.tag !== 'p' || first?.kind !== 'element' || !isWidePicture(first)) return [paragraph];
  const rest = paragraph.children.slice(at + 1);
  while (rest[0]?.kind === 'element' && rest[0].tag === 'br') rest.shift();
  if (visibleLine(rest) === '') return [paragraph];
  return [
    { ...paragraph, children: [first] },
    { ...paragraph, children: rest },
  ];
}

function isWidePicture(node: HtmlElement): boolean {
  if (node.tag === 'a') return node.children.length === 1 && node.children[0]!.kind === 'element' && isWidePicture(node.children[0]!);
  const { src = '', width, height } = node.attributes;
  const isTall = height === undefined || Number(height) >= leastOwnLine / 2;
  return node.tag === 'img' && Number(width ?? Number.NaN) >= leastOwnLine && isTall && !isFormulaAddress(src);
}
