/*
 * What a system adds to a text, as it stands in the html of a post: marked, so that it stays stored and whoever shows the post leaves it out.
 * What is recognised stands in `system-clutter.ts`.
 */
import { mapElements, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { parseOwnHtml } from '../html/parse-html.ts';
import { writeHtml } from '../html/write-html.ts';

/** The attribute of marked elements; its value names the system. Of sources it is not taken over. */
export const clutterMark = 'data-clutter';

/** Whether an element is marked. */
export function isClutter(node: HtmlElement): boolean {
  return clutterMark in node.attributes;
}

/** Whether an element is marked, or holds one that is. */
function holdsClutter(node: HtmlElement): boolean {
  if (isClutter(node)) return true;
  for (const each of walkElements(node.children)) if (isClutter(each)) return true;
  return false;
}

/** The tree without what is marked, and without what holds nothing then. */
export function withoutClutter(nodes: readonly HtmlNode[]): HtmlNode[] {
  if (!elementsAmong(nodes).some(holdsClutter)) return [...nodes];
  return mapElements(nodes, (element) => (isClutter(element) || isEmptied(element) ? null : element));
}

const emptied = new Set('p ul ol li blockquote span strong em b i'.split(' '));

function isEmptied({ tag, children }: HtmlElement): boolean {
  return emptied.has(tag) && children.every((child) => child.kind === 'text' && child.text.trim() === '');
}

/** The html of a post without what is marked; the same text where nothing is. */
export function htmlWithoutClutter(html: string): string {
  return html.includes(clutterMark) ? writeHtml(withoutClutter(parseOwnHtml(html))) : html;
}

function elementsAmong(nodes: readonly HtmlNode[]): HtmlElement[] {
  return nodes.filter((node): node is HtmlElement => node.kind === 'element');
}
