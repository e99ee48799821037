/*
 * Lists of a source: items only, nested lists inside the item they belong to.
 */
import { languageAttributes } from './direction-of.ts';
import { element } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { toBlocks, toItemContent } from './html-flow.ts';
import { hasContent, isBlock } from '../html/blocks.ts';
import { itemNumbers, numberItems, numberTypeOf } from '../html/list-numbers.ts';
import type { NumberType } from '../html/list-numbers.ts';
import { isNoise } from './tidying.ts';
import type { Tidying } from './tidying.ts';

/** Converts `ul`, `ol` and their old kin. An item that shows nothing goes, and those after it keep their numbers. */
export function convertList(node: HtmlElement, context: Tidying): HtmlNode[] {
  const children = node.children.filter((child) => child.kind === 'text' || !isNoise(child));
  if (node.tag === 'ol') return convertOrdered(node, children.flatMap(unboxed), context);
  const items: HtmlElement[] = [];
  for (const child of children) {
    const isItem = child.kind === 'element' && child.tag === 'li';
    const content = toItemContent(isItem ? context.convertAll(child.children, context) : context.convertAll([child], context));
    if (!hasContent(content)) continue;
    const previous = items.at(-1);
    // A list directly in a list belongs to the item before it.
    if (!isItem && previous && content.every((each) => isBlock(each))) previous.children.push(...content);
    else items.push(element('li', isItem ? languageAttributes(child) : {}, content));
  }
  return items.length === 0 ? [] : [element('ul', {}, items)];
}

/** What is no item has no number: it belongs to the item before it, as it stands below that in a browser, or before the list. */
function convertOrdered(node: HtmlElement, children: readonly HtmlNode[], context: Tidying): HtmlNode[] {
  const stated = itemNumbers({ ...node, children: [...children] });
  const numbers = new Map<HtmlElement, number>();
  const before: HtmlNode[] = [];
  const items: HtmlElement[] = [];
  let strays: HtmlNode[] = [];
  const placeStrays = (): void => {
    const blocks = toBlocks(context.convertAll(strays, context));
    if (hasContent(blocks)) (items.at(-1)?.children ?? before).push(...blocks);
    strays = [];
  };
  for (const child of children) {
    if (child.kind === 'text' || child.tag !== 'li') {
      strays.push(child);
      continue;
    }
    placeStrays();
    const content = toItemContent(context.convertAll(child.children, context));
    if (!hasContent(content)) continue;
    const item = element('li', languageAttributes(child), content);
    items.push(item);
    numbers.set(item, stated.get(child)!);
  }
  placeStrays();
  if (items.length === 0) return before;
  const list = element('ol', numberingOf(node), items);
  numberItems(list, numbers);
  return [...before, list];
}

const boxTags = new Set('div section center'.split(' '));

/** The items of a box that holds nothing else; any other node as it is. */
function unboxed(node: HtmlNode): HtmlNode[] {
  return isBoxOfItems(node) ? node.children.filter((child) => child.kind === 'element').flatMap(unboxed) : [node];
}

function isBoxOfItems(node: HtmlNode): node is HtmlElement {
  if (node.kind === 'text' || !boxTags.has(node.tag) || node.children.length === 0) return false;
  return node.children.every((child) => (child.kind === 'text' ? child.text.trim() === '' : child.tag === 'li' || isBoxOfItems(child)));
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
      if (hasContent(content)) items.push(element(isItem ? child.tag : 'dd', isItem ? languageAttributes(child) : {}, content));
    }
  };
  collect(node.children);
  return items.length > 0 ? [element('dl', {}, items)] : [];
}
