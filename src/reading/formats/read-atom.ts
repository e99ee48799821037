import type { EntryCategory, EntryEnclosure, SourceDocument, Tombstone } from '../entry.ts';
import { readEntries, type RawEntry, type ReadingContext } from './entry-fields.ts';
import { authorName, categoryOf, enclosureOf, languageTag, pictureEnclosure } from './field-values.ts';
import { atomAuthors, atomHtml, atomLink, atomText, firstConstruct, relatedLink, relationOf } from './read-atom-construct.ts';
import { parseDate } from './parse-date.ts';
import { readMedia } from './read-media.ts';
import { readPollHints } from './read-poll-hints.ts';
import { isWebUrl, resolveUrl, statedLink, unescapeUrl } from '../source-url.ts';
import { statedEvent } from '../xml/stated-event.ts';
import { titleText } from './title-text.ts';
import { childNamed, childrenNamed, childText, descendantsNamed, isBlank, textOf, type XmlElement } from '../xml/xml-tree.ts';

/** Reads an Atom document, 1.0 or 0.3, from its root element; a lone entry is a feed of one. */
export function readAtom(root: XmlElement, context: ReadingContext, skipped: string[]): SourceDocument {
  const selfUrl = relatedLink(root, 'self', context.url);
  const siteUrl = root.name === 'atom:entry' ? undefined : atomLink(root, context.url ?? selfUrl);
  const entries = root.name === 'atom:entry' ? [root] : descendantsNamed(root, 'atom:entry', 2);
  const feed: Feed = {
    base: context.url ?? siteUrl,
    authors: atomAuthors(root).flatMap((name) => authorName(name) ?? []),
    language: root.language ?? childText(root, 'dc:language'),
  };
  const language = languageTag(feed.language);
  return {
    format: 'atom',
    title: (root.name === 'atom:entry' ? undefined : firstConstruct(root, atomText, 'atom:title', 'dc:title', 'title')) ?? '',
    ...(siteUrl !== undefined && { siteUrl }),
    ...(selfUrl !== undefined && { selfUrl }),
    ...(language !== undefined && { language }),
    entries: readEntries(entries, (entry) => (isBlank(entry) ? undefined : readEntry(entry, feed, context.url)), context, skipped),
    tombstones: childrenNamed(root, 'at:deleted-entry').flatMap((element) => readTombstone(element)),
    skipped,
    pollHints: readPollHints(root),
  };
}

interface Feed {
  /** The document's address, else the site's. */
  readonly base: string | undefined;
  readonly authors: readonly string[];
  readonly language: string | undefined;
}

function readEntry(entry: XmlElement, feed: Feed, documentUrl: string | undefined): RawEntry {
  const resolve = (raw: string): string | undefined => resolveUrl(unescapeUrl(raw), entry.base ?? feed.base);
  const media = readMedia(entry, resolve);
  const id = idOf(entry);
  const url = urlOf(entry, id, feed, resolve);
  const html = firstConstruct(entry, atomHtml, 'atom:content', 'content:encoded', 'xhtml:body');
  const summary = firstConstruct(entry, atomHtml, 'atom:summary', 'dc:description') ?? media.description;
  const enclosures = [...enclosuresOf(entry, feed, resolve), ...media.enclosures];
  const ownAuthors = [...atomAuthors(entry), ...childrenNamed(entry, 'dc:creator').map((element) => textOf(element))].flatMap(
    (name) => authorName(name) ?? [],
  );
  const sourceElement = childNamed(entry, 'atom:source');
  const sourceAuthors = sourceElement === undefined ? [] : atomAuthors(sourceElement);
  const contentBase = childNamed(entry, 'atom:content')?.base ?? entry.base;
  return {
    id,
    url,
    title: firstConstruct(entry, atomText, 'atom:title', 'dc:title', 'title') ?? titleText(media.title ?? ''),
    html: html ?? summary ?? '',
    summary: html === undefined ? undefined : summary,
    authors: ownAuthors.length > 0 ? ownAuthors : sourceAuthors.length > 0 ? sourceAuthors : feed.authors,
    categories: categoriesOf(entry, feed.language),
    published: childText(entry, 'atom:published', 'atom:issued', 'atom:created', 'dc:date', 'dcterms:issued', 'dcterms:created', 'pubdate'),
    updated: lastText(entry, 'atom:updated') ?? childText(entry, 'atom:modified', 'dcterms:modified'),
    image: media.image ?? pictureEnclosure(enclosures),
    furtherImages: media.furtherImages,
    enclosures,
    event: statedEvent(entry),
    language: entry.language ?? feed.language,
    baseUrl: contentBase ?? documentUrl ?? url ?? feed.base,
  };
}

/** The last of several: a generator that states a date again states the newer one behind. */
function lastText(entry: XmlElement, name: string): string | undefined {
  return childrenNamed(entry, name)
    .map((element) => textOf(element).trim())
    .findLast((text) => text !== '');
}

/** An id is compared, never resolved (RFC 4287, 4.2.6); only a path under an xml:base of its own cannot have been meant as it stands. */
function idOf(entry: XmlElement): string | undefined {
  const element = childNamed(entry, 'atom:id') ?? childNamed(entry, 'guid');
  if (element === undefined) return undefined;
  const text = textOf(element).trim();
  const isPath = element.base !== undefined && text.includes('/') && !/^[a-z][a-z0-9+.-]*:/i.test(text);
  return isPath ? resolveUrl(text, element.base) : text;
}

/** The permalink: the alternate link, an id that is one, content that lies elsewhere; where none can be resolved for want of a base, the link as it stands. */
function urlOf(entry: XmlElement, id: string | undefined, feed: Feed, resolve: (raw: string) => string | undefined): string | undefined {
  const stated = atomLink(entry, entry.base ?? feed.base) ?? resolve(childText(entry, 'feedburner:origlink') ?? '');
  if (stated !== undefined) return stated;
  if (id !== undefined && isWebUrl(id)) return id;
  const elsewhere = childNamed(entry, 'atom:content')?.attributes['src'];
  return resolve(elsewhere ?? '') ?? atomLink(entry, entry.base ?? feed.base, statedLink);
}

function categoriesOf(entry: XmlElement, language: string | undefined): EntryCategory[] {
  const stated = childrenNamed(entry, 'atom:category', 'category').flatMap((element) => {
    const { label, term, scheme } = element.attributes;
    return categoryOf([label, term, textOf(element)].find((name) => (name ?? '').trim() !== '') ?? '', { scheme, language }) ?? [];
  });
  return [...stated, ...childrenNamed(entry, 'dc:subject').flatMap((element) => categoryOf(textOf(element), { language }) ?? [])];
}

function enclosuresOf(entry: XmlElement, feed: Feed, resolve: (raw: string) => string | undefined): EntryEnclosure[] {
  const links = childrenNamed(entry, 'atom:link', 'enclosure').flatMap((link) => {
    if (link.name === 'atom:link' && relationOf(link) !== 'enclosure') return [];
    const { href, url, type, length, title } = link.attributes;
    return (
      enclosureOf(resolveUrl(href ?? url ?? '', link.base ?? feed.base) ?? resolve(href ?? url ?? ''), {
        mediaType: type,
        length,
        title,
      }) ?? []
    );
  });
  return [...links, ...contentFile(entry, resolve)];
}

/** RFC 4287, 4.1.3.2: content may lie elsewhere; a document there is a file of the entry, a page is its link. */
function contentFile(entry: XmlElement, resolve: (raw: string) => string | undefined): EntryEnclosure[] {
  const { src, type } = childNamed(entry, 'atom:content')?.attributes ?? {};
  if (src === undefined || type?.includes('/') !== true || /html/i.test(type)) return [];
  const file = enclosureOf(resolve(src), { mediaType: type });
  return file === undefined ? [] : [file];
}

/** RFC 6721: an entry that the source withdrew. */
function readTombstone(element: XmlElement): Tombstone[] {
  const id = element.attributes['ref']?.trim() ?? '';
  const deletedAt = parseDate(element.attributes['when'] ?? '');
  return id === '' ? [] : [{ id, ...(deletedAt !== undefined && { deletedAt }) }];
}
