import { cutAtWord } from '../../kernel/cut-text.ts';

/** A text as a sentence about it names it. */
export function quote(text: string): string {
  return `“${cutAtWord(text, 80)}”`;
}
