/*
 * The pictures of a post: the one that stands above it, and those that its source states beside the text.
 */
import { cutToLength } from '../kernel/cut-text.ts';
import type { Entry } from '../reading/entry.ts';
import { languageTag } from '../reading/formats/field-values.ts';
import type { PostImage } from './content.ts';
import { furtherFigures } from './further-pictures.ts';
import { isFormulaAddress } from './html/formula-address.ts';
import { walkElements } from './html/html-tree.ts';
import type { HtmlElement } from './html/html-tree.ts';
import { visibleText } from './html/visible-text.ts';
import { isWorthShowing, maxAltLength } from './images.ts';
import type { FoundImage } from './images.ts';
import { imageKey, namesPicture } from './pictures/picture-address.ts';
import { maxImageWidth } from './pictures/picture-set.ts';
import { sizeFromUrl } from './pictures/picture-size.ts';
import { resolveResource } from './web-address.ts';

/** The first that is worth showing: the entry's own, a picture among its enclosures, then the pictures of the text. */
export function chooseImage(entry: Entry, inText: readonly FoundImage[], blocks: readonly HtmlElement[]): PostImage | null {
  const stated = entry.image ? [{ ...entry.image, alt: entry.image.alt ?? '' }] : [];
  const named = inText.filter(
    (each) => !isFormulaAddress(each.url) && (each.alt !== '' || each.width !== undefined || namesPicture(each.url)),
  );
  for (const candidate of [...stated, ...picturesEnclosed(entry), ...named]) {
    const url = resolveResource(candidate.url, entry.baseUrl ?? entry.url);
    if (url === undefined) continue;
    const image = fittingVariant({ ...sizeFromUrl(url), ...candidate, url }, inText);
    if (!isWorthShowing(image)) continue;
    const isInText = isShown(image.url, blocks);
    const alt = isInText && image.alt === '' ? captionBeneath(image.url, blocks) : image.alt;
    return { ...image, alt: cutToLength(alt, maxAltLength), isInText };
  }
  return null;
}

function picturesEnclosed(entry: Entry): FoundImage[] {
  return entry.enclosures
    .filter((each) => each.mediaType?.startsWith('image/') === true)
    .map((each) => ({ url: each.url, alt: each.title ?? '' }));
}

/** Figures of the other pictures that a source states beside the text. */
export function figuresBeside(entry: Entry, shown: readonly FoundImage[]): HtmlElement[] {
  const own = entry.image === undefined ? [] : [entry.image];
  const stated = [...(entry.furtherImages ?? []), ...picturesEnclosed(entry)];
  return furtherFigures({
    stated,
    shown: [...own, ...shown],
    baseUrl: entry.baseUrl,
    pageUrl: entry.url,
    language: languageTag(entry.language),
  });
}

/** The caption of a picture in the text, which stands for it where it has no text of its own. */
function captionBeneath(url: string, blocks: readonly HtmlElement[]): string {
  const figure = blocks.find((block) => block.tag === 'figure' && isShown(url, [block]));
  const caption = figure?.children.find((child) => child.kind === 'element' && child.tag === 'figcaption');
  return caption === undefined ? '' : visibleText([caption]).replaceAll('\n', ' ');
}

function isShown(url: string, blocks: readonly HtmlElement[]): boolean {
  const key = imageKey(url);
  for (const each of walkElements(blocks)) if (each.tag === 'img' && imageKey(each.attributes['src'] ?? '') === key) return true;
  return false;
}

/** A stated picture that is too large, or whose size is unknown, gives way to a variant of it that the text shows. */
function fittingVariant(image: FoundImage, inText: readonly FoundImage[]): FoundImage {
  if (image.width !== undefined && image.width <= maxImageWidth) return image;
  const key = imageKey(image.url);
  const variant = inText.find((each) => each.width !== undefined && each.width <= maxImageWidth && imageKey(each.url) === key);
  return variant ? { ...variant, alt: image.alt || variant.alt } : image;
}
