import { escapeStated } from '../../kernel/text/escape-html.ts';
import type { EntryEnclosure, SourceDocument } from '../entry.ts';
import { readEntries, type RawEntry, type ReadingContext } from './entry-fields.ts';
import { categoryOf, enclosureOf, imageOf, languageTag, pictureEnclosure } from './field-values.ts';
import { asList, asObject, asObjects, asText, isBlankObject, type JsonObject } from '../json/json-value.ts';
import { noPollHints } from './read-poll-hints.ts';
import { isWebUrl, resolveUrl, statedLink } from '../source-url.ts';
import { statedEventOf } from '../xml/stated-event.ts';
import { meantLine, titleText } from './title-text.ts';
import { paragraphs } from '../xml/xml-tree.ts';

/** True for what is a JSON Feed, 1.0 or 1.1, also one that states its version carelessly. */
export function isJsonFeed(value: unknown): boolean {
  const feed = asObject(value);
  if (feed === undefined || !Array.isArray(feed['items'])) return false;
  const version = asText(feed['version']) ?? '';
  return (
    /jsonfeed\.org/i.test(version) ||
    (/^1(?:\.\d)?$/.test(version) && feed['title'] !== undefined) ||
    feed['home_page_url'] !== undefined ||
    feed['feed_url'] !== undefined
  );
}

/** Reads a JSON Feed. */
export function readJsonFeed(feed: JsonObject, context: ReadingContext, skipped: string[]): SourceDocument {
  const selfUrl = resolveUrl(asText(feed['feed_url']) ?? '', context.url);
  const siteUrl = resolveUrl(asText(feed['home_page_url']) ?? '', context.url ?? selfUrl);
  const language = languageTag(asText(feed['language']));
  const items = asObjects(feed['items']);
  const feedAuthors = authorsOf(feed);
  return {
    format: 'jsonfeed',
    title: titleText(asText(feed['title']) ?? ''),
    ...(siteUrl !== undefined && { siteUrl }),
    ...(selfUrl !== undefined && { selfUrl }),
    ...(language !== undefined && { language }),
    entries: readEntries(
      items,
      (item) =>
        isBlankObject(item) ? undefined : readItem(item, { base: context.url ?? siteUrl, siteUrl, language, authors: feedAuthors }),
      context,
      skipped,
    ),
    tombstones: [],
    skipped,
    pollHints: noPollHints,
  };
}

function readItem(
  item: JsonObject,
  feed: { base: string | undefined; siteUrl: string | undefined; language: string | undefined; authors: readonly string[] },
): RawEntry {
  const link = (key: string): string | undefined => resolveUrl(asText(item[key]) ?? '', feed.base);
  const id = asText(item['id']);
  const text = asText(item['content_text']);
  const html = asText(item['content_html']) ?? (text === undefined ? undefined : paragraphs(text));
  const summary = asText(item['summary']);
  const enclosures = attachmentsOf(item, feed.base);
  const authors = authorsOf(item);
  const url =
    link('url') ??
    (id !== undefined && isWebUrl(id) ? id : undefined) ??
    link('external_url') ??
    statedLink(asText(item['url']) ?? '', feed.base);
  return {
    id,
    url,
    title: titleText(asText(item['title']) ?? ''),
    html: html ?? (summary === undefined ? '' : escapeStated(summary)),
    summary: html === undefined ? undefined : summary && escapeStated(summary),
    authors: authors.length > 0 ? authors : feed.authors,
    categories: asList(item['tags']).flatMap((tag) => categoryOf(asText(tag) ?? '', { kind: 'tag', language: feed.language }) ?? []),
    published: asText(item['date_published']),
    updated: asText(item['date_modified']),
    image: imageOf(link('image')) ?? imageOf(link('banner_image')) ?? pictureEnclosure(enclosures),
    enclosures,
    event: statedEventOf(item),
    externalUrl: link('external_url'),
    language: asText(item['language']) ?? feed.language,
    baseUrl: url ?? feed.siteUrl ?? feed.base,
  };
}

/** `authors` of version 1.1, `author` of 1.0. */
function authorsOf(holder: JsonObject): string[] {
  return [...asList(holder['authors']), holder['author']].flatMap((author) => meantLine(asText(asObject(author)?.['name']) ?? '') || []);
}

function attachmentsOf(item: JsonObject, base: string | undefined): EntryEnclosure[] {
  return asList(item['attachments']).flatMap((value) => {
    const attachment = asObject(value) ?? {};
    const facts = { mediaType: attachment['mime_type'], length: attachment['size_in_bytes'], title: asText(attachment['title']) };
    return enclosureOf(resolveUrl(asText(attachment['url']) ?? '', base), facts) ?? [];
  });
}
