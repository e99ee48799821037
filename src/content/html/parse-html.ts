/*
 * Markup as a tree. Invariant: whatever comes in, the tree is at most `maxDepth` deep, its texts are clean, and the work is linear in the length of
 * the input; what a source wrote is bounded in length and elements too.
 */
import { Parser } from 'htmlparser2';
import { cleanText } from '../../kernel/text/clean-text.ts';
import { isBlockTag, isVoidTag, maxOpenElements } from '../../kernel/text/tags.ts';
import { element, text } from './html-tree.ts';
import type { HtmlElement, HtmlNode } from './html-tree.ts';

// Markup of people nests a dozen levels, a mail with its tables around it forty; deeper elements lose their tags and keep their text.
const maxDepth = 80;
// Characters of one post's html that are kept: a book of 45,000 words. Hostile markup of this length costs a quarter of a second.
const maxHtmlLength = 300_000;
// Elements of one post that are kept: they cost more than characters, and people's markup has one in fifty characters.
const maxElements = 8_000;

/** A tree, and whether something of its markup was left out at the end. */
export interface ParsedHtml {
  readonly nodes: HtmlNode[];
  readonly isCut: boolean;
}

/** Reads any markup as a tree; never throws, closes what was left open. Of more than 300,000 characters or 8,000 elements the beginning is read. */
export function parseHtml(html: string): HtmlNode[] {
  return parseBeginning(html).nodes;
}

/** Reads markup that we wrote ourselves (what passed the gate, a digest, a page) as a tree: all of it, however long. */
export function parseOwnHtml(html: string): HtmlNode[] {
  return parse(html, { elements: Infinity, openElements: Infinity }).nodes;
}

/**
 * Reads any markup as a tree, at most 300,000 characters and 8,000 elements of it. What has more characters ends with the last block that is
 * whole, what has more elements before the block that is open; either says that it is cut.
 */
export function parseBeginning(html: string): ParsedHtml {
  const beginning = beginningOf(withWrittenAddresses(html));
  const { nodes, isCut } = parse(beginning.html, { elements: maxElements, openElements: maxOpenElements });
  return { nodes, isCut: isCut || beginning.isCut };
}

interface TreeLimits {
  readonly elements: number;
  readonly openElements: number;
}

/** A tree as far as its markup was read. */
interface Growth {
  /** From the root to the element that takes what comes next. Beyond the depth limit the innermost allowed element repeats, so that closing stays in step. */
  readonly open: HtmlElement[];
  /** As the parser counts them. */
  openCount: number;
  elementCount: number;
  isCut: boolean;
}

function parse(html: string, limits: TreeLimits): ParsedHtml {
  const root = element('root');
  const tree: Growth = { open: [root], openCount: 0, elementCount: 0, isCut: false };
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        tree.openCount += 1;
        if (tree.isCut) return;
        openElement(tree, tag, attributes);
        if (tree.openCount <= limits.openElements && tree.elementCount < limits.elements) return;
        tree.isCut = true;
        dropUnfinished(tree.open);
        parser.pause();
      },
      ontext(data) {
        if (!tree.isCut) addText(tree.open.at(-1)!, data);
      },
      onclosetag(tag) {
        tree.openCount -= 1;
        if (!tree.isCut) closeElement(tree, tag);
      },
    },
    { decodeEntities: true },
  );
  parser.write(html);
  if (!tree.isCut) parser.end();
  cleanTexts(root.children);
  return { nodes: root.children, isCut: tree.isCut };
}

function openElement(tree: Growth, tag: string, attributes: Record<string, string>): void {
  const parent = tree.open.at(-1)!;
  const node = element(tag, attributes);
  const isTooDeep = tree.open.length > maxDepth;
  if (!isTooDeep || isVoidTag(tag)) parent.children.push(node);
  else if (isBlockTag(tag)) addText(parent, ' ');
  tree.open.push(isTooDeep ? parent : node);
  tree.elementCount += 1;
}

function closeElement({ open }: Growth, tag: string): void {
  if (open.length === 1) return;
  open.pop();
  // What lost its tag still stands apart.
  if (open.length > maxDepth && isBlockTag(tag)) addText(open.at(-1)!, ' ');
}

function addText(parent: HtmlElement, data: string): void {
  const last = parent.children.at(-1);
  if (last?.kind === 'text') last.text += data;
  else parent.children.push(text(data));
}

/** Takes the innermost block that is still open out of the tree, unless it is all there is. */
function dropUnfinished(open: readonly HtmlElement[]): void {
  const index = open.findLastIndex((node) => isBlockTag(node.tag));
  const siblings = open[index - 1]?.children;
  if (siblings && siblings.length > 1) siblings.pop();
}

// So far before the limit the end of a block is looked for; without one the text ends before its last word or tag.
const searchedLength = 20_000;

function beginningOf(html: string): { html: string; isCut: boolean } {
  if (html.length <= maxHtmlLength) return { html, isCut: false };
  const plain = withoutEmbeddedData(html);
  if (plain.length <= maxHtmlLength) return { html: plain, isCut: false };
  const kept = plain.slice(0, maxHtmlLength);
  const tail = kept.slice(-searchedLength);
  // Where a text may well end: behind a part of it, of the few that people write, not within a list or a table.
  const lastBlock = [...tail.matchAll(/<\/(?:p|div|h[1-6]|ul|ol|dl|table|blockquote|figure|section|pre)>|\n[ \t\r]*\n/gi)].at(-1);
  const end = lastBlock ? lastBlock.index + lastBlock[0].length : Math.max(tail.search(/[\s<][^\s<]*$/), 0);
  return { html: kept.slice(0, maxHtmlLength - tail.length + end), isCut: true };
}

// As plain texts write them, which feeds then call html: no tag has such a name.
const addressInBrackets = /<((?:https?:\/\/|mailto:)[^\s<>"']{1,2000}|[\w.+-]{1,64}@[\w.-]{1,255})>/g;

function withWrittenAddresses(html: string): string {
  return /<(?:https?:|mailto:|[\w.+-]{1,64}@)/.test(html) ? html.replaceAll(addressInBrackets, '&lt;$1&gt;') : html;
}

/** Pictures written into the text would use up its limit, and none of them is kept. */
function withoutEmbeddedData(html: string): string {
  return html.replaceAll(/data:[a-z/+.-]{3,50};base64,[A-Za-z0-9+/=]{100,}/gi, 'data:,');
}

/** References such as `&#0;` bring back what decoding took out: Postgres refuses it, no document of ours may hold it, and a mark could be spelt so. */
function cleanTexts(nodes: readonly HtmlNode[]): void {
  for (const node of nodes) {
    if (node.kind === 'text') {
      node.text = cleanText(node.text);
      continue;
    }
    for (const [name, value] of Object.entries(node.attributes)) node.attributes[name] = cleanText(value);
    cleanTexts(node.children);
  }
}
