/*
 * What may go of the text around a link that names nothing: the bracket or the sentence that only announces its document. In doubt all of it stays.
 */
import { withoutTrailing } from '../../kernel/trim.ts';
import { endsSentence } from '../text/sentence.ts';
import { isAnnouncingText, isGenericText } from './announcement.ts';

/** What a line says on one side of a link, up to the next link or other element; `isWhole` when that is all of it and no other line goes on with it. */
interface Side {
  readonly text: string;
  readonly isWhole: boolean;
}

/** The texts around a link without the bracket or sentence that held it; undefined when they say something, or go on in what stands beyond them. */
export function cutAround(
  { text: before, ...left }: Side,
  linkText: string,
  { text: after, ...right }: Side,
): { before: string; after: string } | undefined {
  const bracket = openBracket(before);
  const closing = /^([^()[\]{}]*)[)\]}]/.exec(after);
  if (bracket && closing && isGenericText(bracket.inside) && isGenericText(closing[1]!)) {
    const rest = after.slice(closing[0].length);
    // Of a bracket around the bracket nothing would be left, and of a sentence that it was only its mark.
    return /[([{“«]$/.test(bracket.outside) || (bracket.outside !== '' && endsSentence(bracket.outside) && /^[.!?…]/.test(rest))
      ? undefined
      : { before: bracket.outside, after: rest };
  }
  const opening = sentenceOpening(before);
  const ending = /^([^.!?…]*)([.!?…]|$)/.exec(after);
  if (!opening || !ending || !isGenericText(`${opening.words} ${ending[1]!}`)) return undefined;
  if ((opening.isStart && !left.isWhole) || (ending[2] === '' && !right.isWhole)) return undefined;
  // A number is a name of what is numbered.
  const said = `${opening.words}${linkText}${ending[1]!}`;
  if (/\p{N}/u.test(said) && !/\p{L}/u.test(said)) return undefined;
  // Quotes that it closes were opened before it.
  if (/^[»”"’)\]]/.test(after.slice(ending[0].length))) return undefined;
  const isSentence = opening.words.trim() !== '' || ending[1]!.trim() !== '';
  if (isSentence && !isAnnouncingText(`${opening.words} ${linkText} ${ending[1]!}`)) return undefined;
  return { before: before.slice(0, opening.start), after: after.slice(ending[0].length) };
}

/** What stands before and in a bracket that is still open at the end of a text. */
function openBracket(value: string): { outside: string; inside: string } | undefined {
  const inside = /[^()[\]{}]/;
  const upToBracket = withoutTrailing(value, inside);
  if (!/[([{]$/.test(upToBracket)) return undefined;
  return { outside: upToBracket.slice(0, -1).trimEnd(), inside: value.slice(upToBracket.length) };
}

/**
 * Where the last sentence of a text begins: at the text's beginning, or behind a mark that ends one. A colon, a dash or a bar ends none: what stands before
 * it speaks of the link. `words` is what it says so far; undefined where a mark may end no sentence ("Dr. No", "e.g.").
 */
function sentenceOpening(value: string): { start: number; words: string; isStart: boolean } | undefined {
  const last = withoutTrailing(value, /[^.!?…]/).length - 1;
  if (last < 0) return { start: 0, words: value, isStart: true };
  if (!endsSentence(value.slice(0, last + 1))) return undefined;
  const [lead] = /^.[»”"’)\]]*\s+/u.exec(value.slice(last)) ?? [];
  if (lead === undefined) return undefined;
  return { start: last + lead.length, words: value.slice(last + lead.length), isStart: false };
}
