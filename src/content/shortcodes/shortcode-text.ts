/*
 * Shortcodes in a text without markup: a title, a stated summary.
 */
import { kindOfShortcode } from './shortcode-names.ts';
import { shortcodePieces } from './shortcode-tag.ts';
import type { ShortcodePiece, ShortcodeTag } from './shortcode-tag.ts';

/** A text without its shortcodes, and with the words that stand between them. */
export function withoutShortcodes(text: string): string {
  if (!text.includes('[')) return text;
  const pieces = shortcodePieces(text);
  const paired = pairedTags(pieces);
  if (pieces.every((piece) => typeof piece === 'string' || !isMarkup(piece, paired))) return joined(pieces);
  return joined(pieces.map((piece) => (typeof piece !== 'string' && isMarkup(piece, paired) ? gapOf(piece) : piece)))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function joined(pieces: readonly ShortcodePiece[]): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.source)).join('');
}

function gapOf({ name }: ShortcodeTag): string {
  const kind = kindOfShortcode(name);
  return kind === 'inline' || kind === 'unknown' ? '' : ' ';
}

function isMarkup(tag: ShortcodeTag, paired: ReadonlySet<ShortcodeTag>): boolean {
  return tag.isCertain || paired.has(tag);
}

/** Tags whose other half stands in the same text. */
function pairedTags(pieces: readonly ShortcodePiece[]): Set<ShortcodeTag> {
  const open = new Map<string, ShortcodeTag[]>();
  const paired = new Set<ShortcodeTag>();
  for (const piece of pieces) {
    if (typeof piece === 'string') continue;
    if (piece.kind === 'open') open.set(piece.name, [...(open.get(piece.name) ?? []).slice(-20), piece]);
    const other = piece.kind === 'close' ? open.get(piece.name)?.pop() : undefined;
    if (other) paired.add(other).add(piece);
  }
  return paired;
}

/** The first thing in a text that looks like a shortcode; undefined where there is none. */
export function findShortcode(text: string): string | undefined {
  if (!text.includes('[')) return undefined;
  const pieces = shortcodePieces(text);
  const paired = pairedTags(pieces);
  return pieces.filter((piece) => typeof piece !== 'string').find((tag) => isMarkup(tag, paired))?.source;
}
