import { walkElements } from '../html/html-tree.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { plainContent } from './math-tokens.ts';

/** What an SVG picture says of itself to those who do not see it, as its author ranks it; undefined for one that is decoration. */
export function svgLabel(svg: HtmlElement): string | undefined {
  const { role, 'aria-hidden': hidden } = svg.attributes;
  if (hidden === 'true' || role === 'presentation' || role === 'none') return undefined;
  const parts = [...walkElements(svg.children)];
  const named = (svg.attributes['aria-labelledby'] ?? '')
    .split(/\s+/)
    .slice(0, 5)
    .flatMap((id) => (id === '' ? [] : (parts.find((each) => each.attributes['id'] === id) ?? [])))
    .map((each) => plainContent(each.children))
    .filter((words) => words !== '')
    .join('. ');
  const first = (tag: string): string => plainContent(parts.find((each) => each.tag === tag)?.children ?? []);
  const label = (svg.attributes['aria-label'] ?? '').replaceAll(/\s+/gu, ' ').trim();
  return named || label || first('title') || first('desc') || undefined;
}
