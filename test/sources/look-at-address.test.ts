import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { lookAtAddress } from '../../src/sources/look-at-address.ts';
import { examineAddress } from '../../src/sources/examine-address.ts';
import { startFeedSite, testReader, writeFeed, type FeedSite } from '../support/feed-site.ts';

const html = { 'content-type': 'text/html' };
const link = (href: string): string => `<link rel="alternate" type="application/rss+xml" title="Feed ${href}" href="${href}">`;
const page = (...links: string[]): string => `<!doctype html><html><head>${links.join('')}</head><body>Hello</body></html>`;

let site: FeedSite;
let reader: SourceReader;

beforeAll(async () => {
  site = await startFeedSite();
  reader = testReader(() => new Date('2026-05-01T08:00:00Z'));
  site.setFeed('/feed', [{ id: '1', title: 'One' }]);
  site.set('/one', { headers: html, body: page(link('/feed')) });
  site.set('/several', { headers: html, body: page(link('/feed'), link('/essays')) });
  site.set('/none', { headers: html, body: page() });
  site.set('/gone', { status: 410 });
  site.set('/busy', { status: 429, headers: { 'retry-after': '60' } });
});
afterAll(async () => {
  await reader.close();
  await site.close();
});

const look = (path: string) => lookAtAddress(reader, { url: site.url + path, kind: 'feed' });

describe('an address', () => {
  test('that is a feed can be read as it stands', async () => {
    expect(await look('/feed')).toMatchObject({ kind: 'readable', document: { title: 'Test', entries: [{ title: 'One' }] } });
  });

  test('that is a page leads to the feeds that it names', async () => {
    const feed = { url: `${site.url}/feed`, kind: 'feed', title: 'Feed /feed', found: 'link' };
    expect(await look('/one')).toEqual({ kind: 'page', feeds: [feed] });
    expect(await look('/several')).toMatchObject({ kind: 'page', feeds: [feed, { url: `${site.url}/essays` }] });
  });

  test('that leads to no feed is nothing that can be read, which a later try would not change', async () => {
    expect(await look('/none')).toMatchObject({ kind: 'unreadable', code: 'not_a_feed' });
  });

  test.each([
    ['/gone', 'gone'],
    ['/busy', 'busy'],
    ['/missing', 'http_status'],
  ])('that gives no usable answer at present (%s) may do so later', async (path, code) => {
    expect(await look(path)).toMatchObject({ kind: 'unavailable', code, reason: expect.stringMatching(/./) });
  });
});

test('an address is shown without its password', async () => {
  const withPassword = new URL(`${site.url}/feed`);
  withPassword.username = 'reader';
  withPassword.password = 'secret';
  const finding = await examineAddress(reader, { url: withPassword.href, kind: 'feed' });
  expect(finding).toMatchObject({ kind: 'readable', url: `${site.url}/feed` });
});

test('a document is counted as the posts that it would make', async () => {
  site.set('/counted', {
    body: writeFeed([
      {
        id: '1',
        title: 'A paper',
        date: '2026-04-01T10:00:00Z',
        categories: ['Essays', 'Papers'],
        html: '<p>Words.</p><p><a href="https://site.example/paper.pdf">Leadership in small schools</a></p>',
      },
      { id: '2', categories: ['Papers'] },
    ]),
  });
  expect(await examineAddress(reader, { url: `${site.url}/counted`, kind: 'feed' })).toMatchObject({
    kind: 'readable',
    url: `${site.url}/counted`,
    status: 200,
    counts: { posts: 2, fullText: 2, summary: 0, untitled: 1, undated: 1, protected: 0, documents: 1, pictures: 0 },
    categories: [
      { name: 'Papers', count: 2 },
      { name: 'Essays', count: 1 },
    ],
    posts: [
      {
        title: 'A paper',
        publishedAt: new Date('2026-04-01T10:00:00Z'),
        categories: ['essays', 'papers'],
        attachments: [{ title: 'Leadership in small schools', url: 'https://site.example/paper.pdf' }],
      },
      { publishedAt: null, attachments: [] },
    ],
  });
});

describe('how entries would be told apart', () => {
  const examine = async (path: string) => {
    const finding = await examineAddress(reader, { url: site.url + path, kind: 'feed' });
    if (finding.kind !== 'readable') throw new Error(`Expected a feed, got ${finding.kind}`);
    return finding.toldApart;
  };

  test('is said of each kind, and every entry that would fall together with another is named', async () => {
    const twice = { title: 'Library opens', date: '2026-04-02T08:00:00Z', html: '<p>Everybody is welcome.</p>' };
    site.setFeed('/apart', [
      { ...twice, id: 'a', link: `${site.url}/news/library` },
      { ...twice, id: 'b', link: `${site.url}/blog/library` },
      { title: 'Menu', link: `${site.url}/menu`, html: '<p>Soup.</p>' },
      { title: 'Scarf', link: `${site.url}/board`, html: '<p>Lost: a scarf.</p>' },
      { title: 'Boot', link: `${site.url}/board`, html: '<p>Lost: a boot.</p>' },
    ]);
    expect(await examine('/apart')).toEqual({
      byGuid: 2,
      byLink: 1,
      byWords: 2,
      together: [
        [
          { entryId: 'a', title: 'Library opens', url: `${site.url}/news/library` },
          { entryId: 'b', title: 'Library opens', url: `${site.url}/blog/library` },
        ],
      ],
      sharedPages: [`${new URL(site.url).host}/board`],
      secondReading: { renewedIds: 0, otherLinks: 0, otherDates: 0 },
    });
  });

  test('shows at a second reading what is made anew at each fetch', async () => {
    let fetches = 0;
    site.set('/anew', () => {
      fetches += 1;
      return {
        body: writeFeed([
          { id: `r${fetches}`, title: 'Governors meet', link: `${site.url}/g`, html: '<p>At seven.</p>' },
          { title: 'Essay', link: `${site.url}/${fetches}f/essay`, html: '<p>On reading.</p>' },
          { id: 'x', title: 'Dated', link: `${site.url}/x`, date: `2026-04-0${fetches}T08:00:00Z`, html: '<p>Today.</p>' },
        ]),
      };
    });
    expect((await examine('/anew')).secondReading).toEqual({ renewedIds: 1, otherLinks: 1, otherDates: 1 });
  });
});
