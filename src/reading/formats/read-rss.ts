import type { EntryCategory, EntryEnclosure, EntryImage, SourceDocument } from '../entry.ts';
import { readEntries, type RawEntry, type ReadingContext } from './entry-fields.ts';
import { authorName, categoryOf, enclosureOf, imageOf, languageTag, pictureEnclosure } from './field-values.ts';
import { readMedia } from './read-media.ts';
import { readPollHints } from './read-poll-hints.ts';
import { isWebUrl, resolveUrl, statedLink, unescapeUrl } from '../source-url.ts';
import { titleText } from './title-text.ts';
import { statedEvent } from '../xml/stated-event.ts';
import { atomAuthors, atomLink, atomText } from './read-atom-construct.ts';
import {
  childNamed,
  childrenNamed,
  childText,
  descendantsNamed,
  hasElements,
  isBlank,
  markupOf,
  textOf,
  type XmlElement,
} from '../xml/xml-tree.ts';

/*
 * RSS of every version, RDF (0.90, 1.0, 1.1) included: they differ in where items stand and in how an item names itself, and
 * documents in the wild mix them freely, so one reader takes them all.
 */

/** Reads an RSS or RDF document from its root element. */
export function readRss(root: XmlElement, format: 'rss' | 'rdf', context: ReadingContext, skipped: string[]): SourceDocument {
  const channel = root.name === 'channel' ? root : (childNamed(root, 'channel') ?? root);
  const items = descendantsNamed(root, 'item', 3);
  const links = channelLinks(channel, context);
  const language = childText(channel, 'language', 'dc:language') ?? channel.language;
  const feed = { base: context.url ?? links.siteUrl, siteUrl: links.siteUrl, language };
  return {
    format,
    title: rssTitle(channel, 'title') ?? rssTitle(channel, 'dc:title') ?? '',
    ...(links.siteUrl !== undefined && { siteUrl: links.siteUrl }),
    ...(links.selfUrl !== undefined && { selfUrl: links.selfUrl }),
    ...(languageTag(language) !== undefined && { language: languageTag(language) ?? '' }),
    entries: readEntries(items, (item) => (isBlank(item) ? undefined : readItem(item, feed)), context, skipped),
    tombstones: [],
    skipped,
    pollHints: readPollHints(channel),
  };
}

interface Feed {
  /** The document's address, else the site's. */
  readonly base: string | undefined;
  readonly siteUrl: string | undefined;
  readonly language: string | undefined;
}

function channelLinks(channel: XmlElement, context: ReadingContext): { siteUrl?: string | undefined; selfUrl?: string | undefined } {
  const self = childrenNamed(channel, 'atom:link', 'link').find(
    (link) => link.attributes['rel'] === 'self' && link.attributes['href'] !== undefined,
  );
  const selfUrl = resolveUrl(unescapeUrl(self?.attributes['href'] ?? ''), channel.base ?? context.url);
  return { siteUrl: linkOf(channel, channel.base ?? context.url ?? selfUrl), selfUrl };
}

const publishedNames = 'pubdate dc:date dcterms:issued dcterms:created atom:published prism:publicationdate date published'.split(' ');
const updatedNames = 'atom:updated dcterms:modified atom:modified prism:modificationdate lastbuilddate updated modified'.split(' ');

function readItem(item: XmlElement, feed: Feed): RawEntry {
  const resolve = (raw: string): string | undefined => resolveUrl(unescapeUrl(raw), item.base ?? feed.base);
  const media = readMedia(item, resolve);
  const id = childText(item, 'guid', 'atom:id') ?? aboutOf(item);
  const body = bodyOf(item, media.description);
  const language = childText(item, 'dc:language', 'language') ?? item.language ?? feed.language;
  const enclosures = [...enclosuresOf(item, resolve), ...media.enclosures];
  return {
    id,
    url: urlOf(item, feed.base, resolve),
    title:
      rssTitle(item, 'title') ??
      rssTitle(item, 'dc:title') ??
      rssTitle(item, 'atom:title') ??
      titleText(media.title ?? childText(item, 'itunes:title') ?? ''),
    ...body,
    authors: authorsOf(item),
    categories: categoriesOf(item, language),
    published: childText(item, ...publishedNames),
    updated: childText(item, ...updatedNames) ?? item.attributes['lastmod'],
    image: media.image ?? itemImage(item, resolve) ?? pictureEnclosure(enclosures),
    furtherImages: media.furtherImages,
    enclosures,
    event: statedEvent(item),
    language,
    baseUrl: item.base ?? urlOf(item, feed.base, resolve) ?? feed.siteUrl ?? feed.base,
  };
}

function rssTitle(parent: XmlElement, name: string): string | undefined {
  for (const element of childrenNamed(parent, name)) {
    const title = element.name.startsWith('atom:')
      ? atomText(element)
      : titleText(hasElements(element) ? markupOf(element, 'markup') : textOf(element));
    if (title !== '') return title;
  }
  return undefined;
}

function aboutOf(item: XmlElement): string | undefined {
  const about = item.attributes['rdf:about'] ?? item.attributes['about'];
  return about?.trim() === '' ? undefined : about?.trim();
}

/**
 * The permalink: link, an alternate atom:link, what FeedBurner kept of them, a guid that says to be one, rdf:about; what an item of CDF has as its href.
 * Where none can be resolved for want of a base, the link as it stands.
 */
function urlOf(item: XmlElement, base: string | undefined, resolve: (raw: string) => string | undefined): string | undefined {
  const stated = linkOf(item, item.base ?? base) ?? resolve(childText(item, 'feedburner:origlink') ?? '');
  if (stated !== undefined) return stated;
  const guid = childNamed(item, 'guid');
  const isPermalink = guid !== undefined && !/^(?:false|0|no)$/i.test(guid.attributes['ispermalink']?.trim() ?? '');
  const candidate = (isPermalink ? textOf(guid).trim() : undefined) ?? aboutOf(item) ?? item.attributes['href'];
  // Without the attribute most guids that are no address are no path either ("id-1").
  const isPath = guid?.attributes['ispermalink']?.trim().toLowerCase() === 'true' && !/\s/.test(candidate ?? ' ');
  const url = candidate === undefined || !(isPath || /^(?:https?:|\/)/i.test(candidate)) ? undefined : resolve(candidate);
  return url !== undefined && isWebUrl(url) ? url : linkOf(item, item.base ?? base, statedLink);
}

/** The last link that is no relation to something else, as most readers have it; an element may state it as text or as href. */
function linkOf(parent: XmlElement, base: string | undefined, read = resolveUrl): string | undefined {
  let found: string | undefined;
  for (const link of childrenNamed(parent, 'link')) {
    const rel = link.attributes['rel'];
    if (rel !== undefined && rel !== 'alternate') continue;
    const raw = textOf(link).trim();
    found = read(unescapeUrl(raw === '' ? (link.attributes['href'] ?? '') : raw), link.base ?? base) ?? found;
  }
  return found ?? atomLink(parent, base, read);
}

/** The full text and, beside it, the summary. The description is the text where there is no longer one. */
function bodyOf(item: XmlElement, mediaDescription: string | undefined): { html: string; summary?: string | undefined } {
  const description = htmlOf(item, 'description') ?? htmlOf(item, 'dc:description') ?? htmlOf(item, 'abstract');
  const full =
    htmlOf(item, 'content:encoded') ??
    htmlOf(item, 'xhtml:body') ??
    htmlOf(item, 'body') ??
    htmlOf(item, 'fullitem') ??
    htmlOf(item, 'atom:content') ??
    htmlOf(item, 'content') ??
    contentItemOf(item);
  const spoken = childText(item, 'itunes:summary', 'itunes:subtitle') ?? mediaDescription ?? htmlOf(item, 'atom:summary');
  if (full === undefined) return description === undefined ? { html: spoken ?? '' } : { html: description };
  return { html: full, summary: description ?? spoken };
}

/** The text in the older form of RSS 1.0's content module: a bag of items, each with its value. */
function contentItemOf(item: XmlElement): string | undefined {
  const values = childrenNamed(item, 'content:items').flatMap((bag) => descendantsNamed(bag, 'content:item', 3));
  return values.map((value) => htmlOf(value, 'rdf:value')).find((html) => html !== undefined);
}

function htmlOf(item: XmlElement, name: string): string | undefined {
  for (const element of childrenNamed(item, name)) {
    const isXhtml = name.startsWith('xhtml:') || element.attributes['type'] === 'xhtml';
    const html = hasElements(element) ? markupOf(element, isXhtml ? 'plain' : 'markup') : textOf(element);
    if (html.trim() !== '') return html;
  }
  return undefined;
}

function authorsOf(item: XmlElement): string[] {
  const creators = childrenNamed(item, 'dc:creator').map((element) => textOf(element));
  const authors = childrenNamed(item, 'author').map((element) => childText(element, 'name') ?? textOf(element));
  const stated = [...creators, ...authors].flatMap((raw) => authorName(raw) ?? []);
  if (stated.length > 0) return stated;
  const others = [...atomAuthors(item), ...childrenNamed(item, 'itunes:author', 'dc:contributor').map((element) => textOf(element))];
  return others.flatMap((raw) => authorName(raw) ?? []);
}

function categoriesOf(item: XmlElement, language: string | undefined): EntryCategory[] {
  return childrenNamed(item, 'category', 'dc:subject').flatMap((element) => {
    const name = textOf(element).trim();
    return (
      categoryOf(name === '' ? (element.attributes['term'] ?? element.attributes['text'] ?? '') : name, {
        scheme: element.attributes['domain'],
        language,
      }) ?? []
    );
  });
}

function enclosuresOf(item: XmlElement, resolve: (raw: string) => string | undefined): EntryEnclosure[] {
  const links = childrenNamed(item, 'atom:link', 'link').filter(({ attributes }) => attributes['rel'] === 'enclosure');
  return [...childrenNamed(item, 'enclosure'), ...links].flatMap(({ name, attributes }) => {
    const { url, href, type, length, title } = attributes;
    const stated = name === 'enclosure' ? (url ?? href ?? attributes['rdf:resource']) : href;
    return enclosureOf(resolve(stated ?? ''), { mediaType: type, length, title }) ?? [];
  });
}

function itemImage(item: XmlElement, resolve: (raw: string) => string | undefined): EntryImage | undefined {
  const image = childNamed(item, 'image');
  if (image === undefined) return undefined;
  return imageOf(resolve(childText(image, 'url') ?? image.attributes['url'] ?? image.attributes['href'] ?? textOf(image)));
}
