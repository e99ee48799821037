/*
 * Pictures of a post: which one an `img` really means (lazy loading, srcset), and which are worth showing.
 * Invariant: what leaves here is an absolute http(s) address of a picture for people, never a pixel that watches them or an emoji.
 */
import { cutToLength } from '../kernel/cut-text.ts';
import { withoutSurrounding } from '../kernel/trim.ts';
import type { HtmlElement } from './html/html-tree.ts';
import { decodePath, resolveResource, urlOf } from './web-address.ts';

/** A picture with what is known of its natural size in pixels. */
export interface FoundImage {
  readonly url: string;
  readonly alt: string;
  readonly width?: number;
  readonly height?: number;
}

/** What an `img` turns into: a picture (with the keys of all variants that were stated), the character that an emoji picture stands for, or nothing. */
export type ImageReading =
  | { readonly kind: 'image'; readonly image: FoundImage; readonly variantKeys: ReadonlySet<string> }
  | { readonly kind: 'emoji'; readonly text: string }
  | { readonly kind: 'none' };

/** No variant wider than this is chosen: twice the column of a digest, for dense screens. */
export const maxImageWidth = 1200;

/** The longest text that stands for a picture, in characters. */
export const maxAltLength = 500;

interface Candidate {
  readonly url: string;
  readonly width?: number;
}

const lazySources = (
  'data-src data-lazy-src data-original data-orig-src data-large-file data-medium-file data-full-url data-ezsrc data-lazy data-lazyload ' +
  'data-nectar-img-src data-pagespeed-lazy-src'
).split(' ');
const lazySourceSets = ['data-srcset', 'data-lazy-srcset', 'srcset'];

/** Reads an `img` (or `amp-img`) and the `source` elements of the picture around it. */
export function readImage(img: HtmlElement, sources: readonly HtmlElement[], baseUrl: string | undefined): ImageReading {
  const attributes = img.attributes;
  const alt = cutToLength((attributes['alt'] ?? '').replaceAll(/\s+/g, ' ').trim(), maxAltLength);
  const stated = resolveResource(attributes['src'], baseUrl);
  if (isEmoji(attributes, stated)) return alt !== '' && alt.length <= 16 ? { kind: 'emoji', text: alt } : { kind: 'none' };
  if (isHiddenOrTiny(attributes)) return { kind: 'none' };

  const own = stated !== undefined && !isPlaceholder(stated) ? stated : undefined;
  const fallback = findLazySource(attributes, own !== undefined, baseUrl) ?? own;
  const candidates = lazySourceSets.flatMap((name) => parseSourceSet(attributes[name], baseUrl));
  const others = sources.flatMap((each) => parseSourceSet(each.attributes['data-srcset'] ?? each.attributes['srcset'], baseUrl));
  const chosen =
    chooseVariant([...candidates, ...others.filter((each) => !isModernFormat(each.url))], fallback) ?? chooseVariant(others, undefined);
  if (!chosen || !isWorthKeeping(chosen.url)) return { kind: 'none' };
  const urls = [chosen, ...candidates, ...others].map((each) => each.url);
  const variantKeys = new Set([...urls, ...(fallback === undefined ? [] : [fallback])].map((url) => imageKey(url)));
  return { kind: 'image', image: { url: chosen.url, alt, ...sizeOf(chosen, attributes) }, variantKeys };
}

/** Where lazy loading keeps the picture: under a name that is known for it, or, without an address of its own, wherever a picture's address stands. */
function findLazySource(attributes: Readonly<Record<string, string>>, hasOwn: boolean, baseUrl: string | undefined): string | undefined {
  for (const name of lazySources) {
    const value = attributes[name];
    const url = value !== undefined && /[/.]/.test(value) ? resolveResource(value, baseUrl) : undefined;
    if (url !== undefined && !isPlaceholder(url)) return url;
  }
  if (hasOwn) return undefined;
  for (const [name, value] of Object.entries(attributes)) {
    const url = name.startsWith('data-') && !/[\s,{]/.test(value) ? resolveResource(value, baseUrl) : undefined;
    if (url !== undefined && namesPicture(url) && !isPlaceholder(url)) return url;
  }
  return undefined;
}

/** Formats that Outlook shows as an empty box. */
function isModernFormat(url: string): boolean {
  return /\.(webp|avif|heic|jxl)$/i.test(urlOf(url)?.pathname ?? '') || /[?&](fm|format)=(webp|avif)\b/i.test(url);
}

/** Splits a srcset into its variants; those with a density instead of a width have none. */
function parseSourceSet(value: string | undefined, baseUrl: string | undefined): Candidate[] {
  if (value === undefined || value.length > 20_000) return [];
  const candidates: Candidate[] = [];
  for (const { address, descriptors } of sourceSetParts(value)) {
    const sizes = descriptors.map((each) => /^(\d{1,6}(?:\.\d{1,6})?)([wxh])$/.exec(each));
    const url = sizes.includes(null) ? undefined : resolveResource(address, baseUrl);
    if (url === undefined || isPlaceholder(url)) continue;
    const width = sizes.find((size) => size?.[2] === 'w')?.[1];
    candidates.push(width === undefined ? { url } : { url, width: Math.round(Number(width)) });
  }
  return candidates;
}

interface SourceSetPart {
  readonly address: string;
  readonly descriptors: string[];
}

/** The parts of a srcset as HTML reads them. A comma ends one only at the end of a word or after a descriptor: addresses of image services hold commas. */
function sourceSetParts(value: string): SourceSetPart[] {
  const parts: SourceSetPart[] = [];
  let open: SourceSetPart | undefined;
  for (const word of value.split(/\s+/)) {
    const comma = open === undefined ? -1 : word.indexOf(',');
    if (open !== undefined) {
      const descriptor = comma === -1 ? word : word.slice(0, comma);
      if (descriptor !== '') open.descriptors.push(descriptor);
      if (comma === -1) continue;
      open = undefined;
    }
    const stated = word.slice(comma + 1);
    const address = withoutSurrounding(stated, /,/);
    if (address === '') continue;
    const part = { address, descriptors: [] };
    parts.push(part);
    if (!stated.endsWith(',')) open = part;
  }
  return parts;
}

/** The widest variant of at most maxImageWidth; where all are wider the narrowest; without widths the stated address. */
function chooseVariant(candidates: readonly Candidate[], fallback: string | undefined): Candidate | undefined {
  const measured = candidates.filter((each) => each.width !== undefined && each.width > 0).sort((a, b) => a.width! - b.width!);
  const fitting = measured.filter((each) => each.width! <= maxImageWidth).at(-1);
  if (fitting) {
    const fallbackWidth = fallback === undefined ? undefined : sizeFromUrl(fallback).width;
    // A srcset that lists only thumbnails must not shrink a picture whose own address says that it fits.
    if (fallbackWidth !== undefined && fallbackWidth <= maxImageWidth && fallbackWidth > fitting.width!) return { url: fallback! };
    return fitting;
  }
  if (measured[0]) return measured[0];
  if (fallback !== undefined) return { url: fallback };
  return candidates[0];
}

/** The natural size as far as the variant, the address or the attributes tell it. */
function sizeOf(chosen: Candidate, attributes: Readonly<Record<string, string>>): { width?: number; height?: number } {
  const fromUrl = sizeFromUrl(chosen.url);
  const width = chosen.width ?? fromUrl.width ?? pixels(attributes['width']);
  const statedWidth = pixels(attributes['width']);
  const statedHeight = pixels(attributes['height']);
  const height =
    fromUrl.height !== undefined && fromUrl.width === width
      ? fromUrl.height
      : width !== undefined && statedWidth !== undefined && statedHeight !== undefined
        ? Math.round((width * statedHeight) / statedWidth)
        : undefined;
  return { ...(width !== undefined ? { width } : {}), ...(height !== undefined ? { height } : {}) };
}

/** The size that an address states: WordPress ends names of variants in `-1024x683`, image services take `w`, `fit` or `resize`. */
export function sizeFromUrl(address: string): { width?: number; height?: number } {
  const url = urlOf(address);
  if (!url) return {};
  const suffix = /-(\d{2,4})x(\d{2,4})\.(?:jpe?g|png|gif|webp|avif)$/i.exec(url.pathname);
  if (suffix) return { width: Number(suffix[1]), height: Number(suffix[2]) };
  if (url.search === '') return {};
  const pair = /^(\d{2,4}),(\d{2,4})$/.exec(url.searchParams.get('resize') ?? url.searchParams.get('fit') ?? '');
  if (pair) return { width: Number(pair[1]), height: Number(pair[2]) };
  const width = /^\d{2,4}$/.exec(url.searchParams.get('w') ?? url.searchParams.get('width') ?? '');
  return width ? { width: Number(width[0]) } : {};
}

/** A width or height attribute in pixels; percentages and zero are none. */
export function pixels(value: string | undefined): number | undefined {
  const match = value === undefined ? null : /^\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*$/.exec(value);
  return match && Number(match[1]) > 0 ? Number(match[1]) : undefined;
}

// Pictures of at most 3 pixels are there to count readers, whatever their address.
const tinyPixels = 3;

/** Whether an element says that nobody is to see it: one pixel wide, or hidden by its style. */
export function isHiddenOrTiny(attributes: Readonly<Record<string, string>>): boolean {
  const style = (attributes['style'] ?? '').toLowerCase().replaceAll(/\s/g, '');
  if (/(^|;)(display:none|visibility:hidden|opacity:0(;|$))/.test(style)) return true;
  // Charts are told to be no wider than nothing and no narrower than their column, so that phones shrink them.
  const sizes = /(^|;)min-width:[1-9]/.test(style) ? style.replace(/(^|;)width:[^;]*/, '') : style;
  if (/(^|;)(max-)?(width|height):[0-3](px)?(;|$|!)/.test(sizes)) return true;
  return isTiny(attributes['width']) || isTiny(attributes['height']) || 'hidden' in attributes;
}

function isTiny(value: string | undefined): boolean {
  return value !== undefined && /^\s*\d+(px)?\s*$/.test(value) && Number.parseInt(value, 10) <= tinyPixels;
}

const emojiAddress =
  /(^|\.)s\.w\.org\/images\/core\/emoji\/|\/wpcom-smileys\/|\/twemoji|\/images\/smilies\/|\/emoji\/|fbcdn\.net\/images\/emoji/i;

/** Whether a picture stands for a character: an emoji that a site draws for old browsers. */
export function isEmoji(attributes: Readonly<Record<string, string>>, url: string | undefined): boolean {
  if (/(^|\s)(emoji|wp-smiley|emojione|twemoji)(\s|$)/i.test(attributes['class'] ?? '')) return true;
  return url !== undefined && emojiAddress.test(url);
}

const countingAddress = new RegExp(
  [
    '^https?://(pixel|stats|beacon|track(ing|er)?|count(er)?|analytics|b)\\.[^/]+/',
    '//(www\\.)?(google-analytics|googletagmanager|doubleclick|scorecardresearch|quantserve|statcounter|addtoany|chartbeat)\\.',
    '//ad\\.|//ads\\.|//feedads\\.|/feedads/',
    '//feeds\\.(feedburner|wordpress)\\.com/(~r|~4|1\\.0)/|//feeds\\.[^/]+/~(r|4|ff)/',
    '//rss\\.buysellads|/blogger_img_proxy/.*=s0-d-e1-ft|blogger\\.googleusercontent\\.com/tracker/',
    '//medium\\.com/_/stat|list-manage\\.com/track/|/wf/open\\?|//syndication\\.',
    '//mc\\.yandex\\.\\w+/|//([\\w.-]+\\.)?vgwort\\.de/|//bat\\.bing\\.com/|//px\\d?\\.|//(www\\.)?facebook\\.com/tr\\b',
    '/(pixel|spacer|blank|clear|transparent|1x1|open|beacon|trackback)(\\.(gif|png|php)|\\?)',
    // Scripts and calls that take notes: named after what they do, whatever their host.
    '/(matomo|piwik|track(er|ing)?|pixel|hit|collect|count(er)?|beacon|impression|log|stats?)\\.(php|aspx?|ashx|cgi|pl)(\\?|$)',
    '/(tr|collect|track(er|ing)?|pixel|beacon|impression|hit|ping|adsct)/?(\\?|$)',
    // One letter and a query: a picture for people has a name.
    '/[a-z]\\.gif\\?',
    '/republication-tracker-tool|/counter\\.(gif|php|js)|//counter\\.theconversation\\.com/',
  ].join('|'),
  'i',
);

/** Whether an address is that of a picture for people: no counting pixel, no emoji, no format that mail programs refuse. */
function isWorthKeeping(url: string): boolean {
  if (countingAddress.test(url) || emojiAddress.test(url)) return false;
  return !/\.svgz?$/i.test(decodePath(urlOf(url)?.pathname ?? ''));
}

function isPlaceholder(url: string): boolean {
  return /\/pagespeed_static\/|\/(blank|spacer|placeholder|dummy|lazy(load)?|grey|gray|transparent|loading|1x1|pixel)[\w-]*\.(gif|png|svg|jpe?g)(\?|$)/i.test(
    url,
  );
}

// What is known to be smaller is an icon, a badge or a face.
const minShowWidth = 120;

/** Whether a picture may stand above a post: large enough as far as known, no avatar or button. */
export function isWorthShowing(image: Pick<FoundImage, 'url' | 'width' | 'height'>): boolean {
  if (!isWorthKeeping(image.url)) return false;
  if (image.width !== undefined && image.width < minShowWidth) return false;
  if (image.height !== undefined && image.height < minShowWidth / 2) return false;
  if (isIcon(image)) return false;
  return !/gravatar\.com\/avatar|\/avatars?\/|\/(badge|button|icon|banner-ad|cc-?by)[\w-]*\.|creativecommons\.org|\/share[-_]/i.test(
    image.url,
  );
}

// What is known to be larger is a picture, whatever it is called.
const maxIconWidth = 64;

const iconFile = new RegExp(
  '^(?:(?:adobe|acrobat|file|filetype|ico|icon|small|mini)[-_]?)*(?:pdf|docx?|word|xlsx?|excel|pptx?|powerpoint|zip|epub)s?' +
    '(?:[-_]?(?:icon|ico|logo|file|button|symbol|download))*(?:[-_]?\\d{1,3}(?:x\\d{1,3})?)?\\.(?:png|gif|jpe?g|webp)$',
  'i',
);

/** Whether a picture is the little sign beside a link, such as that of a PDF: by its size, else by its name. */
export function isIcon(image: Pick<FoundImage, 'url' | 'width'>): boolean {
  if (image.width !== undefined) return image.width <= maxIconWidth;
  const path = decodePath(urlOf(image.url)?.pathname ?? '');
  return /\/icons?\/|\/wp-includes\/images\/|[-_]icon[-_.\d]/i.test(path) || iconFile.test(path.slice(path.lastIndexOf('/') + 1));
}

/** Whether an address names a picture's file: where nothing else is known of a picture, it may as well be a counter. */
export function namesPicture(address: string): boolean {
  return /\.(jpe?g|jfif|png|gif|webp|avif|bmp|heic|tiff?)$/i.test(decodePath(urlOf(address)?.pathname ?? ''));
}

/** The form under which variants of one picture are the same: without the size in its name and without its query. */
export function imageKey(address: string): string {
  const url = urlOf(address);
  if (!url) return address;
  const path = decodePath(url.pathname)
    .replace(/-\d{2,4}x\d{2,4}(\.\w+)$/, '$1')
    .replace(/-scaled(\.\w+)$/, '$1');
  return `${url.host.replace(/^(www|i\d)\./, '')}${path}`;
}
