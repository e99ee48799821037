/*
 * The summary of a post: whole sentences in plain text, the source's own where it wrote one, else from the beginning of the text.
 */
import { cutAtWord } from '../render/clean-text.ts';
import { sentencesOf } from '../render/sentence.ts';
import { plainTextOfHtml } from './html-tree.ts';
import { lettersOf } from './letters.ts';

/** The longest summary, in characters. */
export const maxSummaryLength = 320;

// Only the beginning of a text is looked at: finding sentences in a long essay costs as much as everything else of a post together.
const maxScannedLength = 2000;
// A stated summary longer than this is a text; how it ends does not matter.
const maxStatedLength = 20_000;

// How feeds mark that they cut an excerpt, in the languages that WordPress themes speak.
const cutMark =
  /\s*(?:\[\s*(?:…|\.{3}|&hellip;)\s*\]|…|\.{3}|(?:(?:\[?\s*(?:…|\.{3})\s*\]?)\s*)?(?:continue reading|read more|read the rest|keep reading|seguir leyendo|leer más|lire la suite|weiterlesen|leia mais)(?![\p{L}]).*)\s*$/iu;
const feedFooter =
  /\s*(?:The post (?:.{1,400} )?(?:appeared first|first appeared) on .{1,200}|La entrada (?:.{1,400} )?se publicó primero en .{1,200}|L[’']article (?:.{1,400} )?est apparu en premier sur .{1,200}|Der Beitrag (?:.{1,400} )?erschien zuerst auf .{1,200})\s*$/u;

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
  const stated = oneLine(plainTextOfHtml((sourceSummary ?? '').slice(0, maxStatedLength))).replace(feedFooter, '');
  const uncut = stated.replace(cutMark, '');
  const isCut = uncut !== stated;
  if (uncut !== '' && !isCut && !isBeginning(uncut, statedText)) return sentencesUpTo(uncut, language);
  if (text !== '') return sentencesUpTo(text, language);
  if (!isCut) return sentencesUpTo(uncut, language);
  const whole = sentencesOf(uncut.slice(0, maxScannedLength), language).slice(0, -1).join('').trim();
  return whole !== ''
    ? sentencesUpTo(whole, language)
    : uncut === ''
      ? ''
      : `${cutAtWord(uncut, maxSummaryLength - 1).replace(/[\s,;:…]+$/u, '')}…`;
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

// Without a mark there is no second sentence in a line; looking for one in thousands of cells and items takes longer than all the rest.
const marklessLine = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N} ,]*[\p{L}\p{M}\p{N}])?$/u;

/** Sentence by sentence, as far as they are asked for. A block ends one, whether it ends in a full stop or not (a heading, an item). */
function* sentencesIn(value: string, language: string): Generator<string> {
  for (const line of value.split('\n')) {
    if (marklessLine.test(line)) yield line;
    else for (const sentence of sentencesOf(line, language)) if (sentence.trim() !== '') yield sentence.trim();
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
