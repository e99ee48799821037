import { mapElements } from '../../content/html/html-tree.ts';
import type { HtmlElement } from '../../content/html/html-tree.ts';
import type { PostPart } from './prepared-post.ts';

const lowest = 6;

/**
 * Makes the headings within a post follow the one above it: each is one level below what it stands under, whatever levels its source used, so that whoever
 * goes through a mail by its headings finds no gap. To be called part by part, in order.
 */
export function headingsUnder(level: number): (part: PostPart) => PostPart {
  const above: number[] = [];
  const placed = (heading: HtmlElement, own: number): HtmlElement => {
    while (above.length > 0 && above.at(-1)! >= own) above.pop();
    above.push(own);
    return { ...heading, tag: `h${Math.min(lowest, level + above.length)}` };
  };
  return (part) => {
    if (part.kind === 'document') return part;
    return {
      kind: 'content',
      nodes: mapElements(part.nodes, (each) => (/^h[1-6]$/.test(each.tag) ? placed(each, Number(each.tag[1])) : each)),
    };
  };
}
