import type { EntryEnclosure, SourceDocument } from '../entry.ts';
import { readEntries, type RawEntry, type ReadingContext } from './entry-fields.ts';
import { authorName, categoryOf, enclosureOf, imageOf } from './field-values.ts';
import type { JsonMapping } from './json-mapping.ts';
import { valuesAt } from './json-path.ts';
import { asObject, asObjects, asText, isBlankObject, type JsonObject } from '../json/json-value.ts';
import { noPollHints } from './read-poll-hints.ts';
import { SourceError } from '../source-error.ts';
import { resolveUrl } from '../source-url.ts';
import { titleText } from './title-text.ts';
import { paragraphs } from '../xml/xml-tree.ts';

/** Reads the answer of a plain JSON API by its field mapping. */
export function readMappedJson(value: unknown, mapping: JsonMapping, context: ReadingContext, skipped: string[]): SourceDocument {
  const found = mapping.items === undefined ? value : valuesAt(value, mapping.items);
  const items = asObjects(found);
  if (items.length === 0 && !hasList(value, mapping)) {
    throw new SourceError(
      'not_a_feed',
      `Expected a list of entries at ${mapping.items === undefined ? 'the top of the document' : `"${mapping.items}"`}, found none`,
    );
  }
  return {
    format: 'json',
    title: mapping.feedTitle === undefined ? '' : titleText(textAt(asObject(value) ?? {}, mapping.feedTitle) ?? ''),
    entries: readEntries(items, (item) => (isBlankObject(item) ? undefined : readItem(item, mapping, context.url)), context, skipped),
    tombstones: [],
    skipped,
    pollHints: noPollHints,
  };
}

/** An empty list is an answer; a missing one is a mapping that does not fit. */
function hasList(value: unknown, mapping: JsonMapping): boolean {
  if (mapping.items === undefined) return Array.isArray(value);
  const names = mapping.items.split('.');
  const last = names.pop() ?? '';
  const holder = names.length === 0 ? [value] : valuesAt(value, names.join('.'));
  return holder.some((candidate) => Array.isArray(asObject(candidate)?.[last]));
}

function readItem(item: JsonObject, mapping: JsonMapping, base: string | undefined): RawEntry {
  const text = (path: string | undefined): string | undefined => (path === undefined ? undefined : textAt(item, path));
  const texts = (path: string | undefined): string[] =>
    path === undefined ? [] : valuesAt(item, path).flatMap((value) => asText(value) ?? asText(asObject(value)?.['name']) ?? []);
  const url = resolveUrl(text(mapping.url) ?? fillTemplate(item, mapping.urlTemplate) ?? '', base);
  const plain = text(mapping.text);
  return {
    id: text(mapping.id),
    url,
    title: titleText(text(mapping.title) ?? ''),
    html: text(mapping.html) ?? (plain === undefined ? '' : paragraphs(plain)),
    summary: text(mapping.summary),
    authors: texts(mapping.authors).flatMap((name) => authorName(name) ?? []),
    categories: texts(mapping.categories).flatMap((name) => categoryOf(name, {}) ?? []),
    published: text(mapping.publishedAt),
    updated: text(mapping.updatedAt),
    image: imageOf(resolveUrl(text(mapping.image) ?? '', base)),
    enclosures: attachmentsOf(item, mapping.attachments, base),
    language: text(mapping.language),
    baseUrl: url ?? base,
  };
}

function textAt(item: JsonObject, path: string): string | undefined {
  for (const value of valuesAt(item, path)) {
    const text = asText(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

function fillTemplate(item: JsonObject, template: string | undefined): string | undefined {
  if (template === undefined) return undefined;
  let isComplete = true;
  const url = template.replace(/\{([^{}]+)\}/g, (_whole, path: string) => {
    const value = textAt(item, path);
    isComplete &&= value !== undefined;
    return encodeURIComponent(value ?? '');
  });
  return isComplete ? url : undefined;
}

function attachmentsOf(item: JsonObject, mapping: JsonMapping['attachments'], base: string | undefined): EntryEnclosure[] {
  if (mapping === undefined) return [];
  const paths = typeof mapping === 'string' ? { items: mapping } : mapping;
  return valuesAt(item, paths.items).flatMap((value) => {
    const holder = asObject(value);
    if (holder === undefined) return enclosureOf(resolveUrl(asText(value) ?? '', base), {}) ?? [];
    const at = (path: string | undefined, usual: string): string | undefined => textAt(holder, path ?? usual);
    const facts = { mediaType: at(paths.mediaType, 'type'), length: at(paths.length, 'size'), title: at(paths.title, 'title') };
    return enclosureOf(resolveUrl(at(paths.url, 'url') ?? '', base), facts) ?? [];
  });
}
