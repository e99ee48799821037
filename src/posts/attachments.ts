/*
 * Documents of a post: one attachment per file, with a title that a person can read and its place in the text.
 * Invariant: what a button will say is not said again beside it; a sentence that tells something stays as it was written.
 */
import type { EntryEnclosure } from '../source/entry.ts';
import {
  isAnnouncingText,
  isFileName,
  kindOfDocument,
  lengthFromText,
  mediaTypeOfUrl,
  readableFileName,
  titleFromText,
} from './document-link.ts';
import { plainText, walkElements } from './html-tree.ts';
import type { HtmlElement } from './html-tree.ts';
import { cutDocumentLinks } from './cut-links.ts';
import { lettersOf } from './letters.ts';
import { decodePath, fileKey, siteHost } from './web-address.ts';

/** A document (or recording) of a post, as it is stored and shown. */
export interface Attachment {
  readonly url: string;
  readonly title: string;
  readonly mediaType: string;
  readonly lengthBytes?: number;
  /** How many top-level blocks of the post's html stand before its place; undefined: after the text. */
  readonly afterBlock?: number;
}

/** A link in the text that leads to a document, or a viewer that shows one. */
export interface DocumentLink {
  readonly url: string;
  readonly mediaType: string;
  readonly linkText: string;
  readonly linkTitle: string;
  readonly imageAlt: string;
  /** A viewer or file block: stands for the document itself and never stays in the text. */
  readonly isEmbed: boolean;
}

/** What the attachments of a post are read from. */
export interface AttachmentInput {
  readonly blocks: readonly HtmlElement[];
  readonly documents: ReadonlyMap<HtmlElement, DocumentLink>;
  readonly enclosures: readonly EntryEnclosure[];
  readonly postTitle: string;
  readonly pageUrl?: string | undefined;
}

interface Occurrence {
  readonly anchor: HtmlElement;
  readonly link: DocumentLink;
  readonly blockIndex: number;
}

// More would be a list of references, not the documents of a post.
const maxAttachments = 20;
// An essay may cite a few papers of other sites; from this number on such links are references and stay only links.
const maxForeignCitations = 3;

/** Finds the attachments of a post and returns its blocks without what their buttons will say. */
export function extractAttachments(input: AttachmentInput): { blocks: HtmlElement[]; attachments: Attachment[] } {
  const occurrences = findOccurrences(input);
  const files = groupByFile(occurrences);
  const enclosures = new Map(input.enclosures.map((each) => [fileKey(each.url), each]));
  const usedTitles = new Set<string>();
  const titles = new Map<string, string>();
  for (const [key, group] of files) {
    const title = chooseTitle(group, enclosures.get(key), input, files.size, usedTitles);
    usedTitles.add(title);
    titles.set(key, title);
  }
  const lengths = new Map([...files].map(([key, group]) => [key, knownLength(group, enclosures.get(key), input.blocks)]));
  const documents = new Map(occurrences.map((each) => [each.anchor, { ...each.link, title: titles.get(fileKey(each.link.url)) ?? '' }]));
  const cut = cutDocumentLinks(input.blocks, documents);
  const attachments = [...files].map(([key, group]): Attachment => {
    const place = group.find((each) => cut.cutAnchors.has(each.anchor)) ?? group[0]!;
    const length = lengths.get(key);
    return {
      // A page number or a viewer's setting says where to begin, not what the file is.
      url: group[0]!.link.url.replace(/#.*$/, ''),
      title: titles.get(key)!,
      mediaType: group[0]!.link.mediaType,
      ...(length !== undefined ? { lengthBytes: length } : {}),
      afterBlock: cut.placeAfter(place.blockIndex),
    };
  });
  for (const [key, enclosure] of enclosures) {
    const attachment = files.has(key) ? undefined : attachmentFromEnclosure(enclosure, input.postTitle);
    if (attachment) attachments.push(attachment);
  }
  return { blocks: cut.blocks, attachments: attachments.slice(0, maxAttachments) };
}

function findOccurrences(input: AttachmentInput): Occurrence[] {
  const all: Occurrence[] = [];
  input.blocks.forEach((block, blockIndex) => {
    for (const anchor of walkElements([block])) {
      const link = input.documents.get(anchor);
      if (link) all.push({ anchor, link, blockIndex });
    }
  });
  const isCitation = (each: Occurrence): boolean =>
    !each.link.isEmbed && isForeign(each.link.url, input.pageUrl) && isInProse(each, input.blocks);
  const citations = all.filter(isCitation);
  return citations.length > maxForeignCitations ? all.filter((each) => !citations.includes(each)) : all;
}

/** Whether a document lies on another site than the post: last two labels of the host names differ. */
function isForeign(url: string, pageUrl: string | undefined): boolean {
  return pageUrl !== undefined && domainOf(url) !== domainOf(pageUrl);
}

function domainOf(url: string): string {
  return siteHost(url).split('.').slice(-2).join('.');
}

function isInProse(occurrence: Occurrence, blocks: readonly HtmlElement[]): boolean {
  const around = plainText([blocks[occurrence.blockIndex]!]).length - occurrence.link.linkText.length;
  return around > 60;
}

function groupByFile(occurrences: readonly Occurrence[]): Map<string, Occurrence[]> {
  const files = new Map<string, Occurrence[]>();
  for (const each of occurrences) {
    const key = fileKey(each.link.url);
    const group = files.get(key);
    if (group) group.push(each);
    else if (files.size < maxAttachments) files.set(key, [each]);
  }
  return files;
}

/** The first of: link text, link title, the enclosure's title, picture's alt, what stands nearby, a readable file name, the post's title, its kind. */
function chooseTitle(
  group: readonly Occurrence[],
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
    group.map((each) => nearbyTitle(each, input, fileCount, used)).find((each) => each !== undefined) ??
    titleFromNames([...fileNames, link.url], input.postTitle) ??
    (fileCount === 1 && input.postTitle !== '' ? input.postTitle : kindOfDocument(link.mediaType));
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** A readable file name; where it says the same as the post's title, that with its marks and capitals. */
function titleFromNames(names: readonly string[], postTitle: string): string | undefined {
  const title = names.map((name) => readableFileName(name)).find((each) => each !== undefined);
  return title !== undefined && lettersOf(title) === lettersOf(postTitle) ? postTitle : title;
}

/** Whether a text is only the name of a file, or of this one without its extension. */
function isNameOf(value: string, url: string): boolean {
  const name = decodePath(new URL(url).pathname)
    .split('/')
    .at(-1)!
    .replace(/\.[a-z0-9]{2,5}$/i, '');
  return isFileName(value) || value.trim().toLowerCase() === name.toLowerCase();
}

const headings = new Set(['h2', 'h3', 'h4', 'h5', 'h6']);

/** What the text around a link calls it: the one bold phrase or caption of its block, else a heading (or bold line) right above. */
function nearbyTitle(occurrence: Occurrence, input: AttachmentInput, fileCount: number, used: ReadonlySet<string>): string | undefined {
  const { blockIndex } = occurrence;
  const block = input.blocks[blockIndex]!;
  const isAlone = documentsIn(block, input).size === 1;
  if (isAlone) {
    const phrases = [...walkElements(block.children)].filter(
      (each) => ['strong', 'b', 'cite', 'figcaption'].includes(each.tag) && documentsIn(each, input).size === 0,
    );
    const title = phrases.length === 1 ? shortTitle(plainText(phrases[0]!.children)) : undefined;
    if (title !== undefined) return title;
  }
  // With one document only what stands right above names it; with several, each section names its own.
  const reach = fileCount > 1 ? 3 : 1;
  for (let index = blockIndex - 1; index >= 0 && blockIndex - index <= reach; index -= 1) {
    const above = input.blocks[index]!;
    if (documentsIn(above, input).size > 0) return undefined;
    const isHeading = headings.has(above.tag) || isBoldLine(above);
    const title = isHeading ? shortTitle(plainText([above])) : undefined;
    if (isHeading) return title !== undefined && !used.has(title) ? title : undefined;
  }
  return undefined;
}

function documentsIn(node: HtmlElement, input: AttachmentInput): Set<string> {
  const keys = new Set<string>();
  for (const each of walkElements([node])) {
    const link = input.documents.get(each);
    if (link) keys.add(fileKey(link.url));
  }
  return keys;
}

function shortTitle(value: string): string | undefined {
  const title = titleFromText(value.replaceAll('\n', ' ').replace(/\s*[:.]$/, ''));
  return title !== undefined && title.length >= 4 && title.length <= 150 ? title : undefined;
}

function isBoldLine(block: HtmlElement): boolean {
  if (block.tag !== 'p') return false;
  const seen = block.children.filter((child) => child.kind === 'element' || child.text.trim() !== '');
  return seen.length === 1 && seen[0]!.kind === 'element' && (seen[0]!.tag === 'strong' || seen[0]!.tag === 'b');
}

/** The length that the enclosure states, else the one that the text beside the link states. */
function knownLength(
  group: readonly Occurrence[],
  enclosure: EntryEnclosure | undefined,
  blocks: readonly HtmlElement[],
): number | undefined {
  if (enclosure?.lengthBytes !== undefined) return enclosure.lengthBytes;
  for (const { anchor, link, blockIndex } of group) {
    const inLink = lengthFromText(link.linkText);
    if (inLink !== undefined) return inLink;
    const beside = textAfter(anchor, blocks[blockIndex]!);
    const besideLength = beside === undefined ? undefined : lengthFromText(/^[\s\u00a0]*[([–—,-]?[^.;]{0,40}/.exec(beside)?.[0] ?? '');
    if (besideLength !== undefined) return besideLength;
  }
  return undefined;
}

function textAfter(anchor: HtmlElement, block: HtmlElement): string | undefined {
  for (const parent of walkElements([block])) {
    const index = parent.children.indexOf(anchor);
    const next = index < 0 ? undefined : parent.children[index + 1];
    if (next?.kind === 'text') return next.text;
  }
  return undefined;
}

function attachmentFromEnclosure(enclosure: EntryEnclosure, postTitle: string): Attachment | undefined {
  const mediaType = mediaTypeOfUrl(enclosure.url, enclosure.mediaType) ?? enclosure.mediaType;
  if (mediaType === undefined || !/^https?:/i.test(enclosure.url)) return undefined;
  const isRecording = /^(audio|video)\//.test(mediaType);
  const isFile = mediaTypeOfUrl(enclosure.url, mediaType) !== undefined || /^application\/(zip|octet-stream)$/.test(mediaType);
  if (!isRecording && !(isFile && !/\.(jpe?g|png|gif|webp|svg)$/i.test(new URL(enclosure.url).pathname))) return undefined;
  const stated = enclosure.title === undefined || isNameOf(enclosure.title, enclosure.url) ? undefined : titleFromText(enclosure.title);
  const fromName = isRecording ? undefined : titleFromNames([enclosure.url], postTitle);
  return {
    url: enclosure.url,
    title: stated ?? fromName ?? (postTitle || kindOfDocument(mediaType)),
    mediaType,
    ...(enclosure.lengthBytes !== undefined ? { lengthBytes: enclosure.lengthBytes } : {}),
  };
}

/** Whether a block only announces documents ("PDF", "Downloads:") and says nothing by itself. */
export function isAnnouncement(block: HtmlElement): boolean {
  if (block.tag !== 'p' && !headings.has(block.tag)) return false;
  if ([...walkElements(block.children)].some((each) => each.tag === 'img' || each.tag === 'a')) return false;
  const words = plainText(block.children);
  return words.length <= 60 && isAnnouncingText(words);
}
