/*
 * Which addresses are one picture in several sizes, and which are several pictures: feeds list both alike.
 */

/** A picture as far as comparing needs it. */
export interface SizedPicture {
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
}

// Parts of a name that say the size or the crop.
const sizeWords = new Set(
  (
    'xs s sm m md l lg xl xxl xxxl small medium large big huge full original orig max maxi mini tiny thumb thumbnail thumbs thumbnails preview scaled resized ' +
    'square wide super vertical horizontal portrait landscape gallery main tease teaser exlarge xlarge hq mq sd hd hqdefault mqdefault sddefault ' +
    'maxresdefault default retina 2x 3x crop cropped web mobile desktop'
  ).split(' '),
);
const sizeToken = /^(?:\d{2,5}x\d{1,5}|[whs]_?\d{2,5}(?:-c)?|\d{2,5}(?:w|h|px)|t\d)$/;
const sizeParameter = /^(?:w|h|width|height|size|s|q|quality|fit|resize|crop|auto|fm|format|dpr|zoom|ssl|strip|ixlib|fp-[xyz])$/i;

/** The same for all sizes of a picture: its address without what says a size. */
export function pictureKey({ url, width, height }: SizedPicture): string {
  if (!URL.canParse(url)) return url;
  const { host, pathname, searchParams } = new URL(url);
  const segments = pathname.split('/').filter((segment) => segment !== '' && !isSizeSegment(segment));
  const file = segments.at(-1) ?? '';
  const dot = file.lastIndexOf('.');
  const isNamed = dot > 0 && /^\.(?:jpe?g|png|gif|webp|avif|bmp|tiff?)$/i.test(file.slice(dot));
  const sizes = new Set([width, height].flatMap((size) => (size === undefined ? [] : [String(size)])));
  const name = isNamed ? withoutSizes(file.slice(0, dot), sizes) : file;
  // Where the path names no file, what it asks for does.
  const asked = isNamed ? [] : [...searchParams].filter(([parameter]) => !sizeParameter.test(parameter)).map((pair) => pair.join('='));
  return [host.replace(/^(?:www|i\d)\./, ''), ...segments.slice(0, -1), name, ...asked].join('/');
}

/** A part of a path such as "300x200", "w_1456,c_limit" or "thumbs". */
function isSizeSegment(segment: string): boolean {
  const lower = segment.toLowerCase();
  return sizeToken.test(lower) || /^thumb(?:nail)?s?$/.test(lower) || /(?:^|,)[wh]_\d/.test(lower);
}

/** "fair-super-169" is "fair"; a number goes only behind such a word, or where it is the stated size: "photo-2" is the second photo. */
function withoutSizes(name: string, sizes: ReadonlySet<string>): string {
  const kept: string[] = [];
  let isBehindSize = false;
  for (const word of name.toLowerCase().split(/[-_.@]+/)) {
    const isSize: boolean = sizeWords.has(word) || sizeToken.test(word) || sizes.has(word) || (isBehindSize && /^\d{1,4}$/.test(word));
    if (!isSize) kept.push(word);
    isBehindSize = isSize;
  }
  return kept.join('-');
}

/** Whether two pictures of one group are one in two sizes: each states another width, and the shapes are alike as far as they are known. */
export function areSizesOfOne(one: SizedPicture, other: SizedPicture): boolean {
  if (one.width === undefined || other.width === undefined || one.width === other.width) return false;
  if (one.height === undefined || other.height === undefined) return true;
  const [first, second] = [one.width / one.height, other.width / other.height];
  return Math.abs(first - second) <= 0.03 * Math.max(first, second);
}
