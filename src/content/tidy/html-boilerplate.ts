/*
 * What feeds add around a text and no reader of a digest needs.
 */
import { isClutter } from '../clutter/clutter.ts';
import { markKnownSentences } from '../clutter/system-clutter.ts';
import { isFeedFooterLine, isUntitledFooter } from '../text/feed-footer.ts';
import { isBareInvitation } from '../text/invitation.ts';
import { lettersOf } from '../text/letters.ts';
import { holdsTag, walkElements } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { canonicalUrl } from '../web-address.ts';

/**
 * Drops what feeds add around a text: "The post X appeared first on Y", a last "Continue reading", rules at the ends. What is less certain, and would be
 * missed if somebody wrote it, is marked only.
 */
export function withoutBoilerplate(blocks: HtmlElement[], pageUrl: string | undefined, title: string): HtmlElement[] {
  const page = canonicalUrl(pageUrl);
  const kept = blocks.filter((block, index) => !(block.tag === 'hr' && blocks[index - 1]?.tag === 'hr'));
  const last = kept.findLastIndex((block) => !isClutter(block));
  if (kept[last]?.tag === 'p' && page !== undefined && isFeedFooter(kept[last], page, title)) kept.splice(last, 1);
  while (kept.at(-1)?.tag === 'hr') kept.pop();
  while (kept[0]?.tag === 'hr') kept.shift();
  markKnownSentences(kept, pageUrl);
  return kept;
}

/**
 * Whatever its language: a last paragraph that links the post by its title and, if there is a second link, the front of its site. Where the first link has
 * other words, only a footer that is known.
 */
function isFeedFooter(block: HtmlElement, page: string, title: string): boolean {
  const links = [...walkElements(block.children)].filter((each) => each.tag === 'a');
  const targets = links.map((each) => canonicalUrl(each.attributes['href']) ?? '');
  if (holdsTag(block.children, 'img')) return false;
  const words = visibleText(block.children);
  // Of a post without a title the link to it is empty, and gone by now.
  if (targets.length === 1 && isFront(targets[0]!, page)) return isUntitledFooter(words);
  if (targets[0] !== page) return false;
  const linked = lettersOf(visibleText(links[0]!.children));
  if (targets.length === 2) return isFront(targets[1]!, page) && (linked === lettersOf(title) || isFeedFooterLine(words));
  return (
    targets.length === 1 &&
    words.length <= 120 &&
    (linked === lettersOf(words) || isBareInvitation(words, title)) &&
    /(→|»|\[?…\]?|\.\.\.|more|reading|más|leyendo|suite|lire|weiter|lesen|mais|tutto)\s*\]?$/i.test(words)
  );
}

function isFront(target: string, page: string): boolean {
  return target.startsWith(page.split(/[/?]/)[0]!) && page.startsWith(target) && target !== page;
}
