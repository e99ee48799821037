/*
 * Grouping of converted nodes: runs of inline nodes become paragraphs, blocks stand beside them, empty ones vanish.
 */
import { withoutTrailing } from '../../kernel/trim.ts';
import { hasContent, isBlock, isSpace, trimInline } from '../html/blocks.ts';
import { isBareAddress } from '../web-address.ts';
import { element, text } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';

// Addresses alone in their paragraphs that are read as embeds; a list of thousands is a list.
const maxAddresses = 500;

/** Blocks only: each run of inline nodes becomes a paragraph, two line breaks in it begin another. A paragraph that is only an address becomes what `onAddress` returns, if anything. */
export function toBlocks(mixed: readonly HtmlNode[], onAddress?: (url: string) => HtmlNode[] | undefined): HtmlElement[] {
  const blocks: HtmlElement[] = [];
  let run: HtmlNode[] = [];
  let addressCount = 0;
  const add = (block: HtmlElement): void => {
    const address = onAddress && block.tag === 'p' && addressCount < maxAddresses ? bareAddress(block) : undefined;
    if (address !== undefined) addressCount += 1;
    const inPlace = address === undefined ? undefined : onAddress!(address);
    if (inPlace === undefined) blocks.push(block);
    else for (const node of inPlace) if (node.kind === 'element' && isBlock(node)) blocks.push(node);
  };
  const flush = (): void => {
    for (const part of splitAtDoubleBreaks(run)) {
      const content = trimInline(part);
      if (hasContent(content)) add(element('p', {}, content));
    }
    run = [];
  };
  for (const node of mixed) {
    if (node.kind === 'text' || !isBlock(node)) {
      run.push(node);
      continue;
    }
    flush();
    if (node.tag === 'figcaption') node.tag = 'p';
    if (node.tag === 'hr' || hasContent(node.children)) add(node);
  }
  flush();
  return blocks;
}

function bareAddress(block: HtmlElement): string | undefined {
  const [only, ...others] = block.children;
  if (others.length > 0 || only?.kind !== 'text' || !isBareAddress(only.text) || !URL.canParse(only.text.trim())) return undefined;
  return only.text.trim();
}

function splitAtDoubleBreaks(run: readonly HtmlNode[]): HtmlNode[][] {
  const parts: HtmlNode[][] = [[]];
  let breaks = 0;
  for (const node of run) {
    const isBreak = node.kind === 'element' && node.tag === 'br';
    if (isBreak) breaks += 1;
    else if (!isSpace(node)) breaks = 0;
    if (isBreak && breaks >= 2) parts.push([]);
    else parts.at(-1)!.push(node);
  }
  return parts;
}

/** The content of a list item or cell: inline as it is, a single paragraph without its tag, blocks beside runs otherwise. */
export function toItemContent(mixed: readonly HtmlNode[]): HtmlNode[] {
  if (!mixed.some((node) => isBlock(node))) return trimInline(mixed);
  const blocks = toBlocks(mixed);
  const [first, ...rest] = blocks;
  if (first?.tag === 'p' && rest.every((each) => each.tag === 'ul' || each.tag === 'ol')) return [...first.children, ...rest];
  return blocks;
}

/** Inline nodes only: blocks give up their tags and keep a space around their content. */
export function flattenInline(mixed: readonly HtmlNode[]): HtmlNode[] {
  return mixed.flatMap((node): HtmlNode[] => {
    if (node.kind === 'text') return [node];
    if (isBlock(node)) return node.tag === 'hr' ? [] : [text(' '), ...flattenInline(node.children), text(' ')];
    return [node];
  });
}

// Addresses of one text that become links; a list of thousands stays text.
const maxTextLinks = 2000;

interface LinkBudget {
  left: number;
}

/** Paragraphs of a plain text: blank lines separate them, single line ends break lines, bare addresses become links. */
export function blocksFromText(value: string): HtmlElement[] {
  const links = { left: maxTextLinks };
  return value
    .split(/\r?\n[ \t]*(?:\r?\n[ \t]*)+/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => element('p', {}, linesOf(paragraph, links)));
}

function linesOf(paragraph: string, links: LinkBudget): HtmlNode[] {
  // A paragraph that is only an address is left to the reading of embeds.
  if (isBareAddress(paragraph)) return [text(paragraph)];
  return paragraph
    .split(/\r?\n/)
    .flatMap((line, index) => [...(index > 0 ? [element('br')] : []), ...withLinks(line.replaceAll(/[ \t]+/g, ' ').trim(), links)]);
}

function withLinks(line: string, links: LinkBudget): HtmlNode[] {
  const nodes: HtmlNode[] = [];
  let end = 0;
  for (const match of line.matchAll(/https?:\/\/[^\s<>"“”]{3,2000}/g)) {
    const url = withoutTrailing(match[0], /[.,;:!?)\]}'’]/);
    if (!URL.canParse(url)) continue;
    if (links.left === 0) break;
    links.left -= 1;
    if (match.index > end) nodes.push(text(line.slice(end, match.index)));
    nodes.push(element('a', { href: new URL(url).href }, [text(url)]));
    end = match.index + url.length;
  }
  if (end < line.length) nodes.push(text(line.slice(end)));
  return nodes;
}

/** Puts an inline element around every run of inline nodes, inside the blocks that stand among them. */
export function wrapInline(
  tag: string,
  attributes: Record<string, string>,
  mixed: HtmlNode[],
  onWrap: (wrapper: HtmlElement) => void = () => {},
): HtmlNode[] {
  const wrapRuns = (nodes: readonly HtmlNode[]): HtmlNode[] => {
    const result: HtmlNode[] = [];
    let run: HtmlNode[] = [];
    const flush = (): void => {
      if (run.length > 0 && hasContent(run)) {
        const wrapper = element(tag, { ...attributes }, run);
        onWrap(wrapper);
        result.push(wrapper);
      } else {
        result.push(...run);
      }
      run = [];
    };
    for (const node of nodes) {
      if (node.kind === 'text' || !isBlock(node)) {
        run.push(node);
        continue;
      }
      flush();
      // Code keeps its text as it is; a rule has nothing to wrap.
      if (node.tag !== 'hr') node.children = wrapRuns(node.children);
      result.push(node);
    }
    flush();
    return result;
  };
  return wrapRuns(mixed);
}
