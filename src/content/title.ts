/*
 * What to call a post without a title: its document's title, else a readable file name, else its first sentence.
 * The result is never empty, so that every list, subject and link has something to show.
 */
import { cutAtWord } from '../kernel/cut-text.ts';
import { isAnnouncingText } from './documents/announcement.ts';
import { isFileName, readableFileName } from './documents/document-title.ts';
import { cleanLine } from '../kernel/text/clean-text.ts';
import { toldTextOfHtml } from './formulas/told-text.ts';
import { sentencesOf } from './text/sentence.ts';

/** What is known about a post that may lack a title. */
export interface Untitled {
  readonly title?: string | null;
  readonly html: string;
  readonly url?: string | null;
  readonly language: string;
  readonly attachments: readonly { readonly title?: string | null; readonly url: string }[];
}

const maxTitleLength = 90;

/** The title to show: never empty. */
export function displayTitle(post: Untitled): string {
  const own = cleanLine(post.title ?? '');
  if (own !== '') return own;
  const document = post.attachments.map((attachment) => documentTitle(attachment)).find((title) => title !== undefined);
  return document ?? firstSentence(toldTextOfHtml(post.html), post.language) ?? readableFileName(post.url ?? '') ?? '…';
}

/** A document's own title unless it only announces one ("PDF", "Download"), else its readable file name; undefined where neither says anything. */
export function documentTitle(attachment: { readonly title?: string | null; readonly url: string }): string | undefined {
  const own = cleanLine(attachment.title ?? '');
  if (own === '' || isAnnouncingText(own)) return readableFileName(attachment.url);
  return isFileName(own) ? (readableFileName(own) ?? own) : own;
}

/** The first sentence, cut at a word where it is long; undefined for an empty text. */
export function firstSentence(text: string, language: string): string | undefined {
  const line = cleanLine(text);
  if (line === '') return undefined;
  return cutAtWord((sentencesOf(line, language)[0] ?? line).trim(), maxTitleLength);
}
