/*
 * Gates: what must hold of a digest before its edition may be approved. What can be mended was mended before (repairs);
 * what fails here needs a person, and the remedy says what to do. Pure: looks at the digest as it will be sent, nothing else.
 */
import { cleanLine, cutAtWord } from './clean-text.ts';
import { maxSubjectLength } from './digest.ts';
import type { DigestModel, DigestPost, RenderedDigest } from './digest.ts';
import { maxHtmlBytes, maxTitles } from './fit-size.ts';
import { elementsOf, mapElements, parseHtml, textOf } from './html-tree.ts';
import type { HtmlElement, HtmlNode } from './html-tree.ts';
import { fillPlaceholders, findUnknownMarks, hasPlaceholder, longestPlaceholderValues, placeholderNames } from './placeholder.ts';
import { anchorOf } from './post-view.ts';
import { maxTitleLength } from './prepared-post.ts';

/** One gate and whether the digest passes it. */
export interface Gate {
  readonly name: 'size' | 'placeholders' | 'links' | 'images' | 'footer' | 'same_posts' | 'subject' | 'sections';
  readonly ok: boolean;
  /** What was found, in one sentence. */
  readonly what: string;
  /** What to do about it; empty when the gate is passed. */
  readonly remedy: string;
}

/** The parts of a digest that gates look at. */
export type CheckedParts = Pick<RenderedDigest, 'subject' | 'html' | 'text'>;

/** Every gate, passed or not, in a fixed order. */
export function checkGates(digest: CheckedParts, model: DigestModel): readonly Gate[] {
  const html = fillPlaceholders(digest.html, longestPlaceholderValues, 'html');
  const tree = parseHtml(html);
  const elements = elementsOf(tree);
  return [
    checkSize(html),
    checkMarks(digest),
    checkLinks(elements),
    checkImages(elements),
    checkFooter(digest, model, textOf(tree)),
    checkSamePosts(digest, model, tree, elements),
    checkSubject(digest.subject),
    checkSections(tree, model),
  ];
}

function gate(name: Gate['name'], fault: string | undefined, passed: string, remedy: string): Gate {
  return fault === undefined ? { name, ok: true, what: passed, remedy: '' } : { name, ok: false, what: fault, remedy };
}

function checkSize(html: string): Gate {
  const bytes = Buffer.byteLength(html);
  const fault =
    bytes > maxHtmlBytes
      ? `The html has ${kilobytes(bytes)} KB with the longest recipient values, more than the ${kilobytes(maxHtmlBytes)} KB that mail programs show.`
      : undefined;
  return gate('size', fault, `The html has ${kilobytes(bytes)} KB.`, 'Lower the schedule’s maximum of posts, or use a lighter template.');
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

function checkMarks(digest: CheckedParts): Gate {
  const unknown = [digest.html, digest.text, digest.subject].flatMap((part) => findUnknownMarks(part));
  const inSubject = digest.subject.includes('\uFDD0') ? ['subject'] : [];
  const fault =
    unknown.length + inSubject.length > 0
      ? `A placeholder is left that nobody fills: ${[...new Set([...unknown, ...inSubject])].join(', ')}.`
      : undefined;
  return gate(
    'placeholders',
    fault,
    'Every placeholder is known.',
    `Correct the name in the template; expected one of ${placeholderNames.join(', ')}.`,
  );
}

function checkLinks(elements: readonly HtmlElement[]): Gate {
  const urls = elements.flatMap((element) => [element.attributes['href'], element.attributes['src']].filter((url) => url !== undefined));
  const wrong = urls.filter((url) => !/^https?:\/\/[^\s/]/i.test(url) || !URL.canParse(url));
  const fault =
    wrong.length > 0
      ? `${wrong.length === 1 ? 'A link is' : `${wrong.length} links are`} no absolute web address: ${wrong.slice(0, 3).map(quote).join(', ')}.`
      : undefined;
  return gate('links', fault, `All ${urls.length} links are absolute.`, 'Correct the link in the post or the template.');
}

function checkImages(elements: readonly HtmlElement[]): Gate {
  const images = elements.filter((element) => element.name === 'img');
  const silent = images.filter((image) => image.attributes['alt'] === undefined);
  const fault =
    silent.length > 0
      ? `A picture has no alt text: ${silent
          .slice(0, 3)
          .map((image) => quote(image.attributes['src'] ?? ''))
          .join(', ')}.`
      : undefined;
  return gate(
    'images',
    fault,
    images.length === 0 ? 'There are no pictures.' : 'Every picture has an alt text.',
    'Give the template’s <img> or <mj-image> an alt attribute (empty for decoration).',
  );
}

function checkFooter(digest: CheckedParts, model: DigestModel, shownText: string): Gate {
  const address = squash(model.newsletter.postalAddress);
  const faults = [
    address === '' ? 'The newsletter has no postal address.' : undefined,
    !hasPlaceholder(digest.html, 'links.unsubscribe') ? 'The html has no unsubscribe link.' : undefined,
    !hasPlaceholder(digest.text, 'links.unsubscribe') ? 'The text has no unsubscribe link.' : undefined,
    address !== '' && !squash(shownText).includes(address) ? 'The html lacks the postal address.' : undefined,
    address !== '' && !squash(digest.text).includes(address) ? 'The text lacks the postal address.' : undefined,
  ].filter((fault) => fault !== undefined);
  const remedy =
    'Set the postal address of the newsletter (gazette newsletters set), and put {{ links.unsubscribe }} and {{ newsletter.address }} into the template.';
  return gate('footer', faults.length > 0 ? faults.join(' ') : undefined, 'Unsubscribe link and postal address are there.', remedy);
}

/**
 * Every release of the model, a post or a correction, stands in both parts by its title. Only titles for which there is no room are left to a
 * page, and then both parts link to it. A list of contents is no post: in the html it is told by where its links lead; in the text nothing tells
 * it from posts, so that a text whose list names what it does not show passes.
 */
function checkSamePosts(digest: CheckedParts, model: DigestModel, tree: readonly HtmlNode[], elements: readonly HtmlElement[]): Gate {
  const posts = [...model.posts, ...model.alsoPublished];
  const withRoom = [...posts.slice(0, 1 + maxTitles), ...model.corrections];
  const parts = [
    {
      name: 'html',
      letters: lettersOf(textOf(withoutPointers(tree, model))),
      linksToRest: elements.some((element) => element.attributes['href'] === model.restUrl),
    },
    { name: 'text', letters: lettersOf(digest.text), linksToRest: digest.text.includes(model.restUrl) },
  ];
  const lackedBy = (letters: string, releases: readonly Pick<DigestPost, 'title'>[]) =>
    releases.filter((release) => !letters.includes(lettersOf(cutAtWord(cleanLine(release.title), maxTitleLength))));
  const isLeft = parts.some((part) => lackedBy(part.letters, posts.slice(1 + maxTitles)).length > 0);
  const faults = parts.flatMap(({ name, letters, linksToRest }) => {
    const lost = lackedBy(letters, withRoom);
    return [
      ...(lost.length > 0 ? [`The ${name} lacks ${namesOf(lost)}.`] : []),
      ...(isLeft && !linksToRest ? [`The ${name} lacks the link to the page with the rest.`] : []),
    ];
  });
  return gate(
    'same_posts',
    faults.length > 0 ? faults.join(' ') : undefined,
    'Html and text carry the same posts.',
    'Make digest.mjml.liquid and digest.txt.liquid go through posts, alsoPublished and corrections, each with its whole title, and link to restUrl where restCount is above 0.',
  );
}

/** Html as far as it shows posts: without the head, what is hidden (the preheader), and links that lead to a post further down. */
function withoutPointers(tree: readonly HtmlNode[], model: DigestModel): readonly HtmlNode[] {
  const anchors = new Set(model.posts.map((post) => anchorOf(post)));
  return mapElements(tree, (element) => {
    if (['head', 'style', 'script'].includes(element.name) || /display:\s*none/i.test(element.attributes['style'] ?? '')) return null;
    const [, fragment] = element.attributes['href']?.split('#') ?? [];
    return fragment !== undefined && anchors.has(fragment) ? null : element;
  });
}

/** Letters, digits and symbols only, so that a title is found however a part wraps, quotes or cuts it, or numbers a link within it. */
function lettersOf(text: string): string {
  return text
    .replaceAll(/\[\d+\]/g, '')
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{So}]+/gu, '')
    .toLocaleLowerCase();
}

function namesOf(posts: readonly Pick<DigestPost, 'title'>[]): string {
  const named = posts.slice(0, 3).map((post) => quote(post.title));
  return posts.length > named.length ? `${named.join(', ')} and ${posts.length - named.length} more` : named.join(', ');
}

function checkSubject(subject: string): Gate {
  const length = subject.trim().length;
  const fault =
    length === 0
      ? 'The subject is empty.'
      : length > maxSubjectLength
        ? `The subject has ${length} characters, more than ${maxSubjectLength}.`
        : undefined;
  return gate(
    'subject',
    fault,
    `The subject has ${length} characters.`,
    'Set a subject for this edition (gazette editions edit), or correct subject.liquid.',
  );
}

/** No heading (h1, h2) without content before the next, and something to show at all. */
function checkSections(tree: readonly HtmlNode[], model: DigestModel): Gate {
  const isEmpty = model.posts.length + model.alsoPublished.length + model.corrections.length === 0;
  const empty = emptySections(tree);
  const fault = isEmpty
    ? 'The digest has no post.'
    : empty.length > 0
      ? `A section is empty: ${empty.slice(0, 3).map(quote).join(', ')}.`
      : undefined;
  return gate('sections', fault, 'No section is empty.', 'Make the template leave out the heading when its list is empty.');
}

function emptySections(tree: readonly HtmlNode[]): string[] {
  const empty: string[] = [];
  let open: string | undefined;
  const walk = (nodes: readonly HtmlNode[]) => {
    for (const node of nodes) {
      if (node.kind === 'text') {
        if (node.text.trim() !== '') open = undefined;
      } else if (node.name === 'h2') {
        if (open !== undefined) empty.push(open);
        open = textOf(node.children);
      } else if (node.name === 'img') open = undefined;
      else if (!['head', 'style', 'script'].includes(node.name)) walk(node.children);
    }
  };
  walk(tree);
  return open === undefined ? empty : [...empty, open];
}

/** Text without white space, case and wrapping marks, so that a wrapped title is still found. */
function squash(text: string): string {
  return text.replaceAll(/[\s>]+/gu, '').toLocaleLowerCase();
}

function quote(text: string): string {
  return `“${cutAtWord(text, 80)}”`;
}
