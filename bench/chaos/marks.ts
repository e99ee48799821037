import type { Message } from './history.ts';

/** The mark in the title of a post. */
export function titleMark(number: number): string {
  return `K${String(number).padStart(4, '0')}`;
}

/** The mark in a post's text, of its revision, counted from 1. */
export function textMark(key: string, revision: number): string {
  return `R${key.slice(1)}x${revision}`;
}

/** The mark in the note of a correction that tells of this revision. */
export function noteMark(key: string, revision: number): string {
  return `N${key.slice(1)}x${revision}`;
}

/** What a digest holds, by the marks in its text: posts above its list of corrections, which names posts too. */
export function readMarks(text: string): Pick<Message, 'posts' | 'corrections'> {
  const [told = '', ...rest] = text.split(/^CORRECTIONS$/m);
  const revisions = new Map([...told.matchAll(/\bR(\d{4})x(\d+)\b/g)].map(([, number, revision]) => [`K${number}`, Number(revision)]));
  const keys = new Set([...told.matchAll(/\bK\d{4}\b/g)].map(([key]) => key));
  return {
    posts: [...keys].map((key) => ({ key, revision: revisions.get(key) })),
    corrections: [...new Set([...rest.join('\n').matchAll(/\bN\d{4}x\d+\b/g)].map(([mark]) => mark))],
  };
}
