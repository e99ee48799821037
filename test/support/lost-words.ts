/*
 * Which words of a source a stored post has lost without a reason. A reason has only a whole line, sentence or bracket that holds a link to a document and
 * says nothing beside its card, where the text before it has ended and the text behind it begins anew. Written apart from the code that it judges.
 */
import type { HtmlNode } from '../../src/content/html/html-tree.ts';
import { isAnnouncingText, isGenericText } from '../../src/content/documents/announcement.ts';
import { isBlockTag } from '../../src/kernel/text/tags.ts';

interface SourceLine {
  readonly text: string;
  readonly words: readonly { readonly word: string; readonly at: number }[];
  readonly isHeading: boolean;
  /** It holds a link that has no card: whatever it announces, that link is lost with it. */
  readonly leadsElsewhere: boolean;
  /** Whether it is a line of a block without links that only announces a document as a whole ("Download<br>the report"). */
  isOfAnnouncement: boolean;
}

/** Words of a line that may be lost together. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly needsStart: boolean;
  readonly isOpen: boolean;
}

/** A way to read the stored words so far: how many are read, whether a sentence has ended, and whether what comes now must begin one. */
interface Reading {
  readonly at: number;
  readonly hasEnded: boolean;
  readonly mustStart: boolean;
}

// Stands before and behind the words of a link to a document.
const linkMark = '\uE000';
// A summary becomes a bold line.
const boldTags = new Set(['strong', 'summary']);
const apartTags = new Set(
  'ul ol li dl dt dd table tbody tr td th caption h1 h2 h3 h4 h5 h6 blockquote figure figcaption pre hr'.split(' '),
);

/** The line of the source behind which no way to read the stored words goes on; undefined when all is stored or lost for a reason. */
export function firstLineLost(
  source: readonly HtmlNode[],
  stored: readonly string[],
  cards: readonly { readonly url: string; readonly title: string }[],
): string | undefined {
  const onCards = new Set(cards.flatMap(({ title }) => wordsOf(title.toLowerCase()).map(({ word }) => word)));
  let readings: Reading[] = [{ at: 0, hasEnded: true, mustStart: false }];
  let last = '';
  for (const line of [...sourceLines(source, cards), undefined]) {
    const next = new Map<string, Reading>();
    for (const reading of readings) {
      const ways = line ? readLine(line, reading, stored, onCards) : [{ ...reading, hasEnded: true, mustStart: false }];
      for (const each of ways) next.set(JSON.stringify(each), each);
    }
    readings = [...next.values()];
    last = line?.text ?? last;
    if (readings.length === 0) return last.replaceAll(linkMark, '|');
  }
  return readings.some(({ at }) => at === stored.length) ? undefined : `behind: ${last}`;
}

function readLine(
  line: SourceLine,
  { at, hasEnded, mustStart }: Reading,
  stored: readonly string[],
  onCards: ReadonlySet<string>,
): Reading[] {
  const parts = partsOf(line, onCards);
  // A line of marks alone may be gone or not: that cannot be told by its words.
  const found: Reading[] = line.words.length === 0 ? [{ at, hasEnded, mustStart }] : [];
  const walk = (index: number, position: number, isOpen: boolean): void => {
    if (index === line.words.length) {
      const isLost = index > 0 && position === at;
      if (mustStart && !isLost && !startsAnew(line.text)) return;
      found.push({ at: position, hasEnded: endsHere(line) || (isLost && hasEnded), mustStart: isOpen || (isLost && mustStart) });
      return;
    }
    if (line.words[index]!.word === stored[position]) walk(index + 1, position + 1, false);
    for (const part of parts) if (part.from === index && (hasEnded || !part.needsStart)) walk(part.to, position, part.isOpen);
  };
  walk(0, at, false);
  return found;
}

function partsOf(line: SourceLine, onCards: ReadonlySet<string>): Part[] {
  const spans = [...line.text.matchAll(/\([^()]*\)/g)].map(({ 0: text, index }) => ({
    start: index,
    end: index + text.length,
    isBracket: true,
  }));
  const starts = [0, ...[...line.text.matchAll(/[.!?…]\uE000?\s+/g)].map(({ 0: text, index }) => index + text.length)];
  for (const [index, start] of starts.entries()) spans.push({ start, end: starts[index + 1] ?? line.text.length, isBracket: false });
  spans.push({ start: 0, end: line.text.length, isBracket: false });
  return spans.flatMap(({ start, end, isBracket }) => {
    const inside = line.words.flatMap(({ at }, index) => (at >= start && at < end ? [index] : []));
    const isWholeLine = end - start === line.text.length;
    const mayGo =
      saysNoMore(line.text.slice(start, end), onCards, isWholeLine && !line.leadsElsewhere) || (isWholeLine && line.isOfAnnouncement);
    if (inside.length === 0 || !mayGo) return [];
    const isOpen = !isBracket && end === line.text.length && !/[.!?…]\uE000?$/.test(line.text);
    return [{ from: inside[0]!, to: inside.at(-1)! + 1, needsStart: !isBracket && start === 0, isOpen }];
  });
}

/** Whether words only announce a document; a line without a link must say so by itself ("Downloads"). */
function saysNoMore(text: string, onCards: ReadonlySet<string>, isLine: boolean): boolean {
  if (!text.includes(linkMark)) return isLine && isAnnouncingText(text);
  return wordsOf(text).every(({ word }) => isGenericText(word) || onCards.has(word.toLowerCase()));
}

function endsHere({ text, isHeading }: SourceLine): boolean {
  return isHeading || /[.!?…:]["”’»)\s\uE000]*$/.test(text);
}

function startsAnew(text: string): boolean {
  const bare = text.replaceAll(linkMark, '');
  return !/^[.,;:!?)…]/.test(bare) && !/^[^\p{L}\p{N}]*\p{Ll}/u.test(bare);
}

function wordsOf(text: string): { word: string; at: number }[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ 0: word, index }) => ({ word, at: index }));
}

/** The lines of the source; undefined where no sentence goes on. */
function sourceLines(nodes: readonly HtmlNode[], cards: readonly { readonly url: string }[]): (SourceLine | undefined)[] {
  const lines: (SourceLine | undefined)[] = [];
  let text = '';
  let plain = '';
  let leadsElsewhere = false;
  let ofBlock: SourceLine[] = [];
  const endLine = (): void => {
    const line = text.replaceAll(/\s+/g, ' ').trim();
    if (line.replaceAll(linkMark, '') !== '')
      ofBlock.push({ text: line, words: wordsOf(line), isHeading: !/[^\s\uE000]/.test(plain), leadsElsewhere, isOfAnnouncement: false });
    text = plain = '';
    leadsElsewhere = false;
  };
  const endBlock = (isApart: boolean): void => {
    endLine();
    const whole = ofBlock.map((line) => line.text).join(' ');
    if (!whole.includes(linkMark) && !ofBlock.some((line) => line.leadsElsewhere) && isAnnouncingText(whole))
      for (const line of ofBlock) line.isOfAnnouncement = true;
    lines.push(...ofBlock);
    ofBlock = [];
    if (isApart) lines.push(undefined);
  };
  const walk = (list: readonly HtmlNode[], isBold: boolean): void => {
    for (const node of list) {
      if (node.kind === 'text') {
        text += node.text;
        if (!isBold) plain += node.text;
      } else if (node.tag === 'br') endLine();
      else {
        // Whatever its address: the words of a link may say that it is a paper.
        const href = node.tag === 'a' ? node.attributes['href'] : undefined;
        const mark = href !== undefined && cards.some(({ url }) => url.endsWith(href)) ? linkMark : '';
        leadsElsewhere ||= href !== undefined && mark === '';
        if (isBlockTag(node.tag)) endBlock(apartTags.has(node.tag));
        text += mark;
        walk(node.children, isBold || boldTags.has(node.tag));
        text += mark;
        if (isBlockTag(node.tag)) endBlock(apartTags.has(node.tag));
      }
    }
  };
  walk(nodes, false);
  endBlock(false);
  return lines;
}
