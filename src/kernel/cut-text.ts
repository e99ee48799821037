import { withoutTrailing } from './trim.ts';

/** The beginning of a text, at most `maxLength` UTF-16 units: not half of a character that takes two, which Postgres refuses. */
export function cutToLength(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '');
}

/** Cuts at a word so that at most `maxLength` UTF-16 units remain, ellipsis included. */
export function cutAtWord(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const head = cutToLength(text, maxLength - 1);
  const atWord = /\s/.test(text[maxLength - 1] ?? ' ') ? head : withoutLastWord(head);
  return `${withoutTrailing(atWord.length >= maxLength / 2 ? atWord : head, /[\s,;:–—-]/u)}…`;
}

function withoutLastWord(text: string): string {
  const before = withoutTrailing(text, /\S/u);
  return before === '' ? text : before.trimEnd();
}
