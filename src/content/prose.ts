/*
 * The lines of a post as its reader takes them: running text, and what only names something: headings, items, cells, captions, links and labels that stand alone.
 * A sentence that its source broke into lines or paragraphs ("It is in the<br>hall") is one line.
 */
import { beginsSentence, isLeftOpen } from './documents/prose-lines.ts';
import { isBlock, trimInline } from './html/blocks.ts';
import type { HtmlElement, HtmlNode } from './html/html-tree.ts';
import { visibleLine } from './html/visible-text.ts';
import { isInvitation } from './text/invitation.ts';
import { isLabel, isPartName } from './text/label.ts';
import { endsSentence } from './text/sentence.ts';

/** A line of running text. */
export interface ProseLine {
  readonly text: string;
  /** A list, a table, a quotation or a rule follows at once: an unfinished sentence goes on there. */
  readonly goesOn: boolean;
  /** A heading, a list or something else of its kind stands before it. */
  readonly isApart: boolean;
}

interface PlacedText {
  readonly text: string;
  /** Of a line made of several, the last. */
  readonly end: string;
  readonly opensBlock: boolean;
  readonly isName: boolean;
  /** Links and nothing else; of a line made of several, its last. */
  readonly isLink: boolean;
}

/** What ends a line for good: something that a sentence may go on in, or something else. */
type Border = 'more' | 'end';

const naming = new Set('h1 h2 h3 h4 h5 h6 ul ol li dl table tr td th pre figure figcaption hr caption'.split(' '));
const continuing = new Set('ul ol dl table pre hr blockquote'.split(' '));

/** Lines of running text, as far as they are asked for, and the names of parts that follow one: what stands below is no beginning. */
export function* proseLines(nodes: readonly HtmlNode[]): Generator<ProseLine> {
  for (const line of joinedLines(nodes)) if (!line.isName || isPartName(line.text)) yield line;
}

/** Every line of a post, for one that has no running text. */
export function* nameLines(nodes: readonly HtmlNode[]): Generator<string> {
  for (const { text } of joinedLines(nodes)) yield text;
}

// No summary holds more of one. A list of thousands that begin with a small letter would be copied for each of them.
const longestLine = 1_000;

/** Lines with those that go on in the next one made one. */
function* joinedLines(nodes: readonly HtmlNode[]): Generator<ProseLine & PlacedText> {
  let last: PlacedText | undefined;
  let isApart = false;
  for (const piece of piecesOf(nodes, false)) {
    if (typeof piece !== 'string' && last && isGoingOn(last, piece)) {
      const text = last.text.length > longestLine ? last.text : `${last.text} ${piece.text}`;
      last = { ...piece, text, isName: last.isName && piece.isName, opensBlock: last.opensBlock };
      continue;
    }
    if (last) {
      yield { ...last, goesOn: piece === 'more', isApart };
      isApart = last.isName;
    }
    last = typeof piece === 'string' ? undefined : piece;
  }
  if (last) yield { ...last, goesOn: false, isApart };
}

function isGoingOn(last: PlacedText, next: PlacedText): boolean {
  if (endsSentence(last.end)) return false;
  // An abbreviation is no end, and links that follow each other in a paragraph name several things in one sentence.
  if (last.end.endsWith('.') || isLeftOpen(last.end) || !beginsSentence(next.text, next.opensBlock)) return true;
  return last.isLink && !last.isName && next.isLink && !next.opensBlock;
}

function* piecesOf(nodes: readonly HtmlNode[], isName: boolean): Generator<PlacedText | Border> {
  let run: HtmlNode[] = [];
  for (const node of nodes) {
    if (node.kind === 'text' || !isBlock(node)) {
      run.push(node);
      continue;
    }
    yield* linesOf(run, isName);
    run = [];
    if (node.tag !== 'p') yield continuing.has(node.tag) ? 'more' : 'end';
    yield* piecesOf(node.children, isName || naming.has(node.tag));
    if (node.tag !== 'p') yield 'end';
  }
  yield* linesOf(run, isName);
}

function* linesOf(run: readonly HtmlNode[], isName: boolean): Generator<PlacedText> {
  let line: HtmlNode[] = [];
  let opensBlock = true;
  for (const node of [...run, undefined]) {
    if (node !== undefined && !(node.kind === 'element' && node.tag === 'br')) {
      line.push(node);
      continue;
    }
    const nodes = withoutInvitation(withoutLabel(trimInline(line)));
    const text = visibleLine(nodes);
    const isLink = isOnlyLink(nodes);
    if (text !== '') yield { text, end: text, opensBlock, isLink, isName: isName || isLink || isHeadingLike(nodes) };
    if (text !== '') opensBlock = false;
    line = [];
  }
}

/** Without a label in bold at its beginning: `<b>Episode 27</b> We talk about …`. */
function withoutLabel(nodes: readonly HtmlNode[]): readonly HtmlNode[] {
  const [first, ...rest] = nodes;
  return first?.kind === 'element' && isBold(first) && rest.length > 0 && isLabel(visibleLine([first])) ? rest : nodes;
}

/** Without a link at its end that only invites to read on: "They spoke at length […] <a>Read more</a>". */
function withoutInvitation(nodes: readonly HtmlNode[]): readonly HtmlNode[] {
  const last = nodes.at(-1);
  return last?.kind === 'element' && last.tag === 'a' && nodes.length > 1 && isInvitation(visibleLine(last.children))
    ? trimInline(nodes.slice(0, -1))
    : nodes;
}

function isBold(node: HtmlElement): boolean {
  return node.tag === 'strong' || node.tag === 'b';
}

const endMark = /[\p{Sentence_Terminal}…]["'”’»)\]]{0,3}$/u;

/** Whether a line is nothing but links, and no sentence: what is linked has a name there. */
export function isOnlyLink(nodes: readonly HtmlNode[]): boolean {
  return !hasWordsOutside(nodes, ['a']) && !endMark.test(visibleLine(nodes));
}

// Longer ones are what a site's first paragraph looks like.
const maxHeadingLength = 80;

/** Whether a line all in bold stands for a heading. */
export function isHeadingLike(nodes: readonly HtmlNode[]): boolean {
  if (hasWordsOutside(nodes, ['strong', 'b'])) return false;
  const text = visibleLine(nodes);
  return text.length <= maxHeadingLength && !/[.。…]["'”’»)\]]{0,3}$/u.test(text);
}

function hasWordsOutside(nodes: readonly HtmlNode[], tags: readonly string[]): boolean {
  return nodes.some((node) =>
    node.kind === 'text' ? /[\p{L}\p{N}]/u.test(node.text) : !tags.includes(node.tag) && hasWordsOutside(node.children, tags),
  );
}
