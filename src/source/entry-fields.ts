import { createHash } from 'node:crypto';
import type { Entry, EntryCategory, EntryEnclosure, EntryImage } from './entry.ts';
import { categorySlug } from './category-slug.ts';
import { dropForbiddenReferences } from './character-reference.ts';
import { isImplausibleDate, parseDate } from './parse-date.ts';
import { isWebUrl } from './source-url.ts';
import { titleText } from './title-text.ts';

/** What reading an entry depends on besides its own text. */
export interface ReadingContext {
  /** Where the document came from: the last base for relative URLs. */
  readonly url?: string;
  /** IANA zone for dates that state none. */
  readonly timeZone?: string;
  readonly now: Date;
  readonly maxEntries: number;
}

/** The fields of an entry as a format's reader finds them, texts clean; completeEntry makes the entry. */
export interface RawEntry {
  readonly id?: string | undefined;
  readonly url?: string | undefined;
  readonly title: string;
  readonly html: string;
  readonly summary?: string | undefined;
  readonly authors: readonly string[];
  readonly categories: readonly EntryCategory[];
  readonly published?: string | undefined;
  readonly updated?: string | undefined;
  readonly image?: EntryImage | undefined;
  readonly enclosures: readonly EntryEnclosure[];
  readonly language?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly isProtected?: boolean;
}

/** An entry from its raw fields. */
function completeEntry(raw: RawEntry, context: ReadingContext): Entry {
  const html = dropForbiddenReferences(raw.html).trim();
  const summary = dropForbiddenReferences(raw.summary ?? '').trim();
  const published = readDate(raw.published, context);
  const updated = readDate(raw.updated, context);
  const statedId = raw.id?.trim() ?? '';
  return {
    id: statedId === '' ? (raw.url ?? fingerprint(raw.title, html, raw.enclosures)) : statedId,
    hasOwnId: statedId !== '',
    ...(raw.url !== undefined && { url: raw.url }),
    title: raw.title,
    html,
    ...(summary !== '' && summary !== html && { summary }),
    authors: unique(raw.authors),
    categories: uniqueCategories(raw.categories),
    ...(published.date !== undefined && { publishedAt: published.date }),
    ...(updated.date !== undefined && { updatedAt: updated.date }),
    hasImplausibleDate: published.isImplausible || updated.isImplausible,
    ...(raw.image !== undefined && { image: raw.image }),
    enclosures: uniqueEnclosures(raw.enclosures),
    ...optionalLanguage(raw.language),
    ...((raw.baseUrl ?? raw.url) !== undefined && { baseUrl: raw.baseUrl ?? raw.url ?? '' }),
    isProtected: raw.isProtected ?? html.includes('post-password-form'),
  };
}

/** Stands in for an id where the source states neither id nor link: the same for the same content. */
export function fingerprint(title: string, html: string, enclosures: readonly EntryEnclosure[] = []): string {
  const hash = createHash('sha256').update([title, html.replace(/\s+/g, ' '), ...enclosures.map(({ url }) => url)].join('\0'));
  return `fingerprint:${hash.digest('hex').slice(0, 32)}`;
}

/** The dates that programs write where they know none: the epoch, and the year 1 of .NET. */
function isPlaceholderDate(date: Date): boolean {
  return date.getTime() === 0 || date.getUTCFullYear() <= 1;
}

function readDate(raw: string | undefined, context: ReadingContext): { date?: Date; isImplausible: boolean } {
  const date = raw === undefined ? undefined : parseDate(raw, context.timeZone);
  if (date === undefined || Number.isNaN(date.getTime())) return { isImplausible: false };
  return isPlaceholderDate(date) ? { isImplausible: true } : { date, isImplausible: isImplausibleDate(date, context.now) };
}

/** A language tag in its canonical form, `en_us` taken for `en-US`; nothing for what is no tag. */
export function languageTag(raw: string | undefined): string | undefined {
  const text = raw?.trim().replaceAll('_', '-') ?? '';
  try {
    return text === '' ? undefined : Intl.getCanonicalLocales(text)[0];
  } catch {
    return undefined;
  }
}

function optionalLanguage(raw: string | undefined): { language?: string } {
  const language = languageTag(raw);
  return language === undefined ? {} : { language };
}

/** A category from the name that the source gives it; undefined for an empty one. */
export function categoryOf(
  rawName: string,
  options: { scheme?: string | undefined; kind?: 'category' | 'tag'; language?: string | undefined },
): EntryCategory | undefined {
  const name = titleText(rawName);
  if (name === '') return undefined;
  const scheme = options.scheme?.trim() ?? '';
  const kind = options.kind ?? (/(?:^|[/_-])tags?$/i.test(scheme) ? 'tag' : 'category');
  return { name, slug: knownSlug(name, options.language), ...(scheme !== '' && { scheme }), kind };
}

/** A source files its entries under a handful of names: each slug is made once. */
const knownSlugs = new Map<string, string>();
const maxKnownSlugs = 1_000;

function knownSlug(name: string, language: string | undefined): string {
  const key = `${language ?? ''} ${name}`;
  const known = knownSlugs.get(key);
  if (known !== undefined) return known;
  if (knownSlugs.size >= maxKnownSlugs) knownSlugs.clear();
  const slug = categorySlug(name, language);
  knownSlugs.set(key, slug);
  return slug;
}

/** The name in an author text of RSS: "jane@example.org (Jane)", "Jane <jane@example.org>". A bare address is nobody's by-line. */
export function authorName(raw: string): string | undefined {
  const text = titleText(raw.replace(/<\s*(?:mailto:)?[^\s<>@]+@[^\s<>]+>/gi, ''));
  const inBrackets = /^\S+@\S+\s*\((.+)\)$/.exec(text)?.[1];
  const name = (inBrackets ?? text.replace(/\((?:mailto:)?\S+@\S+\)/gi, '')).trim().replace(/^["']+|["']+$/g, '');
  return name === '' || /^(?:mailto:)?\S+@\S+$/i.test(name) ? undefined : name;
}

/** A positive whole number, as lengths and sizes are; undefined for everything else that feeds write there. */
export function positiveInteger(raw: unknown): number | undefined {
  const text = typeof raw === 'number' ? String(raw) : typeof raw === 'string' ? raw.trim() : '';
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : undefined;
}

/** A media type in lower case without parameters; undefined for what is none. */
export function mediaTypeOf(raw: unknown): string | undefined {
  const type = typeof raw === 'string' ? raw.split(';')[0]?.trim().toLowerCase() : undefined;
  return type !== undefined && /^[\w.+-]+\/[\w.+*-]+$/.test(type) ? type : undefined;
}

/** An enclosure from what a source states; undefined without a URL from the web. */
export function enclosureOf(
  url: string | undefined,
  facts: { mediaType?: unknown; length?: unknown; title?: string | undefined },
): EntryEnclosure | undefined {
  if (url === undefined || !isWebUrl(url)) return undefined;
  const mediaType = mediaTypeOf(facts.mediaType);
  const lengthBytes = positiveInteger(facts.length);
  const title = facts.title === undefined ? '' : titleText(facts.title);
  return {
    url,
    ...(mediaType !== undefined && { mediaType }),
    ...(lengthBytes !== undefined && { lengthBytes }),
    ...(title !== '' && { title }),
  };
}

/** A picture from what a source states; undefined without a URL from the web. */
export function imageOf(
  url: string | undefined,
  facts: { width?: unknown; height?: unknown; alt?: string | undefined } = {},
): EntryImage | undefined {
  if (url === undefined || !isWebUrl(url)) return undefined;
  const width = positiveInteger(facts.width);
  const height = positiveInteger(facts.height);
  const alt = facts.alt === undefined ? '' : titleText(facts.alt);
  return { url, ...(width !== undefined && { width }), ...(height !== undefined && { height }), ...(alt !== '' && { alt }) };
}

/** The first enclosure that is a picture. */
export function pictureEnclosure(enclosures: readonly EntryEnclosure[]): EntryImage | undefined {
  return imageOf(enclosures.find(({ mediaType }) => mediaType?.startsWith('image/'))?.url);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function uniqueCategories(categories: readonly EntryCategory[]): EntryCategory[] {
  return [
    ...new Map(categories.map((category) => [`${category.kind} ${category.slug} ${category.name.toLowerCase()}`, category])).values(),
  ];
}

/** One enclosure per URL: the first, with what only a later one knows. */
function uniqueEnclosures(enclosures: readonly EntryEnclosure[]): EntryEnclosure[] {
  const byUrl = new Map<string, EntryEnclosure>();
  for (const enclosure of enclosures) byUrl.set(enclosure.url, { ...enclosure, ...byUrl.get(enclosure.url) });
  return [...byUrl.values()];
}

/**
 * Gives each entry of a document an id of its own. Two entries under one id, which careless generators write, would take turns as revisions of
 * one post: the same entry listed twice is taken once, a different one gets an id that its content makes.
 */
function distinctEntries(entries: readonly Entry[], skipped: string[]): Entry[] {
  const byId = new Map<string, Entry>();
  let repeatedCount = 0;
  for (const entry of entries) {
    const first = byId.get(entry.id);
    if (first === undefined) byId.set(entry.id, entry);
    else if (first.url === entry.url && first.title === entry.title) repeatedCount++;
    else {
      const id = `${entry.id}#${fingerprint(entry.url ?? entry.title, entry.url === undefined ? entry.html : '').slice(-12)}`;
      if (!byId.has(id)) byId.set(id, { ...entry, id, hasOwnId: false });
    }
  }
  if (repeatedCount > 0) skipped.push(`${repeatedCount} entries are listed more than once; each was read once.`);
  return [...byId.values()];
}

/** Reads each item, so that one that fails costs only itself, and no more of them than the limit. */
export function readEntries<Item>(
  items: readonly Item[],
  read: (item: Item) => RawEntry,
  context: ReadingContext,
  skipped: string[],
): Entry[] {
  const entries: Entry[] = [];
  for (const [index, item] of items.slice(0, context.maxEntries).entries()) {
    try {
      entries.push(completeEntry(read(item), context));
    } catch (error) {
      skipped.push(`Entry ${index + 1} could not be read: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }
  if (items.length > context.maxEntries)
    skipped.push(`${items.length - context.maxEntries} entries beyond the limit of ${context.maxEntries} were not read.`);
  return distinctEntries(entries, skipped);
}
