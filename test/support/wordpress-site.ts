/*
 * A WordPress site on the loopback interface: the same twelve posts as RSS (/feed/) and as REST (/wp-json/wp/v2/…),
 * written as WordPress writes them, so that a test can hold the two ways against each other.
 */
import { createServer } from 'node:http';
import { wordPressMedia, wordPressPosts, wordPressTerms } from './wordpress-content.ts';
import type { WordPressPost } from './wordpress-content.ts';
import { fillSite, idsOf, mediaOf, pageOf, restError, restMedia, restPost, restTerm } from './wordpress-rest.ts';
import type { RestAnswer } from './wordpress-rest.ts';

/** A running site. */
export interface WordPressSite {
  readonly url: string;
  readonly feedUrl: string;
  readonly postsUrl: string;
  /** Paths and queries that were asked for, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** How a site behaves. */
export interface WordPressSiteOptions {
  /** `closed` answers 401 to the whole API, as security plugins do; default open. */
  readonly rest?: 'open' | 'closed';
  /** Clamps `per_page`, as some hosts do; default 100. */
  readonly maxPerPage?: number;
  /** A path whose first request is answered with 503. */
  readonly failingOnce?: string;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const paperBytes = Buffer.from('%PDF-1.4\n% A stand-in: only its name and length matter here.\n%%EOF\n');

/** Starts a site on a free port of 127.0.0.1. */
export async function startWordPressSite(options: WordPressSiteOptions = {}): Promise<WordPressSite> {
  const requests: string[] = [];
  let site = '';
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(path);
    const isFailing = requests.findIndex((each) => each.split('?')[0] === options.failingOnce) === requests.length - 1;
    const answer = isFailing ? json(restError(503, 'busy', 'Try again.')) : answerTo(site, new URL(path, site), options);
    response.writeHead(answer.status, {
      'content-type': answer.contentType,
      'content-length': Buffer.byteLength(answer.body),
      ...answer.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP port, got none');
  site = `http://127.0.0.1:${address.port}`;
  return {
    url: `${site}/`,
    feedUrl: `${site}/feed/`,
    postsUrl: `${site}/wp-json/wp/v2/posts`,
    requests,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function answerTo(site: string, url: URL, options: WordPressSiteOptions): Answer {
  const route = url.searchParams.get('rest_route');
  if (route !== null) return json(answerRest(site, new URL(`/wp-json${route}${url.search}`, site), options));
  if (url.pathname.startsWith('/wp-json')) return json(answerRest(site, url, options));
  if (url.pathname === '/feed/') return { status: 200, contentType: 'application/rss+xml; charset=UTF-8', body: writeRss(site) };
  const file = wordPressMedia.find((media) => media.file === url.pathname);
  if (file || url.pathname.endsWith('.PDF')) return { status: 200, contentType: file?.mimeType ?? 'application/pdf', body: paperBytes };
  const post = wordPressPosts.find((candidate) => url.pathname === `/${candidate.slug}/`);
  if (post === undefined && url.pathname !== '/')
    return { status: 404, contentType: 'text/html; charset=UTF-8', body: '<!doctype html><title>Page not found</title>' };
  const head = `<title>${post?.title ?? 'Odd Posts'}</title><link rel="alternate" type="application/rss+xml" title="Odd Posts &raquo; Feed" href="${site}/feed/" /><link rel="https://api.w.org/" href="${site}/wp-json/" />`;
  return {
    status: 200,
    contentType: 'text/html; charset=UTF-8',
    body: `<!DOCTYPE html><html lang="en-GB"><head>${head}</head><body>${fillSite(post?.html ?? '', site)}</body></html>`,
    headers: { link: `<${site}/wp-json/>; rel="https://api.w.org/"` },
  };
}

function json(answer: RestAnswer): Answer {
  return {
    status: answer.status,
    contentType: 'application/json; charset=UTF-8',
    body: JSON.stringify(answer.body),
    headers: answer.headers,
  };
}

function answerRest(site: string, url: URL, options: WordPressSiteOptions): RestAnswer {
  if (options.rest === 'closed') return restError(401, 'rest_not_logged_in', 'You are not currently logged in.');
  const query = url.searchParams;
  const page = (items: Parameters<typeof pageOf>[0]): RestAnswer => pageOf(items, query, options.maxPerPage ?? 100);
  const terms = (taxonomy: 'category' | 'post_tag'): RestAnswer =>
    page(
      wordPressTerms
        .filter((term) => term.taxonomy === taxonomy)
        .filter((term) => query.get('slug')?.split(',').includes(term.slug) ?? true)
        .filter((term) => idsOf(query, 'include')?.includes(term.id) ?? true)
        .map((term) => restTerm(site, term)),
    );
  switch (url.pathname.replace(/\/$/, '')) {
    case '/wp-json': {
      const facts = { name: 'Odd Posts', description: '', url: site, home: site, gmt_offset: 1, timezone_string: 'Europe/Madrid' };
      return { status: 200, body: { ...facts, namespaces: ['oembed/1.0', 'wp/v2'] }, headers: {} };
    }
    case '/wp-json/wp/v2/posts':
      return page(postsOf(query).map((post) => restPost(site, post, query.has('_embed'))));
    case '/wp-json/wp/v2/media':
      return page(mediaOf(query).map((media) => restMedia(site, media, paperBytes.length)));
    case '/wp-json/wp/v2/categories':
      return terms('category');
    case '/wp-json/wp/v2/tags':
      return terms('post_tag');
    default:
      return restError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
  }
}

/** The posts that a query asks for. `modified_after` is read in the site's own zone where it states none, as WordPress does. */
function postsOf(query: URLSearchParams): readonly WordPressPost[] {
  const categories = idsOf(query, 'categories');
  const after = query.get('modified_after');
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/.test(after ?? '');
  return wordPressPosts
    .filter((post) => categories === undefined || post.categories.some((id) => categories.includes(id)))
    .filter((post) => after === null || (hasZone ? Date.parse(`${post.dateGmt}Z`) > Date.parse(after) : post.date > after));
}

function writeRss(site: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:atom="http://www.w3.org/2005/Atom"
\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
>
<channel>
\t<title>Odd Posts</title>
\t<atom:link href="${site}/feed/" rel="self" type="application/rss+xml" />
\t<link>${site}</link>
\t<description></description>
\t<lastBuildDate>${rfc822(wordPressPosts[0]?.dateGmt ?? '')}</lastBuildDate>
\t<language>en-GB</language>
\t<sy:updatePeriod>hourly</sy:updatePeriod>
\t<sy:updateFrequency>1</sy:updateFrequency>
${wordPressPosts.map((post) => writeItem(site, post)).join('')}</channel>
</rss>
`;
}

function writeItem(site: string, post: WordPressPost): string {
  // One element for a category and a tag of the same name: WordPress leaves out repeated names and says nothing of the kind.
  const names = new Set(wordPressTerms.filter((term) => [...post.categories, ...post.tags].includes(term.id)).map((term) => term.name));
  const enclosed = wordPressMedia.find((media) => media.id === post.enclosedMedia);
  const form = `<form action="${site}/wp-login.php?action=postpass" class="post-password-form" method="post"><p>This content is password protected. To view it please enter your password below:</p></form>`;
  return `\t<item>
\t\t<title>${post.isProtected ? 'Protected: ' : ''}${rssTitle(post.title)}</title>
\t\t<link>${site}/${post.slug}/</link>
\t\t<dc:creator><![CDATA[${post.hasBrokenEmbeds ? '' : 'Joan Adeyemi'}]]></dc:creator>
\t\t<pubDate>${rfc822(post.dateGmt)}</pubDate>
${[...names].map((name) => `\t\t<category><![CDATA[${name}]]></category>\n`).join('')}\t\t<guid isPermaLink="false">${site}/?p=${post.id}</guid>
\t\t<description><![CDATA[${post.isProtected ? 'There is no excerpt because this is a protected post.' : ''}]]></description>
\t\t<content:encoded><![CDATA[${post.isProtected ? form : fillSite(post.html, site)}]]></content:encoded>
${enclosed ? `\t\t<enclosure url="${site}${enclosed.file}" length="${paperBytes.length}" type="${enclosed.mimeType}" />\n` : ''}\t</item>
`;
}

/** Feeds state titles without markup and with numbers for named entities. */
function rssTitle(title: string): string {
  return title
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&eacute;', '&#233;')
    .replaceAll('&hellip;', '&#8230;');
}

function rfc822(utc: string): string {
  return new Date(`${utc}Z`).toUTCString().replace('GMT', '+0000');
}
