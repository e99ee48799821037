/*
 * Post html as a small tree. Every later step (tidying, attachments, excerpts) works on this tree and never on markup text.
 * Invariant: whatever comes in, the tree is at most `maxDepth` deep and the work is linear in the length of the input.
 */
import { Parser } from 'htmlparser2';

/** A run of text, entities decoded. */
export interface HtmlText {
  readonly kind: 'text';
  text: string;
}

/** An element with lower-case tag and attribute names. */
export interface HtmlElement {
  readonly kind: 'element';
  tag: string;
  readonly attributes: Record<string, string>;
  children: HtmlNode[];
}

/** What a tree is made of; comments and instructions are not kept. */
export type HtmlNode = HtmlText | HtmlElement;

// Markup of people nests a dozen levels; deeper elements lose their tags and keep their text.
const maxDepth = 80;
// The parser's cost per tag grows with the number of unclosed elements: a document that leaves thousands open is cut there.
const maxOpenElements = 2000;
// Characters of one post's html that are kept: a book of 45,000 words. Hostile markup of this length costs a quarter of a second.
const maxHtmlLength = 300_000;
// Elements of one post that are kept: they cost more than characters, and people's markup has one in fifty characters.
const maxElements = 8_000;

const voidTags = new Set('br hr img wbr col source embed input param link meta area base track'.split(' '));

/** Makes an element. */
export function element(tag: string, attributes: Record<string, string> = {}, children: HtmlNode[] = []): HtmlElement {
  return { kind: 'element', tag, attributes, children };
}

/** Makes a text node. */
export function text(value: string): HtmlText {
  return { kind: 'text', text: value };
}

/** A tree, and whether something of its markup was left out at the end. */
export interface ParsedHtml {
  readonly nodes: HtmlNode[];
  readonly isCut: boolean;
}

/** Reads any markup as a tree; never throws, closes what was left open. Of more than 300,000 characters the beginning is read. */
export function parseHtml(html: string): HtmlNode[] {
  return parseBeginning(html).nodes;
}

/**
 * Reads any markup as a tree, at most 300,000 characters and 8,000 elements of it. What has more characters ends with the last block that is
 * whole, what has more elements before the block that is open; either says that it is cut.
 */
export function parseBeginning(html: string): ParsedHtml {
  const source = beginningOf(html);
  const root = element('root');
  const open: HtmlElement[] = [root];
  let depthOfParser = 0;
  let elementCount = 0;
  let isCut = false;
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        depthOfParser += 1;
        if (isCut) return;
        const node = element(tag, attributes);
        if (open.length <= maxDepth) open.at(-1)!.children.push(node);
        // Beyond the depth limit the innermost allowed element takes the children: open repeats it, so that closing stays in step.
        open.push(open.length <= maxDepth ? node : open.at(-1)!);
        elementCount += 1;
        if (depthOfParser > maxOpenElements || elementCount >= maxElements) {
          isCut = true;
          dropUnfinished(open);
          parser.pause();
        }
      },
      ontext(data) {
        if (isCut) return;
        const siblings = open.at(-1)!.children;
        const last = siblings.at(-1);
        if (last?.kind === 'text') last.text += data;
        else siblings.push(text(data));
      },
      onclosetag() {
        depthOfParser -= 1;
        if (!isCut && open.length > 1) open.pop();
      },
    },
    { decodeEntities: true },
  );
  parser.write(source.html);
  if (!isCut) parser.end();
  removeControls(root.children);
  return { nodes: root.children, isCut: isCut || source.isCut };
}

/** Takes the innermost block that is still open out of the tree, unless it is all there is. */
function dropUnfinished(open: readonly HtmlElement[]): void {
  const index = open.findLastIndex((node) => breakingTags.has(node.tag));
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
  const lastBlock = [...tail.matchAll(/<\/(?:p|div|h[1-6]|ul|ol|dl|table|blockquote|figure|section|pre)>|\n[ \t\r]*\n/gi)].at(-1);
  const end = lastBlock ? lastBlock.index + lastBlock[0].length : Math.max(tail.search(/[\s<][^\s<]*$/), 0);
  return { html: kept.slice(0, maxHtmlLength - tail.length + end), isCut: true };
}

// eslint-disable-next-line no-control-regex -- removing control characters is the point
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** Pictures written into the text would use up its limit, and none of them is kept. */
function withoutEmbeddedData(html: string): string {
  return html.replaceAll(/data:[a-z/+.-]{3,50};base64,[A-Za-z0-9+/=]{100,}/gi, 'data:,');
}

/** References such as `&#0;` bring back what decoding took out: Postgres refuses it, and no document of ours may hold it. */
function removeControls(nodes: readonly HtmlNode[]): void {
  for (const node of nodes) {
    if (node.kind === 'text') {
      node.text = node.text.replaceAll(controls, '');
      continue;
    }
    for (const [name, value] of Object.entries(node.attributes)) node.attributes[name] = value.replaceAll(controls, '');
    removeControls(node.children);
  }
}

/** Writes a tree as well-formed html; texts and attribute values are escaped. */
export function serialiseHtml(nodes: readonly HtmlNode[]): string {
  let html = '';
  for (const node of nodes) {
    if (node.kind === 'text') {
      html += escapeText(node.text);
      continue;
    }
    html += `<${node.tag}`;
    for (const [name, value] of Object.entries(node.attributes)) html += ` ${name}="${escapeText(value).replaceAll('"', '&quot;')}"`;
    html += voidTags.has(node.tag) ? ' />' : `>${serialiseHtml(node.children)}</${node.tag}>`;
  }
  return html;
}

function escapeText(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const breakingTags = new Set(
  (
    'p div br hr h1 h2 h3 h4 h5 h6 li ul ol dl dt dd blockquote pre figure figcaption table tbody thead tfoot tr td th ' +
    'section article header footer aside address main'
  ).split(' '),
);
const silentTags = new Set('script style template noscript textarea xmp svg math head title select iframe object'.split(' '));

/** The text that a reader sees, one line per block, spaces collapsed. */
export function plainText(nodes: readonly HtmlNode[]): string {
  let result = '';
  const walk = (list: readonly HtmlNode[]): void => {
    for (const node of list) {
      if (node.kind === 'text') {
        result += node.text.replaceAll(/\s+/g, ' ');
      } else if (!silentTags.has(node.tag)) {
        const isBreaking = breakingTags.has(node.tag);
        if (isBreaking) result += '\n';
        walk(node.children);
        if (isBreaking) result += '\n';
      }
    }
  };
  walk(nodes);
  return result
    .split('\n')
    .map((line) => line.replaceAll(/[ \u00a0\u200b\ufeff]+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** The visible text of an html string. */
export function plainTextOfHtml(html: string): string {
  return plainText(parseHtml(html));
}

/** Every element of the tree in document order. */
export function* walkElements(nodes: readonly HtmlNode[]): Generator<HtmlElement> {
  // A list of open lists: generators inside generators would cost their depth for each element.
  const open = [{ nodes, next: 0 }];
  for (let list = open.at(-1); list !== undefined; list = open.at(-1)) {
    const node = list.nodes[list.next++];
    if (node === undefined) open.pop();
    else if (node.kind === 'element') {
      yield node;
      if (node.children.length > 0) open.push({ nodes: node.children, next: 0 });
    }
  }
}

/** Whether any of the space-separated class names of an element is one of these. */
export function hasClass(node: HtmlElement, names: ReadonlySet<string>): boolean {
  const value = node.attributes['class'];
  return value !== undefined && value.split(/\s+/).some((name) => names.has(name));
}
