/*
 * What Drupal writes around a text in its feeds: title, author and date before it, the names of fields, links behind it.
 * Seen in drupal/core (node.html.twig, username.html.twig, field.html.twig) and in feeds of public authorities.
 */
import { elementsOf, hasClass, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { visibleLine } from '../html/visible-text.ts';

// More spans in a row than title, author, date and one to spare are a text.
const maxHead = 4;
const maxHeadLength = 300;

/** The spans before a text: its title, who put it there, and when. Only where the one of them is marked up as a user of a Drupal site. */
export function findDrupalHead(html: string, nodes: readonly HtmlNode[]): HtmlElement[] {
  if (!html.includes('/user/') || !/schema:Person|sioc:UserAccount/.test(html)) return [];
  const head: HtmlElement[] = [];
  for (const node of nodes) {
    if (node.kind === 'text' && node.text.trim() === '') continue;
    if (node.kind === 'text' || node.tag !== 'span') break;
    head.push(node);
  }
  const isShort = head.length <= maxHead && head.every((each) => visibleLine([each]).length <= maxHeadLength);
  return isShort && elementsOf(head).some(isUser) ? head : [];
}

function isUser({ attributes }: HtmlElement): boolean {
  return /schema:Person|sioc:UserAccount/.test(attributes['typeof'] ?? '') && /\/user\/\d+|\/users\//.test(attributes['about'] ?? '');
}

const userClasses = new Set(['username', 'field--name-uid', 'field--name-created']);

/** "Submitted by … on …", in whatever language: it names the user or the moment in Drupal's own markup. */
export function isSubmission(node: HtmlElement): boolean {
  for (const each of walkElements(node.children)) if (hasClass(each, userClasses) || isUser(each)) return true;
  return /^Submitted by \S.{0,120} on \S.{0,80}$/.test(visibleLine(node.children));
}

const labelClasses = new Set(['field__label', 'field-label']);
const termLink = /\/(?:taxonomy\/term\/\d+|tags?|topics?|categor(?:y|ies)|vocabulary|keywords?)(?:\/|$)/i;

/** A field of terms: a name, and nothing but links to lists of what is filed under them. */
export function isDrupalTags(node: HtmlElement): boolean {
  const anchors = elementsOf(node.children).filter(({ tag }) => tag === 'a');
  if (anchors.length === 0 || !anchors.every(({ attributes }) => termLink.test(pathOf(attributes['href'] ?? '')))) return false;
  const labels = elementsOf(node.children).filter((each) => hasClass(each, labelClasses));
  const said = lengthOf(anchors) + lengthOf(labels);
  // Commas between them.
  return lengthOf([node]) <= said + 2 * anchors.length;
}

function lengthOf(nodes: readonly HtmlElement[]): number {
  return nodes.reduce((sum, each) => sum + visibleLine(each.children).replaceAll(' ', '').length, 0);
}

function pathOf(href: string): string {
  return href.replace(/^https?:\/\/[^/]+/i, '').split(/[?#]/, 1)[0]!;
}
