import { isUtf8 } from 'node:buffer';
import { escapeStated } from '../../kernel/text/escape-html.ts';
import { childrenNamed, childText, hasElements, markupOf, textOf, type XmlElement } from '../xml/xml-tree.ts';
import { resolveUrl, unescapeUrl } from '../source-url.ts';
import { isSilentInTitle, markedInTitle, meantLine, titleText } from './title-text.ts';
import { meantText } from '../decode/decode-text.ts';

/*
 * The constructs that Atom 1.0, Atom 0.3 and atom:* inside RSS share: texts with a type (and a mode, in 0.3), links with a relation, persons.
 */

type TextKind = 'text' | 'html' | 'xhtml' | 'other';

function kindOf(element: XmlElement): TextKind {
  const type = element.attributes['type']?.trim().toLowerCase() ?? '';
  if (hasElements(element)) return 'xhtml';
  if (type === 'xhtml' || type === 'application/xhtml+xml' || /[+/]xml$/.test(type))
    return element.attributes['mode'] === 'escaped' ? 'html' : 'xhtml';
  if (type === 'html' || type === 'text/html') return 'html';
  return type === '' || type === 'text' || type.startsWith('text/') || !type.includes('/') ? 'text' : 'other';
}

/** Text of Atom 0.3 may be base64 by its mode, that of Atom 1.0 by a type that is no text (RFC 4287, 4.1.3.3). What does not decode is taken as it stands. */
function escapedText(element: XmlElement): string {
  const text = textOf(element);
  if (element.attributes['mode'] !== 'base64' && kindOf(element) !== 'other') return text;
  const bytes = Buffer.from(text, 'base64');
  return isUtf8(bytes) ? meantText(bytes.toString('utf8')) : text;
}

/** A text construct as plain text on one line. Text of xhtml is text: what looks like a tag in it was meant to be seen. */
export function atomText(element: XmlElement): string {
  return kindOf(element) === 'xhtml' && element.attributes['mode'] !== 'base64'
    ? meantLine(visibleText(element))
    : titleText(escapedText(element));
}

function visibleText(element: XmlElement): string {
  let line = '';
  for (const [at, child] of element.children.entries()) {
    if (typeof child === 'string') {
      line += child;
      continue;
    }
    const name = child.name.slice(child.name.lastIndexOf(':') + 1);
    if (isSilentInTitle(name)) continue;
    const [value, next] = [visibleText(child), element.children[at + 1]];
    line += markedInTitle(name, value, { before: line, behind: typeof next === 'string' ? next : '' }) ?? value;
  }
  return line;
}

const undeclaredMarkup =
  /<(?:p|br|a|div|img|ul|ol|strong|em|b|i|h[1-6]|blockquote|span|figure|table)\b[^<>]*>|&(?:nbsp|amp|#\d{2,5}|[a-z]quo);/i;

/** A text construct or content as html; empty for content that is no text. Many generators leave the type out and mean html. */
export function atomHtml(element: XmlElement): string {
  const kind = kindOf(element);
  if (kind === 'other' && element.attributes['type']?.trim().toLowerCase() !== 'application/octet-stream') return '';
  if (kind === 'xhtml' && element.attributes['mode'] !== 'base64') return markupOf(xhtmlRoot(element), 'plain');
  const text = escapedText(element);
  if (kind !== 'text' || (element.attributes['type'] === undefined && undeclaredMarkup.test(text))) return text;
  return escapeStated(text.trim()).replace(/\r?\n/g, '<br>\n');
}

/** RFC 4287, 3.1.1.3: the single div of xhtml is no part of the content. */
function xhtmlRoot(element: XmlElement): XmlElement {
  const elements = element.children.filter((child) => typeof child !== 'string');
  const [only] = elements;
  const isAlone = element.children.every((child) => typeof child !== 'string' || child.trim() === '');
  return elements.length === 1 && isAlone && only?.name.endsWith('div') === true ? only : element;
}

/** The first text construct with content among the children of these names, read by `read`. */
export function firstConstruct(parent: XmlElement, read: (element: XmlElement) => string, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    for (const element of childrenNamed(parent, name)) {
      const text = read(element);
      if (text.trim() !== '') return text;
    }
  }
  return undefined;
}

/** The names of an element's atom:author children. */
export function atomAuthors(parent: XmlElement): string[] {
  return childrenNamed(parent, 'atom:author').flatMap(
    (author) => childText(author, 'atom:name', 'name') ?? (hasElements(author) ? [] : textOf(author)),
  );
}

/** A link's relation: its name, also where the IANA's full URL is written; `alternate` where none is. */
export function relationOf(link: XmlElement): string {
  const rel = link.attributes['rel']?.trim().toLowerCase() ?? '';
  return rel === '' ? 'alternate' : rel.replace(/^https?:\/\/www\.iana\.org\/assignments\/(?:link-relations|relation)\//, '');
}

/** The alternate link of an element, html before other types; undefined where there is none. */
export function atomLink(parent: XmlElement, base: string | undefined, read = resolveUrl): string | undefined {
  let found: { url: string; isHtml: boolean } | undefined;
  for (const link of childrenNamed(parent, 'atom:link')) {
    if (relationOf(link) !== 'alternate') continue;
    const stated = unescapeUrl(link.attributes['href'] ?? textOf(link));
    const url = read(stated, link.base ?? base);
    const isHtml = /html/i.test(link.attributes['type'] ?? '');
    if (url !== undefined && (found === undefined || (isHtml && !found.isHtml))) found = { url, isHtml };
  }
  return found?.url;
}

/** The link of an element with this relation; undefined where there is none. */
export function relatedLink(parent: XmlElement, relation: string, base: string | undefined): string | undefined {
  const link = childrenNamed(parent, 'atom:link').find((candidate) => relationOf(candidate) === relation);
  return link === undefined ? undefined : resolveUrl(unescapeUrl(link.attributes['href'] ?? ''), link.base ?? base);
}
