/*
 * From the html of a source to top-level blocks that may stand in a mail: paragraphs, headings, lists, quotations, figures, tables.
 * Invariant: only tags and attributes of html/allowed-markup.ts come out, every block is well formed by itself (no stray cells, no nested links),
 * every address is absolute. What the source wraps around its text (div, section, span, font) is not kept.
 */
import { allowedTags } from '../html/allowed-markup.ts';
import { isBlockTag, isSilentTag, isVoidTag } from '../../kernel/text/tags.ts';
import { findClutter, markAsClutter } from '../clutter/system-clutter.ts';
import { isNoise } from './tidying.ts';
import type { Tidying } from './tidying.ts';
import type { DocumentLink } from '../documents/document-link.ts';
import { simplifyCards } from '../documents/download-cards.ts';
import { stateTypes } from '../documents/stated-types.ts';
import { isScriptedPlayer, readEmbedUrl } from './embeds.ts';
import { playerNodes } from './player-cards.ts';
import { readScriptedEmbed } from './scripted-embeds.ts';
import { readBookScript, readScriptedViewer } from './scripted-viewers.ts';
import { resolveShortcodes } from '../shortcodes/resolve-shortcodes.ts';
import { findShortcode } from '../shortcodes/shortcode-text.ts';
import { element, hasClass, holdsTag, text } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';
import { parseBeginning } from '../html/parse-html.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import type { FoundImage } from '../images.ts';
import { withFormulas } from '../formulas/read-formulas.ts';
import { withoutBoilerplate } from './html-boilerplate.ts';
import { blocksFromText, flattenInline, toBlocks, wrapInline } from './html-flow.ts';
import { inLanguageOf, languageAttributes } from './direction-of.ts';
import { hasContent, isBlock, trimInline } from '../html/blocks.ts';
import { convertFileBlock, convertLink } from './html-links.ts';
import { convertDefinitions, convertList } from './html-lists.ts';
import { convertEmbed, embedNodes, imageNodes, noscriptNodes, pictureNodes } from './html-media.ts';
import { convertTable } from './html-tables.ts';
import { dropStandIns } from './stand-ins.ts';
import { resolveLink } from '../web-address.ts';

/** What came of a source's html. */
export interface TidyHtml {
  readonly blocks: HtmlElement[];
  /** Links in the blocks that lead to documents. */
  readonly documents: ReadonlyMap<HtmlElement, DocumentLink>;
  /** Pictures in the text, in its order. */
  readonly images: readonly FoundImage[];
}

/** Where relative addresses resolve, and the post's own page. */
export interface TidyOptions {
  readonly baseUrl?: string | undefined;
  readonly pageUrl?: string | undefined;
  /** The post's title: some systems write it before the text, too. */
  readonly title?: string | undefined;
  readonly language?: string | undefined;
}

/** Tidies the html (or plain text) of an entry. One that is too long ends with a whole block and an ellipsis that leads to the post's page. */
export function tidyHtml(html: string, options: TidyOptions): TidyHtml {
  const { nodes: stated, isCut } = parseBeginning(html);
  const pageUrl = options.pageUrl ?? options.baseUrl;
  const found: Tidying = {
    baseUrl: options.baseUrl ?? options.pageUrl,
    pageUrl,
    language: options.language,
    clutter: new Map(),
    documents: new Map(),
    images: [],
    imageVariants: [],
    noscriptKeys: new Set(),
    embedUrls: new Set(),
    isInLink: false,
    openInline: new Set(),
    isInPre: false,
    convertAll,
  };
  if (/<noscript/i.test(html)) dropStandIns(stated, found.baseUrl);
  const parsed = withFormulas(stated, html);
  const resolved = html.includes('[') ? withoutShortcodeTags(parsed, found) : parsed;
  const nodes = mayHoldPapers.test(html) ? simplifyCards(resolved, pageUrl) : resolved;
  if (nodes !== resolved) stateTypes(nodes, found);
  const context: Tidying = { ...found, clutter: findClutter(html, nodes, { pageUrl, title: options.title ?? '' }) };
  const hasMarkup = nodes.some((node) => node.kind === 'element');
  const mixed = hasMarkup ? convertAll(nodes, context) : blocksFromText(plainTextOf(nodes));
  const blocks = withoutBoilerplate(
    toBlocks(mixed, (url) => inPlaceOf(url, context)),
    context.pageUrl,
    options.title ?? '',
  );
  if (isCut && blocks.length > 0) blocks.push(cutMark(context.pageUrl));
  return { blocks, documents: context.documents, images: context.images };
}

const mayHoldPapers = /download|file|pdf|epub|docx?\b|xlsx?\b|pptx?\b|\((?:word|excel)|drive\.google|dropbox|1drv|sharepoint/i;

/** A plain text with shortcodes in it is in paragraphs before they are resolved: they may stand around several. */
function withoutShortcodeTags(nodes: readonly HtmlNode[], place: Pick<Tidying, 'baseUrl' | 'pageUrl'>): HtmlNode[] {
  const plain = nodes.every((node) => node.kind === 'text') ? plainTextOf(nodes) : undefined;
  if (plain === undefined) return resolveShortcodes(nodes, place);
  return findShortcode(plain) === undefined ? [...nodes] : resolveShortcodes(blocksFromText(plain), place);
}

/** What stands in place of an address alone in its paragraph: a film, map or paper; undefined for any other page, whose address stays. */
function inPlaceOf(url: string, context: Tidying): HtmlNode[] | undefined {
  const reading = readEmbedUrl(url);
  const isPage = reading.kind === 'link' && reading.what === undefined && reading.thumbnail === undefined;
  return isPage ? undefined : embedNodes(reading, context);
}

/** Says that the text goes on where it came from. */
function cutMark(pageUrl: string | undefined): HtmlElement {
  const href = resolveLink(pageUrl, undefined);
  return element('p', {}, [href === undefined ? text('…') : element('a', { href }, [text('…')])]);
}

function plainTextOf(nodes: readonly HtmlNode[]): string {
  return nodes.map((node) => (node.kind === 'text' ? node.text : '')).join('');
}

function convertAll(nodes: readonly HtmlNode[], context: Tidying): HtmlNode[] {
  const result: HtmlNode[] = [];
  for (const node of nodes) {
    if (node.kind === 'text') {
      const value = context.isInPre || !/[\t\n\r\f]| {2}/.test(node.text) ? node.text : node.text.replaceAll(/[ \t\n\r\f]+/g, ' ');
      if (value !== '') pushText(result, value, context);
    } else {
      // One by one: a spread of a hundred thousand nodes would overflow the stack of arguments.
      for (const each of convertOrMark(node, context)) {
        if (each.kind === 'text') pushText(result, each.text, context);
        else result.push(each);
      }
    }
  }
  return result;
}

/** Texts that come to stand side by side become one, with one space between their words. */
function pushText(result: HtmlNode[], value: string, context: Tidying): void {
  const last = result.at(-1);
  if (last?.kind !== 'text') result.push(text(value));
  else last.text += !context.isInPre && last.text.endsWith(' ') ? value.replace(/^ /, '') : value;
}

/** What a page has for its own use, beside what is silent anyway. */
const furnitureTags = new Set(
  'option datalist input button canvas map area frame frameset noembed noframes plaintext dialog nav link meta base param source track'.split(
    ' ',
  ),
);
const embedTags = new Set(
  'iframe embed object video audio amp-youtube amp-iframe amp-video amp-audio amp-vimeo lite-youtube lite-vimeo'.split(' '),
);
/** What stands within a line, by the tag that it gets: what may stand in a post as it is, and old names of it. */
const inlineTags: ReadonlyMap<string, string> = new Map([
  ...allowedTags.filter((tag) => !isBlockTag(tag) && !isVoidTag(tag) && tag !== 'a' && tag !== 'span').map((tag) => [tag, tag] as const),
  ['strike', 's'],
  ['tt', 'code'],
  ['acronym', 'abbr'],
  ['dfn', 'em'],
]);
const headingTags: ReadonlyMap<string, string> = new Map(Object.entries({ h1: 'h2', h2: 'h2', h3: 'h3', h4: 'h4', h5: 'h5', h6: 'h6' }));
const fileBlockClasses = new Set(['wp-block-file']);
const bookScriptClasses = new Set(['df-shortcode-script']);

/** What a system added is marked; its pictures are not the post's. */
function convertOrMark(node: HtmlElement, context: Tidying): HtmlNode[] {
  const system = context.clutter.get(node);
  if (system === undefined) return convertElement(node, context);
  return markAsClutter(convertElement(node, { ...context, images: [] }), system);
}

function convertElement(node: HtmlElement, context: Tidying): HtmlNode[] {
  const { tag } = node;
  if (tag === 'script' && hasClass(node, bookScriptClasses)) return embedNodes(readBookScript(node, context.baseUrl), context);
  if (isDropped(tag) || isNoise(node)) return [];
  if (tag === 'br') return [element('br')];
  if (tag === 'wbr') return [];
  if (tag === 'hr') return [element('hr')];
  if (tag === 'img' || tag === 'amp-img') return imageNodes(node, [], context);
  if (tag === 'picture') return pictureNodes(node, context);
  if (tag === 'noscript') return noscriptNodes(node, context);
  if (embedTags.has(tag) || isScriptedPlayer(node)) return convertEmbed(node, context);
  if (hasClass(node, fileBlockClasses)) return convertFileBlock(node, context);
  const player = playerNodes(node, context);
  if (player) return player;
  if (tag === 'a') return convertLink(node, context);
  const inline = inlineTags.get(tag);
  if (inline !== undefined) return convertInline(inline, node, context);
  const nodes = tag === 'span' || tag === 'font' || tag === 'big' ? convertSpan(node, context) : convertBlock(node, context);
  // An element for a script to fill: what it would show stands in an attribute.
  const viewer = readScriptedViewer(node, context.baseUrl);
  const embed = viewer.kind === 'none' ? readScriptedEmbed(node, context.baseUrl) : viewer;
  return embed.kind === 'none' || hasContent(nodes) ? nodes : embedNodes(embed, context);
}

/** Frames, objects and what stands in for a script are silent too, but lead to something. */
function isDropped(tag: string): boolean {
  return furnitureTags.has(tag) || (isSilentTag(tag) && tag !== 'noscript' && !embedTags.has(tag));
}

function convertInline(tag: string, node: HtmlElement, context: Tidying): HtmlNode[] {
  if (context.openInline.has(tag) && tag !== 'sup' && tag !== 'sub') return convertAll(node.children, context);
  const inner = { ...context, openInline: new Set([...context.openInline, tag]) };
  return wrapInline(tag, inlineAttributes(node), convertAll(node.children, inner));
}

function convertSpan(node: HtmlElement, context: Tidying): HtmlNode[] {
  const children = convertAll(node.children, context);
  const attributes = languageAttributes(node);
  return Object.keys(attributes).length > 0 ? wrapInline('span', attributes, children) : children;
}

function convertBlock(node: HtmlElement, context: Tidying): HtmlNode[] {
  const { tag } = node;
  const heading = headingTags.get(tag);
  if (heading !== undefined) {
    const content = trimInline(flattenInline(convertAll(node.children, context)));
    // A heading that holds only a picture is a picture.
    return visibleText(content) === '' ? paragraphs(content) : [element(heading, languageAttributes(node), content)];
  }
  if (tag === 'pre' || tag === 'listing') {
    const content = flattenInline(convertAll(node.children, { ...context, isInPre: true }));
    return hasContent(content) ? [element('pre', languageAttributes(node), content)] : [];
  }
  if (tag === 'ul' || tag === 'ol' || tag === 'menu' || tag === 'dir') return inLanguageOf(convertList(node, context), node);
  if (tag === 'dl') return inLanguageOf(convertDefinitions(node, context), node);
  if (tag === 'table') return inLanguageOf(convertTable(node, context), node);
  const children = convertAll(node.children, context);
  if (tag === 'blockquote') {
    const blocks = toBlocks(children);
    return blocks.length > 0 ? [element('blockquote', languageAttributes(node), blocks)] : [];
  }
  if (tag === 'figure') return inLanguageOf(convertFigure(children), node);
  if (tag === 'figcaption' || tag === 'caption') {
    const content = trimInline(flattenInline(children));
    return hasContent(content) ? [element('figcaption', languageAttributes(node), content)] : [];
  }
  if (tag === 'summary') return paragraphs([element('strong', {}, trimInline(flattenInline(children)))], languageAttributes(node));
  if (tag === 'p') return paragraphs(children, languageAttributes(node));
  // Everything else only wraps. It still separates what stands before it from what stands after.
  return tag === 'label' || isBlockTag(tag) ? inLanguageOf(toBlocks(children), node) : children;
}

function paragraphs(content: HtmlNode[], attributes: Record<string, string> = {}): HtmlNode[] {
  const blocks = toBlocks(content);
  for (const block of blocks) if (block.tag === 'p') Object.assign(block.attributes, attributes);
  return blocks;
}

function convertFigure(children: HtmlNode[]): HtmlNode[] {
  const hasImage = holdsTag(children, 'img');
  const isPlain = children.every(
    (each) =>
      each.kind === 'text' || !isBlock(each) || each.tag === 'figcaption' || (each.tag === 'p' && visibleText(each.children) === ''),
  );
  if (!hasImage || !isPlain) return toBlocks(children);
  const picture = trimInline(flattenInline(children.filter((each) => each.kind === 'text' || each.tag !== 'figcaption')));
  const captions = children.filter((each): each is HtmlElement => each.kind === 'element' && each.tag === 'figcaption');
  return [element('figure', {}, [...picture, ...captions])];
}

function inlineAttributes(node: HtmlElement): Record<string, string> {
  const title = node.attributes['title'];
  const moment = node.attributes['datetime'];
  return {
    ...languageAttributes(node),
    ...((node.tag === 'abbr' || node.tag === 'acronym') && title ? { title } : {}),
    ...(node.tag === 'time' && moment ? { datetime: moment } : {}),
  };
}
