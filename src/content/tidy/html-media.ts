/*
 * Pictures and embeds of a source as nodes that may stand in a mail.
 */
import { mediaTypeOfUrl } from '../documents/document-type.ts';
import { readEmbed } from './embeds.ts';
import type { EmbedReading } from './embeds.ts';
import { captionLink } from '../html/embed-caption.ts';
import { element, text, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { documentNodes } from './html-links.ts';
import { readImage } from '../images.ts';
import type { FoundImage, ImageReading } from '../images.ts';
import { isSocialSign } from '../pictures/alt-text.ts';
import { hasIconName, imageKey } from '../pictures/picture-address.ts';
import { shownWidth } from '../pictures/picture-size.ts';
import { kindWord } from '../text/kind-words.ts';
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
  const title = nameOf(reading, context.language);
  const label = captionLink(reading.url, title);
  const { thumbnail } = reading;
  if (thumbnail === undefined) return [element('p', {}, [label])];
  context.images.push({ url: thumbnail, alt: title, width: 480, height: 360 });
  const picture = element('img', { src: thumbnail, alt: title, width: '480' });
  return [element('figure', {}, [element('a', { href: reading.url }, [picture]), element('figcaption', {}, [label])])];
}

/** What a link to an embed says: its title, behind "Map" or "Form" where it is one. */
function nameOf({ title, what }: Extract<EmbedReading, { kind: 'video' | 'link' }>, language: string | undefined): string {
  if (what === undefined) return title;
  const word = kindWord(what, language);
  if (title === '') return word;
  const isNamed = what === 'video' || what === 'audio' || title.toLowerCase().includes(word.toLowerCase());
  return isNamed ? title : `${word}: ${title}`;
}

// Width of the column of a digest; Outlook shows pictures as wide as their attribute says, whatever the style.
const columnWidth = 600;

/** Converts an `img`; `sources` are those of the `picture` around it. */
export function imageNodes(node: HtmlElement, sources: readonly HtmlElement[], context: Tidying): HtmlNode[] {
  const reading = readImage(node, sources, context.baseUrl);
  if (reading.kind === 'emoji') return [text(reading.text)];
  if (reading.kind === 'none') return [];
  if (reading.kind === 'words') return wordNodes(reading, node, context);
  const { image, variantKeys } = reading;
  const twin = context.noscriptKeys.size === 0 ? undefined : [...variantKeys].find((key) => context.noscriptKeys.has(key));
  if (twin !== undefined) {
    context.noscriptKeys.delete(twin);
    return [];
  }
  context.images.push(image);
  context.imageVariants.push(variantKeys);
  return [pictureElement(image, shownWidth(node.attributes, image.width))];
}

/** An `img` as it stands in a post; its width is in pixels or a share of the column. */
export function pictureElement(image: Pick<FoundImage, 'url' | 'alt'>, width: string | undefined): HtmlElement {
  const shown = width === undefined || width.endsWith('%') ? width : String(Math.min(Number(width), columnWidth));
  return element('img', { src: image.url, alt: image.alt, ...(shown === undefined ? {} : { width: shown }) });
}

// How Wikipedia begins the text of each formula.
const formulaOpenings = ['{\\displaystyle ', '{\\textstyle '];

/** The words of a picture that cannot be mailed, with a link to the drawing unless a link is around it, or it is a sign or formula within a line. */
function wordNodes(reading: Extract<ImageReading, { kind: 'words' }>, node: HtmlElement, context: Tidying): HtmlNode[] {
  const opening = formulaOpenings.find((each) => reading.text.startsWith(each) && reading.text.endsWith('}'));
  const words = opening === undefined ? reading.text : reading.text.slice(opening.length, -1).trim();
  if (context.isInLink) return isSocialSign(words) ? [] : [text(words)];
  const isFormula = opening !== undefined || /math|latex|equation|(?:^|[\s-])tex(?:[\s-]|$)/i.test(node.attributes['class'] ?? '');
  // What is unseen stands where no space was needed.
  if (reading.url === undefined && !isFormula && words.includes(' ')) return [text(` ${words} `)];
  if (reading.url === undefined || isFormula || hasIconName(reading.url)) return [text(words)];
  return [element('a', { href: reading.url }, [text(words)])];
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
  for (const keys of imageVariants) for (const key of keys) context.noscriptKeys.add(key);
  return nodes;
}
