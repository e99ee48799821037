import type { EntryEnclosure, EntryImage } from '../entry.ts';
import { enclosureOf, imageOf, positiveInteger } from './field-values.ts';
import { areSizesOfOne, pictureKey } from '../picture-key.ts';
import { titleText } from './title-text.ts';
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
  /** Pictures beside `image`, each in the size that is best. */
  readonly furtherImages: readonly EntryImage[];
  readonly enclosures: readonly EntryEnclosure[];
}

/** Pictures wider than this are no better in a mail; among the smaller ones the widest is taken. */
const wantedWidth = 1_200;

/** Reads media:* and itunes:* of an entry. `resolve` makes a URL absolute. */
export function readMedia(entry: XmlElement, resolve: (url: string) => string | undefined): EntryMedia {
  const groups = [entry, ...childrenNamed(entry, 'media:group')];
  const contents = groups.flatMap((group) => childrenNamed(group, 'media:content'));
  const holders = [...groups, ...contents];
  const [image, ...furtherImages] = picturesOf(groups, resolve);
  const thumbnails = holders
    .flatMap((holder) => childrenNamed(holder, 'media:thumbnail'))
    .map((thumbnail) => pictureOf(thumbnail, resolve));
  const itunes = childrenNamed(entry, 'itunes:image').map(({ attributes }) => imageOf(resolve(attributes['href'] ?? '')));
  return {
    title: firstText(holders, 'media:title'),
    description: descriptionOf(holders),
    image: image ?? best(thumbnails) ?? best(itunes),
    furtherImages,
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

// What is longer is a text and no caption.
const maxCaptionLength = 500;
// More pictures of one entry are not looked at.
const maxPictures = 200;

/** The pictures of an entry, each in its best size. Those of a group in several sizes are one, as the module wants it; others are counted by name. */
function picturesOf(groups: readonly XmlElement[], resolve: (url: string) => string | undefined): EntryImage[] {
  const sizes = new Map<string, EntryImage[]>();
  for (const group of groups) {
    const firstOfGroup = new Map<string, EntryImage>();
    const found = childrenNamed(group, 'media:content').filter(isPicture).slice(0, maxPictures);
    for (const content of found) {
      const picture = pictureOf(content, resolve);
      if (picture === undefined) continue;
      const isGrouped = group.name === 'media:group';
      const twin = isGrouped ? [...firstOfGroup].find(([, first]) => areSizesOfOne(first, picture))?.[0] : undefined;
      const key = twin ?? pictureKey(picture);
      sizes.set(key, [...(sizes.get(key) ?? []), picture]);
      if (!firstOfGroup.has(key)) firstOfGroup.set(key, picture);
    }
    captionOnly(group, [...firstOfGroup.keys()], sizes);
  }
  return [...sizes.values()].flatMap((each) => best(each) ?? []);
}

/** Some state the caption of the one picture beside it. What stands beside a film describes that. */
function captionOnly(group: XmlElement, keys: readonly string[], sizes: Map<string, EntryImage[]>): void {
  const caption = captionOf(group);
  const [key] = keys;
  if (caption === undefined || keys.length !== 1 || key === undefined) return;
  if (!childrenNamed(group, 'media:content').every((content) => isPicture(content))) return;
  const isCaptioned = childrenNamed(group, 'media:content').some((content) => captionOf(content) !== undefined);
  if (!isCaptioned)
    sizes.set(
      key,
      (sizes.get(key) ?? []).map((each) => ({ ...each, alt: caption })),
    );
}

/** The caption that an element states: its description, where it is plain and no text of its own. */
function captionOf(element: XmlElement): string | undefined {
  const [described] = childrenNamed(element, 'media:description');
  const caption = described === undefined || /html/i.test(described.attributes['type'] ?? '') ? '' : titleText(textOf(described));
  return caption !== '' && caption.length <= maxCaptionLength ? caption : undefined;
}

function pictureOf(element: XmlElement, resolve: (url: string) => string | undefined): EntryImage | undefined {
  const { url, width, height } = element.attributes;
  const image = imageOf(resolve(url ?? ''), { width, height, alt: captionOf(element) ?? childText(element, 'media:title') });
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
