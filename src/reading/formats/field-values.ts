import { createHash } from 'node:crypto';
import { withoutSurrounding } from '../../kernel/trim.ts';
import type { EntryCategory, EntryEnclosure, EntryImage } from '../entry.ts';
import { categorySlug } from './category-slug.ts';
import { isWebUrl } from '../source-url.ts';
import { entryLimits } from '../limits.ts';
import { maxRawTitleLength, titleText } from './title-text.ts';

/** A language tag in its canonical form, `en_us` taken for `en-US`; nothing for what is no tag. */
export function languageTag(raw: string | undefined): string | undefined {
  const text = raw?.trim().replaceAll('_', '-') ?? '';
  try {
    return text === '' || text.length > entryLimits.maxLanguageLength ? undefined : Intl.getCanonicalLocales(text)[0];
  } catch {
    return undefined;
  }
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
  // What is cut before it is read would else be one category with all that begin alike.
  const rest = rawName.length > maxRawTitleLength ? `-${createHash('sha256').update(rawName).digest('hex').slice(0, 16)}` : '';
  return { name, slug: `${knownSlug(name, options.language)}${rest}`, ...(scheme !== '' && { scheme }), kind };
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
  const stated = nameBehindAddress(text) ?? text.replace(/\([^\s()@]+@[^\s()@]+\)/g, '');
  const name = withoutSurrounding(stated.trim(), /["']/);
  return name === '' || isBareAddress(name) ? undefined : name;
}

/** "Jane" of "jane@example.org (Jane)". */
function nameBehindAddress(text: string): string | undefined {
  const space = text.search(/\s/);
  const word = space === -1 ? text : text.slice(0, space);
  const rest = text.slice(word.length).trimStart();
  const open = rest === '' ? word.lastIndexOf('(') : word.length;
  if (open === -1 || !isBareAddress(word.slice(0, open)) || !text.endsWith(')')) return undefined;
  const inBrackets = rest === '' ? word.slice(open) : rest;
  return inBrackets.startsWith('(') && inBrackets.length > 2 ? inBrackets.slice(1, -1) : undefined;
}

/** One word with an @ inside, `mailto:` or not. */
function isBareAddress(text: string): boolean {
  return !/\s/.test(text) && text.slice(1, -1).includes('@');
}

/** A positive whole number, as lengths and sizes are; undefined for everything else that feeds write there. */
export function positiveInteger(raw: unknown): number | undefined {
  const text = typeof raw === 'number' ? String(raw) : typeof raw === 'string' ? raw.trim() : '';
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : undefined;
}

/** A media type in lower case without parameters; undefined for what is none. */
function mediaTypeOf(raw: unknown): string | undefined {
  const type = typeof raw === 'string' ? raw.split(';')[0]?.trim().toLowerCase() : undefined;
  return type !== undefined && type.length <= entryLimits.maxMediaTypeLength && /^[\w.+-]+\/[\w.+*-]+$/.test(type) ? type : undefined;
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
