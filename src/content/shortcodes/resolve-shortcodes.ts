/*
 * Shortcodes that nobody replaced, in the tree of a source's html: each becomes its content, its caption, a link, a document or nothing, before anything
 * else is made of the tree. Ends may stand in other paragraphs than beginnings, or nowhere.
 * Invariant: what is no shortcode stays as it is written; the work grows with the size of the tree.
 */
import { element, text } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { joinBrokenTags } from './broken-tags.ts';
import { nodesOfShortcode } from './shortcode-nodes.ts';
import type { ShortcodePlace } from './shortcode-nodes.ts';
import { isShortcodeName, kindOfShortcode } from './shortcode-names.ts';
import { shortcodePieces } from './shortcode-tag.ts';
import type { ShortcodeTag } from './shortcode-tag.ts';

// Of this many beginnings and ends the other half is looked for beyond their own paragraph, and so deep within each other.
const maxLifted = 500;
const maxNesting = 20;

// Code is quoted; of what a script says nothing is read.
const verbatimTags = new Set(['pre', 'code', 'kbd', 'samp', 'tt', 'listing', 'script', 'style', 'textarea', 'noscript', 'iframe']);
/** What may be divided where a shortcode begins or ends within it. */
const dividedTags = new Set(['p', 'div', 'span', 'center', 'strong', 'em', 'b', 'i', 'u', 'font', 'section', 'article']);

interface Resolving {
  readonly place: ShortcodePlace;
  /** Tags that wait for their other half, by the element that stands for them meanwhile. */
  readonly tags: Map<HtmlNode, ShortcodeTag>;
  /** What begins, and what ends, anywhere: without its other half no tag waits for it. */
  readonly opened: ReadonlySet<string>;
  readonly closed: ReadonlySet<string>;
  lifted: number;
}

/** The nodes with their shortcodes resolved; the nodes themselves are changed. */
export function resolveShortcodes(nodes: readonly HtmlNode[], place: ShortcodePlace): HtmlNode[] {
  const [opened, closed] = [new Set<string>(), new Set<string>()];
  collectNames(nodes, opened, closed);
  const resolving: Resolving = { place, tags: new Map(), opened, closed, lifted: 0 };
  return settled(resolveList(nodes, resolving), resolving);
}

const tagName = /\[(\/?)(\d?[A-Za-z][\w-]{0,60})/g;

function collectNames(nodes: readonly HtmlNode[], opened: Set<string>, closed: Set<string>): void {
  for (const node of nodes) {
    if (node.kind === 'element') collectNames(node.children, opened, closed);
    else if (node.text.includes('['))
      for (const [, stroke, name] of node.text.matchAll(tagName)) (stroke === '' ? opened : closed).add(name!);
  }
}

function resolveList(nodes: readonly HtmlNode[], resolving: Resolving): HtmlNode[] {
  const result: HtmlNode[] = [];
  for (const node of joinBrokenTags(nodes)) {
    if (node.kind === 'text') pushPieces(result, node, resolving);
    else if (verbatimTags.has(node.tag)) result.push(node);
    else {
      const children = resolveList(node.children, resolving);
      const markers = children.filter((child) => resolving.tags.has(child)).length;
      const isDivided = markers > 0 && dividedTags.has(node.tag) && (resolving.lifted += markers) <= maxLifted;
      if (isDivided) for (const part of divided(node, children, resolving)) result.push(part);
      else {
        node.children = markers > 0 ? settled(children, resolving) : children;
        result.push(node);
      }
    }
  }
  return paired(result, resolving);
}

function pushPieces(result: HtmlNode[], node: HtmlNode & { kind: 'text' }, resolving: Resolving): void {
  if (!node.text.includes('[')) {
    result.push(node);
    return;
  }
  for (const piece of shortcodePieces(node.text)) {
    if (typeof piece === 'string') result.push(text(piece));
    else if (waits(piece, resolving)) {
      const marker = element('shortcode');
      resolving.tags.set(marker, piece);
      result.push(marker);
    } else if (piece.isCertain) result.push(...nodesOfShortcode(piece, undefined, resolving.place));
    else result.push(text(piece.source));
  }
}

/**
 * Whether the other half of a tag may stand elsewhere. Rows and columns need none: what they hold stands where it stood, whether they end or not. The end of
 * one that people may write as well does wait: by it alone a bare `[row]` is known. Behind a quotation stands who said it.
 */
function waits({ kind, name, isCertain }: ShortcodeTag, { opened, closed }: Resolving): boolean {
  const isFrame = kindOfShortcode(name) === 'block' && !name.includes('quote');
  const needsNone = isCertain && isFrame && (kind === 'open' || isShortcodeName(name));
  if (kind === 'single' || needsNone) return false;
  return (kind === 'open' ? closed : opened).has(name);
}

/** An element in parts, with the beginnings and ends between them. */
function divided(node: HtmlElement, children: readonly HtmlNode[], { tags }: Resolving): HtmlNode[] {
  const parts: HtmlNode[] = [];
  let run: HtmlNode[] = [];
  const endRun = (): void => {
    if (run.length > 0) parts.push({ ...node, attributes: { ...node.attributes }, children: run });
    run = [];
  };
  for (const child of children) {
    if (!tags.has(child)) run.push(child);
    else {
      endRun();
      parts.push(child);
    }
  }
  endRun();
  return parts;
}

/** Resolves every shortcode that begins and ends in this list. */
function paired(nodes: readonly HtmlNode[], resolving: Resolving): HtmlNode[] {
  const { tags, place } = resolving;
  if (tags.size === 0 || !nodes.some((node) => tags.get(node)?.kind === 'close')) return [...nodes];
  const result: HtmlNode[] = [];
  const open: { name: string; at: number }[] = [];
  for (const node of nodes) {
    const tag = tags.get(node);
    const from = tag?.kind === 'close' ? open.findLastIndex(({ name }) => name === tag.name) : -1;
    if (from === -1) {
      if (tag?.kind === 'open' && open.length < maxNesting) open.push({ name: tag.name, at: result.length });
      result.push(node);
      continue;
    }
    const { at } = open[from]!;
    open.length = from;
    const content = settled(result.splice(at + 1), resolving);
    const begin = tags.get(result.pop()!)!;
    for (const each of nodesOfShortcode(begin, content, place)) result.push(each);
  }
  return result;
}

/** What has no other half: a shortcode by itself, a stray end, or words after all. */
function settled(nodes: readonly HtmlNode[], { tags, place }: Resolving): HtmlNode[] {
  return nodes.flatMap((node) => {
    const tag = tags.get(node);
    if (tag === undefined) return [node];
    tags.delete(node);
    if (!tag.isCertain) return [text(tag.source)];
    return nodesOfShortcode(tag, undefined, place);
  });
}
