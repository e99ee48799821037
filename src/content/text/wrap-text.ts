import { segmentsOf } from './segments.ts';

/** Lines no longer than `width` columns, broken at white space; web addresses and placeholder marks stay whole. */
export function wrapText(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n');
}

/** Wraps and sets a prefix before each line: `first` before the first, `rest` before the others. */
export function wrapIndented(text: string, width: number, first: string, rest: string): string {
  return wrapText(text, Math.max(20, width - columnsOf(rest)))
    .split('\n')
    .map((line, index) => `${index === 0 ? first : rest}${line}`.trimEnd())
    .join('\n');
}

/**
 * How many columns a text takes in a fixed-width font: two for East Asian wide characters and for an emoji, however many characters make it; none for
 * combining ones and for marks of direction.
 */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7E]*$/.test(text)) return text.length;
  if (!/\u200D|\uFE0F|\p{RI}|\p{Emoji_Modifier}/u.test(text)) return sumOfColumns(text);
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += isComposedEmoji(segment) ? 2 : sumOfColumns(segment);
  return columns;
}

/** A flag of two letters, or a picture with what changes or joins it. */
function isComposedEmoji(segment: string): boolean {
  return /^(?:\p{RI}\p{RI}|\p{Extended_Pictographic}(?:\uFE0F|\u200D|\p{Emoji_Modifier}))/u.test(segment);
}

function sumOfColumns(text: string): number {
  let columns = 0;
  for (const character of text) columns += isWide(character) ? 2 : /[\p{M}\p{Cf}\u1160-\u11FF]/u.test(character) ? 0 : 1;
  return columns;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

// Marks take no column: so many characters to a column at most, or one letter could hold a page of them.
const maxCharactersPerColumn = 8;

/** A text of at most so many columns, the ellipsis of a cut one included; never cut within what is seen as one character. */
export function cutToColumns(text: string, maxColumns: number): string {
  const head = text.slice(0, maxColumns * maxCharactersPerColumn);
  if (head.length === text.length && columnsOf(text) <= maxColumns) return text;
  let cut = '';
  let columns = 1;
  for (const { segment } of graphemes.segment(head)) {
    columns += columnsOf(segment);
    if (columns > maxColumns) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
}

function wrapLine(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  let currentColumns = 0;
  for (const word of line.split(/[ \t]+/).filter((part) => part !== '')) {
    for (const piece of piecesOf(word, width)) {
      const columns = columnsOf(piece.text);
      const space = current !== '' && piece.startsWord ? 1 : 0;
      if (current !== '' && currentColumns + space + columns > width) {
        lines.push(current);
        current = piece.text;
        currentColumns = columns;
      } else {
        current += (space ? ' ' : '') + piece.text;
        currentColumns += space + columns;
      }
    }
  }
  return [...lines, current].join('\n');
}

/** A word as what may stand on a line: whole where it fits or is an address, else cut between characters. */
function piecesOf(word: string, width: number): { text: string; startsWord: boolean }[] {
  if (columnsOf(word) <= width || /:\/\/|[\uFDD0@]/.test(word)) return [{ text: word, startsWord: true }];
  return segmentsOf(graphemes, word).map((text, index) => ({ text, startsWord: index === 0 }));
}

function isWide(character: string): boolean {
  // The narrow forms of katakana and hangul, and the later parts of a hangul syllable, are of these scripts too.
  if (/[\uFF61-\uFFDC\u1160-\u11FF]/.test(character)) return false;
  return (
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6]/u.test(
      character,
    ) || /\p{Emoji_Presentation}/u.test(character)
  );
}
