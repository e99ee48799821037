/*
 * What a post says, for telling posts apart: its title, its text and the documents that it names, whatever its markup, links and pictures are, and
 * whatever kinds of quotes and dashes a program makes of what was typed. Two texts are related by the runs of three words that they share.
 */
import { createHash } from 'node:crypto';
import { siteHost, steadyFile, steadyPage, urlOf } from './web-address.ts';
import type { RevisionContent } from './content.ts';
import { lettersOf } from './text/letters.ts';

/** What is compared of a post: its title, and its text as html or plain, of which the beginning is enough. */
export interface ComparedText {
  readonly title: string;
  readonly html: string;
}

/** What of a content its words are found from. */
export type SaidContent = Pick<RevisionContent, 'title' | 'url' | 'html' | 'image' | 'attachments'>;

/** So much markup of a text is compared: some hundred words, which tell any two texts apart and take no time. */
export const comparedHtmlLength = 6_000;

const { imul } = Math;

// In scripts without spaces so much markup holds thousands of words: no more of them are needed.
const comparedWords = 1_000;

/** The same for two contents that say the same: title, text and documents; where there is no text, also the page and the picture. */
export function saidHashOf(content: SaidContent): string {
  const text = steadyText(content.html);
  const documents = [...content.attachments.map(({ url }) => steadyFile(url)), ...downloadsIn(content.html)].sort();
  const instead = text === '' ? [content.url === null ? '' : steadyPage(content.url), content.image?.url ?? ''] : [];
  return createHash('sha256')
    .update(JSON.stringify([steadyTitle(content.title), text, documents, ...instead]))
    .digest('base64url');
}

// The number of a file, by a name that says so, or behind "download" in the path; a stamp has more digits.
const fileNumber = /^(?:id|file_?id|doc_?id|download_?id|download|wpdmdl)$/i;
const numberedPath = /\/downloads?\/(\d{1,9})\/?$/i;

/** The files that links hand out by a number, with no name that says what they are: `/download?id=7`. What else their addresses hold may change at each fetch. */
function downloadsIn(html: string): string[] {
  if (!/download|wpdmdl/i.test(html)) return [];
  return [...html.matchAll(/\bhref="([^"]*)"/gi)].flatMap(([, href = '']) => {
    const url = /download|wpdmdl/i.test(href) ? urlOf(href.replaceAll('&amp;', '&')) : undefined;
    if (!url) return [];
    const numbers = [...url.searchParams].filter(([name, value]) => fileNumber.test(name) && /^\d{1,9}$/.test(value));
    const number = numbers[0]?.[1] ?? numberedPath.exec(url.pathname)?.[1];
    return number === undefined ? [] : [`${siteHost(href)} file ${number}`];
  });
}

/** A title without what programs change of it: case, white space, kinds of quotes and dashes. Signs stay: "C++" is not "C#". */
export function steadyTitle(title: string): string {
  return withPlainMarks(title).toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

/** The text of html without markup, white space, and kinds of quotes and dashes. */
export function steadyText(html: string): string {
  return withPlainMarks(html.replaceAll(/<[^<>]*>|\s+/g, ''));
}

/** Quotes, dashes and dots as they are typed: what an editor makes of them is no other text. */
function withPlainMarks(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/&(?:#0*39|#x0*27|apos|#821[67]|[lr]squo);|[‘’‚‛′`´]/gi, "'")
    .replaceAll(/&(?:quot|#0*34|#822[01]|[lr]dquo);|[“”„‟″«»]|''/gi, '"')
    .replaceAll(/&(?:#821[12]|[nm]dash);|[‐-―−]|--+/gi, '-')
    .replaceAll(/&(?:#8230|hellip);/gi, '...')
    .replaceAll('\u2044', '/');
}

/** How like two texts are: enough to judge whether one may be the other. */
export interface Likeness {
  /** They have one title, or one has none. */
  readonly isSameTitle: boolean;
  /** Both have a title, and it is the same. */
  readonly isNamedAlike: boolean;
  /** Words of the shorter title in the longer, from 0 to 1. */
  readonly sharedTitle: number;
  /** Both have words beside the title. */
  readonly haveText: boolean;
  /** How much of the shorter text stands in the longer, from 0 to 1; 1 where one has none. */
  readonly sharedText: number;
  /** How many words the shorter text has. */
  readonly wordCount: number;
}

/** Compares two texts. */
export function compareTexts(one: ComparedText, other: ComparedText): Likeness {
  const [shorter, longer] = [readText(one), readText(other)].sort((first, second) => first.wordCount - second.wordCount) as [
    ReadText,
    ReadText,
  ];
  const [fewer, more] = [wordsOf(one.title), wordsOf(other.title)].sort((first, second) => first.length - second.length) as [
    string[],
    string[],
  ];
  const inTitle = new Set(more);
  const isSameTitle = haveSameTitle(one, other);
  return {
    isSameTitle,
    isNamedAlike: isSameTitle && lettersOf(one.title) !== '' && lettersOf(other.title) !== '',
    sharedTitle: fewer.length === 0 ? 1 : fewer.filter((word) => inTitle.has(word)).length / fewer.length,
    haveText: shorter.wordCount > 0,
    sharedText: shareOf(shorter, longer),
    wordCount: shorter.wordCount,
  };
}

const shortText = 20;

/**
 * Whether one of two texts may be the other, or a part of it: at least half of the runs of the shorter stand in the longer, all of them where it has
 * less than 20 words. No text at all may be a part of any.
 */
export function areCompatible({ wordCount, sharedText }: Likeness): boolean {
  return sharedText >= (wordCount < shortText ? 1 : 0.5);
}

/** Whether a text may have become the other: its title stayed, or half of the shorter text stands in the longer; without text half of the title. */
export function areRelated({ isNamedAlike, haveText, sharedText, sharedTitle }: Likeness): boolean {
  return isNamedAlike || (haveText ? sharedText : sharedTitle) >= 0.5;
}

/** Whether two posts have one title, whatever the marks in it are; one without a title has that of any. Numbers and the signs of "C++" and "C#" count. */
export function haveSameTitle(one: Pick<ComparedText, 'title'>, other: Pick<ComparedText, 'title'>): boolean {
  const [first, second] = [lettersOf(one.title), lettersOf(other.title)];
  return first === '' || second === '' || (first === second && numbersIn(one.title) === numbersIn(other.title));
}

/** The key of a title, under which posts of one title are found; see `haveSameTitle`. */
export function titleKeyOf(title: string): string {
  return createHash('sha256')
    .update(`${lettersOf(title)} ${numbersIn(title)}`)
    .digest('base64url')
    .slice(0, 22);
}

function numbersIn(title: string): string {
  return (title.normalize('NFKC').match(/\p{N}+|(?<=[\p{L}\p{N}+#])[+#]/gu) ?? []).join(' ');
}

/** How much of a text stands in another, from 0 to 1. */
export function shareIn(part: ComparedText, whole: ComparedText): number {
  return shareOf(readText(part), readText(whole));
}

/** Whether two texts are one, but for numbers in it: a counter, or a price. */
export function areSameButNumbers(one: ComparedText, other: ComparedText): boolean {
  const [first, second] = [readText(one), readText(other)];
  return first.wordCount > 0 && first.wordCount === second.wordCount && withoutNumbers(first) === withoutNumbers(second);
}

function withoutNumbers({ words }: ReadText): string {
  return words.replaceAll(/\p{N}+/gu, '0');
}

/** A text as it is compared. */
interface ReadText {
  readonly wordCount: number;
  /** Its words, with a space before and behind each. */
  readonly words: string;
  /** Its runs of three words as numbers, in the order of these. */
  readonly runs: Float64Array;
}

// A post is compared with all that may be it: its text is read once.
const readTexts = new WeakMap<ComparedText, ReadText>();

function readText(text: ComparedText): ReadText {
  const known = readTexts.get(text);
  if (known) return known;
  const words = wordsOf(textOf(text.html));
  const read = { wordCount: words.length, words: ` ${words.join(' ')} `, runs: runsOf(words) };
  readTexts.set(text, read);
  return read;
}

/** Of the runs of three words of a text, how many stand in another one: 1 for a text without words. A shorter text is one run. */
function shareOf(part: ReadText, whole: ReadText): number {
  if (part.wordCount === 0) return 1;
  if (part.wordCount < 3) return whole.words.includes(part.words) ? 1 : 0;
  let [found, at] = [0, 0];
  for (const run of part.runs) {
    while (at < whole.runs.length && whole.runs[at]! < run) at += 1;
    if (whole.runs[at] === run) found += 1;
  }
  return found / part.runs.length;
}

/** The runs of three words, each as one of 2 ** 53 numbers: so many that no two of a text have one. */
function runsOf(words: readonly string[]): Float64Array {
  const runs = new Float64Array(Math.max(0, words.length - 2));
  let [high, low] = [
    [0, 0],
    [0, 0],
  ];
  for (const [at, word] of words.entries()) {
    const [first, second] = numbersOf(word);
    if (at > 1) {
      const upper = mixed(mixed(high[0]!, high[1]!), first) & 0x1f_ff_ff;
      runs[at - 2] = upper * 2 ** 32 + (mixed(mixed(low[0]!, low[1]!), second) >>> 0);
    }
    [high, low] = [
      [high[1]!, first],
      [low[1]!, second],
    ];
  }
  return runs.sort();
}

function numbersOf(word: string): [first: number, second: number] {
  let [first, second] = [0x811c9dc5, 0x9747b28c];
  for (let at = 0; at < word.length; at++) {
    first = imul(first ^ word.charCodeAt(at), 0x01000193);
    second = mixed(second, word.charCodeAt(at));
  }
  return [first, second];
}

function mixed(hash: number, value: number): number {
  const product = imul(hash ^ value, 0x85ebca6b);
  return (imul(product ^ (product >>> 13), 0xc2b2ae35) + value) | 0;
}

// Scripts that put no space between words: each character counts as one.
const oneWord = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[\p{L}\p{M}\p{N}]+/gu;

function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.normalize('NFKC').toLowerCase().matchAll(oneWord)) if (words.push(word) >= comparedWords) break;
  return words;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** The text of html that was sanitised, or of a text that was never any. Blocks and words stay apart. */
function textOf(html: string): string {
  return html
    .slice(0, comparedHtmlLength)
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/&(amp|lt|gt|quot|apos|nbsp|#39);/g, (_, name: string) => entities[name] ?? "'");
}
