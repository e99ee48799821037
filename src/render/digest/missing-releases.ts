import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { quote } from '../../content/text/quote.ts';
import type { DigestModel, DigestPost } from '../digest.ts';
import { maxTitles } from './fit-size.ts';
import { toldText, visibleLine } from '../../content/html/visible-text.ts';
import { elementsOf, mapElements } from '../../content/html/html-tree.ts';
import type { HtmlNode } from '../../content/html/html-tree.ts';
import { anchorOf } from './post-view.ts';
import { maxTitleLength } from '../parts/prepared-post.ts';

/**
 * What a digest lacks of its releases, a sentence for each fault; `shown` is its html as far as a reader sees it.
 *
 * Every release of the model, a post or a correction, stands in both parts by its title. Only titles for which there is no room are left to a
 * page, and then both parts link to it. A list of contents is no post: in the html it is told by where its links lead or by its class `contents`; in the text nothing tells
 * it from posts, so that a text whose list names what it does not show passes.
 */
export function missingReleases(shown: readonly HtmlNode[], text: string, model: DigestModel): readonly string[] {
  const posts = [...model.posts, ...model.alsoPublished];
  const withRoom = [...posts.slice(0, 1 + maxTitles), ...model.corrections];
  const html = withoutPointers(shown, model);
  const parts = [
    {
      name: 'html',
      letters: lettersIn(visibleLine(html), toldText(html)),
      linksToRest: elementsOf(shown).some((element) => element.attributes['href'] === model.restUrl),
    },
    { name: 'text', letters: lettersIn(text, text.replaceAll(/~~[^~]*~~/g, '')), linksToRest: text.includes(model.restUrl) },
  ];
  const lackedBy = (letters: string, releases: readonly Pick<DigestPost, 'title'>[]) =>
    releases.filter((release) => !letters.includes(signsOf(cutAtWord(cleanLine(release.title), maxTitleLength))));
  const isLeft = parts.some((part) => lackedBy(part.letters, posts.slice(1 + maxTitles)).length > 0);
  return parts.flatMap(({ name, letters, linksToRest }) => {
    const lost = lackedBy(letters, withRoom);
    return [
      ...(lost.length > 0 ? [`The ${name} lacks ${namesOf(lost)}.`] : []),
      ...(isLeft && !linksToRest ? [`The ${name} lacks the link to the page with the rest.`] : []),
    ];
  });
}

/** Html without lists of contents, and without links that lead to a post further down. */
function withoutPointers(shown: readonly HtmlNode[], model: DigestModel): readonly HtmlNode[] {
  const anchors = new Set(model.posts.map((post) => anchorOf(post)));
  return mapElements(shown, (element) => {
    if (element.attributes['class']?.split(' ').includes('contents') === true) return null;
    const [, fragment] = element.attributes['href']?.split('#') ?? [];
    return fragment !== undefined && anchors.has(fragment) ? null : element;
  });
}

/** The letters of a part as it shows them, and as a title that was taken from its text tells them: without struck words. */
function lettersIn(shown: string, told: string): string {
  return shown === told ? signsOf(shown) : `${signsOf(shown)}\n${signsOf(told)}`;
}

/**
 * Letters, digits and symbols only, so that a title is found however a part wraps, quotes or cuts it, or numbers a link within it. Unlike `lettersOf` of
 * content it keeps symbols, for a title may be nothing else, and tells accents written apart: both texts come from the same title.
 */
function signsOf(text: string): string {
  return text
    .replaceAll(/\[\d+\]/g, '')
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{So}]+/gu, '')
    .toLowerCase();
}

function namesOf(posts: readonly Pick<DigestPost, 'title'>[]): string {
  const named = posts.slice(0, 3).map((post) => quote(post.title));
  return posts.length > named.length ? `${named.join(', ')} and ${posts.length - named.length} more` : named.join(', ');
}
