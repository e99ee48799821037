/*
 * The beginning of a long essay: whole paragraphs, and whole sentences where a paragraph is too long, so that nothing stops in mid-thought. It is measured
 * in lines, as it is displayed. Pictures and tables are passed over: a lead is for reading. It ends before a heading, a list of links, credits or a
 * transcript, and neither begins nor ends with a heading.
 */
import { displayedLines } from '../../content/html/displayed-lines.ts';
import { visibleLine, visibleText } from '../../content/html/visible-text.ts';
import { elementsOf } from '../../content/html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../../content/html/html-tree.ts';
import { isHeadingLike, isOnlyLink } from '../../content/prose.ts';
import { isCredit, isLabel, isPartName } from '../../content/text/label.ts';
import { endsSentence, sentencesOf, wholeSentences } from '../../content/text/sentence.ts';
import type { ContentBlock } from './clean-content.ts';

/** How many lines a lead has, about; a paragraph may exceed it by a third rather than be cut. */
export interface LeadOptions {
  readonly lines: number;
  readonly charactersPerLine: number;
  readonly language: string;
}

/** The blocks of the lead; empty where the content holds no prose. */
export function leadOf(blocks: readonly ContentBlock[], options: LeadOptions): readonly ContentBlock[] {
  const lead: ContentBlock[] = [];
  let lines = 0;
  let heading: ContentBlock | undefined;
  for (const block of blocks) {
    const kind = kindOf(block.nodes);
    if (endsLead(kind, lead, lines, options)) break;
    if (kind === 'heading') heading = lead.length > 0 ? block : undefined;
    if (kind !== 'prose') continue;
    // Two lists without what stood above the second would read as one.
    if (heading) lead.push(heading);
    heading = undefined;
    const length = displayedLines(block.nodes, options.charactersPerLine);
    if (lines + length > options.lines * 1.34) {
      const shortened = lines < options.lines * 0.6 ? shorten(block, options.lines - lines, options) : undefined;
      if (shortened) lead.push(shortened);
      break;
    }
    lead.push(block);
    lines += length;
    if (lines >= options.lines) break;
  }
  return withGoodEnd(lead, options.language);
}

/**
 * What a block is to a lead: `prose` is read, a `heading` or a `rule` ends what has enough, a `close` (a transcript, credits, a list of links) all that has
 * begun, and the rest is passed over.
 */
type BlockKind = 'prose' | 'heading' | 'rule' | 'close' | 'other';

// So much of a lead is enough to end it where its author began something new.
const enoughShare = 0.4;

function endsLead(kind: BlockKind, lead: readonly ContentBlock[], lines: number, options: LeadOptions): boolean {
  if (lead.length === 0) return false;
  return kind === 'close' || ((kind === 'heading' || kind === 'rule') && lines >= options.lines * enoughShare);
}

function kindOf(nodes: readonly HtmlNode[]): BlockKind {
  if (nodes.some((node) => node.kind === 'element' && node.tag === 'hr')) return 'rule';
  const text = visibleText(nodes);
  if (text === '' || elementsOf(nodes).some((each) => passedOver.has(each.tag))) return 'other';
  const first = text.split('\n', 1)[0] ?? '';
  if (isPartName(first) || isCredit(first) || isLinkList(nodes)) return 'close';
  if (nodes.some((node) => node.kind === 'element' && /^h[1-6]$/.test(node.tag))) return 'heading';
  if (!isListed(nodes) && isHeadingLike(inlineOf(nodes))) return 'heading';
  return isLabel(text) || (!isListed(nodes) && isOnlyLink(nodes)) ? 'other' : 'prose';
}

const passedOver = new Set(['img', 'table', 'pre', 'figure', 'dl']);

/** What stands in a paragraph; anything else as it is. */
function inlineOf(nodes: readonly HtmlNode[]): readonly HtmlNode[] {
  const [only, ...others] = nodes;
  return only?.kind === 'element' && only.tag === 'p' && others.length === 0 ? only.children : nodes;
}

function isListed(nodes: readonly HtmlNode[]): boolean {
  return nodes.some((node) => node.kind === 'element' && isList(node));
}

function isList({ tag }: HtmlElement): boolean {
  return tag === 'ul' || tag === 'ol';
}

/** A list of which most items are nothing but a link. */
function isLinkList(nodes: readonly HtmlNode[]): boolean {
  const items = nodes.flatMap((node) =>
    node.kind === 'element' && isList(node) ? node.children.filter((each) => each.kind === 'element') : [],
  );
  return items.length > 1 && items.filter((item) => isOnlyLink(item.children)).length > items.length / 2;
}

/** A lead does not end with a heading or a label, nor with "such as:" when what follows is left out. */
function withGoodEnd(all: readonly ContentBlock[], language: string): readonly ContentBlock[] {
  const lead = [...all];
  while (lead.length > 1) {
    const last = lead.at(-1)!;
    const kind = kindOf(last.nodes);
    const text = visibleLine(last.nodes);
    if (kind === 'prose' && !/[:：]$/u.test(text)) break;
    const kept = kind === 'prose' ? sentencesOf(text, language).slice(0, -1).join('').trimEnd() : '';
    lead.pop();
    if (kept !== '' && endsSentence(kept)) lead.push(takeText(last, kept));
  }
  return lead;
}

/** A block cut after its last whole sentence within so many lines, at least one sentence; a list is cut at an item. */
function shorten(block: ContentBlock, lines: number, options: LeadOptions): ContentBlock | undefined {
  if (isListed(block.nodes)) return shortenList(block, lines, options);
  const text = visibleLine(block.nodes);
  const budget = Math.round(lines * options.charactersPerLine);
  const kept = wholeSentences(text, budget, options.language) || wholeSentences(text, budget * 3, options.language);
  return kept === '' ? undefined : takeText(block, kept);
}

function shortenList(block: ContentBlock, lines: number, { charactersPerLine }: LeadOptions): ContentBlock | undefined {
  const [list, ...others] = block.nodes;
  if (list?.kind !== 'element' || !isList(list) || others.length > 0) return undefined;
  const items: HtmlNode[] = [];
  let left = lines;
  for (const item of list.children) {
    left -= displayedLines([item], charactersPerLine);
    if (left < 0) break;
    items.push(item);
  }
  if (items.every((item) => item.kind === 'text')) return undefined;
  return { ...block, nodes: [{ ...list, attributes: startOf(list), children: items }] };
}

/** A list that counts down counts from its whole length. */
function startOf({ attributes, children }: HtmlElement): Record<string, string> {
  if (!('reversed' in attributes) || 'start' in attributes) return attributes;
  return { ...attributes, start: String(children.filter((child) => child.kind === 'element').length) };
}

// What has no width and what keeps words apart is counted neither here nor there.
const uncounted = /[\s\u200b\ufeff]/u;

/** A block up to the end of a text that it begins with. */
function takeText(block: ContentBlock, kept: string): ContentBlock {
  return { ...block, nodes: takeCharacters(block.nodes, kept.replaceAll(/[\s\u200b\ufeff]/gu, '').length).nodes };
}

function takeCharacters(nodes: readonly HtmlNode[], count: number): { nodes: HtmlNode[]; left: number } {
  const taken: HtmlNode[] = [];
  let left = count;
  for (const node of nodes) {
    if (left <= 0) break;
    if (node.kind === 'text') {
      const end = endOf(node.text, left);
      taken.push({ kind: 'text', text: node.text.slice(0, end.index) });
      left = end.left;
    } else {
      const inner = takeCharacters(node.children, left);
      taken.push({ ...node, children: inner.nodes });
      left = inner.left;
    }
  }
  return { nodes: taken, left };
}

function endOf(text: string, count: number): { index: number; left: number } {
  let left = count;
  for (let index = 0; index < text.length; index += 1) {
    if (uncounted.test(text[index] ?? '')) continue;
    left -= 1;
    if (left === 0) return { index: index + 1, left };
  }
  return { index: text.length, left };
}
