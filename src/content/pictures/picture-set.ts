/*
 * Variants of one picture as a srcset states them, and which of them a mail shows.
 */
import { withoutSurrounding } from '../../kernel/trim.ts';
import { resolveResource } from '../web-address.ts';
import { isPlaceholder } from './picture-address.ts';
import { sizeFromUrl } from './picture-size.ts';

/** A variant, with its width where it is stated. */
export interface PictureVariant {
  readonly url: string;
  readonly width?: number;
}

/** No variant wider than this is chosen: twice the column of a digest, for dense screens. */
export const maxImageWidth = 1200;

/** Splits a srcset into its variants; those with a density instead of a width have none. */
export function parseSourceSet(value: string | undefined, baseUrl: string | undefined): PictureVariant[] {
  if (value === undefined || value.length > 20_000) return [];
  const candidates: PictureVariant[] = [];
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
export function chooseVariant(candidates: readonly PictureVariant[], fallback: string | undefined): PictureVariant | undefined {
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
