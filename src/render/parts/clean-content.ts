/*
 * A post's html made fit for a digest, still as a tree: what a digest shows elsewhere is not repeated, what is broken is mended. No word goes but with
 * what is listed here. Styling (email-html.ts) and writing as text (plain-text.ts) start from the same result, so both say the same.
 */
import { isClutter } from '../../content/clutter/clutter.ts';
import { repetitionsIn, type Repeat, type Repetition } from '../../content/clutter/repeats.ts';
import { isAllowedTag } from '../../content/html/allowed-markup.ts';
import { topLevelBlocks } from '../../content/html/blocks.ts';
import type { HtmlBlock } from '../../content/html/blocks.ts';
import { elementsOf, holdsTag, mapElements, text } from '../../content/html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../../content/html/html-tree.ts';
import { parseOwnHtml } from '../../content/html/parse-html.ts';
import { isSilentTag } from '../../kernel/text/tags.ts';
import { visibleLine } from '../../content/html/visible-text.ts';
import { isEmoji } from '../../content/images.ts';
import { imageKey } from '../../content/pictures/picture-address.ts';
import { isHiddenOrTiny, widthAttribute } from '../../content/pictures/picture-size.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';

/** A top-level block and how many blocks of the source stood before its end: `afterBlock` of an attachment refers to that. */
export interface ContentBlock {
  readonly nodes: HtmlBlock;
  readonly ordinal: number;
  /** Whether most posts of its source repeat it; of a block that is made here nothing is said. */
  readonly repetition?: Repetition;
}

/** What the digest shows by itself, so that the content need not. */
export interface ShownElsewhere {
  readonly imageUrl?: string;
  readonly deadImageUrls?: readonly string[];
  /** What the posts of the same source repeat. */
  readonly repeats?: readonly Repeat[];
}

/** The blocks of a post's html, cleaned. `repair` is told in one sentence what was mended. */
export function contentBlocks(html: string, elsewhere: ShownElsewhere, repair: (what: string) => void): readonly ContentBlock[] {
  const blocks = topLevelBlocks(parseOwnHtml(html));
  const repetitions = repetitionsIn(blocks, elsewhere.repeats ?? []);
  const cleaned = blocks
    .map((block, index) => ({ nodes: cleanBlock(block, elsewhere, repair), ordinal: index + 1, repetition: repetitions[index]! }))
    .filter((block) => visibleLine(block.nodes) !== '' || holdsTag(block.nodes, 'img', 'hr'));
  return cleaned.length === blocks.length ? cleaned : withoutLooseRules(cleaned);
}

/** Without rules that part nothing, once what stood beside them is left out. */
export function withoutLooseRules(blocks: readonly ContentBlock[]): readonly ContentBlock[] {
  const isRule = (block: ContentBlock | undefined): boolean =>
    block !== undefined &&
    block.nodes.every(({ kind }) => kind === 'element') &&
    visibleLine(block.nodes) === '' &&
    !holdsTag(block.nodes, 'img');
  const kept = blocks.filter((block, index) => !(isRule(block) && (index === 0 || isRule(blocks[index - 1]))));
  return isRule(kept.at(-1)) ? kept.slice(0, -1) : kept;
}

/** Whether a picture stands in the text with a caption: the text may speak of it ("as the chart shows"), and a caption says nothing without its picture. */
export function hasCaptionedPicture(html: string, imageUrl: string): boolean {
  return topLevelBlocks(parseOwnHtml(html)).some((block) => {
    const elements = elementsOf(block);
    const captions = elements.filter((element) => element.tag === 'figcaption' && visibleLine(element.children) !== '');
    return captions.length > 0 && elements.some(({ tag, attributes }) => tag === 'img' && isPicture(attributes['src'] ?? '', imageUrl));
  });
}

/** The url of an absolute http(s) link; undefined for every other. */
export function httpUrl(value: string | undefined): string | undefined {
  const url = cleanLine(value ?? '');
  if (!/^https?:\/\/[^\s/]/i.test(url) || !URL.canParse(url)) return undefined;
  return /[\s"'<>\\^`{|}]/.test(url) ? new URL(url).href : url;
}

function cleanBlock(block: HtmlBlock, elsewhere: ShownElsewhere, repair: (what: string) => void): readonly HtmlNode[] {
  return mapElements(block, (element) => {
    // The gate let neither out; what stands in the database may be older than its list.
    if (isSilentTag(element.tag) || isClutter(element)) return null;
    if (element.tag === 'img') return cleanImage(element, elsewhere, repair);
    if (element.tag === 'a') return cleanLink(element, repair);
    if (element.tag === 'figure' && !holdsTag(element.children, 'img', 'table')) {
      return visibleLine(element.children) === '' ? null : withoutCaptions(element);
    }
    const heading = /^h([1-6])$/.exec(element.tag);
    // h1 to h3 belong to the digest, so headings of a post start at h4.
    if (heading) return { ...element, tag: `h${Math.max(4, Math.min(6, Number(heading[1]) + 2))}` };
    return isAllowedTag(element.tag) ? element : element.children;
  });
}

function cleanImage(image: HtmlElement, elsewhere: ShownElsewhere, repair: (what: string) => void): HtmlNode | null {
  const { src, alt, title, width } = image.attributes;
  const url = httpUrl(src);
  if (url === undefined) {
    repair('A picture without a web address was left out');
    return null;
  }
  if (elsewhere.deadImageUrls?.includes(url)) {
    repair('A picture that could not be loaded was left out');
    return null;
  }
  if (isEmoji(image.attributes, url)) return text(alt ?? '');
  if (isHiddenOrTiny(image.attributes) || isPicture(url, elsewhere.imageUrl)) return null;
  if (alt === undefined)
    repair(title ? 'A picture took its alt text from its title' : 'A picture without alt text was marked as decoration');
  const shownWidth = widthAttribute(width);
  return {
    ...image,
    attributes: { src: url, alt: alt ?? title ?? '', ...(shownWidth === undefined ? {} : { width: shownWidth }) },
  };
}

function cleanLink(link: HtmlElement, repair: (what: string) => void): HtmlNode | readonly HtmlNode[] | null {
  const words = visibleLine(link.children);
  if (words === '' && !holdsTag(link.children, 'img')) return null;
  const { href, ...others } = link.attributes;
  const url = httpUrl(href);
  if (url !== undefined) return { ...link, attributes: { ...others, href: url } };
  const mail = /^mailto:([^?]+)/i.exec(href ?? '')?.[1];
  if (mail !== undefined) return words.includes(mail) ? link.children : [...link.children, text(` (${mail})`)];
  if (href !== undefined) repair('A link that leads to no web address was turned into plain text');
  return link.children;
}

/** Whether an address is that of a picture, in whatever size. */
function isPicture(url: string, other: string | undefined): boolean {
  return other !== undefined && imageKey(url) === imageKey(other);
}

/** A figure whose picture is shown above the text leaves a caption; it stays as a paragraph. */
function withoutCaptions(figure: HtmlElement): readonly HtmlNode[] {
  return mapElements(figure.children, (element) => (element.tag === 'figcaption' ? { ...element, tag: 'p' } : element));
}
