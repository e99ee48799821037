import { withoutTrailing } from './trim.ts';

/** Cuts at a word so that at most `maxLength` UTF-16 units remain, ellipsis included. */
export function cutAtWord(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const head = text.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '');
  const atWord = /\s/.test(text[maxLength - 1] ?? ' ') ? head : withoutLastWord(head);
  return `${withoutTrailing(atWord.length >= maxLength / 2 ? atWord : head, /[\s,;:–—-]/u)}…`;
}

function withoutLastWord(text: string): string {
  const before = withoutTrailing(text, /\S/u);
  return before === '' ? text : before.trimEnd();
}
