/*
 * Which lines of a text stand by themselves. Sources break sentences into lines and paragraphs ("It is in the<br>PDF<br>that we sent"), so that what a
 * line says is told by what stands around it too.
 * Invariant: a line is called whole only where the text before it has ended and the text behind it begins anew; in doubt it belongs to a sentence.
 */
import { withoutTrailing } from '../../kernel/trim.ts';
import { hasContent, isBlock } from '../html/blocks.ts';
import { holdsTag } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';
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

/** What a line is to those beside it: `thing` stands for itself (a viewer), `card` only announces a document and goes where it stands by itself. */
export type LineKind = 'prose' | 'card' | 'thing';

/** How each line stands, by its first node. */
export type LineStandings = ReadonlyMap<HtmlNode, LineStanding>;

interface PlacedLine {
  readonly nodes: readonly HtmlNode[];
  readonly kind: LineKind;
  readonly text: string;
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

/** How each line of the blocks stands among the lines beside it, over line breaks and paragraphs. Cards that follow each other stand as one. */
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
  for (const [index, line] of lines.entries()) {
    if (line?.kind !== 'prose') continue;
    standings.set(line.nodes[0]!, { isAfterEnd: isEnd(lines[index - 1]), isBeforeStart: isStart(lines[index + 1]) });
  }
  return standings;
}

/** The lines in their order; undefined where something else than a line of prose stands, over which no sentence goes on. */
function collectLines(
  nodes: readonly HtmlNode[],
  kindOf: (line: readonly HtmlNode[]) => LineKind,
  lines: (PlacedLine | undefined)[],
): void {
  for (const line of linesOf(nodes)) {
    // An empty line ends no sentence, as little as the end of a paragraph does.
    if (hasContent(line.nodes)) {
      const kind = kindOf(line.nodes);
      const words = visibleText(line.nodes);
      lines.push(kind === 'thing' || words === '' ? undefined : { nodes: line.nodes, kind, text: words });
    }
    if (line.edge === undefined || line.edge.tag === 'br') continue;
    const isParagraph = line.edge.tag === 'p';
    if (!isParagraph) lines.push(undefined);
    collectLines(line.edge.children, kindOf, lines);
    if (!isParagraph) lines.push(undefined);
  }
}

/** Whether a sentence has ended with this line: by its mark, or because it is a heading or nothing at all. */
function isEnd(line: PlacedLine | undefined): boolean {
  if (line === undefined || isBold(line.nodes)) return true;
  const last = withoutTrailing(line.text, /[\s"'”’»)\]]/u);
  return /[\p{Sentence_Terminal}:：…]$/u.test(last.slice(-2));
}

/** Whether a sentence can begin with this line: not with a mark that belongs to words before it, nor with a small letter. */
function isStart(line: PlacedLine | undefined): boolean {
  if (line === undefined) return true;
  if (/^[\p{Sentence_Terminal},;:)\]…]/u.test(line.text)) return false;
  const [first] = /[\p{L}\p{N}]/u.exec(line.text) ?? [];
  return first === undefined || !/\p{Ll}/u.test(first);
}

/** Whether a line is all bold, as headings are that no heading was made for. */
function isBold(line: readonly HtmlNode[]): boolean {
  const [only, ...others] = line.filter((node) => hasContent([node]));
  return others.length === 0 && only?.kind === 'element' && (only.tag === 'strong' || only.tag === 'b') && !holdsTag([only], 'a');
}
