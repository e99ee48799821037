/*
 * The gate: the one place through which html of a source leaves for digests, feeds and pages.
 * Invariant: only what html/allowed-markup.ts lists passes, and our own mark of what systems add. No style, class, id, event, form, frame, script; no textarea, xmp or svg, for which
 * the sanitiser has known holes; links only http(s) and mailto, pictures only http(s).
 */
import sanitize from 'sanitize-html';
import { clutterMark } from '../clutter/clutter.ts';
import { allowedTags, attributesOfAny, ownAttributes } from '../html/allowed-markup.ts';
import { writeHtml } from '../html/write-html.ts';
import type { HtmlElement } from '../html/html-tree.ts';

const allowList: sanitize.IOptions = {
  allowedTags: [...allowedTags],
  // As short as can be: the library goes through it anew for each text.
  allowedAttributes: { '*': [...attributesOfAny, clutterMark], ...ownAttributes() },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: ['http', 'https'] },
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  parseStyleAttributes: false,
};

/** Passes blocks through the gate: their html, one block after the other, each well formed by itself. */
export function sanitiseBlocks(blocks: readonly HtmlElement[]): string {
  return sanitize(writeHtml(blocks), allowList);
}
