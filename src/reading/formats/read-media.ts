import type { EntryEnclosure, EntryImage } from '../entry.ts';
import { enclosureOf, imageOf, positiveInteger } from './field-values.ts';
import { childrenNamed, childText, paragraphs, textOf, type XmlElement } from '../xml/xml-tree.ts';

/*
 * The media and itunes modules, which RSS and Atom share: pictures beside an entry, and files in media:content.
 */

/** What the modules say about one entry. */
export interface EntryMedia {
  readonly title?: string | undefined;
  /** As html. */
  readonly description?: string | undefined;
  readonly image?: EntryImage | undefined;
  readonly enclosures: readonly EntryEnclosure[];
}

/** Pictures wider than this are no better in a mail; among the smaller ones the widest is taken. */
const wantedWidth = 1_200;

/** Reads media:* and itunes:* of an entry. `resolve` makes a URL absolute. */
export function readMedia(entry: XmlElement, resolve: (url: string) => string | undefined): EntryMedia {
  const groups = [entry, ...childrenNamed(entry, 'media:group')];
  const contents = groups.flatMap((group) => childrenNamed(group, 'media:content'));
  const holders = [...groups, ...contents];
  const pictures = contents.filter(isPicture).map((content) => pictureOf(content, resolve));
  const thumbnails = holders
    .flatMap((holder) => childrenNamed(holder, 'media:thumbnail'))
    .map((thumbnail) => pictureOf(thumbnail, resolve));
  const itunes = childrenNamed(entry, 'itunes:image').map((image) => imageOf(resolve(image.attributes['href'] ?? '')));
  return {
    title: firstText(holders, 'media:title'),
    description: descriptionOf(holders),
    image: best(pictures) ?? best(thumbnails) ?? best(itunes),
    enclosures: contents.filter((content) => !isPicture(content)).flatMap((content) => fileOf(content, resolve) ?? []),
  };
}

function firstText(holders: readonly XmlElement[], name: string): string | undefined {
  for (const holder of holders) {
    const text = childText(holder, name);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Media RSS: the description is plain text unless its type says html. */
function descriptionOf(holders: readonly XmlElement[]): string | undefined {
  for (const element of holders.flatMap((holder) => childrenNamed(holder, 'media:description'))) {
    const text = textOf(element).trim();
    if (text !== '') return /html/i.test(element.attributes['type'] ?? '') ? text : paragraphs(text);
  }
  return undefined;
}

function isPicture({ attributes }: XmlElement): boolean {
  const type = attributes['type'] ?? '';
  if (attributes['medium'] !== undefined) return attributes['medium'] === 'image';
  return type === '' ? /\.(?:jpe?g|png|gif|webp|avif)(?:$|\?)/i.test(attributes['url'] ?? '') : type.startsWith('image/');
}

function pictureOf(element: XmlElement, resolve: (url: string) => string | undefined): EntryImage | undefined {
  const { url, width, height } = element.attributes;
  const image = imageOf(resolve(url ?? ''), { width, height, alt: childText(element, 'media:title') });
  // WordPress.com states the author's portrait as media of each post.
  return image !== undefined && /^https?:\/\/[\w.]*gravatar\.com\//i.test(image.url) ? undefined : image;
}

function fileOf(element: XmlElement, resolve: (url: string) => string | undefined): EntryEnclosure | undefined {
  const { url, type, filesize, medium } = element.attributes;
  if (type === undefined && medium === undefined) return undefined;
  return enclosureOf(resolve(url ?? ''), { mediaType: type, length: filesize, title: childText(element, 'media:title') });
}

function best(images: readonly (EntryImage | undefined)[]): EntryImage | undefined {
  const found = images.filter((image) => image !== undefined);
  const fitting = found.filter(({ width }) => width !== undefined && width <= wantedWidth);
  const widest = fitting.reduce<EntryImage | undefined>((a, b) => ((b.width ?? 0) > (a?.width ?? 0) ? b : a), undefined);
  return widest !== undefined && (positiveInteger(widest.width) ?? 0) > 100 ? widest : (found[0] ?? widest);
}
