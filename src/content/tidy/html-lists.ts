/*
 * Lists of a source: items only, nested lists inside the item they belong to.
 */
import { element } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { hasContent, isBlock, toItemContent } from './html-flow.ts';
import { convertAll, isNoise } from './tidy-html.ts';
import type { Tidying } from './tidy-html.ts';

/** Converts `ul`, `ol` and their old kin. */
export function convertList(node: HtmlElement, context: Tidying): HtmlNode[] {
  const items: HtmlElement[] = [];
  for (const child of node.children) {
    const isItem = child.kind === 'element' && child.tag === 'li' && !isNoise(child);
    const mixed = isItem ? convertAll(child.children, context) : convertAll([child], context);
    const content = toItemContent(mixed);
    if (!hasContent(content)) continue;
    const previous = items.at(-1);
    // A list directly in a list belongs to the item before it.
    if (!isItem && previous && content.every((each) => isBlock(each))) previous.children.push(...content);
    else items.push(element('li', isItem ? numberAttribute(child, 'value') : {}, content));
  }
  if (items.length === 0) return [];
  const tag = node.tag === 'ol' ? 'ol' : 'ul';
  return [element(tag, tag === 'ol' ? numberAttribute(node, 'start') : {}, items)];
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
      const content = toItemContent(isItem ? convertAll(child.children, context) : convertAll([child], context));
      if (hasContent(content)) items.push(element(isItem ? child.tag : 'dd', {}, content));
    }
  };
  collect(node.children);
  return items.length > 0 ? [element('dl', {}, items)] : [];
}

function numberAttribute(node: HtmlElement, name: string): Record<string, string> {
  const value = node.attributes[name];
  return value !== undefined && /^\d{1,6}$/.test(value) ? { [name]: value } : {};
}
