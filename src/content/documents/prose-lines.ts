/*
 * Which lines of a text stand by themselves. Sources break sentences into lines and paragraphs ("It is in the<br>PDF<br>that we sent"), so that what a
 * line says is told by what stands around it too.
 * Invariant: a line is called whole only where the text before it has ended and the text behind it begins anew; in doubt it belongs to a sentence.
 */
import { withoutTrailing } from '../../kernel/trim.ts';
import { hasContent, isBlock } from '../html/blocks.ts';
import { holdsTag } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';
import { endsSentence } from '../text/sentence.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';

/** The inline nodes between two line breaks or nested blocks, and the break or block that ends them; none at the end. */
export interface Line {
  readonly nodes: HtmlNode[];
  readonly edge: HtmlElement | undefined;
}

/** Whether a sentence ends before a line, and whether one begins behind it. */
export interface LineStanding {
  readonly isAfterEnd: boolean;
  readonly isBeforeStart: boolean;
}

/**
 * What a line is to those beside it: `words` have no link to a document, `prose` has one and says more, `card` only announces a document and goes where it
 * stands by itself, `thing` stands for itself (a viewer).
 */
export type LineKind = 'words' | 'prose' | 'card' | 'thing';

/** How the line that begins with a node stands; undefined where none begins with it. */
export type LineStandings = (first: HtmlNode) => LineStanding | undefined;

interface PlacedLine {
  readonly nodes: readonly HtmlNode[];
  readonly kind: LineKind;
  /** Whether a paragraph or another block begins with it. */
  readonly opensBlock: boolean;
}

/** The lines of a block, with empty ones where breaks or blocks follow each other. */
export function linesOf(nodes: readonly HtmlNode[]): Line[] {
  const lines: Line[] = [];
  let line: HtmlNode[] = [];
  for (const node of nodes) {
    if (node.kind === 'element' && (isBlock(node) || node.tag === 'br')) {
      lines.push({ nodes: line, edge: node });
      line = [];
    } else line.push(node);
  }
  return [...lines, { nodes: line, edge: undefined }];
}

/**
 * How lines of the blocks stand among those beside them, over line breaks and paragraphs; cards that follow each other stand as one. Of lines with a link it
 * is as it was when this was called, of mere words as it is when it is asked for: most of a text is that, and nobody asks.
 */
export function findLineStandings(blocks: readonly HtmlElement[], kindOf: (line: readonly HtmlNode[]) => LineKind): LineStandings {
  const lines: (PlacedLine | undefined)[] = [];
  collectLines(blocks, kindOf, lines);
  const standings = new Map<HtmlNode, LineStanding>();
  for (let index = 0; index < lines.length; index += 1) {
    if (lines[index]?.kind !== 'card') continue;
    const first = index;
    while (lines[index + 1]?.kind === 'card') index += 1;
    const run = lines.slice(first, index + 1);
    const isWhole = isEnd(lines[first - 1]) && isStart(lines[index + 1]);
    for (const line of run) standings.set(line!.nodes[0]!, { isAfterEnd: isWhole, isBeforeStart: isWhole });
    // What goes leaves its neighbours as they were without it: they are whole on its side too.
    if (isWhole) lines.fill(undefined, first, index + 1);
  }
  const places = new Map<HtmlNode, number>();
  const standingAt = (place: number): LineStanding => ({ isAfterEnd: isEnd(lines[place - 1]), isBeforeStart: isStart(lines[place + 1]) });
  for (const [place, line] of lines.entries()) {
    if (line?.kind === 'prose') standings.set(line.nodes[0]!, standingAt(place));
    else if (line?.kind === 'words') places.set(line.nodes[0]!, place);
  }
  return (first) => {
    const place = places.get(first);
    return place === undefined ? standings.get(first) : standingAt(place);
  };
}

/** The lines in their order; undefined where something else than a line of prose stands, over which no sentence goes on. */
function collectLines(
  nodes: readonly HtmlNode[],
  kindOf: (line: readonly HtmlNode[]) => LineKind,
  lines: (PlacedLine | undefined)[],
): void {
  let opensBlock = true;
  for (const line of linesOf(nodes)) {
    // An empty line ends no sentence, as little as the end of a paragraph does.
    if (hasContent(line.nodes)) {
      const kind = kindOf(line.nodes);
      const isNoLine = kind === 'thing' || (kind === 'card' && visibleText(line.nodes) === '');
      lines.push(isNoLine ? undefined : { nodes: line.nodes, kind, opensBlock });
      opensBlock = false;
    }
    if (line.edge === undefined || line.edge.tag === 'br') continue;
    const isParagraph = line.edge.tag === 'p';
    if (!isParagraph) lines.push(undefined);
    collectLines(line.edge.children, kindOf, lines);
    if (!isParagraph) lines.push(undefined);
    opensBlock = true;
  }
}

// No heading ends with one of these, as it may with a particle ("How to sign in").
const openWords = new Set(
  (
    'an the these those our your its their of and or ' +
    'el la los las un una unos unas este esta estos estas su sus nuestro nuestra nuestros nuestras en de del por para con al ' +
    'le les une ce cette ces votre notre nos vos du des et ou au aux par pour avec dans ' +
    'der die den dem ein eine einen einem unser unsere unserem unseren ihr ihrem im zum zur und oder ' +
    'os um uma seu sua em na do da dos com il lo gli questo questa nostro nostra di della nel nella per els aquest aquesta amb'
  ).split(' '),
);

/** Whether a sentence has ended with this line: by its mark, or because it is a heading or nothing at all. */
function isEnd(line: PlacedLine | undefined): boolean {
  if (line === undefined) return true;
  const words = visibleText(line.nodes);
  if (words === '' || endsSentence(words)) return true;
  return isBold(line.nodes) && !isLeftOpen(words);
}

/** Whether a line ends with a word that something must follow: an article, a preposition. */
export function isLeftOpen(words: string): boolean {
  return openWords.has(words.slice(withoutTrailing(words, /\S/u).length).toLowerCase());
}

function isStart(line: PlacedLine | undefined): boolean {
  return line === undefined || beginsSentence(visibleText(line.nodes), line.opensBlock);
}

/**
 * Whether a sentence can begin with these words: not with a mark that belongs to words before it, nor with a small letter. In writing without small letters
 * it can where its source begins a block.
 */
export function beginsSentence(words: string, opensBlock: boolean): boolean {
  if (/^[\p{Sentence_Terminal},;:)\]…]/u.test(words)) return false;
  const [first] = /[\p{L}\p{N}]/u.exec(words) ?? [];
  if (first === undefined || /[\p{Lu}\p{Lt}\p{N}]/u.test(first)) return true;
  return !/\p{Ll}/u.test(first) && opensBlock;
}

/** Whether a line is all bold, as headings are that no heading was made for. */
function isBold(line: readonly HtmlNode[]): boolean {
  const [only, ...others] = line.filter((node) => hasContent([node]));
  return others.length === 0 && only?.kind === 'element' && (only.tag === 'strong' || only.tag === 'b') && !holdsTag([only], 'a');
}
