/*
 * The gate: the one place through which html of a source leaves for digests, feeds and pages.
 * Invariant: only what is listed here passes. No style, class, id, event, form, frame, script; no textarea, xmp or svg, for which
 * the sanitiser has known holes; links only http(s) and mailto, pictures only http(s).
 */
import sanitize from 'sanitize-html';
import { element, parseHtml, serialiseHtml } from '../html/html-tree.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { tidyHtml } from './tidy-html.ts';
import type { TidyOptions } from './tidy-html.ts';

const language = ['lang', 'dir'];

const allowList: sanitize.IOptions = {
  allowedTags: (
    'p h2 h3 h4 h5 h6 blockquote pre ul ol li dl dt dd figure figcaption hr br table tbody tr td th ' +
    'a img strong em b i u s del ins sub sup small mark abbr cite q code kbd samp var time bdi bdo ruby rt rp span'
  ).split(' '),
  allowedAttributes: {
    '*': language,
    a: ['href', 'title'],
    img: ['src', 'alt', 'width'],
    abbr: ['title'],
    time: ['datetime'],
    ol: ['start'],
    li: ['value'],
    td: ['colspan', 'rowspan'],
    th: ['colspan', 'rowspan'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: ['http', 'https'] },
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  parseStyleAttributes: false,
};

/** Passes blocks through the gate: their html, one block after the other, each well formed by itself. */
export function sanitiseBlocks(blocks: readonly HtmlElement[]): string {
  return sanitize(serialiseHtml(blocks), allowList);
}

/** Any html of a source as html that may stand in a mail, a feed or a page. */
export function sanitiseHtml(html: string, options: TidyOptions = {}): string {
  return sanitiseBlocks(tidyHtml(html, options).blocks);
}

/** The top-level blocks of sanitised html: what `afterBlock` of an attachment counts. */
export function topLevelBlocks(html: string): HtmlElement[] {
  return parseHtml(html).map((node) => (node.kind === 'element' ? node : element('p', {}, [node])));
}
