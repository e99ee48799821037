import { escapeHtml } from '../../kernel/text/escape-html.ts';
import { isVoidTag } from '../../kernel/text/tags.ts';
import type { HtmlElement, HtmlNode } from './html-tree.ts';

/** Writes a tree as well-formed html; texts and attribute values are escaped, nothing passes through raw. */
export function writeHtml(nodes: readonly HtmlNode[]): string {
  let html = '';
  for (const node of nodes) html += node.kind === 'text' ? escapeHtml(node.text) : writeElement(node);
  return html;
}

function writeElement({ tag, attributes, children }: HtmlElement): string {
  let start = `<${tag}`;
  for (const [name, value] of Object.entries(attributes)) start += ` ${name}="${escapeHtml(value)}"`;
  return isVoidTag(tag) ? `${start}>` : `${start}>${writeHtml(children)}</${tag}>`;
}
