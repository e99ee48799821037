/*
 * The beginning of a long essay: whole paragraphs, and whole sentences where a paragraph is too long, so that nothing stops in mid-thought.
 * Pictures and tables are passed over: a lead is for reading. It neither begins nor ends with a heading.
 */
import { visibleLine } from '../../content/html/visible-text.ts';
import { elementsOf } from '../../content/html/html-tree.ts';
import type { HtmlNode } from '../../content/html/html-tree.ts';
import type { ContentBlock } from './clean-content.ts';
import { countWords } from '../../content/text/reading-time.ts';
import { wholeSentences } from '../../content/text/sentence.ts';

/** How long a lead is about; a paragraph may exceed it by a third rather than be cut. */
export interface LeadOptions {
  readonly words: number;
  readonly language: string;
}

const proseNames = new Set(['p', 'blockquote', 'div', 'ul', 'ol']);

/** The blocks of the lead; empty where the content holds no prose. */
export function leadOf(blocks: readonly ContentBlock[], options: LeadOptions): readonly ContentBlock[] {
  const lead: ContentBlock[] = [];
  let words = 0;
  let heading: ContentBlock | undefined;
  for (const block of blocks) {
    if (isHeading(block.nodes)) heading = lead.length > 0 ? block : undefined;
    if (!isProse(block.nodes)) continue;
    // Two lists without what stood above the second would read as one.
    if (heading) lead.push(heading);
    heading = undefined;
    const length = countWords(visibleLine(block.nodes));
    if (words + length <= options.words * 1.34) {
      lead.push(block);
      words += length;
    } else {
      const shortened = words < options.words * 0.6 ? shorten(block, options.words - words, options.language) : undefined;
      if (shortened) lead.push(shortened);
      break;
    }
    if (words >= options.words) break;
  }
  return withoutDanglingIntroduction(lead);
}

/** A lead does not end with a heading, nor with "such as:" when the list that follows is left out. */
function withoutDanglingIntroduction(all: readonly ContentBlock[]): readonly ContentBlock[] {
  const lead = all.length > 0 && isHeading(all.at(-1)!.nodes) ? all.slice(0, -1) : all;
  const last = lead.at(-1);
  return last && lead.length > 1 && /[:：]$/.test(visibleLine(last.nodes)) ? lead.slice(0, -1) : lead;
}

function isHeading(nodes: readonly HtmlNode[]): boolean {
  return visibleLine(nodes) !== '' && nodes.some((node) => node.kind === 'element' && /^h[1-6]$/.test(node.tag));
}

function isProse(nodes: readonly HtmlNode[]): boolean {
  if (visibleLine(nodes) === '') return false;
  if (elementsOf(nodes).some((element) => ['img', 'table', 'pre', 'figure'].includes(element.tag))) return false;
  return nodes.every((node) => node.kind === 'text' || proseNames.has(node.tag) || !/^(?:h[1-6]|hr|dl)$/.test(node.tag));
}

/** A block cut after its last whole sentence within `words`, at least one sentence; a list stays whole or goes. */
function shorten(block: ContentBlock, words: number, language: string): ContentBlock | undefined {
  if (block.nodes.some((node) => node.kind === 'element' && (node.tag === 'ul' || node.tag === 'ol'))) return undefined;
  const text = visibleLine(block.nodes);
  const perWord = text.length / Math.max(1, countWords(text));
  const budget = Math.round(words * perWord);
  const kept = wholeSentences(text, budget, language) || wholeSentences(text, budget * 3, language);
  if (kept === '') return undefined;
  return { ...block, nodes: takeCharacters(block.nodes, kept.replaceAll(/\s/gu, '').length).nodes };
}

/** The nodes up to a number of characters, white space not counted. */
function takeCharacters(nodes: readonly HtmlNode[], count: number): { nodes: HtmlNode[]; left: number } {
  const taken: HtmlNode[] = [];
  let left = count;
  for (const node of nodes) {
    if (left <= 0) break;
    if (node.kind === 'text') {
      const end = endOf(node.text, left);
      taken.push({ kind: 'text', text: node.text.slice(0, end) });
      left -= node.text.slice(0, end).replaceAll(/\s/gu, '').length;
    } else {
      const inner = takeCharacters(node.children, left);
      taken.push({ ...node, children: inner.nodes });
      left = inner.left;
    }
  }
  return { nodes: taken, left };
}

function endOf(text: string, count: number): number {
  let left = count;
  for (let index = 0; index < text.length; index += 1) {
    if (/\s/u.test(text[index] ?? '')) continue;
    left -= 1;
    if (left === 0) return index + 1;
  }
  return text.length;
}
