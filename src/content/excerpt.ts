/*
 * The summary of a post: whole sentences in plain text, the source's own where it wrote one, else from the beginning of the text.
 */
import { feedFooters, maxFooterSiteLength } from './text/feed-footer.ts';
import { withoutTrailing } from '../kernel/trim.ts';
import { cutAtWord } from '../kernel/cut-text.ts';
import { withFormulas } from './formulas/read-formulas.ts';
import { endsSentence, sentencesOf } from './text/sentence.ts';
import type { HtmlNode } from './html/html-tree.ts';
import { parseHtml } from './html/parse-html.ts';
import { nameLines, proseLines } from './prose.ts';
import type { ProseLine } from './prose.ts';
import { resolveShortcodes } from './shortcodes/resolve-shortcodes.ts';
import { toldNodes, visibleText } from './html/visible-text.ts';
import { invitation, isInvitation } from './text/invitation.ts';
import { isLabel, isPartName } from './text/label.ts';
import { lettersOf } from './text/letters.ts';

/** The longest summary, in characters. */
const maxSummaryLength = 320;

// Only the beginning of a text is looked at: finding sentences in a long essay costs as much as everything else of a post together.
// No sentence that a summary holds ends beyond half of it.
const maxScannedLength = 2 * maxSummaryLength;
// A stated summary longer than this is a text; how it ends does not matter.
const maxStatedLength = 20_000;

// How feeds mark that they cut an excerpt, beside an invitation to read on.
const ellipses = ['…', '...', '&hellip;'];
const maxFooterTitleLength = 400;

/** What a summary is made from. */
export interface SummaryInput {
  readonly sourceSummary?: string | undefined;
  readonly blocks: readonly HtmlNode[];
  /** Visible text of the post as the source states it, with the words beside documents that a button says now. */
  readonly statedText?: string;
  readonly language?: string | undefined;
}

/**
 * The summary of a post; empty for a post without text. WordPress cuts its excerpts in the middle of a sentence:
 * such a one is used only where there is no text, and then up to its last whole sentence.
 */
export function summaryOf({ sourceSummary, blocks, statedText, language = 'en' }: SummaryInput): string {
  const nodes = statedNodes((sourceSummary ?? '').slice(0, maxStatedLength));
  const stated = withoutFeedFooter(oneLine(visibleText(nodes)));
  const uncut = withoutCutMark(stated);
  const isCut = uncut !== stated;
  const text = uncut === '' || isCut ? undefined : (statedText ?? visibleText(blocks));
  if (text !== undefined && !isBeginning(uncut, text)) return summarise(proseLines(nodes), uncut, language);
  const own = summarise(proseLines(blocks), '', language) || namesIn(nameLines(blocks));
  if (own !== '') return own;
  if (uncut === '') return '';
  if (!isCut) return summarise(proseLines(nodes), uncut, language);
  const whole = sentencesOf(uncut.slice(0, maxScannedLength), language).slice(0, -1).join('').trim();
  return whole !== ''
    ? summarise([{ text: whole, goesOn: false, isApart: false }], whole, language)
    : `${withoutTrailing(cutAtWord(uncut, maxSummaryLength - 1), /[\s,;:…]/u)}…`;
}

/** What a stated summary says, as it is told: with its formulas and without shortcodes. */
function statedNodes(html: string): readonly HtmlNode[] {
  const parsed = withFormulas(parseHtml(html), html);
  return toldNodes(html.includes('[') ? resolveShortcodes(parsed, { baseUrl: undefined, pageUrl: undefined }) : parsed);
}

/** A line up to where its source says that it was cut: an ellipsis at its end, or an invitation to read on with all that follows. */
function withoutCutMark(line: string): string {
  const invited = invitation.exec(line);
  if (invited) return withoutEllipsis(line.slice(0, invited.index).trimEnd(), ['…', '...'], true);
  return withoutEllipsis(line, ellipses, false);
}

/** Without one ellipsis at the end, in brackets or not; half a bracket counts where something else says that the line was cut. */
function withoutEllipsis(line: string, forms: readonly string[], hasHalfBrackets: boolean): string {
  const isClosed = line.endsWith(']');
  const inside = isClosed ? line.slice(0, -1).trimEnd() : line;
  const form = forms.find((each) => inside.toLowerCase().endsWith(each) && (isClosed || each !== '&hellip;'));
  if (form === undefined) return line;
  const before = inside.slice(0, -form.length).trimEnd();
  const isOpened = before.endsWith('[');
  if (!hasHalfBrackets && isClosed !== isOpened) return isClosed ? line : before;
  return isOpened ? before.slice(0, -1).trimEnd() : before;
}

/** A line without "The post … appeared first on …" at its end. */
function withoutFeedFooter(line: string): string {
  const starts = feedFooters.flatMap(([opening, closing, ending]) => {
    const start = ending !== undefined ? undefined : footerStart(line, opening, closing);
    return start === undefined ? [] : [start];
  });
  return starts.length === 0 ? line : line.slice(0, Math.min(...starts)).trimEnd();
}

function footerStart(line: string, opening: string, closing: string): number | undefined {
  const from = line.length - maxFooterSiteLength - closing.length;
  let first: number | undefined;
  for (
    let at = line.indexOf(closing, Math.max(0, from));
    at !== -1 && at + closing.length < line.length;
    at = line.indexOf(closing, at + 1)
  ) {
    const start = line.indexOf(opening, Math.max(0, at - maxFooterTitleLength - 1 - opening.length));
    const titleLength = at - start - opening.length - 1;
    const isFooter = start !== -1 && (titleLength === -1 || (titleLength >= 1 && line[at - 1] === ' '));
    if (isFooter) first = Math.min(first ?? start, start);
  }
  return first;
}

// An unfinished line that is shorter is a label of some kind.
const shortestOpenLine = 40;
// A summary of so many characters needs no unfinished line at its end.
const goodLength = 80;

/**
 * The first sentences of running text. Labels and invitations are passed over, and so is a short line without an end mark; a longer one may stand last, for
 * nothing can run into it there. Where no line makes a sentence, the first of them stands, or `otherwise`.
 */
function summarise(lines: Iterable<ProseLine>, otherwise: string, language: string): string {
  let summary = '';
  const names: string[] = [];
  for (const { text: line, goesOn, isApart } of lines) {
    if (isApart && summary.length >= goodLength) break;
    const text = withoutFeedFooter(line);
    if (isPartName(text) && summary.length >= shortestOpenLine / 2) break;
    if (isLabel(text) || isInvitation(text)) continue;
    for (const sentence of sentencesIn(text.slice(0, maxScannedLength), language)) {
      if (isInvitation(sentence)) continue;
      const isWhole = isWholeSentence(sentence);
      if (!isWhole && !goesOn && sentence.length < shortestOpenLine) {
        names.push(sentence);
        continue;
      }
      const longer = joined(summary, isWhole ? sentence : unfinished(sentence, goesOn));
      if (longer.length > maxSummaryLength) return summary || cutAtWord(longer, maxSummaryLength);
      if (!isWhole) return summary.length < goodLength ? longer : summary;
      summary = longer;
    }
  }
  const first = sentencesOf(otherwise.slice(0, maxScannedLength), language)[0]?.trim() ?? '';
  return summary || namesIn(names) || cutAtWord(first, maxSummaryLength);
}

/** Sentence by sentence; "die 2." within a line is none. */
function* sentencesIn(line: string, language: string): Generator<string> {
  let open = '';
  for (const part of sentencesOf(line, language)) {
    const sentence = joined(open, part.trim());
    open = /\p{N}\.$/u.test(sentence) && !endsSentence(sentence) ? sentence : '';
    if (open === '' && sentence !== '') yield sentence;
  }
  if (open !== '') yield open;
}

function joined(summary: string, sentence: string): string {
  // Chinese and Japanese have no space between sentences.
  const isUnspaced =
    /[。！？]["'”’」』）]?$/u.test(summary) && /^["'“‘「『（]?[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]/u.test(sentence);
  return summary === '' || isUnspaced ? `${summary}${sentence}` : `${summary} ${sentence}`;
}

function isWholeSentence(sentence: string): boolean {
  return endsSentence(sentence) && !/[:：…]\]?$|\.{3}\]?$/u.test(sentence);
}

/** What goes on behind it, or was cut, ends with an ellipsis; what only lacks a full stop stays. */
function unfinished(sentence: string, goesOn: boolean): string {
  const bare = sentence.replace(/(?:\[?(?:…|\.{3})\]?|[:：]| [–—-])$/u, '');
  return goesOn || bare !== sentence ? `${withoutTrailing(bare, /[\s,;–—-]/u)}…` : sentence;
}

/** Of a post that has no running text what it lists, apart from each other. */
function namesIn(lines: Iterable<string>): string {
  const names: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (!isInvitation(line)) names.push(line);
    length += line.length;
    if (length > maxScannedLength) break;
  }
  const said = names.filter((line) => !isLabel(line));
  let summary = '';
  for (const name of said.length > 0 ? said : names) {
    const longer = summary === '' ? name : `${summary} · ${name}`;
    if (longer.length > maxSummaryLength) return summary || cutAtWord(name, maxSummaryLength);
    summary = longer;
  }
  return summary;
}

function oneLine(value: string): string {
  return value.replaceAll(/\s+/g, ' ').trim();
}

/** Whether a stated summary is only the beginning of the text: spacing and marks differ, since themes strip markup in their own ways. */
function isBeginning(summary: string, text: string): boolean {
  const beginning = lettersOf(text.slice(0, summary.length * 2));
  return beginning.startsWith(lettersOf(summary));
}
