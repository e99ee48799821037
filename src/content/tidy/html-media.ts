/*
 * Pictures and embeds of a source as nodes that may stand in a mail.
 */
import { mediaTypeOfUrl } from '../documents/document-type.ts';
import { readEmbed } from './embeds.ts';
import type { EmbedReading } from './embeds.ts';
import { element, text, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { documentNodes } from './html-links.ts';
import { imageKey, pixels, readImage } from '../images.ts';
import type { FoundImage } from '../images.ts';
import type { Tidying } from './tidying.ts';
import { fileKey } from '../web-address.ts';

/** Converts a player, viewer or frame. */
export function convertEmbed(node: HtmlElement, context: Tidying): HtmlNode[] {
  const reading = readEmbed(node, context);
  // What a page shows where the player does not work is often the only link to the thing.
  if (reading.kind === 'none' && (node.tag === 'object' || node.tag === 'video' || node.tag === 'audio'))
    return context.convertAll(node.children, context);
  return embedNodes(reading, context);
}

/** What an embed becomes: a linked thumbnail, a link, a document. */
export function embedNodes(reading: EmbedReading, context: Tidying): HtmlNode[] {
  if (reading.kind === 'none') return [];
  context.embedUrls.add(reading.url);
  if (reading.kind === 'document') {
    const mediaType = mediaTypeOfUrl(reading.url) ?? 'application/pdf';
    const { url, title } = reading;
    return documentNodes({ url, fileKey: fileKey(url), mediaType, linkText: '', linkTitle: title, imageAlt: '', isEmbed: true }, context);
  }
  const link = (children: HtmlNode[]): HtmlElement => element('a', { href: reading.url }, children);
  const label = link([text(`▶ ${reading.title}`)]);
  if (reading.kind === 'link' || reading.thumbnail === undefined) return [element('p', {}, [label])];
  context.images.push({ url: reading.thumbnail, alt: reading.title, width: 480, height: 360 });
  const picture = element('img', { src: reading.thumbnail, alt: reading.title, width: '480' });
  return [element('figure', {}, [link([picture]), element('figcaption', {}, [label])])];
}

// Width of the column of a digest; Outlook shows pictures as wide as their attribute says, whatever the style.
const columnWidth = 600;

/** Converts an `img`; `sources` are those of the `picture` around it. */
export function imageNodes(node: HtmlElement, sources: readonly HtmlElement[], context: Tidying): HtmlNode[] {
  const reading = readImage(node, sources, context.baseUrl);
  if (reading.kind === 'emoji') return [text(reading.text)];
  if (reading.kind === 'none') return [];
  const { image, variantKeys } = reading;
  context.images.push(image);
  context.imageVariants.push(variantKeys);
  const width = pixels(node.attributes['width']) ?? image.width;
  return [
    element('img', { src: image.url, alt: image.alt, ...(width !== undefined ? { width: String(Math.min(width, columnWidth)) } : {}) }),
  ];
}

/** Converts a `picture`. */
export function pictureNodes(node: HtmlElement, context: Tidying): HtmlNode[] {
  const elements = [...walkElements(node.children)];
  const img = elements.find((each) => each.tag === 'img');
  return img
    ? imageNodes(
        img,
        elements.filter((each) => each.tag === 'source'),
        context,
      )
    : [];
}

/** What lazy loading leaves for browsers without scripts: the picture or player, unless it was read from its attributes already. */
export function noscriptNodes(node: HtmlElement, context: Tidying): HtmlNode[] {
  const recent = new Set([
    ...context.images.slice(-3).map((image) => imageKey(image.url)),
    ...context.imageVariants.slice(-3).flatMap((keys) => [...keys]),
  ]);
  const images: FoundImage[] = [];
  const imageVariants: ReadonlySet<string>[] = [];
  const embedUrls = new Set<string>();
  const nodes = context.convertAll(node.children, { ...context, images, imageVariants, embedUrls });
  const isTwin = imageVariants.length === images.length && imageVariants.every((keys) => [...keys].some((key) => recent.has(key)));
  const hasNewEmbed = [...embedUrls].some((url) => !context.embedUrls.has(url));
  if (!hasNewEmbed && (isTwin || images.every((image) => recent.has(imageKey(image.url))))) return [];
  for (const url of embedUrls) context.embedUrls.add(url);
  context.images.push(...images);
  context.imageVariants.push(...imageVariants);
  return nodes;
}
