import { generateAtomFeed } from 'feedsmith';
import { escapeHtml } from '../kernel/text/escape-html.ts';
import { languageTag } from '../reading/formats/field-values.ts';
import type { FeedDocument, FeedEnclosure, FeedEntry } from './feed.ts';

/**
 * Writes a feed as Atom 1.0 (RFC 4287): the same document always gives the same bytes. Whatever posts hold, the result is well-formed
 * and says what they say: texts lose only what XML cannot carry, `<` in a title or a name is text, links are absolute http(s).
 */
export function buildAtom(feed: FeedDocument): string {
  const xml = generateAtomFeed({
    id: feed.id,
    title: textConstruct(feed.title),
    ...(feed.subtitle === undefined ? {} : { subtitle: textConstruct(feed.subtitle) }),
    updated: feed.updatedAt,
    authors: [{ name: oneLine(feed.author) }],
    links: [
      { href: uri(feed.selfUrl) ?? feed.selfUrl, rel: 'self', type: 'application/atom+xml' },
      { href: uri(feed.alternateUrl) ?? feed.alternateUrl, rel: 'alternate', type: 'text/html' },
    ],
    // No version: an upgrade of Gazette must not change the bytes of a feed.
    generator: { text: 'Gazette' },
    xml: { lang: languageTag(feed.language) ?? 'en' },
    entries: feed.entries.map((entry) => entryElement(entry, feed.language)),
  });
  return withoutLayout(xml);
}

function entryElement(entry: FeedEntry, feedLanguage: string) {
  const authors = entry.authors.map(personName).filter((name) => name !== '');
  const href = entry.url === undefined ? undefined : uri(entry.url);
  const language = languageTag(entry.language);
  const html = xmlText(entry.html);
  return {
    id: entry.id,
    title: textConstruct(entry.title),
    updated: entry.updatedAt,
    ...(entry.publishedAt ? { published: entry.publishedAt } : {}),
    ...(authors.length > 0 ? { authors: authors.map((name) => ({ name })) } : {}),
    links: [...(href === undefined ? [] : [{ href, rel: 'alternate', type: 'text/html' }]), ...entry.enclosures.flatMap(enclosureLink)],
    categories: entry.categories.map((category) => ({ term: oneLine(category.term), label: oneLine(category.label) })),
    ...(entry.summary.trim() === '' ? {} : { summary: textConstruct(entry.summary) }),
    // An entry without a link must have content (RFC 4287 4.1.2), so an empty one says at least its title.
    content: html.trim() === '' ? textConstruct(entry.title) : { type: 'html', value: html },
    ...(language === undefined || language === languageTag(feedLanguage) ? {} : { xml: { lang: language } }),
  };
}

function enclosureLink(enclosure: FeedEnclosure) {
  const href = uri(enclosure.url);
  if (href === undefined) return [];
  const title = oneLine(enclosure.title ?? '');
  const isMediaType = /^[a-z0-9][\w.+-]*\/[a-z0-9][\w.+-]*$/i.test(enclosure.mediaType);
  return [
    {
      href,
      rel: 'enclosure',
      type: isMediaType ? enclosure.mediaType : 'application/octet-stream',
      ...(enclosure.lengthBytes === undefined ? {} : { length: enclosure.lengthBytes }),
      ...(title === '' ? {} : { title }),
    },
  ];
}

/** Plain text as a text construct: what could be taken for markup is declared html and escaped once more. */
function textConstruct(text: string): { type: 'text' | 'html'; value: string } {
  const line = oneLine(text);
  if (!/[<&]/.test(line)) return { type: 'text', value: line };
  return { type: 'html', value: escapeHtml(line) };
}

/** What XML 1.0 cannot carry is left out: control characters, lone surrogates, noncharacters. */
function xmlText(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/\r\n?/g, '\n');
}

function oneLine(text: string): string {
  return xmlText(text).replaceAll(/\s+/gu, ' ').trim();
}

/** A name without the address that some sources write beside it. */
function personName(text: string): string {
  return oneLine(text.replaceAll(/[<(]?(?<![^\s<>()@])[^\s<>()@]+@[^\s<>()@]+[>)]?/g, '').replaceAll(/&(?:amp;)+/g, '&'));
}

/** An absolute http(s) URL in the characters of RFC 3986; undefined for anything else. */
function uri(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  // URL leaves these as they are; brackets of a host (IPv6) are not touched.
  const rest = `${url.pathname}${url.search}${url.hash}`.replaceAll(/[[\]|\\^`{}]/g, (character) => encodeURIComponent(character));
  return `${url.origin}${rest}`;
}

const sectionStart = '<![CDATA[';
const sectionEnd = ']]>';
const spaceBeforeEndTag = /\s+(?=<\/)/y;

/**
 * feedsmith sets CDATA sections on lines of their own, which puts line breaks around names and titles for readers who keep white space.
 * Sections are matched whole, so nothing inside one is touched.
 */
function withoutLayout(xml: string): string {
  let compact = '';
  for (let at = 0; at < xml.length;) {
    const start = xml.indexOf(sectionStart, at);
    const end = start === -1 ? -1 : xml.indexOf(sectionEnd, start);
    if (end === -1) return compact + xml.slice(at);
    const before = xml.slice(at, start);
    compact += (before.trimEnd().endsWith('>') ? before.trimEnd() : before) + xml.slice(start, end + sectionEnd.length);
    spaceBeforeEndTag.lastIndex = end + sectionEnd.length;
    at = spaceBeforeEndTag.lastIndex + (spaceBeforeEndTag.exec(xml)?.[0].length ?? 0);
  }
  return compact;
}
