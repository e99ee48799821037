/*
 * What a document is called: the words that a person chose for it, wherever they stand, before the name of its file.
 */
import { withoutTrailing } from '../../kernel/trim.ts';
import type { EntryEnclosure } from '../../reading/entry.ts';
import type { AttachmentInput, DocumentOccurrence } from './document-link.ts';
import { isAnnouncingText } from './announcement.ts';
import { isFileName, readableFileName, titleFromText } from './document-title.ts';
import { kindOfDocument } from './document-type.ts';
import { walkElements } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { lettersOf } from '../text/letters.ts';
import { fileNameIn } from '../web-address.ts';

/**
 * The first of: link text, link title, the enclosure's title, picture's alt, the file's name where it is a word that the link says too, the label before
 * it or in the first cell of its row, what stands nearby, a readable file name, the post's title, a word that says a little, its kind.
 */
export function chooseTitle(
  group: readonly DocumentOccurrence[],
  enclosure: EntryEnclosure | undefined,
  input: AttachmentInput,
  fileCount: number,
  used: ReadonlySet<string>,
): string {
  const link = group[0]!.link;
  const firstOf = (values: readonly (string | undefined)[]): string | undefined =>
    values
      .map((value) => (value === undefined || isNameOf(value, link.url) ? undefined : titleFromText(value)))
      .find((title) => title !== undefined);
  const fileNames = group.map((each) => each.link.linkText).filter((value) => isNameOf(value, link.url));
  const title =
    firstOf(group.map((each) => each.link.linkText)) ??
    firstOf(group.map((each) => each.link.linkTitle)) ??
    firstOf([enclosure?.title]) ??
    firstOf(group.map((each) => each.link.imageAlt)) ??
    fileNames
      .filter((value) => isWord(value))
      .map((value) => titleFromText(value))
      .find((each) => each !== undefined) ??
    firstOf(group.map(({ textBefore }) => labelIn(textBefore))) ??
    firstOf(group.map(({ rowLabel }) => (rowLabel === undefined ? undefined : shortTitle(rowLabel)))) ??
    titleNearby(group, input, fileCount, used) ??
    titleFromNames([...fileNames, link.url], input.postTitle) ??
    (fileCount === 1 && input.postTitle !== '' ? input.postTitle : undefined) ??
    group.map((each) => each.link.linkText).find((value) => isWord(value) && !isAnnouncingText(value) && !kindNames.test(value)) ??
    kindOfDocument(link.mediaType);
  return title.charAt(0).toUpperCase() + title.slice(1);
}

const kindNames = /^(?:word|excel|powerpoint|documents?|documentos?|documenten?|dokumente?)$/i;

/** What a line says of a link that stands behind a colon or a dash in it: "Annex 1: PDF". */
function labelIn(textBefore: string | undefined): string | undefined {
  const line = (textBefore ?? '').slice(-longestLabel).trimEnd();
  if (!line.endsWith(':') && !/\s[–—|-]$/.test(line)) return undefined;
  const words = line.slice(0, -1).trimEnd();
  const label = words.slice(withoutTrailing(words, /[^.,;|!?…:]/).length).trim();
  return label === '' ? undefined : label;
}

const longestLabel = 120;

/** A word that a person may have written although the file is called the same: a date in bold beside "Agenda" is not what it is called. */
function isWord(value: string): boolean {
  return /^\p{Lu}\p{Ll}{3,}$/u.test(value.trim());
}

/** A readable file name; where it says the same as the post's title, that with its marks and capitals. */
export function titleFromNames(names: readonly string[], postTitle: string): string | undefined {
  const title = names.map((name) => readableFileName(name)).find((each) => each !== undefined);
  return title !== undefined && lettersOf(title) === lettersOf(postTitle) ? postTitle : title;
}

/** Whether a text is only the name of a file, or of this one without its extension. */
export function isNameOf(value: string, url: string): boolean {
  const name = fileNameIn(url).replace(/\.[a-z0-9]{2,5}$/i, '');
  return isFileName(value) || value.trim().toLowerCase() === name.toLowerCase();
}

const headings = new Set(['h2', 'h3', 'h4', 'h5', 'h6']);

/** Occurrences in one block have the same surroundings. */
function titleNearby(
  group: readonly DocumentOccurrence[],
  input: AttachmentInput,
  fileCount: number,
  used: ReadonlySet<string>,
): string | undefined {
  for (const blockIndex of new Set(group.map((each) => each.blockIndex))) {
    const title = nearbyTitle(blockIndex, input, fileCount, used);
    if (title !== undefined) return title;
  }
  return undefined;
}

/** What the text around a link calls it: the one bold phrase or caption of its block, else a heading (or bold line) right above. */
function nearbyTitle(blockIndex: number, input: AttachmentInput, fileCount: number, used: ReadonlySet<string>): string | undefined {
  const block = input.blocks[blockIndex]!;
  const isAlone = documentsIn(block, input) === 'one';
  if (isAlone) {
    const phrases = [...walkElements(block.children)].filter(
      (each) => ['strong', 'b', 'cite', 'figcaption'].includes(each.tag) && documentsIn(each, input) === 'none',
    );
    const title = phrases.length === 1 ? shortTitle(visibleText(phrases[0]!.children)) : undefined;
    if (title !== undefined) return title;
  }
  // With one document only what stands right above names it; with several, each section names its own.
  const reach = fileCount > 1 ? 3 : 1;
  for (let index = blockIndex - 1; index >= 0 && blockIndex - index <= reach; index -= 1) {
    const above = input.blocks[index]!;
    if (documentsIn(above, input) !== 'none') return undefined;
    const isHeading = headings.has(above.tag) || isBoldLine(above);
    const title = isHeading ? shortTitle(visibleText([above])) : undefined;
    if (isHeading) return title !== undefined && !used.has(title) ? title : undefined;
  }
  return undefined;
}

/** How many files a part of the text leads to; the second one ends the count. */
function documentsIn(node: HtmlElement, input: AttachmentInput): 'none' | 'one' | 'several' {
  let only: string | undefined;
  for (const each of walkElements([node])) {
    const link = input.documents.get(each);
    if (!link) continue;
    if (only !== undefined && only !== link.fileKey) return 'several';
    only = link.fileKey;
  }
  return only === undefined ? 'none' : 'one';
}

function shortTitle(value: string): string | undefined {
  const line = value.replaceAll('\n', ' ');
  const title = titleFromText(/[:.]$/.test(line) ? line.slice(0, -1).trimEnd() : line);
  return title !== undefined && title.length >= 4 && title.length <= 150 ? title : undefined;
}

function isBoldLine(block: HtmlElement): boolean {
  if (block.tag !== 'p') return false;
  const seen = block.children.filter((child) => child.kind === 'element' || child.text.trim() !== '');
  return seen.length === 1 && seen[0]!.kind === 'element' && (seen[0]!.tag === 'strong' || seen[0]!.tag === 'b');
}
