const wordsPerMinute = 230;
const ideographsPerMinute = 450;

/** How many words a text has; an ideograph counts as a part of a word, so that lengths compare across scripts. */
export function countWords(text: string): number {
  const ideographs = countIdeographs(text);
  const others = text.replaceAll(ideograph, ' ').match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’.-]*/gu)?.length ?? 0;
  return others + Math.round((ideographs * wordsPerMinute) / ideographsPerMinute);
}

/** Minutes that a calm reader takes, with fractions, so that those of many posts can be added. */
export function readingMinutes(text: string): number {
  return minutesOfWords(countWords(text));
}

/** The same for so many words. */
export function minutesOfWords(count: number): number {
  return count / wordsPerMinute;
}

/** Whole minutes to show, at least 1. */
export function wholeMinutes(minutes: number): number {
  return Math.max(1, Math.round(minutes));
}

const ideograph = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;

function countIdeographs(text: string): number {
  return text.match(ideograph)?.length ?? 0;
}
