/*
 * Taking links to documents out of a text, because a button will stand in their place: whole lines that say nothing else,
 * sentences and brackets that only announce the document. A sentence that tells something keeps its link, however it is broken into lines.
 */
import type { DocumentLink } from './document-link.ts';
import { isBareAddress } from '../web-address.ts';
import { isFileName, titleFromText } from './document-title.ts';
import { isAnnouncement, isAnnouncingText, isGenericText } from './announcement.ts';
import { isNameOf } from './attachment-title.ts';
import { cutAround } from './text-around-link.ts';
import { findLineStandings, linesOf } from './prose-lines.ts';
import type { LineKind, LineStanding, LineStandings } from './prose-lines.ts';
import { hasContent, isBlock, trimInline } from '../html/blocks.ts';
import { holdsTag, text, walkElements } from '../html/html-tree.ts';
import { itemNumbers, numberItems } from '../html/list-numbers.ts';
import { lettersOf } from '../text/letters.ts';
import { visibleText } from '../html/visible-text.ts';
import { isIcon } from '../images.ts';
import { pixels } from '../pictures/picture-size.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';

/** A document's link with the title that its button will show. */
export type TitledLink = DocumentLink & { readonly title: string };

/** `isSaid` when the link says no more than the card will. */
type JudgedLink = TitledLink & { readonly isSaid: boolean };

/** What is left of the blocks, and where in them a former block stood. */
export interface CutBlocks {
  readonly blocks: HtmlElement[];
  readonly cutAnchors: ReadonlySet<HtmlElement>;
  /** How many remaining blocks stand before the place of what was in this block. */
  placeAfter(blockIndex: number): number;
}

interface Cutting {
  readonly documents: ReadonlyMap<HtmlElement, JudgedLink>;
  /** Those that hold a link to a document, and the links themselves. */
  readonly holders: ReadonlySet<HtmlElement>;
  readonly cutAnchors: Set<HtmlElement>;
  readonly standings: LineStandings;
}

/** Cuts the links of `titled` out of blocks (which are changed in place) wherever nothing is lost by it. */
export function cutDocumentLinks(blocks: readonly HtmlElement[], titled: ReadonlyMap<HtmlElement, TitledLink>): CutBlocks {
  if (titled.size === 0) return { blocks: [...blocks], cutAnchors: new Set(), placeAfter: (blockIndex) => blockIndex + 1 };
  const documents = new Map([...titled].map(([anchor, link]) => [anchor, { ...link, isSaid: isSaidByCard(link) }]));
  const announcing = new Set(blocks.filter(isAnnouncement));
  const announced = new Set([...announcing].flatMap((block) => (block.tag === 'p' ? block.children : [])));
  const holders = holdersOf(blocks, documents);
  const kindOf = (line: readonly HtmlNode[]): LineKind => {
    if (announced.has(line[0]!)) return 'card';
    // Most lines of a text have no link to a document.
    return line.some((node) => node.kind === 'element' && holders.has(node)) ? kindOfLine(line, documents) : 'words';
  };
  const cutting: Cutting = { documents, holders, cutAnchors: new Set(), standings: findLineStandings(blocks, kindOf) };
  const touched = new Set(blocks.filter((block) => holders.has(block)));
  // Before any is cut: a line is known by its first node. No other block comes to announce anything.
  const candidates = blocks.filter((block) => announcing.has(block) || touched.has(block));
  const whole = new Set(candidates.filter((block) => isWholeBlock(block, cutting.standings)));
  const kept = blocks.map((block) => {
    if (!touched.has(block)) return true;
    cut(block, cutting);
    return hasContent([block]);
  });
  dropAnnouncements(blocks, { whole, isAnnouncing: (block) => (touched.has(block) ? isAnnouncement(block) : announcing.has(block)) }, kept);
  return {
    blocks: blocks.filter((_, index) => kept[index]),
    cutAnchors: cutting.cutAnchors,
    placeAfter: (blockIndex) => kept.slice(0, blockIndex + 1).filter(Boolean).length,
  };
}

/** Whether no sentence goes on from the block before or in the one behind. */
function isWholeBlock(block: HtmlElement, standings: LineStandings): boolean {
  const lines = linesOf(block.children).flatMap(({ nodes }) => (nodes[0] ? (standings(nodes[0]) ?? []) : []));
  return lines.length === 0 || (lines[0]!.isAfterEnd && lines.at(-1)!.isBeforeStart);
}

/** A heading "Downloads" goes when what it announced is gone, a paragraph "PDF" wherever it is no part of a sentence. */
function dropAnnouncements(
  blocks: readonly HtmlElement[],
  { whole, isAnnouncing }: { readonly whole: ReadonlySet<HtmlElement>; readonly isAnnouncing: (block: HtmlElement) => boolean },
  kept: boolean[],
): void {
  for (let index = blocks.length - 1; index >= 0; index -= 1) {
    if (!kept[index] || !isAnnouncing(blocks[index]!)) continue;
    const next = kept.indexOf(true, index + 1);
    const announcesNothing = next === -1 || /^h\d$/.test(blocks[next]!.tag) || kept[index + 1] === false;
    if (blocks[index]!.tag === 'p' ? whole.has(blocks[index]!) : announcesNothing) kept[index] = false;
  }
}

/** Every element that is a link to a document or holds one. */
function holdersOf(
  nodes: readonly HtmlNode[],
  documents: ReadonlyMap<HtmlElement, JudgedLink>,
  holders = new Set<HtmlElement>(),
): Set<HtmlElement> {
  for (const node of nodes) {
    if (node.kind === 'text') continue;
    holdersOf(node.children, documents, holders);
    if (documents.has(node) || node.children.some((child) => child.kind === 'element' && holders.has(child))) holders.add(node);
  }
  return holders;
}

function cut(node: HtmlElement, cutting: Cutting): void {
  // Cells belong to their row, a definition to its term, and a heading names what follows it: they keep their links.
  if (node.tag === 'table' || node.tag === 'dl' || /^h\d$/.test(node.tag)) return;
  const numbers = node.tag === 'ol' ? itemNumbers(node) : undefined;
  const emptied = new Set<HtmlNode>();
  for (const child of node.children) {
    if (child.kind !== 'element' || !isBlock(child) || !cutting.holders.has(child)) continue;
    cut(child, cutting);
    if (!hasContent([child])) emptied.add(child);
  }
  node.children = node.children.filter((child) => !emptied.has(child));
  if (numbers) numberItems(node, numbers);
  cutLines(node, cutting);
}

/** Works on the lines of a block. */
function cutLines(node: HtmlElement, cutting: Cutting): void {
  const result: HtmlNode[] = [];
  let hasCut = false;
  for (const { nodes, edge } of linesOf(node.children)) {
    const remaining = cutLine(nodes, cutting);
    hasCut ||= remaining.length !== nodes.length;
    result.push(...remaining);
    // The break behind a line that was cut goes with it.
    if (edge && !(edge.tag === 'br' && nodes.length > 0 && remaining.length === 0)) result.push(edge);
  }
  if (hasCut) node.children = trimInline(result);
}

const byItself: LineStanding = { isAfterEnd: true, isBeforeStart: true };

function cutLine(line: readonly HtmlNode[], cutting: Cutting): readonly HtmlNode[] {
  const anchors = anchorsIn(line, cutting.documents);
  if (anchors.length === 0) return line;
  const standing = cutting.standings(line[0]!) ?? byItself;
  if (standing.isAfterEnd && standing.isBeforeStart && kindOfLine(line, cutting.documents) !== 'prose') {
    for (const each of anchors) cutting.cutAnchors.add(each);
    return [];
  }
  return cutSentences(line, standing, cutting);
}

function anchorsIn(line: readonly HtmlNode[], documents: ReadonlyMap<HtmlElement, JudgedLink>): HtmlElement[] {
  return [...walkElements(line)].filter((each) => documents.has(each));
}

/** Whether a line says no more than the cards of its documents will. */
function kindOfLine(line: readonly HtmlNode[], documents: ReadonlyMap<HtmlElement, JudgedLink>): LineKind {
  const links = anchorsIn(line, documents).map((each) => documents.get(each)!);
  if (links.length === 0) return 'words';
  // A card says nothing of where another link leads.
  if ([...walkElements(line)].some((each) => each.tag === 'a' && !documents.has(each))) return 'prose';
  const hasImage = [...walkElements(line)].some((each) => each.tag === 'img' && !isIconElement(each));
  if (hasImage || !links.every(({ isSaid }) => isSaid)) return 'prose';
  const rest = visibleText(withoutAnchors(line, documents)).replaceAll('\n', ' ');
  // Breaks within an element make lines of it that are not told apart here.
  if (rest !== '' && holdsTag(line, 'br')) return 'prose';
  if (rest === '' && links.every(({ isEmbed }) => isEmbed)) return 'thing';
  const restTitle = titleFromText(rest);
  const saysOnlyTitle = links.some(({ title }) => restTitle === title);
  const linkTexts = links.map(({ linkText }) => linkText).join(' ');
  return isLabel(rest) || saysOnlyTitle || isAnnouncingText(`${rest} ${linkTexts}`) ? 'card' : 'prose';
}

/** The little sign beside a link says no more than the button. */
function isIconElement({ attributes }: HtmlElement): boolean {
  const width = pixels(attributes['width']);
  return isIcon({ url: attributes['src'] ?? '', ...(width === undefined ? {} : { width }) });
}

/** What may stand beside a link without saying anything: nothing, a mark, a word or two such as "Full report:". */
function isLabel(rest: string): boolean {
  return isAnnouncingText(rest) || (isGenericText(rest) && rest.split(' ').length <= 2);
}

/** Whether a link says no more than the card of its document will: of two links to one file only one gives it its name. */
function isSaidByCard({ isEmbed, linkText, title, url }: TitledLink): boolean {
  if (isEmbed || namesNothing(linkText) || isNameOf(linkText, url)) return true;
  const name = titleFromText(linkText);
  return name !== undefined && lettersOf(title).includes(lettersOf(name));
}

function withoutAnchors(nodes: readonly HtmlNode[], documents: ReadonlyMap<HtmlElement, JudgedLink>): HtmlNode[] {
  return nodes.flatMap((node): HtmlNode[] => {
    if (node.kind === 'text') return [node];
    return documents.has(node) ? [] : [{ ...node, children: withoutAnchors(node.children, documents) }];
  });
}

/** Cuts links that name nothing ("here", "PDF") together with the sentence or bracket around them, when that names nothing either. */
function cutSentences(line: readonly HtmlNode[], standing: LineStanding, cutting: Cutting): HtmlNode[] {
  const nodes = [...line];
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index]!;
    const anchor = node.kind === 'element' ? onlyAnchor(node, cutting) : undefined;
    if (!anchor) continue;
    const link = cutting.documents.get(anchor)!;
    if (!link.isEmbed && !namesNothing(link.linkText)) continue;
    const previous = nodes[index - 1];
    const next = nodes[index + 1];
    if ((previous && previous.kind !== 'text' && !link.isEmbed) || (next && next.kind !== 'text' && !link.isEmbed)) continue;
    const around = link.isEmbed
      ? { before: textOf(previous), after: textOf(next) }
      : cutAround({ text: textOf(previous), isWhole: index <= 1 && standing.isAfterEnd }, link.linkText, {
          text: textOf(next),
          isWhole: index >= nodes.length - 2 && standing.isBeforeStart,
        });
    if (!around) continue;
    if (previous?.kind === 'text') nodes[index - 1] = text(around.before);
    if (next?.kind === 'text') nodes[index + 1] = text(around.after);
    nodes.splice(index, 1);
    cutting.cutAnchors.add(anchor);
    index -= 1;
  }
  return nodes;
}

function textOf(node: HtmlNode | undefined): string {
  return node?.kind === 'text' ? node.text : '';
}

function onlyAnchor(node: HtmlElement, cutting: Cutting): HtmlElement | undefined {
  if (holdsTag([node], 'img')) return undefined;
  if (cutting.documents.has(node)) return node;
  const [only, ...others] = node.children.filter((child) => child.kind === 'element' || child.text.trim() !== '');
  return others.length === 0 && only?.kind === 'element' ? onlyAnchor(only, cutting) : undefined;
}

function namesNothing(linkText: string): boolean {
  return isGenericText(linkText) || isBareAddress(linkText) || isFileName(linkText);
}
