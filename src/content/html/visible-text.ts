import { isBlockTag, isSilentTag } from '../../kernel/text/tags.ts';
import type { HtmlNode } from './html-tree.ts';
import { withWrittenScripts } from './written-scripts.ts';

// Within a line these part words or say where it may break: other than what is not seen at all (text/unseen.ts), they come to a space.
const spacing = /[ \u00a0\u200b\ufeff]+/g;

/** The text that a reader sees: one line per block and line break, spaces collapsed, no empty lines. */
export function visibleText(nodes: readonly HtmlNode[]): string {
  const raw = rawText(nodes);
  // Once for all lines: most texts have none of these.
  const text = / {2}|[\u00a0\u200b\ufeff]/.test(raw) ? raw.replaceAll(spacing, ' ') : raw;
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** The same on one line. */
export function visibleLine(nodes: readonly HtmlNode[]): string {
  return visibleText(nodes).replaceAll('\n', ' ');
}

/**
 * The same as it is told elsewhere, in a summary or a title: with characters for what is raised or lowered, formulas for their pictures, and without
 * struck words, unless there are no others.
 */
export function toldText(nodes: readonly HtmlNode[]): string {
  return visibleText(toldNodes(nodes));
}

/** The same as nodes. */
export function toldNodes(nodes: readonly HtmlNode[]): readonly HtmlNode[] {
  const told = withWrittenScripts(nodes, 'told');
  return told === nodes || visibleText(told) !== '' ? told : nodes;
}

function rawText(nodes: readonly HtmlNode[]): string {
  let result = '';
  for (const node of nodes) {
    if (node.kind === 'text') result += /[^\S ]/.test(node.text) ? node.text.replaceAll(/\s+/g, ' ') : node.text;
    else if (node.tag === 'br') result += '\n';
    else if (!isSilentTag(node.tag)) result += isBlockTag(node.tag) ? `\n${rawText(node.children)}\n` : rawText(node.children);
  }
  return result;
}
