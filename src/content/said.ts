/*
 * What a post says, for telling posts apart: the letters of its title and text and the documents that it names, whatever its markup, links and
 * pictures are. Two texts are related by the runs of three words that they share.
 */
import { createHash } from 'node:crypto';
import { canonicalUrl, fileKey } from './web-address.ts';
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

/** The same for two contents that say the same: title, text and documents; where there is no text, also the page and the picture. */
export function saidHashOf(content: SaidContent): string {
  const text = content.html.replaceAll(/<[^<>]*>|\s+/g, '');
  const documents = content.attachments.map(({ url }) => steadyFile(url)).sort();
  const instead =
    text === '' ? [content.url === null ? '' : steadyFile(canonicalUrl(content.url) ?? content.url), content.image?.url ?? ''] : [];
  return createHash('sha256')
    .update(JSON.stringify([lettersOf(content.title), text, documents, ...instead]))
    .digest('base64url');
}

/** How like two texts are: enough to judge whether one may be the other. */
export interface Likeness {
  /** Their titles have the same letters, or one has none. */
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
  const [first, second] = [lettersOf(one.title), lettersOf(other.title)];
  const [shorter, longer] = bySize(wordsOf(textOf(one.html)), wordsOf(textOf(other.html)));
  const [fewer, more] = bySize(wordsOf(one.title), wordsOf(other.title));
  const inTitle = new Set(more);
  return {
    isSameTitle: first === second || first === '' || second === '',
    isNamedAlike: first === second && first !== '',
    sharedTitle: fewer.length === 0 ? 1 : fewer.filter((word) => inTitle.has(word)).length / fewer.length,
    haveText: shorter.length > 0,
    sharedText: shareOf(shorter, longer),
    wordCount: shorter.length,
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

/** Whether two posts have one title; one without a title has that of any. */
export function haveSameTitle(one: Pick<ComparedText, 'title'>, other: Pick<ComparedText, 'title'>): boolean {
  const [first, second] = [lettersOf(one.title), lettersOf(other.title)];
  return first === second || first === '' || second === '';
}

/** How much of a text stands in another, from 0 to 1. */
export function shareIn(part: ComparedText, whole: ComparedText): number {
  return shareOf(wordsOf(textOf(part.html)), wordsOf(textOf(whole.html)));
}

function bySize<Value>(one: readonly Value[], other: readonly Value[]): [shorter: readonly Value[], longer: readonly Value[]] {
  return one.length <= other.length ? [one, other] : [other, one];
}

/** Of the runs of three words of a text, how many stand in another one: 1 for a text without words. A shorter text is one run. */
function shareOf(words: readonly string[], inWords: readonly string[]): number {
  if (words.length === 0) return 1;
  const length = Math.min(3, words.length);
  const numbers = new Map<string, number>();
  const known = new Set(runsOf(inWords, length, numbers));
  const runs = runsOf(words, length, numbers);
  return runs.filter((run) => known.has(run)).length / runs.length;
}

// More different words than two compared texts have (an ideograph is one, and some letters unfold into a dozen): the numbers of three are one number.
const wordLimit = 2 ** 17;

function runsOf(words: readonly string[], length: number, numbers: Map<string, number>): number[] {
  const runs: number[] = [];
  let [before, last] = [0, 0];
  for (const [at, word] of words.entries()) {
    let number = numbers.get(word);
    if (number === undefined) numbers.set(word, (number = numbers.size + 1));
    if (at + 1 >= length)
      runs.push(length === 3 ? (before * wordLimit + last) * wordLimit + number : length === 2 ? last * wordLimit + number : number);
    [before, last] = [last, number];
  }
  return runs;
}

// Scripts that put no space between words: each character counts as one.
const oneWord = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[\p{L}\p{M}\p{N}]+/gu;

function wordsOf(text: string): string[] {
  return text.normalize('NFKC').toLowerCase().match(oneWord) ?? [];
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** The text of html that was sanitised, or of a text that was never any. Blocks and words stay apart. */
function textOf(html: string): string {
  return html
    .slice(0, comparedHtmlLength)
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/&(amp|lt|gt|quot|apos|nbsp|#39);/g, (_, name: string) => entities[name] ?? "'");
}

// What servers put into an address to tell one fetch from another: by its name, or a value that no person writes.
const tokenName =
  /^(?:refresh|token|nonce|_wpnonce|sid|session_?id|phpsessid|jsessionid|sig|signature|expires|rnd|rand|random|cb|cachebuster|nocache|timestamp|x-amz-.*|x-goog-.*|key-pair-id)$/i;
const tokenValue = /^(?:\d{10,}|(?=\d*[a-f])[a-f\d]{12,}|[a-f\d]{8}(?:-[a-f\d]{4}){3}-[a-f\d]{12})$/i;

/** The key of a file or page without what changes at each fetch. */
function steadyFile(address: string): string {
  const key = fileKey(address);
  const at = key.indexOf('?');
  if (at < 0) return key;
  const kept = key
    .slice(at + 1)
    .split('&')
    .filter((part) => {
      const [name = '', value = ''] = part.split('=', 2);
      return !tokenName.test(name) && !tokenValue.test(value);
    });
  return kept.length === 0 ? key.slice(0, at) : `${key.slice(0, at)}?${kept.join('&')}`;
}
