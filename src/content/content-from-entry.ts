/*
 * From an entry as its source states it to what a revision of a post says. Pure, and the only place where the steps meet:
 * tidy the html, take out the documents, pass the gate, choose the picture, write the summary.
 */
import { createHash } from 'node:crypto';
import { cutAtWord } from '../kernel/cut-text.ts';
import { cleanLine } from '../kernel/text/clean-text.ts';
import type { Entry, EntryEvent } from '../reading/entry.ts';
import { languageTag } from '../reading/formats/field-values.ts';
import { saidHashOf } from './said.ts';
import { withoutClutter } from './clutter/clutter.ts';
import { extractAttachments } from './documents/attachments.ts';
import { eventInMarkup } from './event-markup.ts';
import { summaryOf } from './excerpt.ts';
import { isEmbedCaption } from './html/embed-caption.ts';
import { toldTextOfHtml } from './formulas/told-text.ts';
import { element, text, walkElements } from './html/html-tree.ts';
import { toldNodes, visibleText } from './html/visible-text.ts';
import type { HtmlElement } from './html/html-tree.ts';
import { imageKey } from './pictures/picture-address.ts';
import { chooseImage, figuresBeside } from './post-pictures.ts';
import type { PostEvent, RevisionContent } from './content.ts';
import { withoutShortcodes } from './shortcodes/shortcode-text.ts';
import { sanitiseBlocks } from './tidy/sanitise.ts';
import { mayHoldAddress, withAddressLinks } from './tidy/text-links.ts';
import { tidyHtml } from './tidy/tidy-html.ts';
import type { TidyHtml } from './tidy/tidy-html.ts';
import { canonicalUrl, resolveResource, siteHost, steadyFile, steadyPage } from './web-address.ts';

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
  const title = cleanTitle(entry);
  const tidy = tidyHtml(entry.html !== '' ? entry.html : (entry.summary ?? ''), {
    baseUrl: entry.baseUrl ?? entry.url,
    pageUrl: entry.url,
    title,
    language: languageTag(entry.language),
  });
  const sourceSummary = entry.html !== '' ? entry.summary : undefined;
  // Only a stated summary is compared with it, and taking the documents out changes the blocks.
  const statedText = sourceSummary === undefined ? '' : visibleText(withoutClutter(tidy.blocks));
  const { blocks, attachments, image } = partsOfEntry(entry, title, tidy);
  const shownText = visibleText(blocks);
  const html = sanitiseBlocks(blocks);
  // A link to the address that a text shows anyway says nothing new: the hashes are taken without it.
  const linked = mayHoldAddress(shownText) ? sanitiseBlocks(withAddressLinks(blocks)) : html;
  const content: RevisionContent = {
    title,
    url: resolveResource(entry.url, entry.baseUrl) ?? null,
    html: `${linked}${sanitiseBlocks(externalLink(entry, blocks))}`,
    summary: summaryOf({
      sourceSummary,
      blocks: toldNodes(withoutClutter(blocks.filter((block) => !isEmbedCaption(block)))),
      statedText,
      language: languageTag(entry.language),
    }),
    authors: [...new Set(entry.authors.map((author) => author.replaceAll(/\s+/g, ' ').trim()).filter((author) => author !== ''))],
    image,
    attachments,
    event: eventOf(entry),
    language: languageTag(entry.language) ?? null,
  };
  // A link of ours is none of its words.
  return { content, contentHash: contentHash(content, shownText, blocks), saidHash: saidHashOf({ ...content, html }) };
}

/** A link to the page that a post of a link blog is about, named by its site; none where the text links it. */
function externalLink({ externalUrl, url, baseUrl }: Entry, blocks: readonly HtmlElement[]): HtmlElement[] {
  const href = resolveResource(externalUrl, baseUrl);
  const page = canonicalUrl(href);
  if (href === undefined || page === undefined || page === canonicalUrl(url)) return [];
  for (const each of walkElements(blocks)) if (each.tag === 'a' && canonicalUrl(each.attributes['href']) === page) return [];
  return [element('p', {}, [element('a', { href }, [text(`→ ${siteHost(href)}`)])])];
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
  event: null,
  language: null,
};

/** What fields of the feed say of an event, else the markup of the text, else a date of publication that lies ahead. */
function eventOf({ event, html, summary, datedAhead, language }: Entry): PostEvent | null {
  const ahead: EntryEvent | undefined = datedAhead === undefined ? undefined : { start: datedAhead };
  const found = event ?? eventInMarkup(html === '' ? (summary ?? '') : html, languageTag(language)) ?? ahead;
  if (found === undefined) return null;
  const { start, end, place } = found;
  const shownPlace = place === undefined ? '' : cutAtWord(cleanLine(place), maxPlaceLength);
  return {
    start,
    ...(end !== undefined && { end }),
    ...(shownPlace !== '' && { place: shownPlace }),
    ...(ahead !== undefined && { isPublication: true }),
  };
}

// Longer ones are directions.
const maxPlaceLength = 120;

// The only markup that the reading of titles leaves: it knows no formulas.
const mathMarkup = /<math\b(?:(?!<math\b)[^])*?<\/math>/g;

function cleanTitle(entry: Entry): string {
  const title = entry.title.includes('<math') ? entry.title.replaceAll(mathMarkup, (markup) => toldTextOfHtml(markup)) : entry.title;
  return withoutShortcodes(title.replaceAll(/\s+/g, ' ').trim());
}

/**
 * What a revision says, as one hash: two contents with the same hash are the same to a reader.
 * Noise is left out: white space, markup, queries of pictures and files (cache busters), the scheme, tracking parameters and stamps of links,
 * the summary made from the text.
 */
function contentHash(content: RevisionContent, shownText: string, blocks: readonly HtmlElement[]): string {
  const links: string[] = [];
  for (const each of walkElements(blocks)) {
    if (each.tag === 'a') links.push(steadyPage(each.attributes['href'] ?? ''));
    else if (each.tag === 'img') links.push(imageKey(each.attributes['src'] ?? ''));
  }
  return hashOf([
    content.title,
    content.url === null ? null : linkKey(content.url),
    shownText,
    links,
    content.authors,
    content.image === null ? null : imageKey(content.image.url),
    content.attachments.map((each) => [steadyFile(each.url), each.title]),
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
