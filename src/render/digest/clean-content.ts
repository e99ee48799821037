/*
 * A post's html made fit for a digest, still as a tree: what mail programs drop or block goes, what a digest shows elsewhere is not repeated,
 * what is broken is mended. Styling (email-html.ts) and writing as text (plain-text.ts) start from the same result, so both say the same.
 */
import { cleanLine } from '../../content/text/clean-text.ts';
import { elementsOf, mapElements, parseHtml, textOf, topLevelBlocks } from './html-tree.ts';
import type { HtmlBlock, HtmlElement, HtmlNode } from './html-tree.ts';
import { saysOnlyPdf } from '../../content/title.ts';

/** A top-level block and how many blocks of the source stood before its end: `afterBlock` of an attachment refers to that. */
export interface ContentBlock {
  readonly nodes: HtmlBlock;
  readonly ordinal: number;
}

/** What the digest shows by itself, so that the content need not. */
export interface ShownElsewhere {
  readonly imageUrl?: string;
  readonly attachmentUrls: readonly string[];
  readonly deadImageUrls?: readonly string[];
}

/** The blocks of a post's html, cleaned. `repair` is told in one sentence what was mended. */
export function contentBlocks(html: string, elsewhere: ShownElsewhere, repair: (what: string) => void): readonly ContentBlock[] {
  return topLevelBlocks(parseHtml(html))
    .map((block, index) => ({ nodes: cleanBlock(block, elsewhere, repair), ordinal: index + 1 }))
    .filter((block) => !isEmptyBlock(block.nodes, elsewhere.attachmentUrls.length > 0));
}

/** Whether a picture stands in the text with a caption: the text may speak of it ("as the chart shows"), and a caption says nothing without its picture. */
export function hasCaptionedPicture(html: string, imageUrl: string): boolean {
  return topLevelBlocks(parseHtml(html)).some((block) => {
    const elements = elementsOf(block);
    const captions = elements.filter((element) => element.name === 'figcaption' && textOf(element.children) !== '');
    return captions.length > 0 && elements.some(({ name, attributes }) => name === 'img' && samePicture(attributes['src'] ?? '', imageUrl));
  });
}

/** The url of an absolute http(s) link; undefined for every other. */
export function httpUrl(text: string | undefined): string | undefined {
  const url = cleanLine(text ?? '');
  if (!/^https?:\/\/[^\s/]/i.test(url) || !URL.canParse(url)) return undefined;
  return /[\s"'<>\\^`{|}]/.test(url) ? new URL(url).href : url;
}

function cleanBlock(block: HtmlBlock, elsewhere: ShownElsewhere, repair: (what: string) => void): readonly HtmlNode[] {
  return mapElements(block, (element) => {
    if (dropped.has(element.name)) return null;
    if (element.name === 'img') return cleanImage(element, elsewhere, repair);
    if (element.name === 'a') return cleanLink(element, elsewhere, repair);
    if (element.name === 'figure' && !elementsOf(element.children).some((inner) => inner.name === 'img' || inner.name === 'table')) {
      return textOf(element.children) === '' ? null : withoutCaptions(element);
    }
    const heading = /^h([1-6])$/.exec(element.name);
    if (heading) return { ...element, name: `h${Math.max(4, Math.min(6, Number(heading[1]) + 2))}` };
    return kept.has(element.name) ? element : element.children;
  });
}

/** What must never reach a mail, even if a sanitiser let it pass. */
const dropped = new Set(
  'script style template iframe object embed applet svg math form input button select textarea video audio canvas noscript title head meta link base'.split(
    ' ',
  ),
);

/** Elements that stay; any other gives way to what is in it. h1 to h3 belong to the digest, so headings of a post start at h4. */
const kept = new Set(
  (
    'p div blockquote ul ol li dl dt dd pre code table caption thead tbody tfoot tr th td figure figcaption hr br wbr a img ' +
    'em strong b i u s del ins mark small sub sup q cite abbr kbd samp var time bdi bdo ruby rt rp span h4 h5 h6'
  ).split(' '),
);

function cleanImage(image: HtmlElement, elsewhere: ShownElsewhere, repair: (what: string) => void): HtmlNode | null {
  const { src, alt, title, width, height } = image.attributes;
  const url = httpUrl(src);
  if (url === undefined) {
    repair('A picture without a web address was left out');
    return null;
  }
  if (elsewhere.deadImageUrls?.includes(url)) {
    repair('A picture that could not be loaded was left out');
    return null;
  }
  if (/\/images\/core\/emoji\/|\/emoji\/72x72\//.test(url)) return { kind: 'text', text: alt ?? '' };
  if (isTracker(width) || isTracker(height) || samePicture(url, elsewhere.imageUrl)) return null;
  if (alt === undefined)
    repair(title ? 'A picture took its alt text from its title' : 'A picture without alt text was marked as decoration');
  const attributes: Record<string, string> = { src: url, alt: alt ?? title ?? '' };
  if (isSize(width)) attributes['width'] = width;
  if (isSize(height) && isSize(width)) attributes['height'] = height;
  return { ...image, attributes };
}

function cleanLink(link: HtmlElement, elsewhere: ShownElsewhere, repair: (what: string) => void): HtmlNode | readonly HtmlNode[] | null {
  const url = httpUrl(link.attributes['href']);
  const text = textOf(link.children);
  const hasImage = elementsOf(link.children).some((element) => element.name === 'img');
  if (text === '' && !hasImage) return null;
  if (url !== undefined && elsewhere.attachmentUrls.includes(url) && !hasImage && saysOnlyPdf(text)) return null;
  if (url !== undefined) return { ...link, attributes: { href: url } };
  const mail = /^mailto:([^?]+)/i.exec(link.attributes['href'] ?? '')?.[1];
  if (mail !== undefined) return text.includes(mail) ? link.children : [...link.children, { kind: 'text', text: ` (${mail})` }];
  if (link.attributes['href'] !== undefined) repair('A link that leads to no web address was turned into plain text');
  return link.children;
}

/** WordPress serves one picture in many sizes: name-300x200.jpg is name.jpg. */
function samePicture(url: string, other: string | undefined): boolean {
  const plain = (text: string) =>
    (/^[^?#]*/.exec(text)?.[0] ?? '').replace(/-\d+x\d+(?=\.[a-z]+$)|-scaled(?=\.[a-z]+$)/i, '').replace(/^https?:/i, '');
  return other !== undefined && plain(url) === plain(other);
}

function isTracker(size: string | undefined): boolean {
  return size !== undefined && /^[012](?:px)?$/.test(size);
}

function isSize(size: string | undefined): size is string {
  return size !== undefined && /^[1-9]\d{0,4}$/.test(size);
}

/** A figure whose picture is shown above the text leaves a caption; it stays as a paragraph. */
function withoutCaptions(figure: HtmlElement): readonly HtmlNode[] {
  return mapElements(figure.children, (element) => (element.name === 'figcaption' ? { ...element, name: 'p' } : element));
}

function isEmptyBlock(nodes: HtmlBlock, hasButtons: boolean): boolean {
  const text = textOf(nodes);
  if (hasButtons && (saysOnlyPdf(text) || /^\p{P}+$/u.test(text))) return true;
  return text === '' && !elementsOf(nodes).some((element) => element.name === 'img' || element.name === 'hr');
}
