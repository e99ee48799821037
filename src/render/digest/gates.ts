/*
 * Gates: what must hold of a digest before its edition may be approved. What can be mended was mended before (repairs);
 * what fails here needs a person, and the remedy says what to do. Pure: looks at the digest as it will be sent, nothing else.
 */
import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { isSilentTag } from '../../kernel/text/tags.ts';
import { quote } from '../../content/text/quote.ts';
import { isUnseen } from '../../content/text/unseen.ts';
import { maxSubjectLength } from '../digest.ts';
import type { DigestModel, RenderedDigest } from '../digest.ts';
import { maxHtmlBytes } from './fit-size.ts';
import { visibleLine } from '../../content/html/visible-text.ts';
import { parseOwnHtml } from '../../content/html/parse-html.ts';
import { elementsOf, holdsTag, mapElements } from '../../content/html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../../content/html/html-tree.ts';
import { missingReleases } from './missing-releases.ts';
import { maxTitleLength } from '../parts/prepared-post.ts';
import {
  fillPlaceholders,
  findUnknownMarks,
  hasPlaceholder,
  longestPlaceholderValues,
  placeholderNames,
} from '../../content/text/placeholder.ts';

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
export type CheckedParts = Pick<RenderedDigest, 'subject' | 'preheader' | 'html' | 'text'>;

/** Every gate, passed or not, in a fixed order. */
export function checkGates(digest: CheckedParts, model: DigestModel): readonly Gate[] {
  const html = fillPlaceholders(digest.html, longestPlaceholderValues, 'html');
  const tree = parseOwnHtml(html);
  const elements = elementsOf(tree);
  const shown = withoutHidden(tree);
  return [
    checkSize(html),
    checkMarks(digest),
    checkLinks(elements),
    checkImages(elements),
    checkFooter(digest, model, shown),
    checkSamePosts(digest, model, shown),
    checkSubject(digest, model),
    checkSections(tree, model),
  ];
}

function gate(name: Gate['name'], fault: string | undefined, passed: string, remedy: string): Gate {
  return fault === undefined ? { name, ok: true, what: passed, remedy: '' } : { name, ok: false, what: fault, remedy };
}

/** What a reader sees: without the head, and without what is hidden, such as the preheader. */
function withoutHidden(tree: readonly HtmlNode[]): readonly HtmlNode[] {
  return mapElements(tree, (element) => {
    const isHidden = isSilentTag(element.tag) || /display:\s*none/i.test(element.attributes['style'] ?? '');
    return isHidden ? null : element;
  });
}

/** A gate cannot tell a post's markup from the template's; what helps is different. */
const leavePost =
  'If a post is the cause, its text stays as it was pinned, also when it is checked again: leave the post for the next edition, or skip this one.';

function checkSize(html: string): Gate {
  const bytes = Buffer.byteLength(html);
  const fault =
    bytes > maxHtmlBytes
      ? `The html has ${kilobytes(bytes)} KB with the longest recipient values, more than the ${kilobytes(maxHtmlBytes)} KB that mail programs show.`
      : undefined;
  return gate(
    'size',
    fault,
    `The html has ${kilobytes(bytes)} KB.`,
    `Lower the schedule’s maximum of posts, or use a lighter template. ${leavePost}`,
  );
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
  const urls = elements.flatMap((element) => addressesOf(element));
  const places = new Set(elements.flatMap((element) => (element.attributes['id'] ? [`#${element.attributes['id']}`] : [])));
  const wrong = urls.filter((url) => !places.has(url) && (!/^https?:\/\/[^\s/]/i.test(url) || !URL.canParse(url)));
  const fault =
    wrong.length > 0
      ? `${wrong.length === 1 ? 'A link is' : `${wrong.length} links are`} no absolute web address: ${wrong.slice(0, 3).map(quote).join(', ')}.`
      : undefined;
  const remedy = `Correct the address in the template and check again. ${leavePost}`;
  return gate('links', fault, `All ${urls.length} links are absolute, or lead to a place in the mail.`, remedy);
}

/** Every address that an element leads to or loads from. */
function addressesOf(element: HtmlElement): string[] {
  const { href, src, background, style } = element.attributes;
  const css = element.tag === 'style' ? visibleLine(element.children) : (style ?? '');
  const inCss = [...css.matchAll(/\burl\(\s*(?!\s)(?:"([^"]*)"|'([^']*)'|([^\s"'()]*))\s*\)/gi)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
  return [...[href, src, background].filter((url) => url !== undefined), ...inCss];
}

function checkImages(elements: readonly HtmlElement[]): Gate {
  const images = elements.filter((element) => element.tag === 'img');
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
    'Give the template’s <img> or <mj-image> an alt attribute (empty for decoration) and check again.',
  );
}

function checkFooter(digest: CheckedParts, model: DigestModel, shown: readonly HtmlNode[]): Gate {
  const address = squash(model.newsletter.postalAddress);
  const faults = [
    address === '' ? 'The newsletter has no postal address.' : undefined,
    !elementsOf(shown).some((element) => isUnsubscribeLink(element)) ? 'The html has no unsubscribe link.' : undefined,
    !hasPlaceholder(digest.text, 'links.unsubscribe') ? 'The text has no unsubscribe link.' : undefined,
    address !== '' && !squash(visibleLine(shown)).includes(address) ? 'The html lacks the postal address.' : undefined,
    address !== '' && !squash(digest.text).includes(address) ? 'The text lacks the postal address.' : undefined,
  ].filter((fault) => fault !== undefined);
  const remedy =
    'Set the postal address of the newsletter, and put <a href="{{ links.unsubscribe }}"> with words in it and {{ newsletter.address }} into digest.mjml.liquid, both into digest.txt.liquid; then check again.';
  return gate('footer', faults.length > 0 ? faults.join(' ') : undefined, 'Unsubscribe link and postal address are there.', remedy);
}

/** A link that one can see and follow: an address in running text is none in most mail programs. */
function isUnsubscribeLink({ tag, attributes, children }: HtmlElement): boolean {
  if (tag !== 'a' || attributes['href'] !== longestPlaceholderValues['links.unsubscribe']) return false;
  return visibleLine(children) !== '' || holdsTag(children, 'img');
}

function checkSamePosts(digest: CheckedParts, model: DigestModel, shown: readonly HtmlNode[]): Gate {
  const faults = missingReleases(shown, digest.text, model);
  return gate(
    'same_posts',
    faults.length > 0 ? faults.join(' ') : undefined,
    'Html and text carry the same posts.',
    'Make digest.mjml.liquid and digest.txt.liquid go through posts, alsoPublished and corrections, each with its whole title, and link to restUrl where restCount is above 0; then check again.',
  );
}

function checkSubject({ subject, preheader }: CheckedParts, model: DigestModel): Gate {
  const { length } = subject.trim();
  const faults = [
    isUnseen(subject) ? 'The subject is empty.' : undefined,
    length > maxSubjectLength ? `The subject has ${length} characters, more than ${maxSubjectLength}.` : undefined,
    isNoText(subject, model) ? `The subject is ${quote(subject.trim())}, ${noTextReason}.` : undefined,
    isNoText(preheader, model) ? `The preheader is ${quote(preheader.trim())}, ${noTextReason}.` : undefined,
  ].filter((fault) => fault !== undefined);
  return gate(
    'subject',
    faults.length > 0 ? faults.join(' ') : undefined,
    `The subject has ${length} characters.`,
    'Set it for this edition, or correct subject.liquid or preheader.liquid and check again.',
  );
}

const noTextReason = 'which is what a template writes for a value that is not text';

/** What JavaScript makes of a missing value, a list or a division by zero; unless a post is called so. */
function isNoText(line: string, model: DigestModel): boolean {
  const words = line.trim();
  return (
    /^(?:\[object Object\]|NaN|-?Infinity|undefined|null)$/.test(words) && !model.posts.some((post) => cleanLine(post.title) === words)
  );
}

/** No section (h2) without content before the next, and something to show at all. */
function checkSections(tree: readonly HtmlNode[], model: DigestModel): Gate {
  const isEmpty = model.posts.length + model.alsoPublished.length + model.corrections.length === 0;
  // A post without a text is a title.
  const titles = new Set(model.posts.map((post) => cutAtWord(cleanLine(post.title), maxTitleLength)));
  const empty = emptySections(tree).filter((name) => !titles.has(name));
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
      } else if (node.tag === 'h2') {
        if (open !== undefined) empty.push(open);
        open = visibleLine(node.children);
      } else if (node.tag === 'img') open = undefined;
      else if (!isSilentTag(node.tag)) walk(node.children);
    }
  };
  walk(tree);
  return open === undefined ? empty : [...empty, open];
}

/** Text without white space, case and wrapping marks, so that a wrapped title is still found. */
function squash(text: string): string {
  return text.replaceAll(/[\s>\u200F]+/gu, '').toLocaleLowerCase();
}
