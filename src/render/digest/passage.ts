import { escapeHtml } from '../../kernel/text/escape-html.ts';
import { beginsRightToLeft, isolatedIn, isRightToLeft } from '../../kernel/text/direction.ts';
import type { DigestModel } from '../digest.ts';
import { directionOf, passageLanguage, servedTag } from '../templates/language.ts';
import type { Language } from '../templates/language.ts';

/** What surrounds a post: phrases of one language, in the digest's own or in English where it has none. */
interface Frame {
  readonly model: DigestModel;
  readonly language: Language;
}

/** What a post or a correction says of its language. */
interface Stated {
  readonly language?: string;
}

/** The language that a post is in. */
export function postLanguage(post: Stated, model: DigestModel): string {
  return post.language ?? model.language;
}

/** The language of a post, where it is not that of the frame. */
export function foreignLanguage(post: Stated, { model, language }: Frame): string | null {
  return passageLanguage(postLanguage(post, model), servedTag(language, model.language));
}

/** How a title is read. `language` and `direction` are null where they are those of the frame. */
export function titlePassage({ post, title }: { readonly post: Stated; readonly title: string }, frame: Frame) {
  const isRtl = isRightToLeft(title, postLanguage(post, frame.model));
  const direction: 'ltr' | 'rtl' = isRtl ? 'rtl' : 'ltr';
  return {
    isRightToLeft: isRtl,
    language: foreignLanguage(post, frame),
    direction: direction === directionOf(frame.language) ? null : direction,
  };
}

/** Html of a post in what says how it is read, where the frame is read otherwise. From right to left is always said: some programs drop what `<html>` says. */
export function inPassage(html: string, isRtl: boolean, post: Stated, frame: Frame): string {
  const dir = isRtl
    ? ' dir="rtl" style="text-align:right"'
    : directionOf(frame.language) === 'rtl'
      ? ' dir="ltr" style="text-align:left"'
      : '';
  const foreign = foreignLanguage(post, frame);
  const lang = foreign === null ? '' : ` lang="${escapeHtml(foreign)}"`;
  return `${lang}${dir}` === '' ? html : `<div${lang}${dir}>${html}</div>`;
}

/**
 * Text in a frame that is read from right to left: programs take each line by its first letter, so one that begins with a name in Latin letters
 * begins with a mark (U+200F) before it.
 */
export function withLineDirections(text: string, language: Language): string {
  if (directionOf(language) === 'ltr') return text;
  const isMisread = (line: string) => !beginsRightToLeft(line) && /\p{L}/u.test(line) && isRightToLeft(line, language.tag);
  return text
    .split('\n')
    .map((line) => (isMisread(line) ? `\u200F${line}` : line))
    .join('\n');
}

/** A name that may be written otherwise than the frame, set apart: numbers that follow it, such as a date, would be read as a part of it. */
export function isolated(name: string, language: Language): string {
  return isolatedIn(name, directionOf(language) === 'rtl');
}
