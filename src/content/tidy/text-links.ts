/*
 * Addresses that stand in a text as they are, as links: mail programs make links of them too, but archives, feeds and Outlook's preview do not. Words and marks
 * stay as they were; what is code, or a link already, is left alone. The work is linear.
 */
import { element, text } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { resolveLink, urlOf } from '../web-address.ts';

// Addresses of one post that become links; a list of thousands stays text.
const maxLinks = 2000;

/** Whether a text may hold an address: most hold none. */
export function mayHoldAddress(value: string): boolean {
  return value.includes('://') || /www\./i.test(value);
}

/** The same blocks with links for the plain addresses in them. */
export function withAddressLinks(blocks: readonly HtmlElement[]): HtmlElement[] {
  const budget = { left: maxLinks };
  return blocks.map((block) => linkedElement(block, budget));
}

interface Budget {
  left: number;
}

const asTheyAre = new Set('a pre code kbd samp'.split(' '));

function linkedElement(node: HtmlElement, budget: Budget): HtmlElement {
  if (asTheyAre.has(node.tag)) return node;
  const children = node.children.flatMap((child): readonly HtmlNode[] => {
    if (child.kind === 'element') return [linkedElement(child, budget)];
    return mayHoldAddress(child.text) ? linkedText(child.text, budget) : [child];
  });
  return { ...node, children };
}

const address = /(?<![\p{L}\p{N}@/.:_=&?#%+~-])(?:https?:\/\/|www\.)[^\s<>"“”„«»|\\^`{}\u3000-\u303F\uFF00-\uFF65]{3,2000}/giu;

function linkedText(value: string, budget: Budget): HtmlNode[] {
  const nodes: HtmlNode[] = [];
  let end = 0;
  for (const match of value.matchAll(address)) {
    const shown = withoutMarksBehind(match[0]);
    const href = budget.left === 0 || shown === '' ? undefined : hrefOf(shown);
    if (href === undefined) continue;
    budget.left -= 1;
    if (match.index > end) nodes.push(text(value.slice(end, match.index)));
    nodes.push(element('a', { href }, [text(shown)]));
    end = match.index + shown.length;
  }
  if (end < value.length) nodes.push(text(value.slice(end)));
  return nodes;
}

/** The address that a text gives; undefined for what leads to no site, or hides where. */
function hrefOf(shown: string): string | undefined {
  const href = resolveLink(shown, undefined);
  const url = href === undefined ? undefined : urlOf(href);
  if (!url || url.username !== '' || url.password !== '') return undefined;
  return /[^.]\.[^.]{2,}\.?$/.test(url.hostname) && (!/^www\./i.test(shown) || /^www\.[^.]+\.[^.]{2,}/i.test(url.hostname))
    ? href
    : undefined;
}

const closingOf: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

/** An address without the marks of the sentence around it: a bracket belongs to it only where it opens it too. Empty for one that was cut. */
function withoutMarksBehind(found: string): string {
  if (/(?:…|\.\.\.)$/.test(found)) return '';
  const unclosed: Record<string, number> = { '(': 0, '[': 0 };
  for (const character of found) {
    if (character in unclosed) unclosed[character]! += 1;
    else if (character in closingOf) unclosed[closingOf[character]!]! -= 1;
  }
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1]!;
    const opening = closingOf[last];
    if (opening === undefined ? !/[.,;:!?'’*…]/.test(last) : unclosed[opening]! >= 0) break;
    if (opening !== undefined) unclosed[opening]! += 1;
  }
  return found.slice(0, end);
}
