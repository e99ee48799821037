/*
 * What to call a post without a title: its document's title, else a readable file name, else its first sentence.
 * The result is never empty, so that every list, subject and link has something to show.
 */
import { withoutTrailing } from '../kernel/trim.ts';
import { cutAtWord } from '../kernel/cut-text.ts';
import { cleanLine } from './text/clean-text.ts';
import { plainTextOfHtml } from './html/html-tree.ts';
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
  return document ?? firstSentence(plainTextOfHtml(post.html), post.language) ?? titleFromFileName(post.url ?? '') ?? '…';
}

/** A document's own title unless it merely says "PDF" or "Download", else its readable file name. */
export function documentTitle(attachment: { readonly title?: string | null; readonly url: string }): string | undefined {
  const own = cleanLine(attachment.title ?? '');
  if (own !== '' && !saysOnlyPdf(own)) return readableName(own) ?? own;
  return titleFromFileName(attachment.url);
}

/** Whether a text beside a button would only repeat that there is a document: "PDF", "(Download PDF)", "Descargar". */
export function saysOnlyPdf(text: string): boolean {
  const words = text.toLocaleLowerCase('en').match(/[\p{L}\p{N}]+/gu);
  return words !== null && words.length <= 6 && words.every((word) => stray.has(word)) && words.some((word) => word !== 'the');
}

const stray = new Set(
  (
    'pdf download view read open file document the as in here link ' +
    'descargar descarga ver leer abrir archivo documento el en aquí ' +
    'télécharger telecharger lire ouvrir fichier document le ici'
  ).split(' '),
);

/** "…/wp-content/uploads/2024/05/Working-Paper-12_final.pdf" → "Working Paper 12 final"; undefined where the name says nothing. */
export function titleFromFileName(url: string): string | undefined {
  const path = withoutTrailing(/^[^?#]*/.exec(url)?.[0] ?? '', /\//);
  const last = path.slice(path.lastIndexOf('/') + 1);
  return readableName(decode(last).replace(/\.[a-z0-9]{2,5}$/i, ''), true);
}

/** Whether a text is one word with two hyphens or underscores in it, as the names of files are. */
export function isJoinedByMarks(text: string): boolean {
  return !/\s/.test(text) && (text.match(/[_-]/g)?.length ?? 0) >= 2;
}

/** A name with hyphens and underscores read as spaces, if it looks like a file's; undefined where it holds no word. */
function readableName(name: string, isFile = false): string | undefined {
  if (!isFile && !/^[^\s]+\.[a-z]{2,4}$/i.test(name) && !isJoinedByMarks(name)) return undefined;
  const words = cleanLine(
    name
      .replace(/\.(?:pdf|docx?|odt|epub|pptx?|xlsx?)$/i, '')
      .replaceAll(/[_+]+|(?<=\S)-+(?=\S)/g, ' ')
      .replace(/[\s-](?:\d{1,2}|scaled|final|web|\d{8,})$/i, (suffix) => (/\d{8,}|scaled|web/i.test(suffix) ? '' : suffix)),
  );
  if (!/\p{L}{3,}/u.test(words) || /^[0-9a-f]{12,}$/i.test(words.replaceAll(' ', ''))) return undefined;
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

/** The first sentence, cut at a word where it is long; undefined for an empty text. */
export function firstSentence(text: string, language: string): string | undefined {
  const line = cleanLine(text);
  if (line === '') return undefined;
  return cutAtWord((sentencesOf(line, language)[0] ?? line).trim(), maxTitleLength);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
