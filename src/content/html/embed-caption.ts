/*
 * Captions of ours: what a player, map or post of another service is called where it cannot be shown. Each begins with a mark of its own, so that
 * whoever writes a summary or a lead can leave out what nobody wrote.
 */
import { element, text } from './html-tree.ts';
import type { HtmlElement, HtmlNode } from './html-tree.ts';

const mark = '▶ ';

/** A link with such a caption. */
export function captionLink(url: string, title: string): HtmlElement {
  return element('a', { href: url }, [text(`${mark}${title}`)]);
}

/** Whether a paragraph or figure says nothing but a caption of ours: one link that begins with the mark, beside a picture or not. */
export function isEmbedCaption(block: HtmlElement): boolean {
  const links: HtmlElement[] = [];
  return (block.tag === 'p' || block.tag === 'figure' || block.tag === 'figcaption') && gather(block.children, links) && links.length > 0;
}

/** Collects links with a caption; false where anything else is said. */
function gather(nodes: readonly HtmlNode[], links: HtmlElement[]): boolean {
  return nodes.every((node) => {
    if (node.kind === 'text') return node.text.trim() === '';
    if (node.tag === 'img') return true;
    const [first] = node.children;
    if (node.tag === 'a' && first?.kind === 'text' && first.text.startsWith(mark)) return links.push(node) > 0;
    return gather(node.children, links);
  });
}
