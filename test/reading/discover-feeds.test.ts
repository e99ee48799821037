import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { discoverFeeds, linksOf, onlyFeed } from '../../src/reading/discover-feeds.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { createSourceReader } from '../../src/reading/read-source.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';

const feed = '<rss version="2.0"><channel><title>News</title></channel></rss>';
const pages: Record<string, string | Buffer> = {};

let site: HttpSite;
let reader: SourceReader;

beforeAll(async () => {
  site = await startHttpSite((request, response) => {
    const page = pages[request.url];
    if (page === undefined) return response.writeHead(404).end();
    response.end(page);
  });
  reader = createSourceReader({
    userAgent: 'Gazette/0.1',
    allowPrivateAddresses: true,
    allowedOrigins: [],
    allowFiles: false,
    threadProgram: sourceThread,
    clock: () => new Date(),
  });
});

afterAll(async () => {
  await reader.close();
  await site.close();
});

test('a page names its feeds: posts before comments, the REST API last, what is no feed left out', () => {
  const html = `<!doctype html><html><head><base href="/blog/">
    <link rel="alternate" type="application/rss+xml" title="Site &raquo; Comments Feed" href="/comments/feed/">
    <link rel='https://api.w.org/' href='https://e.org/wp-json/'>
    <link rel="alternate" type="application/json" href="https://e.org/wp-json/wp/v2/pages/2">
    <link rel="alternate" type="application/json+oembed" href="https://e.org/oembed">
    <link rel="stylesheet" href="x.css"><link rel="alternate" hreflang="de" href="/de/">
    <link rel="Alternate Feed" type="application/atom+xml; charset=utf-8" title="Site" href="atom.xml">
    <link rel="alternate" type="application/atom+xml" href="javascript:alert(1)">`;
  expect(linksOf(html, 'https://e.org/about')).toEqual([
    { url: 'https://e.org/blog/atom.xml', kind: 'feed', title: 'Site', found: 'link' },
    { url: 'https://e.org/comments/feed/', kind: 'feed', title: 'Site » Comments Feed', found: 'link' },
    { url: 'https://e.org/wp-json/', kind: 'wordpress', title: '', found: 'link' },
  ]);
  // The feed of its posts, which nobody has to choose.
  expect(onlyFeed(linksOf(html, 'https://e.org/about'))).toMatchObject({ url: 'https://e.org/blog/atom.xml' });
});

test('of several feeds nobody has to choose where all others are of comments or of a part of the site', () => {
  const feeds = (...paths: string[]) => linksOf(paths.map((path) => `<link rel="feed" href="${path}">`).join(''), 'https://e.org/');
  expect(onlyFeed(feeds('/category/news/feed/', '/feed/', '/comments/feed/'))).toMatchObject({ url: 'https://e.org/feed/' });
  expect(onlyFeed(feeds('/comments/feed/'))).toMatchObject({ url: 'https://e.org/comments/feed/' });
  expect(onlyFeed(feeds('/feed/', '/essays/feed/'))).toBeUndefined();
  expect(onlyFeed(feeds('/category/a/feed/', '/category/b/feed/'))).toBeUndefined();
});

test('a link to a style sheet, and what a text calls an alternate, is no feed', () => {
  const html = `<link rel="alternate stylesheet" type="text/xml" href="/style.xml">
    <p>See <a rel="alternate" type="application/rss+xml" href="/quoted.xml">this</a> and <a rel="feed" href="/own.xml">ours</a>.`;
  expect(linksOf(html, 'https://e.org/').map(({ url }) => url)).toEqual(['https://e.org/own.xml']);
});

test('a page that leaves thousands of elements open is read up to there, in a moment', () => {
  const link = (path: string): string => `<link rel="alternate" type="application/rss+xml" href="${path}">`;
  const usedMs = startCpuTimer();
  for (const open of ['<a>', '<x><p>', '<b>', '<div>'])
    expect(linksOf(`${link('/a')}${open.repeat(200_000)}${link('/b')}`, 'https://e.org/').map(({ url }) => url)).toEqual([
      'https://e.org/a',
    ]);
  expect(usedMs()).toBeLessThan(2_000);
  expect(linksOf(`${'<div><br><p>a</div>'.repeat(10_000)}${link('/b')}`, 'https://e.org/')).toHaveLength(1);
});

test('the feeds of all languages are candidates', () => {
  const html = ['en', 'de', 'fr'].map(
    (language) => `<link rel="alternate" hreflang="${language}" type="application/rss+xml" href="/${language}/feed/">`,
  );
  expect(linksOf(html.join(''), 'https://e.org/').map(({ url }) => url)).toEqual([
    'https://e.org/en/feed/',
    'https://e.org/de/feed/',
    'https://e.org/fr/feed/',
  ]);
});

test.each([
  ['that leaves out html, head and body', '<!doctype html><meta charset=utf-8><title>News</title>'],
  ['with a long comment before it', `<!--${'x'.repeat(8_000)}--><html><head>`],
])('a page %s gives its links', async (_name, start) => {
  pages['/bare'] = `${start}<link rel=alternate type=application/rss+xml href=/a>`;
  expect((await discoverFeeds(reader, `${site.origin}/bare`)).map(({ url }) => url)).toEqual([`${site.origin}/a`]);
});

test('a feed that names others is its own', async () => {
  pages['/named'] =
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Own</title><link rel="alternate" type="application/atom+xml" href="/other"/></feed>';
  expect(await discoverFeeds(reader, `${site.origin}/named`)).toMatchObject([{ url: `${site.origin}/named`, found: 'page' }]);
});

test.each(['<meta charset="iso-8859-2">', '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">'])(
  'titles are read in the charset of the page, %s',
  async (meta) => {
    const title = Buffer.from([0xa3, 0xf3, 0x64, 0xbc]);
    pages['/charset'] = Buffer.concat([
      Buffer.from(`<html><head>${meta}<link rel="alternate" type="application/rss+xml" href="/a" title="`),
      title,
      Buffer.from('"></head></html>'),
    ]);
    expect(await discoverFeeds(reader, `${site.origin}/charset`)).toMatchObject([{ title: 'Łódź' }]);
  },
);

test('a page with links gives them, several to choose from', async () => {
  pages['/with-links'] =
    '<html><head><link rel="alternate" type="application/rss+xml" href="/a"><link rel="alternate" type="application/atom+xml" href="/b"></head></html>';
  expect((await discoverFeeds(reader, `${site.origin}/with-links`)).map(({ url }) => url)).toEqual([
    `${site.origin}/a`,
    `${site.origin}/b`,
  ]);
});

test('a page that is a feed is its own', async () => {
  pages['/own'] = feed;
  expect(await discoverFeeds(reader, `${site.origin}/own`)).toEqual([
    { url: `${site.origin}/own`, kind: 'feed', title: 'News', found: 'page' },
  ]);
});

test('a page without links leads to the usual place, its own folder first', async () => {
  pages['/blog/index.html'] = '<html><body>Hello</body></html>';
  pages['/rss.xml'] = feed;
  expect(await discoverFeeds(reader, `${site.origin}/blog/index.html`)).toEqual([
    { url: `${site.origin}/rss.xml`, kind: 'feed', title: 'News', found: 'path' },
  ]);
  pages['/blog/atom.xml'] = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title></feed>';
  expect(await discoverFeeds(reader, `${site.origin}/blog/index.html`)).toMatchObject([
    { url: `${site.origin}/blog/atom.xml`, title: 'Blog' },
  ]);
});

test('a page without any feed gives none, no page is an error', async () => {
  delete pages['/rss.xml'];
  pages['/none/'] = '<html></html>';
  expect(await discoverFeeds(reader, `${site.origin}/none/`)).toEqual([]);
  await expect(discoverFeeds(reader, 'http://127.0.0.1:1/')).rejects.toThrow(/Expected a page/);
});
