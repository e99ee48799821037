/*
 * Lists of a source: items only, nested lists inside the item they belong to.
 */
import { element } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { toBlocks, toItemContent } from './html-flow.ts';
import { hasContent, isBlock } from '../html/blocks.ts';
import { itemNumbers, numberItems, numberTypeOf } from '../html/list-numbers.ts';
import type { NumberType } from '../html/list-numbers.ts';
import { isNoise } from './tidying.ts';
import type { Tidying } from './tidying.ts';

/**
 * Converts `ul`, `ol` and their old kin. An item that shows nothing goes, and those after it keep their numbers. What is no item has no number: in an
 * ordered list it belongs to the item before it, as it stands below that in a browser, or before the list.
 */
export function convertList(node: HtmlElement, context: Tidying): HtmlNode[] {
  const children = itemsAndRuns(node.children);
  const stated = itemNumbers({ ...node, children: children.filter((each): each is HtmlElement => !Array.isArray(each)) });
  const numbers = new Map<HtmlElement, number>();
  const before: HtmlNode[] = [];
  const items: HtmlElement[] = [];
  for (const child of children) {
    const isItem = !Array.isArray(child);
    const mixed = context.convertAll(isItem ? child.children : child, context);
    const content = toItemContent(mixed);
    if (!hasContent(content)) continue;
    const previous = items.at(-1);
    if (!isItem && node.tag === 'ol') (previous?.children ?? before).push(...toBlocks(mixed));
    // A list directly in a list belongs to the item before it.
    else if (!isItem && previous && content.every((each) => isBlock(each))) previous.children.push(...content);
    else {
      const item = element('li', {}, content);
      items.push(item);
      if (isItem) numbers.set(item, stated.get(child)!);
    }
  }
  if (items.length === 0) return before;
  if (node.tag !== 'ol') return [element('ul', {}, items)];
  const list = element('ol', numberingOf(node), items);
  numberItems(list, numbers);
  return [...before, list];
}

/** The items of a list, those in a box within it too, and between them what is none. */
function itemsAndRuns(children: readonly HtmlNode[]): (HtmlElement | HtmlNode[])[] {
  const found: (HtmlElement | HtmlNode[])[] = [];
  const walk = (nodes: readonly HtmlNode[]): void => {
    for (const node of nodes) {
      const last = found.at(-1);
      if (node.kind === 'element' && isNoise(node)) continue;
      if (node.kind === 'element' && node.tag === 'li') found.push(node);
      else if (node.kind === 'element' && isBoxOfItems(node)) walk(node.children);
      else if (Array.isArray(last)) last.push(node);
      else found.push([node]);
    }
  };
  walk(children);
  return found;
}

const listTags = new Set('ul ol menu dir'.split(' '));

function isBoxOfItems({ tag, children }: HtmlElement): boolean {
  return !listTags.has(tag) && children.some((child) => child.kind === 'element' && child.tag === 'li');
}

const typesOfStyles: ReadonlyMap<string, NumberType> = new Map([
  ['lower-alpha', 'a'],
  ['lower-latin', 'a'],
  ['upper-alpha', 'A'],
  ['upper-latin', 'A'],
  ['lower-roman', 'i'],
  ['upper-roman', 'I'],
]);

/** How an ordered list counts and writes its numbers. Word processors say the latter in a style. */
function numberingOf(node: HtmlElement): Record<string, string> {
  const style = /list-style(?:-type)?\s*:\s*([a-z-]+)/i.exec(node.attributes['style'] ?? '')?.[1]?.toLowerCase();
  const type = numberTypeOf(node) ?? typesOfStyles.get(style ?? '');
  return { ...('reversed' in node.attributes ? { reversed: '' } : {}), ...(type === undefined ? {} : { type }) };
}

/** Converts a list of terms and their definitions. */
export function convertDefinitions(node: HtmlElement, context: Tidying): HtmlNode[] {
  const items: HtmlElement[] = [];
  const collect = (children: readonly HtmlNode[]): void => {
    for (const child of children) {
      if (child.kind === 'element' && child.tag === 'div') {
        collect(child.children);
        continue;
      }
      const isItem = child.kind === 'element' && (child.tag === 'dt' || child.tag === 'dd');
      const content = toItemContent(isItem ? context.convertAll(child.children, context) : context.convertAll([child], context));
      if (hasContent(content)) items.push(element(isItem ? child.tag : 'dd', {}, content));
    }
  };
  collect(node.children);
  return items.length > 0 ? [element('dl', {}, items)] : [];
}
