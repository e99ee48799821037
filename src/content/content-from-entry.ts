/*
 * From an entry as its source states it to what a revision of a post says. Pure, and the only place where the steps meet:
 * tidy the html, take out the documents, pass the gate, choose the picture, write the summary.
 */
import { createHash } from 'node:crypto';
import { cutToLength } from '../kernel/cut-text.ts';
import type { Entry } from '../reading/entry.ts';
import { languageTag } from '../reading/formats/field-values.ts';
import { saidHashOf } from './said.ts';
import { extractAttachments } from './documents/attachments.ts';
import { summaryOf } from './excerpt.ts';
import { walkElements } from './html/html-tree.ts';
import { visibleText } from './html/visible-text.ts';
import type { HtmlElement } from './html/html-tree.ts';
import { imageKey, isWorthShowing, maxAltLength, maxImageWidth, namesPicture, sizeFromUrl } from './images.ts';
import type { FoundImage } from './images.ts';
import type { PostImage, RevisionContent } from './content.ts';
import { sanitiseBlocks } from './tidy/sanitise.ts';
import { tidyHtml } from './tidy/tidy-html.ts';
import { canonicalUrl, fileKey, resolveResource } from './web-address.ts';

/** What a revision will say, with the hash that tells whether it says anything new. */
export interface PreparedContent {
  readonly content: RevisionContent;
  readonly contentHash: string;
  /** The same for contents in the same words, whatever their links and pictures are. */
  readonly saidHash: string;
}

/** Builds what a post says from an entry. What its source protects says nothing but its title. */
export function contentFromEntry(entry: Entry): PreparedContent {
  if (entry.isProtected) {
    const content = { ...emptyContent, title: cleanTitle(entry), url: resolveResource(entry.url, entry.baseUrl) ?? null };
    return { content, contentHash: contentHash(content, '', []), saidHash: saidHashOf(content) };
  }
  const tidy = tidyHtml(entry.html !== '' ? entry.html : (entry.summary ?? ''), {
    baseUrl: entry.baseUrl ?? entry.url,
    pageUrl: entry.url,
  });
  const title = cleanTitle(entry);
  const sourceSummary = entry.html !== '' ? entry.summary : undefined;
  // Only a stated summary is compared with it, and taking the documents out changes the blocks.
  const statedText = sourceSummary === undefined ? '' : visibleText(tidy.blocks);
  const { blocks, attachments } = extractAttachments({
    blocks: tidy.blocks,
    documents: tidy.documents,
    enclosures: entry.enclosures,
    postTitle: title,
    pageUrl: entry.url,
  });
  const text = visibleText(blocks);
  const content: RevisionContent = {
    title,
    url: resolveResource(entry.url, entry.baseUrl) ?? null,
    html: sanitiseBlocks(blocks),
    summary: summaryOf({
      sourceSummary,
      blocks,
      statedText,
      language: languageTag(entry.language),
    }),
    authors: [...new Set(entry.authors.map((author) => author.replaceAll(/\s+/g, ' ').trim()).filter((author) => author !== ''))],
    image: chooseImage(entry, tidy.images, blocks),
    attachments,
    language: languageTag(entry.language) ?? null,
  };
  return { content, contentHash: contentHash(content, text, blocks), saidHash: saidHashOf(content) };
}

const emptyContent: RevisionContent = {
  title: '',
  url: null,
  html: '',
  summary: '',
  authors: [],
  image: null,
  attachments: [],
  language: null,
};

function cleanTitle(entry: Entry): string {
  return entry.title.replaceAll(/\s+/g, ' ').trim();
}

/** The first that is worth showing: the entry's own, a picture among its enclosures, then the pictures of the text. */
function chooseImage(entry: Entry, inText: readonly FoundImage[], blocks: readonly HtmlElement[]): PostImage | null {
  const stated = entry.image ? [{ ...entry.image, alt: entry.image.alt ?? '' }] : [];
  const enclosed = entry.enclosures
    .filter((each) => each.mediaType?.startsWith('image/') === true)
    .map((each) => ({ url: each.url, alt: each.title ?? '' }));
  const named = inText.filter((each) => each.alt !== '' || each.width !== undefined || namesPicture(each.url));
  for (const candidate of [...stated, ...enclosed, ...named]) {
    const url = resolveResource(candidate.url, entry.baseUrl ?? entry.url);
    if (url === undefined) continue;
    const image = fittingVariant({ ...sizeFromUrl(url), ...candidate, url }, inText);
    if (isWorthShowing(image)) return { ...image, alt: cutToLength(image.alt, maxAltLength), isInText: isShown(image.url, blocks) };
  }
  return null;
}

function isShown(url: string, blocks: readonly HtmlElement[]): boolean {
  const key = imageKey(url);
  for (const each of walkElements(blocks)) if (each.tag === 'img' && imageKey(each.attributes['src'] ?? '') === key) return true;
  return false;
}

/** A stated picture that is too large, or whose size is unknown, gives way to a variant of it that the text shows. */
function fittingVariant(image: FoundImage, inText: readonly FoundImage[]): FoundImage {
  if (image.width !== undefined && image.width <= maxImageWidth) return image;
  const key = imageKey(image.url);
  const variant = inText.find((each) => each.width !== undefined && each.width <= maxImageWidth && imageKey(each.url) === key);
  return variant ? { ...variant, alt: image.alt || variant.alt } : image;
}

/**
 * What a revision says, as one hash: two contents with the same hash are the same to a reader.
 * Noise is left out: white space, markup, queries of pictures and files (cache busters), the scheme and tracking parameters of links,
 * the summary made from the text.
 */
function contentHash(content: RevisionContent, text: string, blocks: readonly HtmlElement[]): string {
  const links: string[] = [];
  for (const each of walkElements(blocks)) {
    if (each.tag === 'a') links.push(linkKey(each.attributes['href'] ?? ''));
    else if (each.tag === 'img') links.push(imageKey(each.attributes['src'] ?? ''));
  }
  return hashOf([
    content.title,
    content.url === null ? null : linkKey(content.url),
    text,
    links,
    content.authors,
    content.image === null ? null : imageKey(content.image.url),
    content.attachments.map((each) => [fileKey(each.url), each.title]),
    content.language,
  ]);
}

/** A page without what changes while it stays the same; a mail address as it is. */
function linkKey(address: string): string {
  return canonicalUrl(address) ?? address;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
