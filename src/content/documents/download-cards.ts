/*
 * Cards that systems and plug-ins make of a file: a name, a size, a button, a sign. Each becomes one link that is called what the paper is called, so that
 * it is a document like any other. What else a card says stays.
 */
import { element, hasClass, text, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { visibleLine } from '../html/visible-text.ts';
import { isIcon } from '../images.ts';
import { titleFromText } from './document-title.ts';
import { typeOfIcon } from './stated-types.ts';
import { saysOnlyFacts, typeFromWords } from './words-of-paper.ts';

/** How a system marks the parts of a card. */
interface CardMarkup {
  readonly card: ReadonlySet<string>;
  readonly link: ReadonlySet<string>;
  readonly title: ReadonlySet<string>;
  readonly description?: ReadonlySet<string>;
}

const names = (value: string): ReadonlySet<string> => new Set(value.split(' '));

const cards: readonly CardMarkup[] = [
  { card: names('w3eden'), link: names('wpdm-download-link'), title: names('package-title') },
  { card: names('download-box'), link: names('download-button download-link'), title: names('download-title') },
  {
    card: names('kg-file-card'),
    link: names('kg-file-card-container'),
    title: names('kg-file-card-title'),
    description: names('kg-file-card-caption'),
  },
  {
    card: names('file-embed-wrapper'),
    link: names('file-embed-button'),
    title: names('file-embed-details-h1'),
    description: names('file-embed-description'),
  },
];

/** The nodes with such cards as links; nodes are changed. */
export function simplifyCards(nodes: readonly HtmlNode[], pageUrl: string | undefined): HtmlNode[] {
  return nodes.map((node) => {
    if (node.kind === 'text') return node;
    const markup = node.attributes['class'] === undefined ? undefined : cards.find(({ card }) => hasClass(node, card));
    if (markup) return simplified(node, markup);
    if (node.tag === 'p') leadToPost(node, pageUrl);
    node.children = simplifyCards(node.children, pageUrl);
    return node;
  });
}

function simplified(node: HtmlElement, markup: CardMarkup): HtmlElement {
  const links = [...walkElements(node.children)].filter((each) => each.tag === 'a' && hasClass(each, markup.link));
  const addresses = new Set(links.map((link) => addressOfLink(link)));
  if (addresses.size === 1) return oneCard(node, links, markup);
  // A list of cards.
  if (addresses.size > 1) node.children = node.children.map((child) => (child.kind === 'element' ? simplified(child, markup) : child));
  return node;
}

function addressOfLink({ attributes }: HtmlElement): string {
  return attributes['data-downloadurl'] ?? attributes['href'] ?? '';
}

function oneCard(node: HtmlElement, links: readonly HtmlElement[], markup: CardMarkup): HtmlElement {
  const link = links[0]!;
  const parts = [...walkElements(node.children)];
  const title = parts.find((each) => hasClass(each, markup.title)) ?? parts.find((each) => /^h[1-6]$/.test(each.tag));
  const words = visibleLine(node.children);
  const linkWords = visibleLine(link.children);
  const stated = title === undefined ? '' : visibleLine(title.children);
  const name = stated !== '' ? stated : (titleFromText(linkWords) ?? linkWords);
  const size = /(?<![\d.,])\d{1,4}(?:[.,]\d{1,2})?\s?[kmg]i?[bo](?![\p{L}\d])/iu.exec(words)?.[0];
  const type = link.attributes['type'] ?? typeFromWords(linkWords) ?? typeFromWords(name) ?? typeOfIcon(node);
  const anchor = element('a', { href: addressOfLink(link), ...(type === undefined ? {} : { type }) }, [
    text(size === undefined ? name : `${name} (${size})`),
  ]);
  return element('div', {}, [element('p', {}, [anchor]), ...othersOf(node, markup, new Set([...links, ...(title ? [title] : [])]))]);
}

/** What a card says beside its name, its facts and its buttons. */
function othersOf(node: HtmlElement, markup: CardMarkup, shown: ReadonlySet<HtmlElement>): HtmlNode[] {
  if (markup.description) {
    const description = [...walkElements(node.children)].filter((each) => hasClass(each, markup.description!));
    return description.map((each) => element('p', {}, [...each.children]));
  }
  const without = (nodes: readonly HtmlNode[]): HtmlNode[] =>
    nodes.flatMap((child): HtmlNode[] => {
      if (child.kind === 'text') return [child];
      if (shown.has(child) || (child.tag === 'img' && isIcon({ url: child.attributes['src'] ?? '' })) || hasClass(child, iconClasses))
        return [];
      const inner = { ...child, children: without(child.children) };
      return isOnlyFacts(inner) ? [] : [inner];
    });
  const others = without(node.children);
  return isOnlyFacts(element('div', {}, others)) ? [] : others;
}

const iconClasses = names('wpdm_icon file-icon download-image');

function isOnlyFacts({ children }: HtmlElement): boolean {
  const words = visibleLine(children);
  return words !== '' && words.length < 200 && saysOnlyFacts(words);
}

// WordPress Download Manager writes it into feeds, in English whatever the site's language is.
const embeddedNote = /^Note: There is a file embedded within this post, please visit (this post) to download the file\.?$/;

/** "Please visit this post to download the file" leads there. */
function leadToPost(paragraph: HtmlElement, pageUrl: string | undefined): void {
  const only = paragraph.children[0];
  if (pageUrl === undefined || paragraph.children.length !== 1 || only?.kind !== 'text') return;
  const words = only.text.trim();
  if (!embeddedNote.test(words)) return;
  const [before = '', after = ''] = words.split('this post to');
  paragraph.children = [text(before), element('a', { href: pageUrl }, [text('this post')]), text(` to${after}`)];
}
