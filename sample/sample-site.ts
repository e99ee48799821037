/*
 * Serves the sample site below /sample/, so that the demo collects over HTTP like everybody else.
 * Its documents depend on sample/site and the base URL only: the same request gets the same bytes, an unchanged document answers 304.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { packageRoot } from '../src/kernel/package-root.ts';
import { sampleSiteUrl } from '../src/kernel/site-urls.ts';
import { decodePath } from '../src/content/web-address.ts';
import { readSite } from './read-site.ts';
import type { SiteContent, SitePost } from './read-site.ts';
import { lastChange, rebase, writeFeed } from './write-feed.ts';

/** An answer of the sample site. `body` is empty for 304. */
export interface SampleResponse {
  readonly status: 200 | 304;
  readonly contentType: string;
  readonly body: Buffer | string;
  readonly etag: string;
  readonly lastModified: string;
}

/** Request headers by lower-case name, as Node gives them. */
export type SampleRequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The sample site, ready to answer. */
export interface SampleSite {
  /** Answers a GET or HEAD of `path` (with its query, beginning with /sample); undefined where the site has no such document. */
  handle(path: string, headers?: SampleRequestHeaders): SampleResponse | undefined;
}

/** `/sample/`, below which the site stands. */
const homePath = sampleSiteUrl('');

/** The paths of the site's two feeds; the second is that of the category "Leadership Development". */
export const sampleFeedPaths = { all: `${homePath}feed.xml`, leadership: `${homePath}leadership/feed.xml` } as const;

/** The page that says what becomes of addresses; the sample newsletter's sign-up page links it. */
export const samplePrivacyPath = `${homePath}privacy/`;

const feedCategory = 'Leadership Development';

interface Document {
  readonly contentType: string;
  readonly body: Buffer | string;
  readonly changedAt: Date;
}

/**
 * Loads the site. `baseUrl` is the address of the web server, without a trailing slash.
 *
 * One post was revised after it was published. Who reads a feed for the first time gets it as first published; who comes back, which the
 * validators in the request tell, gets it as revised. `?revision=1` and `?revision=2` choose. Pages always show the last state.
 */
export function createSampleSite(options: { readonly baseUrl: string }): SampleSite {
  const site = readSite(join(packageRoot, 'sample/site'));
  const homeUrl = sampleSiteUrl(options.baseUrl.replace(/\/$/, ''));
  return {
    handle(path, headers = {}) {
      const url = new URL(path, 'http://sample.invalid');
      const comesBack = 'if-none-match' in headers || 'if-modified-since' in headers;
      const isRevised = url.searchParams.has('revision') ? url.searchParams.get('revision') === '2' : comesBack;
      const document = findDocument(site, homeUrl, decodePath(url.pathname), isRevised);
      return document && respond(document, headers);
    },
  };
}

function findDocument(site: SiteContent, homeUrl: string, path: string, isRevised: boolean): Document | undefined {
  const latest = site.posts.map((post) => site.revisions.get(post.id) ?? post);
  if (`${path}/` === homePath || path === homePath) return listPage(site, homeUrl, site.name, latest);
  if (path === sampleFeedPaths.all || path === sampleFeedPaths.leadership) {
    return feed(site, homeUrl, path, isRevised ? latest : site.posts);
  }
  if (path === samplePrivacyPath) return privacyPage(site, homeUrl);
  if (path === `${homePath}wp-content/themes/ferrow/style.css`) {
    return { contentType: 'text/css; charset=utf-8', body: site.styleSheet, changedAt: lastChange(latest) };
  }
  const upload = path.startsWith(homePath)
    ? /^wp-content\/uploads\/\d{4}\/\d{2}\/([^/]+)$/.exec(path.slice(homePath.length))?.[1]
    : undefined;
  const file = upload === undefined ? undefined : site.media.get(upload);
  if (file) return { contentType: file.contentType, body: file.bytes, changedAt: lastChange(site.posts) };
  const category = site.posts.flatMap((post) => post.categories).find((name) => path === `${homePath}category/${slugOf(name)}/`);
  if (category !== undefined)
    return listPage(
      site,
      homeUrl,
      category,
      latest.filter((post) => post.categories.includes(category)),
    );
  const post = latest.find((candidate) => path === `${homePath}${candidate.path}`);
  return post && postPage(site, homeUrl, post);
}

function feed(site: SiteContent, homeUrl: string, path: string, posts: readonly SitePost[]): Document {
  const isAll = path === sampleFeedPaths.all;
  const shown = isAll ? posts : posts.filter((post) => post.categories.includes(feedCategory));
  const body = writeFeed(site, shown, {
    title: isAll ? site.name : `${feedCategory} &#8211; ${site.name}`,
    selfUrl: homeUrl + path.slice(homePath.length),
    pageUrl: isAll ? homeUrl : `${homeUrl}category/${slugOf(feedCategory)}/`,
    homeUrl,
  });
  return { contentType: 'application/rss+xml; charset=utf-8', body, changedAt: lastChange(shown) };
}

function postPage(site: SiteContent, homeUrl: string, post: SitePost): Document {
  const heading = post.title ? `<h1>${post.title}</h1>` : '';
  const content = `<article>${heading}${metaLine(homeUrl, post)}\n${rebase(post.html, site.origin, homeUrl)}</article>`;
  const name = post.title ? `${post.title} &#8211; ${site.name}` : site.name;
  return { contentType: 'text/html; charset=utf-8', body: fillPage(site, homeUrl, name, content), changedAt: lastChange([post]) };
}

function listPage(site: SiteContent, homeUrl: string, title: string, posts: readonly SitePost[]): Document {
  const rows = posts.map((post) => {
    const link = `<a href="${homeUrl}${post.path}">${post.title || 'Untitled'}</a>`;
    return `<article><h2>${link}</h2>${metaLine(homeUrl, post)}${post.excerpt ? `<p>${post.excerpt}</p>` : ''}</article>`;
  });
  const body = fillPage(site, homeUrl, title, `<h1>${title}</h1>\n${rows.join('\n')}`);
  return { contentType: 'text/html; charset=utf-8', body, changedAt: lastChange(posts) };
}

function privacyPage(site: SiteContent, homeUrl: string): Document {
  const text =
    'The Ferrow Foundation keeps your address and what you chose, to send you its letter, and nothing else. It goes to nobody. One click in each letter ends it, and your data is erased when you ask.';
  const body = fillPage(site, homeUrl, 'Privacy notice', `<h1>Privacy notice</h1>\n<p>${text}</p>`);
  return { contentType: 'text/html; charset=utf-8', body, changedAt: lastChange(site.posts) };
}

function metaLine(homeUrl: string, post: SitePost): string {
  const day = post.publishedAt.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  const categories = post.categories.map((name) => `<a href="${homeUrl}category/${slugOf(name)}/">${name}</a>`);
  return `<p class="meta">${post.author} · ${day} · ${categories.join(', ')}</p>`;
}

function fillPage(site: SiteContent, homeUrl: string, title: string, content: string): string {
  const { name, description, language, footer } = site;
  const values: Readonly<Record<string, string>> = { name, description, language, footer, title, content, home: homeUrl };
  return site.pageTemplate.replaceAll(/\{\{(\w+)\}\}/g, (_mark, key: string) => values[key] ?? '');
}

function respond(document: Document, headers: SampleRequestHeaders): SampleResponse {
  const etag = `"${createHash('sha256').update(document.body).digest('hex').slice(0, 32)}"`;
  // HTTP dates have whole seconds.
  const changedAt = Math.floor(document.changedAt.getTime() / 1000) * 1000;
  const lastModified = new Date(changedAt).toUTCString();
  const answer = { contentType: document.contentType, etag, lastModified };
  const isUnchanged =
    headers['if-none-match'] === undefined
      ? Date.parse(headerText(headers['if-modified-since'])) >= changedAt
      : headerText(headers['if-none-match'])
          .split(/\s*,\s*/)
          .some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
  return isUnchanged ? { ...answer, status: 304, body: '' } : { ...answer, status: 200, body: document.body };
}

function headerText(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(', ');
}

function slugOf(name: string): string {
  return name.replaceAll(/&\w+;/g, '').toLowerCase().split(/\s+/).filter(Boolean).join('-');
}
