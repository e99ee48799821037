/*
 * The pictures that stand beside a text, such as a gallery: the first is the post's picture, the others come below the text, a few in full.
 */
import { captionLink } from './html/embed-caption.ts';
import { element } from './html/html-tree.ts';
import type { HtmlElement } from './html/html-tree.ts';
import { isWorthShowing } from './images.ts';
import type { FoundImage } from './images.ts';
import { isTelling } from './pictures/alt-text.ts';
import { sizeFromUrl } from './pictures/picture-size.ts';
import { morePicturesLabel } from './text/kind-words.ts';
import { pictureKey } from '../reading/picture-key.ts';
import { resolveResource } from './web-address.ts';
import { pictureElement } from './tidy/html-media.ts';

// A digest is for reading: of more pictures than these the first are shown, and a link leads to the rest.
const mostShown = 4;
const shownOfMany = 3;

/** What further figures are made of. */
export interface FurtherPictures {
  /** What the source states beside the text, in its order. */
  readonly stated: readonly (Pick<FoundImage, 'url'> & Partial<FoundImage>)[];
  /** Pictures that are shown anyway. */
  readonly shown: readonly Pick<FoundImage, 'url' | 'width' | 'height'>[];
  readonly baseUrl: string | undefined;
  readonly pageUrl: string | undefined;
  readonly language: string | undefined;
}

/** A figure for each picture that is not shown anyway; of many the first and a link to the others. */
export function furtherFigures({ stated, shown, baseUrl, pageUrl, language }: FurtherPictures): HtmlElement[] {
  if (stated.length === 0) return [];
  const known = new Set(shown.map(pictureKey));
  const pictures: FoundImage[] = [];
  for (const each of stated) {
    const url = resolveResource(each.url, baseUrl ?? pageUrl);
    if (url === undefined) continue;
    const alt = each.alt !== undefined && isTelling(each.alt) ? each.alt : '';
    const picture = { ...sizeFromUrl(url), ...each, url, alt };
    const key = pictureKey(picture);
    if (known.has(key) || !isWorthShowing(picture)) continue;
    known.add(key);
    pictures.push(picture);
  }
  const page = resolveResource(pageUrl, undefined);
  const isMany = pictures.length > mostShown && page !== undefined;
  const figures = (isMany ? pictures.slice(0, shownOfMany) : pictures).map((picture) =>
    element('figure', {}, [pictureElement(picture, picture.width?.toString())]),
  );
  if (isMany) figures.push(element('p', {}, [captionLink(page, morePicturesLabel(pictures.length - shownOfMany, language))]));
  return figures;
}
