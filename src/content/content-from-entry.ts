/*
 * From an entry as its source states it to what a revision of a post says. Pure, and the only place where the steps meet:
 * tidy the html, take out the documents, pass the gate, choose the picture, write the summary.
 */
import { createHash } from 'node:crypto';
import type { Entry } from '../reading/entry.ts';
import { languageTag } from '../reading/formats/field-values.ts';
import { saidHashOf } from './said.ts';
import { extractAttachments } from './documents/attachments.ts';
import { summaryOf } from './excerpt.ts';
import { isEmbedCaption } from './html/embed-caption.ts';
import { walkElements } from './html/html-tree.ts';
import { visibleText } from './html/visible-text.ts';
import type { HtmlElement } from './html/html-tree.ts';
import { imageKey } from './pictures/picture-address.ts';
import { chooseImage, figuresBeside } from './post-pictures.ts';
import type { RevisionContent } from './content.ts';
import { sanitiseBlocks } from './tidy/sanitise.ts';
import { tidyHtml } from './tidy/tidy-html.ts';
import type { TidyHtml } from './tidy/tidy-html.ts';
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
    language: languageTag(entry.language),
  });
  const title = cleanTitle(entry);
  const sourceSummary = entry.html !== '' ? entry.summary : undefined;
  // Only a stated summary is compared with it, and taking the documents out changes the blocks.
  const statedText = sourceSummary === undefined ? '' : visibleText(tidy.blocks);
  const { blocks, attachments, image } = partsOfEntry(entry, title, tidy);
  const text = visibleText(blocks);
  const content: RevisionContent = {
    title,
    url: resolveResource(entry.url, entry.baseUrl) ?? null,
    html: sanitiseBlocks(blocks),
    summary: summaryOf({
      sourceSummary,
      text: visibleText(blocks.filter((block) => !isEmbedCaption(block))),
      statedText,
      language: languageTag(entry.language),
    }),
    authors: [...new Set(entry.authors.map((author) => author.replaceAll(/\s+/g, ' ').trim()).filter((author) => author !== ''))],
    image,
    attachments,
    language: languageTag(entry.language) ?? null,
  };
  return { content, contentHash: contentHash(content, text, blocks), saidHash: saidHashOf(content) };
}

/** The blocks of the text and the pictures below it, the documents, and the picture above. */
function partsOfEntry(
  entry: Entry,
  postTitle: string,
  tidy: TidyHtml,
): Pick<RevisionContent, 'attachments' | 'image'> & { blocks: HtmlElement[] } {
  const { blocks, attachments } = extractAttachments({
    blocks: tidy.blocks,
    documents: tidy.documents,
    enclosures: entry.enclosures,
    postTitle,
    pageUrl: entry.url,
  });
  const image = chooseImage(entry, tidy.images, blocks);
  const figures = figuresBeside(entry, [...(image === null ? [] : [image]), ...tidy.images]);
  return { blocks: [...blocks, ...figures], attachments, image };
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
