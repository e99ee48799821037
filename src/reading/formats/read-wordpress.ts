import type { EntryCategory, EntryEnclosure, EntryImage, SourceDocument } from '../entry.ts';
import { readEntries, type RawEntry, type ReadingContext } from './entry-fields.ts';
import { enclosureOf, imageOf, languageTag } from './field-values.ts';
import { resolveHtmlReferences } from '../xml/character-reference.ts';
import { asList, asObject, asObjects, asText, type JsonObject } from '../json/json-value.ts';
import { noPollHints } from './read-poll-hints.ts';
import { resolveUrl } from '../source-url.ts';
import { titleText } from './title-text.ts';

/** A media file as WordPress's REST API states it. */
export interface WordPressMedia {
  readonly id: number;
  /** The post that it is attached to. */
  readonly postId: number | undefined;
  readonly enclosure: EntryEnclosure;
}

/** What the posts of a page refer to and further requests bring. */
export interface WordPressReferences {
  readonly postIds: readonly number[];
  /** Attachments that texts link by their page, from `rel="attachment wp-att-12"` and `attachment_id=12`. */
  readonly attachmentIds: readonly number[];
  /** Terms whose names `_embedded` does not give. */
  readonly missingTerms: readonly { readonly taxonomy: 'categories' | 'tags'; readonly id: number }[];
}

/** What further requests brought. */
export interface WordPressExtras {
  readonly media: readonly WordPressMedia[];
  readonly terms: readonly (EntryCategory & { readonly id: number })[];
}

/** True for a list of posts (or media) of the REST API. */
export function isWordPressList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => asObject(asObject(item)?.['title'])?.['rendered'] !== undefined && asObject(item)?.['link'] !== undefined)
  );
}

/** Reads posts of the REST API; `extras` holds what further requests brought. */
export function readWordPress(
  posts: readonly unknown[],
  extras: WordPressExtras,
  context: ReadingContext,
  skipped: string[],
): SourceDocument {
  const items = asObjects(posts);
  const terms = new Map(extras.terms.map(({ id, ...category }) => [id, category]));
  return {
    format: 'wordpress',
    title: '',
    ...siteOf(context.url),
    entries: readEntries(items, (post) => readPost(post, extras.media, terms, context), context, skipped),
    tombstones: [],
    skipped,
    pollHints: noPollHints,
  };
}

function siteOf(url: string | undefined): { siteUrl?: string } {
  const site = url === undefined ? undefined : /^(https?:\/\/.*?)\/?(?:wp-json\/|index\.php|\?)/.exec(url)?.[1];
  return site === undefined ? {} : { siteUrl: `${site}/` };
}

function readPost(
  post: JsonObject,
  media: readonly WordPressMedia[],
  terms: ReadonlyMap<number, EntryCategory>,
  context: ReadingContext,
): RawEntry {
  const url = resolveUrl(asText(post['link']) ?? '', context.url);
  const html = rendered(post['content']) ?? '';
  const attachmentIds = attachmentIdsIn(html);
  const own = media.filter(({ id, postId }) => postId === post['id'] || attachmentIds.includes(id));
  return {
    id: resolveHtmlReferences(rendered(post['guid']) ?? '') || undefined,
    url,
    title: titleText(rendered(post['title']) ?? ''),
    html: html === '' ? (rendered(post['description']) ?? rendered(post['caption']) ?? '') : html,
    summary: rendered(post['excerpt']),
    authors: embedded(post, 'author').flatMap((author) => titleText(asText(author['name']) ?? '') || []),
    categories: categoriesOf(post, terms),
    published: gmt(post['date_gmt']) ?? asText(post['date']),
    updated: gmt(post['modified_gmt']) ?? asText(post['modified']),
    image: featuredImage(post),
    enclosures: [...own.map(({ enclosure }) => enclosure), ...sourceFile(post, context)],
    language: languageTag(asText(post['lang'])),
    baseUrl: url ?? context.url,
    isProtected:
      asObject(post['content'])?.['protected'] === true || /^(?:private|draft|pending|future|trash)$/.test(asText(post['status']) ?? ''),
  };
}

/** `{ rendered }`, or the bare text that some plug-ins make of it. */
function rendered(value: unknown): string | undefined {
  return asText(asObject(value)?.['rendered']) ?? asText(value);
}

/** The API states GMT without a zone; drafts have none ("0000-00-00"). */
function gmt(value: unknown): string | undefined {
  const text = asText(value);
  if (text === undefined || text.startsWith('0000')) return undefined;
  return /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`;
}

/** Objects embedded under a relation. What the API may not show stands there as an error object ("rest_forbidden"). */
function embedded(post: JsonObject, relation: string): JsonObject[] {
  return asObjects(asObject(post['_embedded'])?.[relation]).filter((object) => !isRestError(object));
}

/** True for the API's error objects. */
export function isRestError(value: JsonObject): boolean {
  return typeof value['code'] === 'string' && typeof value['message'] === 'string' && value['id'] === undefined;
}

function categoriesOf(post: JsonObject, terms: ReadonlyMap<number, EntryCategory>): EntryCategory[] {
  const groups = asList(asObject(post['_embedded'])?.['wp:term']);
  const named = groups.flatMap((group) => asList(group)).flatMap((term) => termOf(term)?.category ?? []);
  const known = termIds(post).flatMap(({ id }) => terms.get(id) ?? []);
  return [...named, ...known];
}

/** A term of the REST API as a category; undefined for an error object. */
export function termOf(value: unknown): { id: number; category: EntryCategory } | undefined {
  const term = asObject(value) ?? {};
  const name = titleText(asText(term['name']) ?? '');
  const slug = asText(term['slug']);
  if (name === '' || slug === undefined || typeof term['id'] !== 'number') return undefined;
  const taxonomy = asText(term['taxonomy']) ?? 'category';
  const kind = taxonomy === 'category' ? 'category' : 'tag';
  return {
    id: term['id'],
    category: { name, slug, kind, ...(taxonomy !== 'category' && taxonomy !== 'post_tag' && { scheme: taxonomy }) },
  };
}

function termIds(post: JsonObject): { taxonomy: 'categories' | 'tags'; id: number }[] {
  return (['categories', 'tags'] as const).flatMap((taxonomy) =>
    asList(post[taxonomy]).flatMap((id) => (typeof id === 'number' ? [{ taxonomy, id }] : [])),
  );
}

/** The featured image in the largest size that a mail needs. */
function featuredImage(post: JsonObject): EntryImage | undefined {
  const [media] = embedded(post, 'wp:featuredmedia');
  if (media === undefined) return imageOf(asText(post['jetpack_featured_media_url']));
  const details = asObject(media['media_details']) ?? {};
  const full = { url: asText(media['source_url']), width: details['width'], height: details['height'] };
  const sizes = Object.values(asObject(details['sizes']) ?? {}).flatMap((value) => {
    const size = asObject(value) ?? {};
    return [{ url: asText(size['source_url']), width: size['width'], height: size['height'] }];
  });
  const fitting = [...sizes, full].filter(({ url, width }) => url !== undefined && typeof width === 'number' && width <= 1_200);
  const widest = fitting.reduce((a, b) => (Number(b.width) > Number(a.width) ? b : a), fitting[0] ?? full);
  const alt = asText(media['alt_text']);
  return imageOf(widest.url, { width: widest.width, height: widest.height, ...(alt !== undefined && { alt }) });
}

/** A media item read as an entry brings its own file. */
function sourceFile(item: JsonObject, context: ReadingContext): EntryEnclosure[] {
  const media = item['source_url'] === undefined ? undefined : mediaOf(item, context.url);
  return media === undefined ? [] : [media.enclosure];
}

/** A media object of the API; undefined for error objects and what has no file. */
export function mediaOf(value: unknown, base?: string): WordPressMedia | undefined {
  const media = asObject(value) ?? {};
  const details = asObject(media['media_details']) ?? {};
  const title = rendered(media['title']);
  const enclosure = enclosureOf(resolveUrl(asText(media['source_url']) ?? '', base), {
    mediaType: media['mime_type'],
    length: details['filesize'],
    ...(title !== undefined && { title }),
  });
  if (enclosure === undefined || typeof media['id'] !== 'number') return undefined;
  return { id: media['id'], postId: typeof media['post'] === 'number' ? media['post'] : undefined, enclosure };
}

function attachmentIdsIn(html: string): number[] {
  return Array.from(html.matchAll(/(?:wp-att-|[?&;]attachment_id=)(\d{1,10})/g), ([, id]) => Number(id));
}

/** What a page of posts refers to beyond itself. */
export function referencesOf(posts: readonly unknown[]): WordPressReferences {
  const items = asObjects(posts);
  return {
    postIds: items.flatMap((post) => (typeof post['id'] === 'number' ? [post['id']] : [])),
    attachmentIds: [...new Set(items.flatMap((post) => attachmentIdsIn(rendered(post['content']) ?? '')))],
    missingTerms: items.flatMap((post) => (asObject(post['_embedded'])?.['wp:term'] === undefined ? termIds(post) : [])),
  };
}
