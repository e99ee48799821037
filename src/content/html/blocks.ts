import { isBlockTag } from '../../kernel/text/tags.ts';
import { isUnseen } from '../text/unseen.ts';
import { text } from './html-tree.ts';
import type { HtmlNode } from './html-tree.ts';

/** One thing that stands by itself: a block element, or a run of text and inline elements between two blocks. */
export type HtmlBlock = readonly HtmlNode[];

/** Whether a node stands by itself and not within a line. */
export function isBlock(node: HtmlNode): boolean {
  return node.kind === 'element' && isBlockTag(node.tag);
}

/**
 * The top-level blocks of a post, the unit that `afterBlock` of an attachment counts: each block element is one, and so is each run of text and
 * inline elements between them. White space alone is none.
 */
export function topLevelBlocks(nodes: readonly HtmlNode[]): HtmlBlock[] {
  const blocks: HtmlNode[][] = [];
  let run: HtmlNode[] = [];
  const endRun = (): void => {
    if (run.some((node) => node.kind === 'element' || node.text.trim() !== '')) blocks.push(run);
    run = [];
  };
  for (const node of nodes) {
    if (isBlock(node)) {
      endRun();
      blocks.push([node]);
    } else run.push(node);
  }
  endRun();
  return blocks;
}

/** Whether a reader would see anything of these nodes: a letter or a picture. */
export function hasContent(nodes: readonly HtmlNode[]): boolean {
  return nodes.some((node) => (node.kind === 'text' ? !isUnseen(node.text) : node.tag === 'img' || hasContent(node.children)));
}

/** Whether a node of a line only keeps its neighbours apart: white space, a line break, an element without content. */
export function isSpace(node: HtmlNode): boolean {
  return node.kind === 'text' ? isUnseen(node.text) : node.tag === 'br' || (!isBlock(node) && !hasContent([node]));
}

/** Without white space and line breaks at both ends. */
export function trimInline(nodes: readonly HtmlNode[]): HtmlNode[] {
  let start = 0;
  let end = nodes.length;
  while (start < end && isSpace(nodes[start]!)) start += 1;
  while (end > start && isSpace(nodes[end - 1]!)) end -= 1;
  const kept = nodes.slice(start, end);
  const first = kept[0];
  if (first?.kind === 'text') kept[0] = text(first.text.trimStart());
  const last = kept.at(-1);
  if (last?.kind === 'text') kept[kept.length - 1] = text(last.text.trimEnd());
  return kept;
}
