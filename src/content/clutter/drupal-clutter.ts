/*
 * What Drupal writes around a text in its feeds: title, author and date before it, the names of fields, links behind it.
 * Seen in drupal/core (node.html.twig, username.html.twig, field.html.twig) and in feeds of public authorities.
 */
import { elementsOf, hasClass, holdsTag, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { visibleLine } from '../html/visible-text.ts';
import { urlOf } from '../web-address.ts';

const maxNameLength = 80;
const maxDateLength = 60;

/**
 * The spans around a text that are no part of it: its title, who put it there, and when. They stand by themselves at the top of a document in which Drupal
 * wrote fields or a user of its own.
 */
export function findDrupalHead(html: string, nodes: readonly HtmlNode[], title: string): HtmlElement[] {
  if (!html.includes('<span') || !/\bfield--(?:name|type)-|schema:Person|sioc:UserAccount/.test(html)) return [];
  const top = nodes.filter((node) => node.kind === 'element' || node.text.trim() !== '');
  const isTitle = (node: HtmlElement): boolean => node === top[0] && (visibleLine([node]) === title || isUserSpan(top[1]));
  const found = top.filter((node, index): node is HtmlElement => {
    if (node.kind === 'text' || node.tag !== 'span') return false;
    if (isTitle(node) || isUserSpan(node)) return true;
    return isDate(node) || (isNameOnly(node) && isDate(top[index + 1]));
  });
  return found;
}

function isUserSpan(node: HtmlNode | undefined): boolean {
  return node?.kind === 'element' && node.tag === 'span' && visibleLine([node]).length <= maxNameLength && elementsOf([node]).some(isUser);
}

const readsAsMoment = /\d[/.-]\d{1,2}[/.-]\d.{0,30}\d:\d\d/;

/** "Fri, 11/20/2026 - 10:00": a day and a minute in a span of their own. */
function isDate(node: HtmlNode | undefined): boolean {
  if (node?.kind !== 'element' || node.tag !== 'span') return false;
  const line = visibleLine([node]);
  if (line.length > maxDateLength) return false;
  const [only, ...others] = node.children.filter((each) => each.kind === 'element' || each.text.trim() !== '');
  return others.length === 0 && ((only?.kind === 'element' && only.tag === 'time') || readsAsMoment.test(line));
}

/** A span in a span, as Drupal writes the name of a user where it does not say what that is. */
function isNameOnly({ children }: HtmlElement): boolean {
  const [only, ...others] = children;
  return others.length === 0 && only?.kind === 'element' && only.tag === 'span' && visibleLine(children).length <= maxNameLength;
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

const inlineClass = new Set(['inline']);

/** The links below a post ("Add new comment", "Read more", other languages): each of Drupal's own items has a class, or leads to its site. */
export function isDrupalLinks(node: HtmlElement, pageUrl: string | undefined): boolean {
  if (node.tag !== 'ul' || !hasClass(node, inlineClass)) return false;
  const site = urlOf(pageUrl ?? '')?.host;
  return elementsOf(node.children).every((each) => {
    if (each.tag === 'li') return (each.attributes['class'] ?? '').trim() !== '' || holdsTag(each.children, 'a');
    return each.tag !== 'a' || urlOf(each.attributes['href'] ?? '', pageUrl)?.host === site;
  });
}

const labelClasses = new Set(['field__label', 'field-label']);
const termFields = new Set(['field--name-field-tags', 'field-name-field-tags', 'field-type-taxonomy-term-reference']);
const termLink = /\/(?:taxonomy\/term\/\d+|tags?|topics?|categor(?:y|ies)|vocabulary|keywords?)(?:\/|$)/i;

/** A field of terms: a name, and nothing but links to lists of what is filed under them. */
export function isDrupalTags(node: HtmlElement): boolean {
  const anchors = elementsOf(node.children).filter(({ tag }) => tag === 'a');
  const isOfTerms = hasClass(node, termFields) || anchors.every(({ attributes }) => termLink.test(pathOf(attributes['href'] ?? '')));
  if (anchors.length === 0 || !isOfTerms) return false;
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
