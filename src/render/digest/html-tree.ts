/*
 * Post html as a small tree, so that a digest can style it, shorten it and write it as text without ever scanning tags by hand.
 * The input is sanitised already; the tree holds decoded and cleaned text (an entity can spell a mark too), and `writeHtml` escapes all of it
 * again: nothing passes through raw.
 */
import { Parser } from 'htmlparser2';
import { cleanText } from '../../content/text/clean-text.ts';
import { escapeHtml } from '../../content/text/escape-html.ts';

/** A run of text, entities decoded. */
export interface HtmlText {
  readonly kind: 'text';
  readonly text: string;
}

/** An element with lower-case name. */
export interface HtmlElement {
  readonly kind: 'element';
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly HtmlNode[];
}

/** One node of the tree; comments and processing instructions are left out. */
export type HtmlNode = HtmlText | HtmlElement;

/** One thing that stands by itself: a block element, or a run of text and inline elements between two blocks. */
export type HtmlBlock = readonly HtmlNode[];

const voidNames = new Set(['br', 'hr', 'img', 'wbr', 'col', 'input', 'source', 'meta', 'link', 'base', 'embed', 'area', 'track', 'param']);

const blockNames = new Set(
  (
    'address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr ' +
    'li main nav ol p pre section summary table tbody td tfoot th thead tr ul video audio iframe'
  ).split(' '),
);

/** Deeper elements are flattened into their ancestor, so that no document can exhaust the stack. */
const maxDepth = 60;

/** Reads html into a tree; total: whatever comes gives some tree. */
export function parseHtml(html: string): readonly HtmlNode[] {
  const root: HtmlNode[] = [];
  const open: HtmlNode[][] = [];
  let ignored = 0;
  const target = () => open.at(-1) ?? root;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const children: HtmlNode[] = [];
        const element: HtmlElement = { kind: 'element', name, attributes: cleanValues(attributes), children };
        if (voidNames.has(name)) target().push(element);
        else if (open.length >= maxDepth) ignored += 1;
        else {
          target().push(element);
          open.push(children);
        }
      },
      onclosetag(name) {
        if (voidNames.has(name)) return;
        if (ignored > 0) ignored -= 1;
        else open.pop();
      },
      ontext(text) {
        target().push({ kind: 'text', text: cleanText(text) });
      },
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  );
  parser.write(html);
  parser.end();
  return root;
}

function cleanValues(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, cleanText(value)]));
}

/** Whether an element stands by itself rather than within a line. */
export function isBlock(element: HtmlElement): boolean {
  return blockNames.has(element.name);
}

/**
 * The top-level blocks of a post, the unit that `DigestAttachment.afterBlock` counts: each block element is one, and so is each run of
 * text and inline elements between them. White space alone is none.
 */
export function topLevelBlocks(nodes: readonly HtmlNode[]): readonly HtmlBlock[] {
  const blocks: HtmlNode[][] = [];
  let run: HtmlNode[] = [];
  const endRun = () => {
    if (run.some((node) => node.kind === 'element' || node.text.trim() !== '')) blocks.push(run);
    run = [];
  };
  for (const node of nodes) {
    if (node.kind === 'element' && isBlock(node)) {
      endRun();
      blocks.push([node]);
    } else run.push(node);
  }
  endRun();
  return blocks;
}

/** The text of nodes in reading order, white space collapsed, blocks and line breaks apart. */
export function textOf(nodes: readonly HtmlNode[]): string {
  return rawText(nodes).replaceAll(/\s+/gu, ' ').trim();
}

function rawText(nodes: readonly HtmlNode[]): string {
  let text = '';
  for (const node of nodes) {
    if (node.kind === 'text') text += node.text;
    else if (node.name === 'br') text += ' ';
    else text += isBlock(node) ? ` ${rawText(node.children)} ` : rawText(node.children);
  }
  return text;
}

/** Every element below nodes, in document order. */
export function elementsOf(nodes: readonly HtmlNode[]): readonly HtmlElement[] {
  const found: HtmlElement[] = [];
  const walk = (inner: readonly HtmlNode[]) => {
    for (const node of inner) {
      if (node.kind === 'text') continue;
      found.push(node);
      walk(node.children);
    }
  };
  walk(nodes);
  return found;
}

/** A tree with every element passed through `change`, innermost first; null drops it, an array puts other nodes in its place. */
export function mapElements(
  nodes: readonly HtmlNode[],
  change: (element: HtmlElement) => HtmlNode | readonly HtmlNode[] | null,
): readonly HtmlNode[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'text') return [node];
    const changed = change({ ...node, children: mapElements(node.children, change) });
    if (changed === null) return [];
    return 'kind' in changed ? [changed] : [...changed];
  });
}

/** Writes a tree as html, everything escaped. */
export function writeHtml(nodes: readonly HtmlNode[]): string {
  let html = '';
  for (const node of nodes) {
    if (node.kind === 'text') html += escapeHtml(node.text);
    else html += writeElement(node);
  }
  return html;
}

function writeElement(element: HtmlElement): string {
  let tag = `<${element.name}`;
  for (const [name, value] of Object.entries(element.attributes)) tag += ` ${name}="${escapeHtml(value)}"`;
  return voidNames.has(element.name) ? `${tag}>` : `${tag}>${writeHtml(element.children)}</${element.name}>`;
}
