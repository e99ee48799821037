import { beforeEach, describe, expect, test } from '@jest/globals';
import { retractPost } from '../../src/ledger/retract-post.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { CollectPorts } from '../../src/sources/collecting/collect-source.ts';
import { readDocumentSizes } from '../../src/sources/collecting/read-document-sizes.ts';
import { claimSource, renewSourceClaim } from '../../src/sources/collecting/poll-store.ts';
import { chooseSource } from '../../src/sources/source-store.ts';
import { loadPosts } from '../../src/posts/load-posts.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTestSource, testReader, writeFeed } from '../support/feed-site.ts';
import type { FeedSite, TestAnswer, TestClock, TestItem } from '../support/feed-site.ts';
import { openPollRoom } from '../support/poll-room.ts';
import { waitFor } from '../support/wait-for.ts';

interface Row {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly revision: number;
  readonly title: string;
  readonly position: string | null;
}

const room = openPollRoom('2026-05-01T08:00:00Z');
let stored: TestDatabase;
let site: FeedSite;
let time: TestClock;
let ports: CollectPorts;
let path: string;
let host: string;
beforeEach(() => {
  ({ stored, site, time, ports, path, host } = room);
});

const item = (number: number, more: Partial<TestItem> = {}): TestItem => ({
  id: `${host}/?p=${number}`,
  link: `${host}/post-${number}/`,
  title: `Post number ${number} of ${host}`,
  date: new Date(Date.UTC(2026, 3, number)).toISOString(),
  ...more,
});
const items = (...numbers: number[]): TestItem[] => numbers.map((number) => item(number));
const add = (first = 'known', ofPath = path): Promise<string> => room.add(ofPath, first);
const collect = (sourceId: string): ReturnType<typeof collectSource> => collectSource(ports, sourceId, { force: true });

/** The posts of the test's own host, in the order of their titles. */
async function posts(): Promise<Row[]> {
  const { rows } = await stored.database.query<Row>(
    `select p.id, p.state, p.reason, p.revision, r.title, l.position from post p join post_revision r on r.post_id = p.id and r.revision = p.revision
     left join release l on l.post_id = p.id and l.kind = 'post' where r.url like $1 || '%' order by r.title`,
    [host],
  );
  return rows;
}

/** Something that is waited for until a test opens it; `reach` tells the test that somebody waits. */
function gate(): { readonly opened: Promise<void>; readonly reached: Promise<void>; open(): void; reach(): void } {
  let [open, reach] = [() => {}, () => {}];
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  return { opened, reached, open, reach };
}

describe('The first read of a source', () => {
  test('marks what is there as known, however much it is, and sends nothing', async () => {
    site.setFeed(path, items(...Array.from({ length: 25 }, (_, index) => index + 1)));
    expect(await collect(await add())).toMatchObject({ outcome: 'read', newCount: 25, knownCount: 25, releasedCount: 0, heldCount: 0 });
    expect((await posts()).every((post) => post.state === 'known' && post.position === null)).toBe(true);
  });

  test('numbers posts in the order of their dates, so that lists begin with the newest', async () => {
    site.setFeed(path, items(3, 1, 2));
    await collect(await add());
    const ids = (await posts()).map((post) => Number(post.id));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  test('releases everything in the order of the dates where staff say so', async () => {
    site.setFeed(path, items(3, 1, 2));
    expect(await collect(await add('release'))).toMatchObject({ newCount: 3, releasedCount: 3 });
    const positions = (await posts()).map((post) => Number(post.position));
    expect(positions).toEqual([positions[0], positions[0]! + 1, positions[0]! + 2]);
  });

  test('releases the latest and knows the rest', async () => {
    site.setFeed(path, items(1, 2, 3));
    expect(await collect(await add('latest:1'))).toMatchObject({ releasedCount: 1, knownCount: 2 });
    expect((await posts()).map((post) => post.state)).toEqual(['known', 'known', 'released']);
  });
});

describe('Later reads', () => {
  test('release what is new', async () => {
    site.setFeed(path, items(1));
    const source = await add();
    await collect(source);
    site.setFeed(path, items(2, 1));
    expect(await collect(source)).toMatchObject({ newCount: 1, releasedCount: 1 });
    expect((await posts()).map((post) => post.state)).toEqual(['known', 'released']);
  });

  test('wait for an entry that says nothing yet, and keep what one said before', async () => {
    site.setFeed(path, items(1));
    const source = await add('release');
    await collect(source);
    const empty = (id: string): string =>
      `<item><guid isPermaLink="false">${id}</guid><pubDate>Wed, 01 Apr 2026 08:00:00 GMT</pubDate></item>`;
    site.set(path, { body: `<rss version="2.0"><channel><title>News</title>${empty(`${host}/?p=1`)}${empty('later')}</channel></rss>` });
    expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 0 });
    expect(await posts()).toMatchObject([{ state: 'released', revision: 1 }]);
    site.set(path, {
      body: `<rss version="2.0"><channel><title>News</title><item><guid isPermaLink="false">later</guid><title>Now</title><link>${host}/now</link></item></channel></rss>`,
    });
    expect(await collect(source)).toMatchObject({ newCount: 1, releasedCount: 1 });
  });

  test('hold more new posts at once than the guard allows', async () => {
    site.setFeed(path, items(1));
    const source = await add();
    await collect(source);
    site.setFeed(path, items(...Array.from({ length: 22 }, (_, index) => index + 1)));
    expect(await collect(source)).toMatchObject({ newCount: 21, releasedCount: 0, heldCount: 21 });
    expect((await posts()).filter((post) => post.state === 'held')[0]?.reason).toMatch(/flood guard/);
  });

  test('hold an old post that comes into view because a newer one was deleted', async () => {
    site.setFeed(path, items(4, 3, 2));
    const source = await add();
    await collect(source);
    site.setFeed(path, items(5, 3, 2, 1));
    expect(await collect(source)).toMatchObject({ newCount: 2, releasedCount: 1, heldCount: 1 });
    expect((await posts()).map((post) => post.state)).toEqual(['held', 'known', 'known', 'known', 'released']);
    expect((await posts())[0]?.reason).toBe('older than all that its source showed at first');
  });

  test.each([
    ['at the end', (...numbers: number[]) => [...numbers, 1]],
    ['at the beginning', (...numbers: number[]) => [1, ...numbers]],
    ['alone', () => [1]],
  ])('release a back-dated post as any other: %s', async (_name, place) => {
    site.setFeed(path, items(4, 3, 2));
    const source = await add();
    await collect(source);
    site.setFeed(path, items(...place(4, 3, 2)));
    expect(await collect(source)).toMatchObject({ newCount: 1, releasedCount: 1 });
  });

  test('take no date that no clock could have said: it would stand above everything for years', async () => {
    site.setFeed(path, [item(1)]);
    const source = await add();
    await collect(source);
    site.setFeed(path, [item(3, { date: '2066-12-24T10:00:00Z' }), item(2), item(1)]);
    expect(await collect(source)).toMatchObject({ releasedCount: 2 });
    const refs = (await posts()).map(({ id, revision }) => ({ postId: id, revision }));
    const dates = [...(await loadPosts(stored.database, refs)).values()].map((post) => post.publishedAt?.toISOString());
    expect(new Set(dates)).toEqual(new Set([item(1).date, item(2).date, undefined]));
  });

  test('make a revision of what changed, and none of noise', async () => {
    site.setFeed(path, [item(1, { html: '<p>One  <img src="https://x.example/a.jpg?v=1"> two.</p>' })]);
    const source = await add('release');
    await collect(source);
    site.setFeed(path, [item(1, { html: '<div><p class="x">One <img src="https://x.example/a.jpg?v=2"> two.</p></div>\n' })]);
    expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 0 });
    site.setFeed(path, [item(1, { html: '<p>One <img src="https://x.example/a.jpg"> three.</p>' })]);
    expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 1, releasedCount: 0 });
    const [post] = await posts();
    expect(post).toMatchObject({ revision: 2, state: 'released' });
    const loaded = await loadPosts(stored.database, [
      { postId: post!.id, revision: 1 },
      { postId: post!.id, revision: 2 },
    ]);
    expect(loaded.get(`${post!.id}:1`)?.html).toContain('two.');
    expect(loaded.get(`${post!.id}:2`)?.html).toContain('three.');
    expect(loaded.get(`${post!.id}:2`)!.updatedAt.getTime()).toBeGreaterThan(loaded.get(`${post!.id}:1`)!.updatedAt.getTime());
  });

  test('learn the length of a document once from its server, and make no revision of it', async () => {
    let asked = 0;
    const answer = (): TestAnswer => {
      asked += 1;
      return { headers: { 'content-type': 'application/pdf', 'content-length': '1234' } };
    };
    for (const stamp of [1, 2]) site.set(`${path}/a?tmstv=${stamp}`, answer);
    const paper = (stamp: number): TestItem =>
      item(1, { html: `<p>Words. <a href="${site.url}${path}/a?tmstv=${stamp}">Minutes (PDF)</a></p>` });
    site.setFeed(path, [paper(1)]);
    const source = await add('release');
    await collect(source);
    const loaded = async () =>
      [...(await loadPosts(stored.database, [{ postId: (await posts())[0]!.id, revision: 1 }])).values()][0]!.attachments;
    expect((await loaded())[0]).not.toHaveProperty('lengthBytes');
    const measuring = { ...ports, readLength: (url: string) => ports.reader.readLength(url) };
    await readDocumentSizes(measuring);
    expect(await loaded()).toMatchObject([{ title: 'Minutes', lengthBytes: 1234 }]);
    site.setFeed(path, [paper(2)]);
    expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 0 });
    await readDocumentSizes(measuring);
    expect(asked).toBe(1);
  });

  test('make no revision of another scheme or tracking parameter in links', async () => {
    const html = (scheme: string, campaign: string): string =>
      `<p>See <a href="${scheme}://s.example/x?utm_campaign=${campaign}&amp;p=1">it</a>.</p>`;
    const link = `${host.slice(8)}/post-1/`;
    site.setFeed(path, [item(1, { link: `https://${link}?utm_source=a`, html: html('http', 'a') })]);
    const source = await add('release');
    await collect(source);
    site.setFeed(path, [item(1, { link: `http://${link}?utm_source=b`, html: html('https', 'b') })]);
    expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 0 });
  });

  test('take another link beside unchanged words over when a second reading states the same, and never one that changes at each fetch', async () => {
    const withLink = (to: string): TestItem => item(1, { html: `<p>See <a href="https://s.example/${to}">it</a>.</p>` });
    site.setFeed(path, [withLink('old')]);
    const source = await add('release');
    await collect(source);
    for (const token of ['7f3a', '81c2', '9d04']) {
      site.setFeed(path, [withLink(`${token}/old`)]);
      expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 0, awaitedCount: 1 });
    }
    site.setFeed(path, [withLink('new')]);
    expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 0, awaitedCount: 1 });
    expect(await collect(source)).toMatchObject({ outcome: 'read', newCount: 0, revisedCount: 1, awaitedCount: 0 });
    expect(await collect(source)).toMatchObject({ outcome: 'unchanged' });
  });

  const longText =
    'The governors meet in the library at seven in the evening. Everybody may listen, and questions are taken at the end. Minutes follow within a week.';

  test('keep a post whose id changed under its unchanged link, while title, minute and most of the text agree', async () => {
    site.setFeed(path, [item(1, { html: `<p>${longText}</p>` })]);
    const source = await add('release');
    await collect(source);
    const [before] = await posts();
    site.setFeed(path, [item(1, { id: 'urn:other:1', html: `<p>${longText} One more line.</p>` })]);
    expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 1 });
    expect(await posts()).toMatchObject([{ id: before!.id, position: before!.position, revision: 2 }]);
    site.setFeed(path, [item(1, { id: 'urn:other:2', title: `Another matter of ${host}`, html: '<p>And another text.</p>' })]);
    expect(await collect(source)).toMatchObject({ newCount: 1, revisedCount: 0 });
  });

  test('hold what is new when the whole scheme of ids changed', async () => {
    site.setFeed(path, items(1, 2, 3));
    const source = await add();
    await collect(source);
    site.setFeed(
      path,
      [1, 2, 3, 4].map((number) => item(number, { id: `urn:new:${host}:${number}` })),
    );
    expect(await collect(source)).toMatchObject({ newCount: 1, heldCount: 1 });
    expect((await posts()).map((post) => post.state)).toEqual(['known', 'known', 'known', 'held']);
  });

  test('are two posts where a document uses one page for two entries', async () => {
    site.setFeed(path, [item(1, { link: `${host}/changes` }), item(2, { link: `${host}/changes#two` })]);
    expect(await collect(await add())).toMatchObject({ newCount: 2 });
  });

  test('take an entry that comes back under its old id as the same post', async () => {
    site.setFeed(path, [item(1, { html: `<p>${longText}</p>` })]);
    const source = await add();
    await collect(source);
    for (const id of ['urn:a', `${host}/?p=1`, 'urn:a']) {
      site.setFeed(path, [item(1, { id, html: `<p>${longText}</p><p>Read under ${id}.</p>` })]);
      expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 1 });
    }
    expect(await posts()).toHaveLength(1);
  });
});

describe('An event', () => {
  const event = async (id: string) => {
    const { content, ...row } = (await eventRows()).find((each) => each.title === id)!;
    return { ...row, ...content };
  };
  const eventRows = async () =>
    (
      await stored.database.query<{
        title: string;
        revision: number;
        publishedAt: Date | null;
        content: Record<string, unknown>;
        releases: string;
      }>(
        `select r.title, p.revision, p.published_at as "publishedAt", coalesce(r.event, '{}') as content,
           (select count(*) from release l where l.post_id = p.id) as releases
         from post p join post_revision r on r.post_id = p.id and r.revision = p.revision where r.url like $1 || '%'`,
        [host],
      )
    ).rows;
  const concert = (date: string, more: Partial<TestItem> = {}): TestItem => item(1, { title: 'Concert', date, ...more });
  /** Of its own in each test: the same words in two sources are one post. */
  const market = (name: string) => item(2, { title: name, html: `<p>${name} in the square.</p>`, date: '2026-05-09T14:00:00Z' });

  test('that is dated ahead is released at once, shows its day and no date of publication; another day is its newest and no news', async () => {
    site.setFeed(path, [concert('2026-06-20T18:00:00Z'), market('Flea market')]);
    const source = await add('release');
    expect(await collect(source)).toMatchObject({ releasedCount: 2 });
    expect(await event('Concert')).toEqual({
      title: 'Concert',
      revision: 1,
      publishedAt: null,
      start: '2026-06-20T18:00:00Z',
      isPublication: true,
      releases: '1',
    });
    site.setFeed(path, [concert('2026-06-21T18:00:00Z'), market('Flea market')]);
    expect(await collect(source)).toMatchObject({ newCount: 0, releasedCount: 0, revisedCount: 1 });
    expect(await event('Concert')).toMatchObject({ revision: 2, publishedAt: null, start: '2026-06-21T18:00:00Z', releases: '1' });
    expect(await collect(source)).toMatchObject({ revisedCount: 0 });
  });

  test('that is over keeps its day, which does not become a date of publication, in other words too', async () => {
    site.setFeed(path, [concert('2026-05-20T18:00:00Z'), market('Wine market')]);
    const source = await add();
    await collect(source);
    time.advanceHours(40 * 24);
    site.setFeed(path, [concert('2026-05-20T18:00:00Z'), market('Wine market'), item(3)]);
    await collect(source);
    expect(await event('Concert')).toMatchObject({ revision: 1, publishedAt: null, start: '2026-05-20T18:00:00Z' });
    site.setFeed(path, [
      concert('2026-05-20T18:00:00Z', { html: '<p>It was a full house, and there will be another one.</p>' }),
      market('Wine market'),
      item(3),
    ]);
    await collect(source);
    expect(await event('Concert')).toMatchObject({ revision: 2, publishedAt: null, start: '2026-05-20T18:00:00Z' });
  });

  test('a date of this evening alone is no event: it is the clock of the site, and what is shown is not from tomorrow', async () => {
    site.setFeed(path, [concert('2026-05-01T20:00:00Z')]);
    await collect(await add());
    expect(await event('Concert')).toMatchObject({ publishedAt: new Date('2026-05-01T08:00:00Z') });
    expect(await event('Concert')).not.toHaveProperty('start');
  });
});

describe('A document that breaks off', () => {
  const cutAt = (list: readonly TestItem[]): TestAnswer => {
    const body = writeFeed(list);
    const length = body.lastIndexOf('</item>');
    return { headers: { 'content-length': String(body.length), etag: '"x"' }, body: body.slice(0, length), isCut: true };
  };

  test('brings the posts that came whole, and is asked for again in full', async () => {
    site.setFeed(path, items(1), { headers: { etag: '"w"' } });
    const source = await add();
    await collect(source);
    site.set(path, cutAt(items(3, 2, 1)));
    expect(await collect(source)).toMatchObject({
      outcome: 'read',
      newCount: 2,
      skipped: expect.arrayContaining([expect.stringMatching(/broke off/)]),
    });
    expect(await chooseSource(stored.database, source)).toMatchObject({ etag: null, lastModified: null, bodyHash: null });
    expect((await posts()).map((post) => [post.revision, post.state === 'retracted'])).toEqual([
      [1, false],
      [1, false],
      [1, false],
    ]);
  });

  test('does not count as a first reading: what it lacks would be taken for new', async () => {
    site.set(path, cutAt(items(3, 2, 1)));
    const source = await add();
    expect(await collect(source)).toMatchObject({ outcome: 'failed', newCount: 0, reason: expect.stringMatching(/breaks off/) });
    site.setFeed(path, items(3, 2, 1));
    expect(await collect(source)).toMatchObject({ outcome: 'read', newCount: 3, knownCount: 3, releasedCount: 0 });
  });
});

describe('An id that a source uses for ever', () => {
  const issue = (number: number, date: string, html?: string): TestItem => ({
    ...item(number, { id: 'latest', date }),
    ...(html === undefined ? {} : { html }),
  });

  test('is a new post each time page, title and date differ, and the old ones stay as they were', async () => {
    const source = await add('release');
    for (const [index, date] of ['2026-01-01', '2026-02-01', '2026-03-01'].entries()) {
      site.setFeed(path, [issue(index + 1, date)]);
      expect(await collect(source)).toMatchObject({ newCount: 1, releasedCount: 1, revisedCount: 0 });
    }
    expect((await posts()).map((post) => [post.title, post.revision, post.state])).toEqual(
      [1, 2, 3].map((number) => [`Post number ${number} of ${host}`, 1, 'released']),
    );
    site.setFeed(path, [issue(3, '2026-03-01', '<p>Corrected.</p>')]);
    expect(await collect(source)).toMatchObject({ newCount: 0, revisedCount: 1 });
    expect((await posts()).map((post) => post.revision)).toEqual([1, 1, 2]);
  });

  test('finds an earlier post again by its page', async () => {
    const source = await add('release');
    const [one, two] = [issue(1, '2026-01-01'), issue(2, '2026-02-01')];
    site.setFeed(path, [one]);
    await collect(source);
    for (const [each, newCount] of [
      [two, 1],
      [one, 0],
      [two, 0],
      [one, 0],
    ] as const) {
      site.setFeed(path, [each]);
      expect(await collect(source)).toMatchObject({ newCount, revisedCount: 0 });
    }
    expect(await posts()).toHaveLength(2);
  });
});

describe('Protected posts', () => {
  const form = '<form class="post-password-form" action="/wp-login.php?action=postpass"><p>This content is password protected.</p></form>';

  test('are held without their text, whatever the first read is, until the source frees them', async () => {
    site.setFeed(path, [item(1, { html: form }), item(2)]);
    const source = await add('release');
    expect(await collect(source)).toMatchObject({ newCount: 2, releasedCount: 1, heldCount: 1 });
    site.setFeed(path, [item(1, { html: '<p>Now for all.</p>' }), item(2)]);
    expect(await collect(source)).toMatchObject({ newCount: 0, releasedCount: 1, revisedCount: 1 });
    expect((await posts()).map((post) => post.state)).toEqual(['released', 'released']);
  });

  test('are retracted when they were released, and come back when they are free again', async () => {
    site.setFeed(path, items(1));
    const source = await add('release');
    await collect(source);
    site.setFeed(path, [item(1, { html: form })]);
    expect(await collect(source)).toMatchObject({ retractedCount: 1, revisedCount: 0 });
    expect(await posts()).toMatchObject([{ state: 'retracted', revision: 1 }]);
    site.setFeed(path, items(1));
    await collect(source);
    expect(await posts()).toMatchObject([{ state: 'released', revision: 1 }]);
  });

  test('are not freed by another source that states them without saying so', async () => {
    site.setFeed(path, [item(1, { html: form })]);
    site.setFeed(`${path}-b`, items(1));
    await collect(await add('release'));
    await collect(await add('release', `${path}-b`));
    expect(await posts()).toMatchObject([{ state: 'held' }]);
  });
});

describe('Two sources', () => {
  test('that state the same post make one row with one place in the release order and the topics of both', async () => {
    site.setFeed(path, [item(1, { categories: ['Reading'] })]);
    site.setFeed(`${path}-b`, [item(1, { link: `http://www.${host.slice(8)}/post-1?utm_source=rss`, categories: ['Writing'] })]);
    await collect(await add('release'));
    const [before] = await posts();
    expect(await collect(await add('release', `${path}-b`))).toMatchObject({
      newCount: 0,
      releasedCount: 0,
      joinedCount: 1,
      revisedCount: 0,
    });
    expect(await posts()).toEqual([before]);
    const { rows } = await stored.database.query(
      `select c.slug from post_category p join category c on c.id = p.category_id where p.post_id = $1 order by c.slug`,
      [before!.id],
    );
    expect(rows).toEqual([{ slug: 'reading' }, { slug: 'writing' }]);
  });

  test('are recognised by address when their ids differ, and by title and minute when even that does', async () => {
    site.setFeed(path, items(1, 2));
    site.setFeed(`${path}-b`, [item(1, { id: 'urn:x:1' }), item(2, { id: 'urn:x:2', link: 'https://copy.example/elsewhere' })]);
    await collect(await add());
    expect(await collect(await add('known', `${path}-b`))).toMatchObject({ newCount: 0, joinedCount: 2 });
  });

  test('do not take turns in revising a post: the lead states it, a fuller copy takes the lead once', async () => {
    const long = `<p>${'A long text about reading. '.repeat(30)}</p>`;
    site.setFeed(path, [item(1, { html: '<p>Only a part.</p>' })]);
    site.setFeed(`${path}-b`, [item(1, { html: long })]);
    const [short, full] = [await add(), await add('known', `${path}-b`)];
    await collect(short);
    expect(await collect(full)).toMatchObject({ newCount: 0, revisedCount: 1 });
    site.setFeed(path, [item(1, { html: '<p>Another part.</p>' })]);
    expect(await collect(short)).toMatchObject({ revisedCount: 0 });
    site.setFeed(`${path}-b`, [item(1, { html: long.replace('long', 'longer') })]);
    expect(await collect(full)).toMatchObject({ revisedCount: 1 });
  });

  test('that bring the same new post at the same moment make one post', async () => {
    const paths = Array.from({ length: 6 }, (_, index) => `${path}-${index}`);
    for (const each of paths) site.setFeed(each, items(1, 2, 3));
    const sources = [];
    for (const each of paths) sources.push(await add('release', each));
    const reports = await Promise.all(sources.map(collect));
    expect(reports.reduce((sum, report) => sum + report.newCount, 0)).toBe(3);
    expect(reports.reduce((sum, report) => sum + report.releasedCount, 0)).toBe(3);
    expect(await posts()).toHaveLength(3);
  });
});

describe('Withdrawn entries', () => {
  const atom = (body: string): string =>
    `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>T</title><id>urn:f</id><updated>2026-04-01T00:00:00Z</updated>${body}</feed>`;
  const entry = (updated: string): string =>
    `<entry><id>urn:${host}:1</id><title>A post to withdraw</title><link href="${host}/post-1/"/><updated>${updated}</updated><content>Text.</content></entry>`;
  const tombstone = (when: string): string => `<at:deleted-entry ref="urn:${host}:1" when="${when}"/>`;
  const released = async (): Promise<string> => {
    site.set(path, { body: atom(entry('2026-04-01T00:00:00Z')) });
    const source = await add('release');
    await collect(source);
    return source;
  };

  test('are retracted by an Atom tombstone', async () => {
    const source = await released();
    site.set(path, { body: atom(tombstone('2026-04-02T00:00:00Z')) });
    expect(await collect(source)).toMatchObject({ retractedCount: 1 });
    expect(await posts()).toMatchObject([{ state: 'retracted', reason: `withdrawn by source ${source}` }]);
    expect(await collect(source)).toMatchObject({ retractedCount: 0 });
  });

  test('are not retracted by a tombstone that is older than they are, be they in the document or not', async () => {
    const source = await released();
    for (const body of [entry('2026-04-01T00:00:00Z') + tombstone('2026-03-01T00:00:00Z'), tombstone('2026-03-01T00:00:00Z')]) {
      site.set(path, { body: atom(body) });
      expect(await collect(source)).toMatchObject({ outcome: 'read', retractedCount: 0 });
    }
    expect(await posts()).toMatchObject([{ state: 'released' }]);
  });

  test('come back when their source states them again, and stay away while it only repeats them beside a later tombstone', async () => {
    const source = await released();
    site.set(path, { body: atom(entry('2026-04-01T00:00:00Z') + tombstone('2026-04-02T00:00:00Z')) });
    expect(await collect(source)).toMatchObject({ retractedCount: 1 });
    site.set(path, { body: atom(`<subtitle>x</subtitle>${entry('2026-04-01T00:00:00Z')}${tombstone('2026-04-02T00:00:00Z')}`) });
    await collect(source);
    expect(await posts()).toMatchObject([{ state: 'retracted' }]);
    site.set(path, { body: atom(entry('2026-04-01T00:00:00Z')) });
    await collect(source);
    expect(await posts()).toMatchObject([{ state: 'released', revision: 1 }]);
  });

  test('stay away when staff withdrew them, whatever the source states', async () => {
    const source = await released();
    const [post] = await posts();
    await retractPost(stored.database, post!.id, { reason: 'withdrawn by staff', now: time.clock() });
    site.set(path, { body: atom(entry('2026-04-03T00:00:00Z')) });
    await collect(source);
    expect(await posts()).toMatchObject([{ state: 'retracted', reason: 'withdrawn by staff' }]);
  });
});

describe('Manners that live in the source', () => {
  test('validators are stored after every document and echoed; a 304 keeps them', async () => {
    site.setFeed(path, items(1), { headers: { etag: '"one"', 'last-modified': 'Fri, 01 May 2026 07:00:00 GMT' } });
    const source = await add();
    await collect(source);
    site.set(path, { status: 304 });
    expect(await collect(source)).toMatchObject({ outcome: 'unchanged' });
    await collect(source);
    const { headers } = site.requests.findLast((request) => request.path === path)!;
    expect(headers).toMatchObject({ 'if-none-match': '"one"', 'if-modified-since': 'Fri, 01 May 2026 07:00:00 GMT' });
    site.setFeed(path, items(1), { headers: { etag: '"two"' } });
    await collect(source);
    expect(await chooseSource(stored.database, source)).toMatchObject({ etag: '"two"', lastModified: null });
  });

  test('the body of the last time is not read again, its new validators are stored', async () => {
    site.setFeed(path, items(1), { headers: { etag: '"one"' } });
    const source = await add();
    await collect(source);
    site.setFeed(path, items(1), { headers: { etag: '"two"', 'last-modified': 'Fri, 01 May 2026 07:00:00 GMT' } });
    expect(await collect(source)).toMatchObject({ outcome: 'unchanged', newCount: 0 });
    expect(await chooseSource(stored.database, source)).toMatchObject({ etag: '"two"', lastModified: 'Fri, 01 May 2026 07:00:00 GMT' });
    site.setFeed(path, items(2), { headers: { etag: '"two"' } });
    expect(await collect(source)).toMatchObject({ outcome: 'read', newCount: 1 });
  });

  test('what a document says about the next read counts after a 304 too, until another one is read', async () => {
    const body = writeFeed(items(1)).replace(
      '<title>Test</title>',
      '<title>Test</title><ttl>360</ttl><skipHours><hour>14</hour></skipHours>',
    );
    site.set(path, { body, headers: { etag: '"one"' } });
    const source = await add();
    const hoursToNext = async (): Promise<number> => {
      await collect(source);
      const { nextPollAt, lastPolledAt } = await chooseSource(stored.database, source);
      return (nextPollAt.getTime() - lastPolledAt!.getTime()) / 3_600_000;
    };
    const first = await hoursToNext();
    expect(first).toBeGreaterThanOrEqual(6);
    site.set(path, { status: 304 });
    expect(await hoursToNext()).toBe(first);
    site.setFeed(path, items(1));
    expect(await hoursToNext()).toBe(0.5);
  });

  test('a permanent address counts after three sightings, and validators go with the old one', async () => {
    site.set(path, { status: 301, headers: { location: `${path}-moved` } });
    site.setFeed(`${path}-moved`, items(1), { headers: { etag: '"one"' } });
    const source = await add();
    await collect(source);
    await collect(source);
    expect(await chooseSource(stored.database, source)).toMatchObject({ url: site.url + path, permanentSeenCount: 2, etag: '"one"' });
    expect(await collect(source)).toMatchObject({ reason: expect.stringContaining('moved for good') });
    expect(await chooseSource(stored.database, source)).toMatchObject({
      url: `${site.url}${path}-moved`,
      permanentSeenCount: 0,
      etag: null,
    });
  });

  test('a permanent address on the same origin keeps the password of the old one', async () => {
    site.set(path, { status: 301, headers: { location: `${path}/` } });
    site.setFeed(`${path}/`, items(1));
    const withPassword = site.url.replace('//', '//ann:secret@');
    const source = (await addTestSource(stored.database, withPassword + path, { firstRead: 'known' })).id;
    const reports: Awaited<ReturnType<typeof collect>>[] = [];
    for (let times = 0; times < 4; times += 1) reports.push(await collect(source));
    expect(reports.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    // What a report says may be read by anybody.
    expect(reports.map(({ reason }) => reason)).toContain(`moved for good from ${site.url}${path}`);
    expect(await chooseSource(stored.database, source)).toMatchObject({ url: `${withPassword}${path}/`, permanentSeenCount: 0 });
    expect(site.requests.at(-1)).toMatchObject({ path: `${path}/`, headers: { authorization: expect.stringContaining('Basic') } });
  });

  test('a temporary address never counts', async () => {
    site.set(path, { status: 302, headers: { location: `${path}-away` } });
    site.setFeed(`${path}-away`, items(1));
    const source = await add();
    for (let time_ = 0; time_ < 4; time_ += 1) await collect(source);
    expect(await chooseSource(stored.database, source)).toMatchObject({ url: site.url + path, permanentUrl: null });
  });

  test('a source that moved onto another one stays and says so', async () => {
    site.set(path, { status: 308, headers: { location: `${path}-other` } });
    site.setFeed(`${path}-other`, items(1));
    await add('known', `${path}-other`);
    const source = await add();
    for (let times = 0; times < 3; times += 1) await collect(source);
    expect(await chooseSource(stored.database, source)).toMatchObject({
      url: site.url + path,
      lastReason: expect.stringContaining('a source of its own'),
    });
  });

  test('a failure is counted, backs off, and keeps what was known', async () => {
    site.setFeed(path, items(1), { headers: { etag: '"one"' } });
    const source = await add();
    await collect(source);
    site.set(path, { status: 500 });
    expect(await collect(source)).toMatchObject({ outcome: 'failed' });
    const first = await chooseSource(stored.database, source);
    await collect(source);
    const second = await chooseSource(stored.database, source);
    expect([first.failureCount, second.failureCount]).toEqual([1, 2]);
    expect(second.nextPollAt.getTime()).toBeGreaterThan(first.nextPollAt.getTime());
    expect(second).toMatchObject({ etag: '"one"', lastOutcome: 'failed' });
    site.setFeed(path, items(1));
    await collect(source);
    expect(await chooseSource(stored.database, source)).toMatchObject({ failureCount: 0 });
  });

  test('410 stops a source; staff who read it again by hand bring it back', async () => {
    site.set(path, { status: 410 });
    const source = await add();
    expect(await collect(source)).toMatchObject({ outcome: 'gone' });
    expect(await collectSource(ports, source)).toMatchObject({ outcome: 'not_due' });
    expect(await chooseSource(stored.database, source)).toMatchObject({ state: 'gone' });
    site.setFeed(path, items(1));
    await collect(source);
    expect(await chooseSource(stored.database, source)).toMatchObject({ state: 'active' });
  });

  test('a source is read when it is due and not before', async () => {
    site.setFeed(path, items(1));
    const source = await add();
    expect(await collectSource(ports, source)).toMatchObject({ outcome: 'read' });
    expect(await collectSource(ports, source)).toMatchObject({ outcome: 'not_due' });
    time.advanceHours(2);
    expect(await collectSource(ports, source)).toMatchObject({ outcome: 'unchanged' });
  });

  test('two processes never read a source at the same time', async () => {
    const held = gate();
    site.set(path, () => held.opened.then(() => ({ body: writeFeed(items(1)) })));
    const source = await add();
    const first = collect(source);
    await waitFor(() => site.requests.some((request) => request.path === path));
    expect(await collect(source)).toMatchObject({ outcome: 'not_due' });
    held.open();
    expect(await first).toMatchObject({ outcome: 'read', newCount: 1 });
  });

  const claimEnd = async (source: string): Promise<Date | null> =>
    (await stored.database.query<{ at: Date | null }>(`select polling_until as at from source where id = $1`, [source])).rows[0]!.at;
  /** Waits until a claim has been renewed past the moment at which it would have ended. */
  const outlived = async (source: string): Promise<void> => {
    const at = await claimEnd(source);
    await waitFor(async () => {
      const { rows } = await stored.database.query<{ isPast: boolean }>(`select now() > $1 as "isPast"`, [at]);
      return rows[0]!.isPast && (await claimEnd(source)) !== null;
    });
  };

  test('a read that outlasts its claim keeps it, whether a host or a thread makes it wait', async () => {
    const [answering, preparing] = [gate(), gate()];
    site.set(path, () => answering.opened.then(() => ({ body: writeFeed(items(1)) })));
    const slow: SourceReader = {
      ...ports.reader,
      runInThread: async <Result>(task: { readonly kind: string }) => {
        preparing.reach();
        await preparing.opened;
        return ports.reader.runInThread<Result>(task);
      },
    };
    const source = await add();
    const first = collectSource({ ...ports, reader: slow, claimMs: 1_500 }, source);
    await waitFor(() => site.requests.some((request) => request.path === path));
    await outlived(source);
    expect(await collect(source)).toMatchObject({ outcome: 'not_due' });
    answering.open();
    await preparing.reached;
    await outlived(source);
    expect(await collect(source)).toMatchObject({ outcome: 'not_due' });
    preparing.open();
    expect(await first).toMatchObject({ outcome: 'read', newCount: 1 });
    expect(await claimEnd(source)).toBeNull();
  });

  test('what a dead process had claimed is free when the claim ran out', async () => {
    site.setFeed(path, items(1));
    const source = await add();
    expect(await claimSource(stored.database, source, { now: time.clock(), force: false, claimMs: 1_500 })).toBeDefined();
    expect(await collectSource(ports, source)).toMatchObject({ outcome: 'not_due' });
    await waitFor(async () => (await collectSource(ports, source)).outcome === 'read');
  });

  test('a process that lost its claim stores nothing over what the next one found, and does not renew the claim of that', async () => {
    const held = gate();
    site.set(path, () => held.opened.then(() => ({ status: 500 })));
    const source = await add();
    const first = collectSource(ports, source);
    await waitFor(() => site.requests.some((request) => request.path === path));
    await stored.database.query(`update source set polling_until = now() - interval '1 second' where id = $1`, [source]);
    const next = await claimSource(stored.database, source, { now: time.clock(), force: true, claimMs: 60_000 });
    expect(next).toBeDefined();
    const theirs = await claimEnd(source);
    await renewSourceClaim(stored.database, { id: source, pollRun: next!.pollRun - 1 }, 400);
    held.open();
    expect(await first).toMatchObject({ outcome: 'not_due', reason: expect.stringContaining('run out') });
    expect(await claimEnd(source)).toEqual(theirs);
    expect(await chooseSource(stored.database, source)).toMatchObject({ lastOutcome: null, failureCount: 0 });
  });

  test.each([
    ['while its document is parsed', false],
    ['while its entries are prepared', true],
  ])('a reader that is closed %s is no fault of the source: nothing is recorded, and it is read again', async (_, isLater) => {
    site.setFeed(path, items(1));
    const closing = testReader(time.clock);
    const closed: SourceReader = {
      ...closing,
      runInThread: async <Result>(task: { readonly kind: string }) => {
        await closing.close();
        return closing.runInThread<Result>(task);
      },
    };
    if (!isLater) await closing.close();
    const source = await add();
    const before = await chooseSource(stored.database, source);
    expect(await collectSource({ ...ports, reader: closed }, source)).toMatchObject({ outcome: 'not_due' });
    expect(await chooseSource(stored.database, source)).toEqual(before);
    expect(await claimEnd(source)).toBeNull();
    expect(await collectSource(ports, source)).toMatchObject({ outcome: 'read', newCount: 1 });
  });

  test('what a broken document is, is told; the claim is given back', async () => {
    site.set(path, { body: '<html><body>Not here</body></html>', headers: { 'content-type': 'text/html' } });
    const source = await add();
    expect(await collect(source)).toMatchObject({ outcome: 'failed', reason: expect.any(String) });
    expect(await collect(source)).toMatchObject({ outcome: 'failed' });
  });
});
