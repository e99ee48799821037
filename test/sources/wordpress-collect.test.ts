import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { addSource } from '../../src/sources/add-source.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { CollectPorts, CollectReport } from '../../src/sources/collecting/collect-source.ts';
import { createSourceReader } from '../../src/reading/read-source.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { wordPressPosts } from '../support/wordpress-content.ts';
import { startWordPressSite } from '../support/wordpress-site.ts';
import type { WordPressSite } from '../support/wordpress-site.ts';

interface StoredPost {
  readonly guid: string;
  readonly state: string;
  readonly position: string | null;
  readonly title: string;
  readonly papers: readonly string[];
  readonly categories: readonly string[];
}

let site: WordPressSite;
const reader = createSourceReader({
  userAgent: 'Gazette/test',
  allowPrivateAddresses: true,
  allowedOrigins: [],
  allowFiles: false,
  threadProgram: sourceThread,
  clock: systemClock,
});

beforeAll(async () => {
  site = await startWordPressSite({ maxPerPage: 5 });
});

afterAll(async () => {
  await reader.close();
  await site.close();
});

async function collect(stored: TestDatabase, kind: 'feed' | 'wordpress', url: string): Promise<CollectReport> {
  const { database } = stored;
  const ports: CollectPorts = { database, reader, clock: systemClock, log: silentLog, tagAuthority: 'example.org,2026-01-01' };
  const source = await database.transaction((tx) => addSource(tx, { url, kind, firstRead: 'release', newsletters: [], now: new Date() }));
  return collectSource(ports, source.id);
}

async function listStored(stored: TestDatabase): Promise<StoredPost[]> {
  const { rows } = await stored.database.query<Omit<StoredPost, 'papers'> & { attachments: { url: string }[] }>(
    `select (select min(s.entry_id) from post_source s where s.post_id = p.id) as guid, p.state,
       (select r.position from release r where r.post_id = p.id) as position, v.title, v.attachments,
       (select coalesce(array_agg(c.slug order by c.slug), '{}') from post_category m join category c on c.id = m.category_id
        where m.post_id = p.id and c.kind = 'category') as categories
     from post p join post_revision v on v.post_id = p.id and v.revision = p.revision
     order by guid`,
  );
  return rows.map(({ attachments, ...post }) => ({ ...post, papers: attachments.map((each) => each.url.replace(/#.*$/, '')) }));
}

const sendable = wordPressPosts.filter((post) => !post.isProtected);

test('papers that the site could not give at one poll come with the next', async () => {
  const stored = await createTestDatabase();
  const moody = await startWordPressSite({ failingOnce: '/wp-json/wp/v2/media' });
  try {
    expect(await collect(stored, 'wordpress', moody.url)).toMatchObject({ outcome: 'busy', newCount: 0 });
    const { rows } = await stored.database.query<{ id: string }>('select id from source');
    const ports: CollectPorts = {
      database: stored.database,
      reader,
      clock: systemClock,
      log: silentLog,
      tagAuthority: 'example.org,2026-01-01',
    };
    expect(await collectSource(ports, rows[0]?.id ?? '', { force: true })).toMatchObject({ outcome: 'read', newCount: 12 });
    expect((await listStored(stored)).flatMap(({ papers }) => papers)).toHaveLength(wordPressPosts.flatMap(({ papers }) => papers).length);
  } finally {
    await moody.close();
    await stored.drop();
  }
});

test('a feed that stands in for a closed REST API takes no papers away and revises nothing that did not change, however long it is closed', async () => {
  const stored = await createTestDatabase();
  const behaviour: { rest: 'open' | 'closed' } = { rest: 'open' };
  const guarded = await startWordPressSite(behaviour);
  try {
    expect(await collect(stored, 'wordpress', guarded.url)).toMatchObject({ outcome: 'read', newCount: 12 });
    const { rows } = await stored.database.query<{ id: string }>('select id from source');
    const before = await listStored(stored);
    const collectLater = async (hours: number): Promise<CollectReport> =>
      collectSource(
        {
          database: stored.database,
          reader,
          clock: () => new Date(Date.now() + hours * 3_600_000),
          log: silentLog,
          tagAuthority: 'example.org,2026-01-01',
        },
        rows[0]?.id ?? '',
        { force: true },
      );
    behaviour.rest = 'closed';
    expect(await collectLater(1)).toMatchObject({ outcome: 'read', newCount: 0, revisedCount: 0 });
    expect(await listStored(stored)).toEqual(before);
    behaviour.rest = 'open';
    expect(await collectLater(2)).toMatchObject({ newCount: 0, revisedCount: 0 });
    behaviour.rest = 'closed';
    expect(await collectLater(3)).toMatchObject({ revisedCount: 0 });
    expect(await collectLater(30)).toMatchObject({ outcome: 'read', newCount: 0, revisedCount: 0, awaitedCount: 0 });
    const papers = (posts: readonly StoredPost[]): unknown => posts.map((post) => [post.guid, post.state, post.papers]);
    expect(papers(await listStored(stored))).toEqual(papers(before));
    expect(await collectLater(31)).toMatchObject({ outcome: 'unchanged' });
  } finally {
    await guarded.close();
    await stored.drop();
  }
});

describe('collecting a WordPress site of twelve odd posts', () => {
  test.each([
    ['RSS', 'feed'],
    ['REST', 'wordpress'],
  ] as const)('by %s stores twelve posts with all papers and releases all but the protected one', async (_name, kind) => {
    const stored = await createTestDatabase();
    try {
      const report = await collect(stored, kind, kind === 'feed' ? site.feedUrl : site.url);
      expect(report).toMatchObject({ outcome: 'read', newCount: 12, releasedCount: 11, skipped: [] });
      const posts = await listStored(stored);
      for (const post of wordPressPosts) {
        expect(posts.find((each) => each.guid === `${site.url}?p=${post.id}`)).toMatchObject({
          state: post.isProtected ? 'held' : 'released',
          papers: post.papers.map((path) => new URL(path, site.url).href),
          categories: expect.arrayContaining([...post.categorySlugs]),
        });
      }
      // The release order follows the dates, oldest first.
      const released = posts.filter((post) => post.position !== null).sort((a, b) => Number(a.position) - Number(b.position));
      expect(released.map((post) => post.guid)).toEqual(sendable.map((post) => `${site.url}?p=${post.id}`).toReversed());
    } finally {
      await stored.drop();
    }
  });

  test('by both ways stores each post once and keeps its place in the release order', async () => {
    const stored = await createTestDatabase();
    try {
      await collect(stored, 'feed', site.feedUrl);
      const first = await listStored(stored);
      const report = await collect(stored, 'wordpress', site.url);
      expect(report).toMatchObject({ outcome: 'read', newCount: 0, releasedCount: 0 });
      const second = await listStored(stored);
      const place = (posts: readonly StoredPost[]): unknown =>
        posts.map(({ guid, position, state, papers }) => ({ guid, position, state, papers }));
      expect(place(second)).toEqual(place(first));
    } finally {
      await stored.drop();
    }
  });
});
