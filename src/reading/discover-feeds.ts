import { Parser } from 'htmlparser2';
import { decodeText } from './decode/decode-text.ts';
import type { SourceReader } from './source-reader.ts';
import { SourceError } from './source-error.ts';
import { isWebUrl, resolveUrl, shownUrl } from './source-url.ts';
import { maxOpenElements } from '../kernel/text/tags.ts';
import { meantLine } from './formats/title-text.ts';

/** A feed that a page leads to. */
export interface FeedCandidate {
  readonly url: string;
  /** What kind of source to add it as. */
  readonly kind: 'feed' | 'wordpress';
  /** What the page or the feed calls it. */
  readonly title: string;
  /** `link`: the page names it; `page`: the page is it; `path`: found where such feeds usually are. */
  readonly found: 'link' | 'page' | 'path';
}

/** Where content systems keep their feed, in the order of how many sites it finds. */
const usualPaths = ['feed/', 'rss.xml', 'atom.xml', 'feed.xml', 'index.xml', 'rss/', 'feed.json', 'rss'];

/** A page's links stand in its head; what is further down is text. */
const maxScannedLength = 512 * 1024;

/**
 * Finds the feeds of a page, the best first: those that it names, the page itself where it is one, else those in the usual places.
 * @throws SourceError where the page cannot be had.
 */
export async function discoverFeeds(reader: SourceReader, pageUrl: string): Promise<FeedCandidate[]> {
  const page = await reader.readPage(pageUrl);
  if (page.kind === 'failed') throw new SourceError('http_status', `Expected a page at ${shownUrl(pageUrl)}: ${page.reason}`);
  const html = decodePage(page.body, page.contentType);
  const linked = linksOf(html, page.exchange.finalUrl);
  if (linked.length > 0 && /<(?:html|head|body)\b/i.test(html.slice(0, 4096))) return linked;
  const own = await feedAt(reader, pageUrl, 'page');
  if (own !== undefined) return [own];
  return linked.length > 0 ? linked : findAtUsualPaths(reader, page.exchange.finalUrl);
}

/** Text of a page: the charset is what HTTP says of it, else what the page does, in its first kilobyte as HTML has it. */
function decodePage(body: Uint8Array, contentType = ''): string {
  const start = Buffer.from(body.subarray(0, 1024)).toString('latin1');
  const charset = /<meta\b[^<>]{0,200}?\bcharset\s*=[\s"']*([\w.:-]+)/i.exec(start)?.[1];
  return decodeText(body, charset === undefined || /charset/i.test(contentType) ? contentType : `text/html; charset=${charset}`);
}

async function findAtUsualPaths(reader: SourceReader, pageUrl: string): Promise<FeedCandidate[]> {
  const root = new URL('/', pageUrl).href;
  const bases = new URL('.', pageUrl).href === root ? [root] : [new URL('.', pageUrl).href, root];
  for (const base of bases) {
    for (const path of usualPaths) {
      const found = await feedAt(reader, new URL(path, base).href, 'path');
      if (found !== undefined) return [found];
    }
  }
  return [];
}

async function feedAt(reader: SourceReader, url: string, found: FeedCandidate['found']): Promise<FeedCandidate | undefined> {
  const reading = await reader.read({ url, kind: 'feed' });
  return reading.kind === 'read' ? { url: reading.exchange.finalUrl, kind: 'feed', title: reading.document.title, found } : undefined;
}

const feedTypes = /^(?:application\/(?:rss|atom|rdf)\+xml|application\/feed\+json|application\/json|text\/xml|application\/xml)\b/i;

/** The feeds that a page names in `<link rel="alternate">`, comment feeds last; the REST API of a WordPress site after them. */
export function linksOf(html: string, pageUrl: string): FeedCandidate[] {
  const candidates = new Map<string, FeedCandidate>();
  let base = pageUrl;
  let openCount = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      openCount += 1;
      if (openCount > maxOpenElements) parser.pause();
      if (name === 'base') base = resolveUrl(attributes['href'] ?? '', base) ?? base;
      if (name !== 'link' && name !== 'a') return;
      const url = resolveUrl(attributes['href'] ?? '', base);
      if (url === undefined || !isWebUrl(url) || candidates.has(url)) return;
      const candidate = candidateOf(name, attributes, url);
      if (candidate !== undefined) candidates.set(url, candidate);
    },
    onclosetag() {
      openCount -= 1;
    },
  });
  // One that was paused is not ended: it would read on.
  parser.write(html.slice(0, maxScannedLength));
  return [...candidates.values()].sort((a, b) => rank(a) - rank(b));
}

function candidateOf(name: 'link' | 'a', attributes: Readonly<Record<string, string>>, url: string): FeedCandidate | undefined {
  const relations = (attributes['rel'] ?? '').toLowerCase().split(/\s+/);
  // "alternate stylesheet" is a kind of style sheet, and an alternate in the text is one of what the text speaks of.
  const isAlternate = name === 'link' && relations.includes('alternate') && !relations.includes('stylesheet');
  const title = meantLine(attributes['title'] ?? '');
  if (relations.includes('https://api.w.org/')) return { url, kind: 'wordpress', title, found: 'link' };
  const isFeed = relations.includes('feed') || (isAlternate && feedTypes.test(attributes['type']?.trim() ?? ''));
  // WordPress links each page's own JSON and oEmbed as alternates: neither is a feed.
  return isFeed && !/\/wp-json\/|oembed/i.test(url) ? { url, kind: 'feed', title, found: 'link' } : undefined;
}

function rank(feed: FeedCandidate): number {
  if (feed.kind === 'wordpress') return 2;
  return isOfComments(feed) ? 1 : 0;
}

function isOfComments({ url, title }: FeedCandidate): boolean {
  return /comment/i.test(`${title} ${new URL(url).pathname}`);
}

/** A feed of one category, tag or author, as WordPress and others name them. */
function isOfAPart({ url }: FeedCandidate): boolean {
  return /\/(?:category|tag|author)\//i.test(new URL(url).pathname);
}

/**
 * The feed of a page that nobody has to choose: the only one, or the only one that is neither of comments nor of a part of the site. The API of a WordPress
 * site stands beside its feed and is no other choice. Undefined where a person has to say which.
 */
export function onlyFeed(feeds: readonly FeedCandidate[]): FeedCandidate | undefined {
  if (feeds.length === 1) return feeds[0];
  const [feed, ...others] = feeds.filter((each) => each.kind === 'feed' && !isOfComments(each) && !isOfAPart(each));
  return others.length === 0 ? feed : undefined;
}
