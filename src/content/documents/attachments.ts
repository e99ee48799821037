/*
 * Documents of a post: one attachment per file, with a title that a person can read and its place in the text.
 * Invariant: what a button will say is not said again beside it; a sentence that tells something stays as it was written.
 */
import type { Attachment } from '../content.ts';
import type { EntryEnclosure } from '../../reading/entry.ts';
import { lengthFromText, titleFromText } from './document-title.ts';
import { kindOfDocument, mediaTypeOfUrl } from './document-type.ts';
import { element, elementsOf, walkElements } from '../html/html-tree.ts';
import { visibleLine, visibleText } from '../html/visible-text.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { chooseTitle, isNameOf, titleFromNames } from './attachment-title.ts';
import { cutDocumentLinks } from './cut-links.ts';
import type { AttachmentInput, DocumentOccurrence } from './document-link.ts';
import { fileKey, siteHost } from '../web-address.ts';

// More would be a list of references, not the documents of a post.
const maxAttachments = 20;
// A file that is linked more often than this has told its name and length by then.
const maxOccurrences = 20;
// Links to documents that are looked at; those behind them stay links.
const maxLinks = 1000;
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
  const lengths = new Map([...files].map(([key, group]) => [key, knownLength(group, enclosures.get(key))]));
  // A link to a file that gets no button stays where it is.
  const documents = new Map(
    occurrences.flatMap(({ anchor, link }) => {
      const title = titles.get(link.fileKey);
      return title === undefined ? [] : [[anchor, { ...link, title }] as const];
    }),
  );
  const cut = cutDocumentLinks(input.blocks, documents);
  const attachments = [...files].map(([key, group]): Attachment => {
    const place = group.find((each) => cut.cutAnchors.has(each.anchor)) ?? group[0]!;
    const length = lengths.get(key);
    return {
      // A page number or a viewer's setting says where to begin, not what the file is.
      url: group[0]!.link.url.split('#', 1)[0]!,
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

function findOccurrences(input: AttachmentInput): DocumentOccurrence[] {
  const all: DocumentOccurrence[] = [];
  for (const [blockIndex, block] of input.blocks.entries()) {
    if (all.length >= maxLinks || input.documents.size === 0) break;
    const rowLabels = block.tag === 'table' ? labelsOfRows(block, input.documents) : undefined;
    for (const parent of walkElements([element('div', {}, [block])])) {
      for (const [index, anchor] of parent.children.entries()) {
        const link = anchor.kind === 'element' ? input.documents.get(anchor) : undefined;
        if (anchor.kind === 'text' || !link) continue;
        const previous = parent.children[index - 1];
        const next = parent.children[index + 1];
        const textBefore = previous?.kind === 'text' ? previous.text : undefined;
        const textAfter = next?.kind === 'text' ? next.text : undefined;
        all.push({ anchor, link, blockIndex, textBefore, textAfter, rowLabel: rowLabels?.get(anchor) });
      }
    }
  }
  const textLengths = new Map<number, number>();
  const isCitation = (each: DocumentOccurrence): boolean =>
    !each.link.isEmbed && isForeign(each.link.url, input.pageUrl) && isInProse(each, input.blocks, textLengths);
  const citations = new Set(all.filter(isCitation));
  return citations.size > maxForeignCitations ? all.filter((each) => !citations.has(each)) : all;
}

/** What the first cell of a row says of the documents in its others: "Agenda | PDF". */
function labelsOfRows(table: HtmlElement, documents: AttachmentInput['documents']): Map<HtmlElement, string> {
  const labels = new Map<HtmlElement, string>();
  for (const row of walkElements(table.children)) {
    if (row.tag !== 'tr') continue;
    const [first, ...cells] = row.children.filter((each) => each.kind === 'element');
    if (first === undefined || elementsOf([first]).some((each) => documents.has(each))) continue;
    const label = visibleLine([first]);
    for (const each of walkElements(cells)) if (label !== '' && documents.has(each) && !labels.has(each)) labels.set(each, label);
  }
  return labels;
}

/** Whether a document lies on another site than the post: last two labels of the host names differ. */
function isForeign(url: string, pageUrl: string | undefined): boolean {
  return pageUrl !== undefined && domainOf(url) !== domainOf(pageUrl);
}

function domainOf(url: string): string {
  return siteHost(url).split('.').slice(-2).join('.');
}

/** `textLengths` keeps the length of each block's text, which may hold thousands of links. */
function isInProse({ blockIndex, link }: DocumentOccurrence, blocks: readonly HtmlElement[], textLengths: Map<number, number>): boolean {
  const length = textLengths.get(blockIndex) ?? visibleText([blocks[blockIndex]!]).length;
  textLengths.set(blockIndex, length);
  return length - link.linkText.length > 60;
}

function groupByFile(occurrences: readonly DocumentOccurrence[]): Map<string, DocumentOccurrence[]> {
  const files = new Map<string, DocumentOccurrence[]>();
  for (const each of occurrences) {
    const key = each.link.fileKey;
    const group = files.get(key);
    if (group === undefined && files.size < maxAttachments) files.set(key, [each]);
    else if (group !== undefined && group.length < maxOccurrences) group.push(each);
  }
  return files;
}

/** The length that the enclosure states, else the one that the text beside the link states. */
function knownLength(group: readonly DocumentOccurrence[], enclosure: EntryEnclosure | undefined): number | undefined {
  if (enclosure?.lengthBytes !== undefined) return enclosure.lengthBytes;
  for (const { link, textAfter } of group) {
    const inLink = link.lengthBytes ?? lengthFromText(link.linkText);
    if (inLink !== undefined) return inLink;
    const besideLength =
      textAfter === undefined ? undefined : lengthFromText(/^[\s\u00a0]*[([–—,-]?(?:[^.;]|\.(?=\d)){0,40}/.exec(textAfter)?.[0] ?? '');
    if (besideLength !== undefined) return besideLength;
  }
  return undefined;
}

const recordingTypes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    mp3: 'audio/mpeg',
    m4a: 'audio/mp4',
    ogg: 'audio/ogg',
    opus: 'audio/ogg',
    mp4: 'video/mp4',
    m4v: 'video/mp4',
  }),
);

/** By the name of its file where the feed states no type or none that tells: WordPress writes `type=""` for a file whose headers it could not read. */
function recordingTypeOf({ url, mediaType }: EntryEnclosure): string | undefined {
  if (mediaType !== undefined && !/^(?:application\/octet-stream|binary\/octet-stream)$/i.test(mediaType)) return undefined;
  return URL.canParse(url) ? recordingTypes.get(/\.([a-z0-9]+)$/i.exec(new URL(url).pathname)?.[1]?.toLowerCase() ?? '') : undefined;
}

function attachmentFromEnclosure(enclosure: EntryEnclosure, postTitle: string): Attachment | undefined {
  const mediaType = mediaTypeOfUrl(enclosure.url, enclosure.mediaType) ?? recordingTypeOf(enclosure) ?? enclosure.mediaType;
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
