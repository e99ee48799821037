/*
 * The language and the direction of what a source holds: kept on each block, since what only wraps blocks is not kept.
 */
import { holdsRightToLeft } from '../../kernel/text/direction.ts';
import { isBlock } from '../html/blocks.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';

/** The language and the direction that an element states, in an attribute or in its style. */
export function languageAttributes(node: HtmlElement): Record<string, string> {
  const { lang, dir = '', style = '' } = node.attributes;
  const stated =
    /^\s*(rtl|ltr|auto)\s*$/i.exec(dir)?.[1] ??
    (style === '' ? undefined : /(?:^|;)\s{0,5}direction\s{0,5}:\s{0,5}(rtl|ltr)/i.exec(style)?.[1]);
  return {
    ...(lang !== undefined && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(lang) ? { lang } : {}),
    ...(stated === undefined ? {} : { dir: stated.toLowerCase() }),
  };
}

/** Blocks with the language and direction of what wrapped them, as far as they state none. From left to right is said only where something is not. */
export function inLanguageOf<N extends HtmlNode>(nodes: readonly N[], wrapper: HtmlElement): N[] {
  const stated = Object.entries(languageAttributes(wrapper));
  if (stated.length > 0) {
    for (const node of nodes) {
      if (node.kind === 'text' || !isBlock(node) || node.tag === 'hr') continue;
      for (const [name, value] of stated)
        if (!(name in node.attributes) && (value !== 'ltr' || holdsRightToLeft(visibleText([node])))) node.attributes[name] = value;
    }
  }
  return [...nodes];
}
