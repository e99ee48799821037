/*
 * The summary of a post: whole sentences in plain text, the source's own where it wrote one, else from the beginning of the text.
 */
import { feedFooters, maxFooterSiteLength } from './text/feed-footer.ts';
import { withoutTrailing } from '../kernel/trim.ts';
import { cutAtWord } from '../kernel/cut-text.ts';
import { sentencesOf } from './text/sentence.ts';
import { toldTextOfHtml } from './formulas/told-text.ts';
import { withoutShortcodes } from './shortcodes/shortcode-text.ts';
import { lettersOf } from './text/letters.ts';

/** The longest summary, in characters. */
const maxSummaryLength = 320;

// Only the beginning of a text is looked at: finding sentences in a long essay costs as much as everything else of a post together.
// No sentence that a summary holds ends beyond half of it.
const maxScannedLength = 2 * maxSummaryLength;
// A stated summary longer than this is a text; how it ends does not matter.
const maxStatedLength = 20_000;

// How feeds mark that they cut an excerpt, in the languages that WordPress themes speak.
const invitation =
  /(?:continue reading|read more|read the rest|keep reading|seguir leyendo|leer más|lire la suite|weiterlesen|leia mais)(?!\p{L})/iu;
const ellipses = ['…', '...', '&hellip;'];
const maxFooterTitleLength = 400;

/** What a summary is made from. */
export interface SummaryInput {
  readonly sourceSummary?: string | undefined;
  /** Visible text of the post, one line per block. */
  readonly text: string;
  /** The same as the source states it, with the words beside documents that a button says now. */
  readonly statedText?: string;
  readonly language?: string | undefined;
}

/**
 * The summary of a post; empty for a post without text. WordPress cuts its excerpts in the middle of a sentence:
 * such a one is used only where there is no text, and then up to its last whole sentence.
 */
export function summaryOf({ sourceSummary, text, statedText = text, language = 'en' }: SummaryInput): string {
  const stated = withoutFeedFooter(withoutShortcodes(oneLine(toldTextOfHtml((sourceSummary ?? '').slice(0, maxStatedLength)))));
  const uncut = withoutCutMark(stated);
  const isCut = uncut !== stated;
  if (uncut !== '' && !isCut && !isBeginning(uncut, statedText)) return sentencesUpTo(uncut, language);
  if (text !== '') return sentencesUpTo(text, language);
  if (!isCut) return sentencesUpTo(uncut, language);
  const whole = sentencesOf(uncut.slice(0, maxScannedLength), language).slice(0, -1).join('').trim();
  return whole !== ''
    ? sentencesUpTo(whole, language)
    : uncut === ''
      ? ''
      : `${withoutTrailing(cutAtWord(uncut, maxSummaryLength - 1), /[\s,;:…]/u)}…`;
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

function sentencesUpTo(value: string, language: string): string {
  let summary = '';
  for (const sentence of sentencesIn(value.slice(0, maxScannedLength), language)) {
    const longer = summary === '' ? sentence : `${summary} ${sentence}`;
    if (longer.length > maxSummaryLength) return summary === '' ? cutAtWord(sentence, maxSummaryLength) : summary;
    summary = longer;
  }
  return summary;
}

/** Sentence by sentence, as far as they are asked for. A block ends one, whether it ends in a full stop or not (a heading, an item). */
function* sentencesIn(value: string, language: string): Generator<string> {
  for (const line of value.split('\n')) {
    for (const sentence of sentencesOf(line, language)) if (sentence.trim() !== '') yield sentence.trim();
  }
}

function oneLine(value: string): string {
  return value.replaceAll(/\s+/g, ' ').trim();
}

/** Whether a stated summary is only the beginning of the text: spacing and marks differ, since themes strip markup in their own ways. */
function isBeginning(summary: string, text: string): boolean {
  const beginning = lettersOf(text.slice(0, summary.length * 2));
  return beginning.startsWith(lettersOf(summary));
}
