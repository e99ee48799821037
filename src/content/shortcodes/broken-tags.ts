/*
 * Tags of shortcodes that editors broke: by a line break, by the link that they made of an address in it, or by the end of a paragraph.
 */
import { element, text } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode, HtmlText } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';

// What is longer is no tag.
const maxTagLength = 5_000;
const maxParts = 40;

const isBeginning = /^\[\d?[A-Za-z][\w-]{1,60}(?:[\s\u00a0][^[\]]*)?$/;

/** The list with broken tags in one text each. */
export function joinBrokenTags(nodes: readonly HtmlNode[]): readonly HtmlNode[] {
  if (!nodes.some((node) => hasOpenEnd(node))) return nodes;
  const result: HtmlNode[] = [];
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index]!;
    const count = node.kind === 'text' ? partsOfTag(nodes, index) : 0;
    if (count > 0) {
      // What stands behind the bracket may begin another.
      const joined = nodes
        .slice(index, index + count + 1)
        .map(textOf)
        .join('');
      const last = nodes[index + count] as HtmlText;
      result.push(text(joined.slice(0, joined.length - restOf(last).length)));
      last.text = restOf(last);
      index += count - (last.text === '' ? 0 : 1);
      continue;
    }
    if (node.kind === 'element' && node.tag === 'p') joinParagraphs(node, nodes, index);
    result.push(node);
  }
  return result;
}

function restOf({ text: value }: HtmlText): string {
  return value.slice(value.indexOf(']') + 1);
}

function hasOpenEnd(node: HtmlNode): boolean {
  if (node.kind === 'text') return beginsTag(node.text);
  const last = node.tag === 'p' ? node.children.at(-1) : undefined;
  return last?.kind === 'text' && beginsTag(last.text);
}

function beginsTag(value: string): boolean {
  const at = value.lastIndexOf('[');
  return at !== -1 && value.length - at < maxTagLength && value.indexOf(']', at) === -1 && isBeginning.test(value.slice(at));
}

/** How many nodes behind a text belong to the tag that begins at its end; none where it ends nowhere near. */
function partsOfTag(nodes: readonly HtmlNode[], index: number): number {
  const first = nodes[index]!;
  if (first.kind !== 'text' || !beginsTag(first.text)) return 0;
  let length = 0;
  for (let count = 1; count <= maxParts && length < maxTagLength; count += 1) {
    const node = nodes[index + count];
    if (node === undefined) return 0;
    if (node.kind === 'element' && node.tag !== 'br' && node.tag !== 'a') return 0;
    if (node.kind === 'text') {
      const bracket = node.text.search(/[[\]]/);
      if (bracket !== -1) return node.text[bracket] === ']' ? count : 0;
    }
    length += textOf(node).length;
  }
  return 0;
}

function textOf(node: HtmlNode): string {
  if (node.kind === 'text') return node.text;
  return node.tag === 'br' ? ' ' : (node.attributes['href'] ?? visibleText(node.children));
}

/** A tag that begins in a paragraph and ends in the next goes into the first. */
function joinParagraphs(paragraph: HtmlElement, nodes: readonly HtmlNode[], index: number): void {
  const last = paragraph.children.at(-1);
  if (last?.kind !== 'text' || !beginsTag(last.text)) return;
  const next = nodes.slice(index + 1, index + 3).find((node) => node.kind === 'element');
  const first = next?.kind === 'element' && next.tag === 'p' ? next.children[0] : undefined;
  const end = first?.kind === 'text' ? first.text.search(/[[\]]/) : -1;
  if (first?.kind !== 'text' || end === -1 || end > maxTagLength || first.text[end] !== ']') return;
  last.text += ` ${first.text.slice(0, end + 1)}`;
  first.text = first.text.slice(end + 1);
}

/** Two line breaks: what stands before and behind is not of one paragraph. */
export function paragraphBreak(): HtmlNode[] {
  return [element('br'), element('br')];
}
