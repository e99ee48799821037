/*
 * What feeds add around a text and no reader of a digest needs.
 */
import { isClutter } from '../clutter/clutter.ts';
import { markKnownSentences } from '../clutter/system-clutter.ts';
import { isUntitledFooter } from '../text/feed-footer.ts';
import { elementsOf, holdsTag } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { canonicalUrl } from '../web-address.ts';

/**
 * Drops what feeds add around a text: "The post X appeared first on Y", a last "Continue reading", rules at the ends. What is less certain, and would be
 * missed if somebody wrote it, is marked only.
 */
export function withoutBoilerplate(blocks: HtmlElement[], pageUrl: string | undefined): HtmlElement[] {
  const page = canonicalUrl(pageUrl);
  const kept = blocks.filter((block, index) => !(block.tag === 'hr' && blocks[index - 1]?.tag === 'hr'));
  const last = kept.findLastIndex((block) => !isClutter(block));
  if (kept[last]?.tag === 'p' && page !== undefined && isFeedFooter(kept[last], page)) kept.splice(last, 1);
  while (kept.at(-1)?.tag === 'hr') kept.pop();
  while (kept[0]?.tag === 'hr') kept.shift();
  markKnownSentences(kept, pageUrl);
  return kept;
}

/** Whatever its language: a last paragraph whose links lead to the post itself and, if there is a second, to the front of its site. */
function isFeedFooter(block: HtmlElement, page: string): boolean {
  const links = elementsOf(block.children).filter((each) => each.tag === 'a');
  const targets = links.map((each) => canonicalUrl(each.attributes['href']) ?? '');
  if (holdsTag(block.children, 'img')) return false;
  const words = visibleText(block.children);
  // Of a post without a title the link to it is empty, and gone by now.
  if (targets.length === 1 && isFront(targets[0]!, page)) return isUntitledFooter(words);
  if (targets[0] !== page) return false;
  if (targets.length === 2) return isFront(targets[1]!, page);
  return (
    targets.length === 1 &&
    words.length <= 120 &&
    saysNothingElse(words, visibleText(links)) &&
    /(→|»|\[?…\]?|\.\.\.|more|reading|más|leyendo|suite|lire|weiter|lesen|mais|tutto)\s*\]?$/i.test(words)
  );
}

// "To read more, click here", "Read the rest at".
const maxInvitingWords = 4;

/** Whether what stands around a link is at most the rest of an invitation, and no text that goes on behind it. */
function saysNothingElse(words: string, linked: string): boolean {
  const around = words.replace(linked, ' ');
  const isText = /[\p{L}\p{N})"”’](?:[.!?。！？؟](?:\s|$)|\s?\[?(?:…|\.{3}))/u.test(around);
  return !isText && (around.match(/[\p{L}\p{N}]+/gu) ?? []).length <= maxInvitingWords;
}

function isFront(target: string, page: string): boolean {
  return target.startsWith(page.split(/[/?]/)[0]!) && page.startsWith(target) && target !== page;
}
