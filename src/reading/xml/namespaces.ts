/*
 * Which vocabulary a namespace means. Feeds misspell their URIs, so they are compared without scheme, case and trailing punctuation,
 * and a known prefix counts where the URI is unknown or missing.
 */
import { withoutTrailing } from '../../kernel/trim.ts';

const vocabularies: Readonly<Record<string, readonly string[]>> = {
  atom: ['www.w3.org/2005/atom', 'purl.org/atom/ns', 'purl.org/atom'],
  rss: [
    'purl.org/rss/1.0',
    'purl.org/rss/1.1',
    'purl.org/net/rss1.1',
    'my.netscape.com/rdf/simple/0.9',
    'channel.netscape.com/rdf/simple/0.9',
    'my.netscape.com/publish/formats/rss-0.91.dtd',
    'backend.userland.com/rss',
    'backend.userland.com/rss2',
    'backend.userland.com/rss091',
    'blogs.law.harvard.edu/tech/rss',
    'cyber.law.harvard.edu/rss/rss.html',
  ],
  rdf: ['www.w3.org/1999/02/22-rdf-syntax-ns'],
  dc: ['purl.org/dc/elements/1.1', 'purl.org/dc/elements/1.0', 'purl.org/metadata/dublin_core'],
  dcterms: ['purl.org/dc/terms'],
  content: ['purl.org/rss/1.0/modules/content'],
  sy: ['purl.org/rss/1.0/modules/syndication'],
  media: ['search.yahoo.com/mrss', 'www.rssboard.org/media-rss'],
  itunes: ['www.itunes.com/dtds/podcast-1.0.dtd', 'itunes.com/dtds/podcast-1.0.dtd', 'www.itunes.com/dtds/podcast-1.0'],
  xhtml: ['www.w3.org/1999/xhtml', 'www.w3.org/tr/xhtml1/strict', 'www.w3.org/tr/xhtml1/transitional'],
  at: ['purl.org/atompub/tombstones/1.0'],
  ev: ['purl.org/rss/1.0/modules/event', 'purl.org/rss/2.0/modules/event'],
  xcal: [
    'urn:ietf:params:xml:ns:xcal',
    'urn:ietf:params:xml:ns:icalendar-2.0',
    'www.w3.org/2002/12/cal',
    'www.w3.org/2002/12/cal/ical',
    'www.w3.org/2002/12/cal/icaltzd',
  ],
  gd: ['schemas.google.com/g/2005'],
  prism: ['prismstandard.org/namespaces/1.2/basic', 'prismstandard.org/namespaces/basic/2.0', 'purl.org/rss/1.0/modules/prism'],
};

const vocabularyByUri: ReadonlyMap<string, string> = new Map(
  Object.entries(vocabularies).flatMap(([name, uris]) => uris.map((uri) => [uri, name] as const)),
);

/**
 * The prefix under which our code knows an element. The RSS vocabularies have none; those that nobody knows keep the prefix that the
 * document gives them, or `?`, so that they are never taken for RSS.
 */
export function canonicalPrefix(uri: string, prefix: string): string {
  const name = vocabularyByUri.get(normalUri(uri));
  if (name !== undefined) return name === 'rss' ? '' : name;
  if (uri.trim() === '') return '';
  const lower = prefix.toLowerCase();
  return lower === '' ? '?' : lower === 'rss' ? '?rss' : lower;
}

/** The prefix of an element whose prefix is not declared: the usual meaning. */
export function undeclaredPrefix(prefix: string): string {
  const lower = prefix.toLowerCase();
  return lower === 'rss' ? '' : lower;
}

/** True for a URI that names none of the vocabularies above. */
export function isUnknownNamespace(uri: string): boolean {
  return !vocabularyByUri.has(normalUri(uri));
}

/** True for an element, by its canonical name, of a vocabulary that is none of those above. */
export function isForeignName(name: string): boolean {
  const colon = name.indexOf(':');
  return colon !== -1 && !Object.hasOwn(vocabularies, name.slice(0, colon));
}

function normalUri(uri: string): string {
  return withoutTrailing(
    uri
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, ''),
    /[#/]/,
  );
}
