/*
 * How large a picture is, and how wide its source shows it: by attributes, css and its address.
 */
import { urlOf } from '../web-address.ts';

// Pictures of at most 3 pixels are there to count readers, whatever their address.
const tinyPixels = 3;

type Attributes = Readonly<Record<string, string>>;

/** A width or height attribute in pixels; percentages and zero are none. */
export function pixels(value: string | undefined): number | undefined {
  const match = value === undefined ? null : /^\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*$/.exec(value);
  return match && Number(match[1]) > 0 ? Number(match[1]) : undefined;
}

/** A width attribute of our own as it stands in a post's html: whole pixels, or a share of what is around it; undefined for anything else. */
export function widthAttribute(value: string | undefined): string | undefined {
  const share = value === undefined ? null : /^\s*(\d{1,3})(?:\.\d+)?%\s*$/.exec(value);
  if (share) return Number(share[1]) > 0 && Number(share[1]) < 100 ? `${Number(share[1])}%` : undefined;
  return pixels(value)?.toString();
}

/** What css says of one property; undefined where it does not. */
function declared(style: string | undefined, property: string): string | undefined {
  if (style === undefined || !style.toLowerCase().includes(property)) return undefined;
  for (const part of style.slice(0, 2000).split(';')) {
    const colon = part.indexOf(':');
    if (part.slice(0, colon).trim().toLowerCase() === property)
      return part
        .slice(colon + 1)
        .split('!', 1)[0]!
        .trim();
  }
  return undefined;
}

/** The width in pixels that css or the attribute states; css counts first, as in a browser. A spacer's is none. */
export function statedPixels(attributes: Attributes): number | undefined {
  const css = declared(attributes['style'], 'width');
  const stated = (css?.endsWith('px') === true ? pixels(css) : undefined) ?? pixels(attributes['width']);
  return stated !== undefined && stated > tinyPixels ? stated : undefined;
}

/** How wide a source shows a picture, for a width attribute: in pixels, or as a share of the column; undefined where nothing says it. */
export function shownWidth(attributes: Attributes, naturalWidth: number | undefined): string | undefined {
  const most = pixels(declared(attributes['style'], 'max-width')) ?? Infinity;
  const css = declared(attributes['style'], 'width');
  const share = [css, attributes['width']].map((value) => (value?.includes('%') === true ? widthAttribute(value) : undefined));
  const width =
    statedPixels(attributes) ?? share.find((each) => each !== undefined) ?? naturalWidth ?? (most === Infinity ? undefined : most);
  return typeof width === 'number' ? String(Math.min(width, most)) : width;
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

function plainStyle(attributes: Attributes): string {
  return (attributes['style'] ?? '').toLowerCase().replaceAll(/\s/g, '');
}

/** Whether an element says that nobody is to see it. */
export function isHidden(attributes: Attributes): boolean {
  return 'hidden' in attributes || /(^|;)(display:none|visibility:hidden|opacity:0(;|$))/.test(plainStyle(attributes));
}

/** Whether an element is a few pixels wide or high. */
export function isTiny(attributes: Attributes): boolean {
  const style = plainStyle(attributes);
  // Charts are told to be no wider than nothing and no narrower than their column, so that phones shrink them.
  const sizes = /(^|;)min-width:[1-9]/.test(style) ? style.replace(/(^|;)width:[^;]*/, '') : style;
  if (/(^|;)(max-)?(width|height):[0-3](px)?(;|$|!)/.test(sizes)) return true;
  return isTinyLength(attributes['width']) || isTinyLength(attributes['height']);
}

function isTinyLength(value: string | undefined): boolean {
  return value !== undefined && /^\s*\d+(px)?\s*$/.test(value) && Number.parseInt(value, 10) <= tinyPixels;
}

/** Whether an element is not to be seen: hidden by its style, or a pixel wide. */
export function isHiddenOrTiny(attributes: Attributes): boolean {
  return isHidden(attributes) || isTiny(attributes);
}
