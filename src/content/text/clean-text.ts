import { cutAtWord } from '../../kernel/cut-text.ts';
import { withoutOpenDirections } from '../../kernel/direction.ts';
import { withoutMarks } from './marks.ts';

/** One line of content: clean, white space collapsed. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll(/\s+/gu, ' ').trim();
}

// Control characters (but line feed and tab), line and paragraph separators, directions, the noncharacters that marks are made of, lone surrogates.
// eslint-disable-next-line no-control-regex -- finding control characters is the point
const unclean = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFDD0-\uFDEF\uFFFE\uFFFF\p{Surrogate}]/u;

/**
 * Content of any length: line ends are line feeds; marks, control characters (but line feed and tab), directions that it opens and does not close, which
 * reach beyond it, are gone, and U+FFFD stands for a lone surrogate. Postgres refuses some of them, and no document of ours may hold any.
 */
export function cleanText(text: string): string {
  if (!unclean.test(text)) return text;
  const plain = withoutMarks(text)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\v\f\u0085\u2028\u2029]/g, ' ')
    // eslint-disable-next-line no-control-regex -- removing control characters is the point
    .replaceAll(/[\u0000-\u0008\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]/g, '')
    .replaceAll(/\p{Surrogate}/gu, '\uFFFD');
  return withoutOpenDirections(plain);
}

/** A text as a sentence about it names it. */
export function quote(text: string): string {
  return `“${cutAtWord(text, 80)}”`;
}

/** Whether the first letter of a text is written from right to left. */
export function isRightToLeft(text: string): boolean {
  const first = /\p{L}/u.exec(text)?.[0];
  return first !== undefined && /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(first);
}
