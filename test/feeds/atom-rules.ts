import { parseStrictXml, type XmlElement } from './strict-xml.ts';

const once = ['id', 'title', 'updated', 'subtitle', 'generator', 'published', 'summary', 'content'];
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const uri = /^[a-z][a-z0-9+.-]*:(?:[\w.~:/?#@!$&'()*+,;=-]|%[0-9A-F]{2})+$/i;
const known = ['author', 'category', 'content', 'generator', 'id', 'link', 'published', 'subtitle', 'summary', 'title', 'updated', 'entry'];

/** What a document breaks of RFC 4287, one sentence each, and of what the W3C validator warns of; empty when it is clean. */
export function atomProblems(xml: string): string[] {
  let feed: XmlElement;
  try {
    feed = parseStrictXml(xml);
  } catch (error) {
    return [String(error)];
  }
  const problems: string[] = [];
  if (feed.name !== 'feed' || feed.attributes['xmlns'] !== 'http://www.w3.org/2005/Atom') problems.push('the root is not an Atom feed');
  if (!feed.attributes['xml:lang']) problems.push('the feed states no language');
  if (named(feed, 'author').length === 0) problems.push('the feed has no author');
  checkCommon(feed, problems);
  if (!named(feed, 'link').some((link) => link.attributes['rel'] === 'self')) problems.push('no self link');
  const ids = new Set<string>();
  for (const entry of named(feed, 'entry')) {
    checkCommon(entry, problems);
    const id = named(entry, 'id')[0]?.text ?? '';
    if (ids.has(id)) problems.push(`two entries have the id ${id}`);
    ids.add(id);
    const hasAlternate = named(entry, 'link').some((link) => link.attributes['rel'] === 'alternate');
    if (!hasAlternate && named(entry, 'content').length === 0) problems.push(`${id} has neither link nor content`);
  }
  return problems;
}

function named(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

function checkCommon(element: XmlElement, problems: string[]): void {
  const label = named(element, 'id')[0]?.text ?? element.name;
  const add = (problem: string) => problems.push(`${label}: ${problem}`);
  if (element.text.trim() !== '') add('holds text of its own');
  for (const name of ['id', 'title', 'updated']) if (named(element, name).length !== 1) add(`has ${named(element, name).length} ${name}`);
  for (const name of once) if (named(element, name).length > 1) add(`has more than one ${name}`);
  for (const child of element.children) {
    if (!known.includes(child.name)) add(`holds an unknown ${child.name}`);
    if (['id', 'updated', 'published'].includes(child.name) && child.text !== child.text.trim()) add(`white space around ${child.name}`);
    checkChild(child, add);
  }
  const alternates = named(element, 'link').filter((link) => link.attributes['rel'] === 'alternate');
  if (alternates.length > 1) add('has two alternate links of one type');
}

function checkChild(child: XmlElement, add: (problem: string) => void): void {
  if (child.name === 'id' && !uri.test(child.text)) add(`id is no URI: ${child.text}`);
  if ((child.name === 'updated' || child.name === 'published') && !rfc3339.test(child.text)) add(`${child.name} is no date: ${child.text}`);
  if (['title', 'subtitle', 'summary', 'content'].includes(child.name)) checkText(child, add);
  if (child.name === 'category' && !child.attributes['term']?.trim()) add('category without term');
  if (child.name === 'link') checkLink(child, add);
  if (child.name === 'author') {
    const names = named(child, 'name');
    if (names.length !== 1 || names[0]!.text.trim() === '') add('author without a name');
    if (names[0] && names[0].text !== names[0].text.trim()) add('white space around a name');
    if (names[0]?.text.includes('@')) add('an address in a name');
  }
}

function checkText(child: XmlElement, add: (problem: string) => void): void {
  const type = child.attributes['type'];
  if (type !== 'text' && type !== 'html') add(`${child.name} has type ${type}`);
  if (child.children.length > 0) add(`${child.name} holds elements`);
  if (child.name === 'title' && child.text.trim() === '') add('the title is empty');
  if (type === 'text' && /<\/?\w|&#?\w+;/.test(child.text)) add(`${child.name} holds undeclared html`);
}

function checkLink(link: XmlElement, add: (problem: string) => void): void {
  const { href = '', rel, type, length } = link.attributes;
  if (!uri.test(href) || !/^https?:/.test(href)) add(`link is no absolute URL: ${href}`);
  if (!['self', 'alternate', 'enclosure', 'hub'].includes(rel ?? '')) add(`link has rel ${rel}`);
  if (!type || !/^[a-z0-9][\w.+-]*\/[a-z0-9][\w.+-]*$/i.test(type)) add(`link has type ${type}`);
  if (length !== undefined && !/^\d+$/.test(length)) add(`link has length ${length}`);
}
