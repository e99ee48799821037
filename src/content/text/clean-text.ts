import { cutAtWord } from '../../kernel/cut-text.ts';
import { withoutMarks } from './marks.ts';

/** One line of content: marks, control characters, overrides of direction and lone surrogates removed, white space collapsed. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll(/\s+/gu, ' ').trim();
}

/** Content of any length: marks, control characters (but line feed and tab), overrides of direction, which reach beyond it, and lone surrogates removed. */
export function cleanText(text: string): string {
  return (
    withoutMarks(text)
      // eslint-disable-next-line no-control-regex -- removing control characters is the point
      .replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFFFE\uFFFF]/g, ' ')
      .replaceAll(/\p{Surrogate}/gu, '\uFFFD')
  );
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
