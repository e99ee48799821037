import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/kernel/clock.ts';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import type { Entry } from '../../src/reading/entry.ts';
import { createSourceReader } from '../../src/reading/read-source.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { wordPressPosts } from '../support/wordpress-content.ts';
import { startWordPressSite } from '../support/wordpress-site.ts';
import type { WordPressSite } from '../support/wordpress-site.ts';

let site: WordPressSite;
let reader: SourceReader;

beforeAll(async () => {
  site = await startWordPressSite({ maxPerPage: 5 });
  reader = createSourceReader({
    userAgent: 'Gazette/test',
    allowPrivateAddresses: true,
    allowedOrigins: [],
    allowFiles: false,
    threadProgram: sourceThread,
    clock: systemClock,
  });
});

afterAll(async () => {
  await reader.close();
  await site.close();
});

async function entriesOf(kind: 'feed' | 'wordpress', url: string): Promise<ReadonlyMap<string, Entry>> {
  const reading = await reader.read({ url, kind });
  if (reading.kind !== 'read') throw new Error(`Expected a document, got ${JSON.stringify(reading)}`);
  expect(reading.document.skipped).toEqual([]);
  return new Map(reading.document.entries.map((entry) => [entry.id, entry]));
}

/** What a reader of the newsletter notices of a post. */
function noticed(entry: Entry): object {
  const { content } = contentFromEntry(entry);
  return {
    // A feed puts a word before the title of what is protected, REST does not; such a post is never shown.
    title: entry.isProtected ? content.title.replace(/^Protected: /, '') : content.title,
    url: content.url,
    html: content.html,
    image: content.image?.url,
    papers: content.attachments.map((attachment) => attachment.url.replace(/#.*$/, '')),
    authors: content.authors,
    publishedAt: entry.publishedAt?.toISOString(),
    isProtected: entry.isProtected,
  };
}

describe('a WordPress site of twelve posts with one oddity each', () => {
  test('yields the same twelve posts by RSS and by REST', async () => {
    const byRss = await entriesOf('feed', site.feedUrl);
    const byRest = await entriesOf('wordpress', site.url);
    expect([...byRss.keys()].sort()).toEqual(wordPressPosts.map((post) => `${site.url}?p=${post.id}`).sort());
    expect([...byRest.keys()].sort()).toEqual([...byRss.keys()].sort());
    for (const [id, entry] of byRss) expect(noticed(byRest.get(id)!)).toEqual(noticed(entry));
  });

  test.each(['feed', 'wordpress'] as const)('yields all papers, titles and categories read as %s', async (kind) => {
    const entries = await entriesOf(kind, kind === 'feed' ? site.feedUrl : site.postsUrl);
    for (const post of wordPressPosts) {
      const entry = entries.get(`${site.url}?p=${post.id}`)!;
      expect(noticed(entry)).toMatchObject({
        title: post.plainTitle,
        papers: post.papers.map((path) => new URL(path, site.url).href),
        publishedAt: new Date(`${post.dateGmt}Z`).toISOString(),
        isProtected: post.isProtected ?? false,
      });
      const slugs = entry.categories.map((category) => category.slug);
      expect(slugs).toEqual(expect.arrayContaining([...post.categorySlugs]));
    }
  });

  test('tells a tag from a category of the same name by REST', async () => {
    const entries = await entriesOf('wordpress', site.url);
    const entry = entries.get(`${site.url}?p=110`)!;
    expect(entry.categories.filter((category) => category.slug === 'reading').map((category) => category.kind)).toEqual([
      'category',
      'tag',
    ]);
  });

  test('is read as RSS where REST is closed', async () => {
    const closed = await startWordPressSite({ rest: 'closed' });
    try {
      const reading = await reader.read({ url: closed.url, kind: 'wordpress' });
      expect(reading.kind === 'read' && reading.document.format).toBe('rss');
      expect(reading.kind === 'read' && reading.document.entries.length).toBe(12);
    } finally {
      await closed.close();
    }
  });

  test('is asked for what changed since, and for the files of its posts in few requests', async () => {
    const before = site.requests.length;
    const reading = await reader.read({ url: site.url, kind: 'wordpress', modifiedAfter: new Date('2026-04-03T00:00:00Z') });
    const asked = site.requests.slice(before);
    expect(asked[0]).toMatch(/modified_after=2026-04-0/);
    // The site compares in its own zone, so the question reaches a day further back than needed.
    const ids = reading.kind === 'read' ? reading.document.entries.map((entry) => entry.id) : [];
    expect(ids).toContain(`${site.url}?p=112`);
    expect(ids.length).toBeLessThan(4);
    expect(asked.length).toBeLessThan(5);
  });
});
