/*
 * Pictures of a post: which one an `img` really means (lazy loading, srcset), and which are worth showing.
 * Invariant: what leaves here is an absolute http(s) address of a picture for people, never a pixel that watches them or an emoji. Of what cannot be
 * mailed its words stay.
 */
import { cutToLength } from '../kernel/cut-text.ts';
import type { HtmlElement } from './html/html-tree.ts';
import { isTelling, isTellingUnseen } from './pictures/alt-text.ts';
import {
  hasIconName,
  imageKey,
  isCountingAddress,
  isEmojiAddress,
  isModernFormat,
  isPlaceholder,
  isVectorDrawing,
  namesPicture,
} from './pictures/picture-address.ts';
import { chooseVariant, parseSourceSet } from './pictures/picture-set.ts';
import type { PictureVariant } from './pictures/picture-set.ts';
import { isHidden, isTiny, pixels, sizeFromUrl, statedPixels } from './pictures/picture-size.ts';
import { resolveResource } from './web-address.ts';

/** A picture with what is known of its natural size in pixels. */
export interface FoundImage {
  readonly url: string;
  readonly alt: string;
  readonly width?: number;
  readonly height?: number;
}

/**
 * What an `img` turns into: a picture (with the keys of all variants that were stated), the character that an emoji picture stands for, the words of
 * a picture that cannot be mailed (with the address of a drawing), or nothing.
 */
export type ImageReading =
  | { readonly kind: 'image'; readonly image: FoundImage; readonly variantKeys: ReadonlySet<string> }
  | { readonly kind: 'emoji'; readonly text: string }
  | { readonly kind: 'words'; readonly text: string; readonly url?: string }
  | { readonly kind: 'none' };

/** The longest text that stands for a picture, in characters. */
export const maxAltLength = 500;

const lazySources = (
  'data-src data-lazy-src data-original data-orig-src data-large-file data-medium-file data-full-url data-ezsrc data-lazy ' +
  'data-lazyload data-nectar-img-src data-pagespeed-lazy-src data-image data-img-src data-srcimg data-echo data-flickity-lazyload data-actualsrc'
).split(' ');
const lazySourceSets = ['data-srcset', 'data-lazy-srcset', 'srcset'];

/** Reads an `img` (or `amp-img`) and the `source` elements of the picture around it. */
export function readImage(img: HtmlElement, sources: readonly HtmlElement[], baseUrl: string | undefined): ImageReading {
  const attributes = img.attributes;
  const alt = cutToLength((attributes['alt'] ?? '').replaceAll(/\s+/g, ' ').trim(), maxAltLength);
  const stated = resolveResource(attributes['src'], baseUrl);
  if (isEmoji(attributes, stated)) return alt !== '' && alt.length <= 16 ? { kind: 'emoji', text: alt } : { kind: 'none' };
  if (isHidden(attributes)) return { kind: 'none' };

  const isStandIn = stated !== undefined && (isPlaceholder(stated) || hasIconName(stated));
  const own = stated !== undefined && !isPlaceholder(stated) ? stated : undefined;
  const lazy = findLazySource(attributes, own !== undefined && !isStandIn, baseUrl);
  if (isTiny(attributes) && !(own === undefined && lazy !== undefined && namesPicture(lazy))) return unseenWords(alt, stated);
  const candidates = lazySourceSets.flatMap((name) => parseSourceSet(attributes[name], baseUrl));
  const others = sources.flatMap((each) => parseSourceSet(each.attributes['data-srcset'] ?? each.attributes['srcset'], baseUrl));
  const chosen = choose(candidates, others, lazy ?? own);
  if (!chosen) return isTelling(alt) ? { kind: 'words', text: alt } : { kind: 'none' };
  if (isCountingAddress(chosen.url) || isEmojiAddress(chosen.url)) return { kind: 'none' };
  if (isVectorDrawing(chosen.url)) return isTelling(alt) ? { kind: 'words', text: alt, url: chosen.url } : { kind: 'none' };
  const urls = [chosen, ...candidates, ...others].map((each) => each.url);
  const fallback = lazy ?? own;
  const variantKeys = new Set([...urls, ...(fallback === undefined ? [] : [fallback])].map((url) => imageKey(url)));
  return { kind: 'image', image: { url: chosen.url, alt, ...sizeOf(chosen, attributes) }, variantKeys };
}

/** A picture of a pixel's size counts readers, unless its text says something to them. */
function unseenWords(alt: string, stated: string | undefined): ImageReading {
  const isCounter = stated !== undefined && isCountingAddress(stated) && !isPlaceholder(stated);
  return !isCounter && isTellingUnseen(alt) ? { kind: 'words', text: alt } : { kind: 'none' };
}

/** Among the variants one that mail programs show, where there is any: of the `img` and the `picture`, in the formats that all know, then in others. */
function choose(
  candidates: readonly PictureVariant[],
  others: readonly PictureVariant[],
  fallback: string | undefined,
): PictureVariant | undefined {
  const isDrawing = ({ url }: PictureVariant): boolean => isVectorDrawing(url);
  const known = [...candidates, ...others.filter((each) => !isModernFormat(each.url))].filter((each) => !isDrawing(each));
  const raster = fallback !== undefined && !isVectorDrawing(fallback) ? fallback : undefined;
  return (
    chooseVariant(known, raster) ??
    chooseVariant(
      others.filter((each) => !isDrawing(each)),
      undefined,
    ) ??
    chooseVariant([...candidates, ...others], fallback)
  );
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

/** The natural size as far as the variant, the address or the attributes tell it. */
function sizeOf(chosen: PictureVariant, attributes: Readonly<Record<string, string>>): { width?: number; height?: number } {
  const fromUrl = sizeFromUrl(chosen.url);
  const width = chosen.width ?? fromUrl.width ?? statedPixels(attributes);
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

/** Whether a picture stands for a character: an emoji that a site draws for old browsers. */
export function isEmoji(attributes: Readonly<Record<string, string>>, url: string | undefined): boolean {
  if (/(^|\s)(emoji|wp-smiley|emojione|twemoji)(\s|$)/i.test(attributes['class'] ?? '')) return true;
  return url !== undefined && isEmojiAddress(url);
}

// What is known to be smaller is an icon, a badge or a face.
const minShowWidth = 120;

/** Whether a picture may stand above a post: large enough as far as known, no avatar, button or loader. */
export function isWorthShowing(image: Pick<FoundImage, 'url' | 'width' | 'height'>): boolean {
  const { url, width, height } = image;
  if (isCountingAddress(url) || isEmojiAddress(url) || isVectorDrawing(url) || isPlaceholder(url)) return false;
  if (width !== undefined && width < minShowWidth) return false;
  if (height !== undefined && height < minShowWidth / 2) return false;
  if (isIcon(image)) return false;
  return !/gravatar\.com\/avatar|\/avatars?\/|\/(badge|button|icon|banner-ad|cc-?by)[\w-]*\.|creativecommons\.org|\/share[-_]/i.test(url);
}

// What is known to be larger is a picture, whatever it is called.
const maxIconWidth = 64;

/** Whether a picture is the little sign beside a link, such as that of a PDF: by its size, else by its name. */
export function isIcon(image: Pick<FoundImage, 'url' | 'width'>): boolean {
  return image.width !== undefined ? image.width <= maxIconWidth : hasIconName(image.url);
}
