import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { retractPost } from '../../src/ledger/retract-post.ts';
import { insertNewsletter } from '../../src/newsletters/newsletter-store.ts';
import { retractByStaff, retractIfGone, undoByStaff, type RetractionPorts } from '../../src/posts/by-staff/retract-posts.ts';
import { collectSources } from '../../src/sources/collecting/collect-sources.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { CollectReport } from '../../src/sources/collecting/collect-source.ts';
import { correctPost, takeBackByStaff } from '../../src/posts/by-staff/correct-posts.ts';
import { holdByStaff, releaseByStaff } from '../../src/posts/by-staff/decide-posts.ts';
import { listFeedPosts, listFeedTombstones } from '../../src/posts/feed-posts-store.ts';
import { listPosts, showPost } from '../../src/posts/list-posts.ts';
import type { PublicPost } from '../../src/posts/public-post.ts';
import { deleteRule, insertRule } from '../../src/newsletters/rules/rule-store.ts';
import { parseRule } from '../../src/newsletters/rules/rule.ts';
import { listPostsOfSource } from '../../src/sources/list-posts-of-source.ts';
import { releaseHeldOf } from '../../src/sources/release-held.ts';
import { chooseSource, listSources, setSourceState, listDueSources } from '../../src/sources/source-store.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTestSource, collectPorts, startFeedSite, testClock, testReader } from '../support/feed-site.ts';
import type { FeedSite, TestItem } from '../support/feed-site.ts';

let stored: TestDatabase;
let site: FeedSite;
let reader: SourceReader;
let newsletterId: string;
let slug: string;
let path: string;
let count = 0;
const time = testClock();
const now = time.clock();

beforeAll(async () => {
  stored = await createTestDatabase();
  site = await startFeedSite();
  reader = testReader(time.clock);
});
afterAll(async () => {
  await reader.close();
  await site.close();
  await stored.drop();
});
beforeEach(async () => {
  count += 1;
  path = `/feed-${count}`;
  slug = `letter-${count}`;
  const look = {
    postalAddress: 'Here',
    language: 'en',
    colour: '#1f5f8b',
    logoUrl: null,
    intro: null,
    privacyUrl: null,
    welcome: null,
    thanksHosts: [],
    account: null,
    template: 'digest',
    sections: {},
    staffAddress: null,
  };
  const sender = { senderName: 'We', senderAddress: 'we@example.org', replyTo: null, isSample: false };
  ({ id: newsletterId } = await insertNewsletter(stored.database, { slug, name: slug, ...sender, ...look }));
});

const item = (number: number, more: Partial<TestItem> = {}): TestItem => ({
  id: `${site.url}${path}/?p=${number}`,
  link: `${site.url}${path}/post-${number}`,
  title: `Post number ${number} of ${path}`,
  date: new Date(Date.UTC(2026, 3, number)).toISOString(),
  ...more,
});
async function collect(items: readonly TestItem[], firstRead = 'known'): Promise<string> {
  site.setFeed(path, items);
  const { id } = await addTestSource(stored.database, site.url + path, { firstRead, newsletters: [slug] });
  await collectSource(collectPorts(stored.database, reader, time.clock), id, { force: true });
  return id;
}
const list = async (): Promise<PublicPost[]> => listPosts(stored.database, { newsletter: slug, limit: 50 });
const idOf = async (number: number): Promise<string> => (await list()).find((post) => post.title.startsWith(`Post number ${number} `))!.id;

describe('Staff', () => {
  test('release posts that were known or held, oldest first', async () => {
    await collect([item(3), item(2), item(1)]);
    const ids = [await idOf(3), await idOf(1)];
    await holdByStaff(stored.database, [ids[0]!], 'wait for the board');
    expect(await listPosts(stored.database, { newsletter: slug, state: 'held', limit: 5 })).toMatchObject([
      { id: ids[0], reason: 'wait for the board', position: null },
    ]);
    const released = await releaseByStaff(stored.database, ids, now);
    const positionOf = (id: string | undefined): number => Number(released.find((post) => post.id === id)!.position);
    expect(positionOf(ids[1])).toBeLessThan(positionOf(ids[0]));
    expect((await list()).map((post) => post.state).sort()).toEqual(['known', 'released', 'released']);
  });

  test('cannot release twice, hold what is released, or release what is protected or retracted', async () => {
    await collect([item(1), item(2, { html: '<form class="post-password-form"></form>' }), item(3)], 'release');
    const [first, second, third] = [await idOf(1), await idOf(2), await idOf(3)];
    await expect(releaseByStaff(stored.database, [first], now)).rejects.toThrow(/released already/);
    await expect(holdByStaff(stored.database, [first], 'x')).rejects.toThrow(/Retract it instead/);
    await expect(releaseByStaff(stored.database, [second], now)).rejects.toThrow(/password/);
    await retractPost(stored.database, third, { reason: 'wrong', now });
    await expect(releaseByStaff(stored.database, [third], now)).rejects.toThrow(/retracted/);
    await expect(releaseByStaff(stored.database, ['999999'], now)).rejects.toThrow(/Expected a post, found none with id 999999/);
  });

  test('all or none', async () => {
    await collect([item(1), item(2)]);
    const [known, released] = [await idOf(1), await idOf(2)];
    await releaseByStaff(stored.database, [released], now);
    await expect(releaseByStaff(stored.database, [known, released], now)).rejects.toThrow();
    expect((await showPost(stored.database, known)).state).toBe('known');
  });

  test('see everything of a post by its id or any spelling of its address', async () => {
    const source = await collect(
      [item(1, { categories: ['Reading'], html: '<p>Text.</p><p><a href="/a-guide.pdf">A guide</a></p>' })],
      'release',
    );
    const shown = await showPost(stored.database, `${site.url}${path}/post-1/?utm_source=x#top`);
    expect(shown).toMatchObject({
      state: 'released',
      categories: ['reading'],
      attachmentCount: 1,
      sources: [{ sourceId: source, isLead: true }],
      revisions: [{ revision: 1 }],
      content: { html: '<p>Text.</p>', attachments: [{ title: 'A guide', afterBlock: 1 }] },
      newsletters: [{ newsletter: slug, admitted: true }],
    });
    expect((await showPost(stored.database, shown.id)).id).toBe(shown.id);
    await expect(showPost(stored.database, 'https://example.org/nothing')).rejects.toThrow(/Expected the id .* got "https:/);
  });

  test('correct what was released, with a note', async () => {
    await collect([item(1), item(2)]);
    const [known, released] = [await idOf(1), await idOf(2)];
    const [post] = await releaseByStaff(stored.database, [released], now);
    const corrected = await correctPost(stored.database, released, { note: 'It is 18 June.', now });
    expect(corrected.post).toMatchObject({ id: released, title: post!.title });
    const { rows } = await stored.database.query(`select position, note from release where post_id = $1 and kind = 'correction'`, [
      released,
    ]);
    expect(rows).toEqual([{ position: corrected.position, note: 'It is 18 June.' }]);
    expect(corrected).toMatchObject({ note: 'It is 18 June.', holders: [], drafts: [], pruned: [] });
    await expect(correctPost(stored.database, known, { note: 'x', now })).rejects.toThrow(/never was/);
    await expect(correctPost(stored.database, released, { note: ' ', now })).rejects.toThrow(/Expected a note/);
    await expect(correctPost(stored.database, '999999', { note: 'x', now })).rejects.toThrow(/got "999999"/);
    expect(await takeBackByStaff(stored.database, released, now)).toMatchObject({
      kind: 'taken_back',
      owedCount: 0,
      post: { id: released },
    });
    expect(await takeBackByStaff(stored.database, released, now)).toMatchObject({ kind: 'none' });
  });

  test('release what is held of a source, by its id or address, and see its posts', async () => {
    const source = await collect([item(1), item(2, { html: '<form class="post-password-form"></form>' }), item(3)]);
    await holdByStaff(stored.database, [await idOf(1)], 'too many at once');
    const byAddress = await listPostsOfSource(stored.database, site.url + path, { state: 'held', limit: 50 });
    expect(byAddress.map(({ title }) => title.slice(0, 13))).toEqual(['Post number 2', 'Post number 1']);
    expect(await releaseHeldOf(stored.database, source, now)).toMatchObject([{ id: await idOf(1), state: 'released' }]);
    expect(await releaseHeldOf(stored.database, source, now)).toEqual([]);
    await expect(releaseHeldOf(stored.database, 'https://example.org/nothing', now)).rejects.toThrow(/the address of a source/);
    await expect(listPosts(stored.database, { newsletter: 'nope', limit: 1 })).rejects.toThrow(/Expected a newsletter/);
  });

  test('and programs see the same keys, whatever comes to the tables', async () => {
    await collect([item(1)], 'release');
    const [listed] = await list();
    const shown = await showPost(stored.database, listed!.id);
    const keys = 'id state reason revision title url publishedAt storedAt position topics categories attachmentCount newsletters';
    expect(Object.keys(listed!).join(' ')).toBe(keys);
    expect(Object.keys(shown).join(' ')).toBe(`${keys} content revisions sources`);
    expect(Object.keys(shown.content).join(' ')).toBe(
      'postId revision tagId state publishedAt updatedAt title url html summary authors image attachments event language topics',
    );
    expect(Object.keys(shown.revisions[0]!)).toEqual(['revision', 'title', 'updatedAt', 'storedAt']);
    expect(Object.keys(shown.sources[0]!)).toEqual(['sourceId', 'url', 'entryId', 'isLead', 'seenAt', 'recognisedBy', 'goneAt']);
  });

  test('and no password in the address of a source', async () => {
    const source = await collect([item(1)], 'release');
    await stored.database.query(`update source set url = $2 where id = $1`, [source, 'https://reader:secret@example.org/feed/']);
    const [listed] = await list();
    expect((await showPost(stored.database, listed!.id)).sources.map(({ url }) => url)).toEqual(['https://example.org/feed/']);
  });

  test('see which rule of a newsletter kept a post out', async () => {
    await collect([item(1, { categories: ['Internal'] }), item(2, { categories: ['News'] }), item(3)], 'release');
    await insertRule(stored.database, newsletterId, parseRule('exclude', 'category', 'internal'));
    expect(await insertRule(stored.database, newsletterId, parseRule('include', 'category', 'news'))).toBe(true);
    expect((await list()).map((post) => [post.title.slice(0, 13), post.newsletters[0]!.admitted, post.newsletters[0]!.because])).toEqual(
      expect.arrayContaining([
        ['Post number 1', false, 'rule: exclude category "internal"'],
        ['Post number 2', true, 'rule: include category "news"'],
        ['Post number 3', false, 'no rule includes it'],
      ]),
    );
    expect((await listFeedPosts(stored.database, { newsletterId, limit: 10 })).map((post) => post.title.slice(0, 13))).toEqual([
      'Post number 2',
    ]);
    expect(await deleteRule(stored.database, newsletterId, parseRule('include', 'category', 'news'))).toBe(true);
    expect(await listFeedPosts(stored.database, { newsletterId, limit: 10 })).toHaveLength(2);
    expect(() => parseRule('exclude', 'colour', 'red')).toThrow(/one of source, category, tag, author, title/);
  });
});

const retracting = (): RetractionPorts => ({
  database: stored.database,
  clock: time.clock,
  renderRendition: () => Promise.reject(new Error('Expected nothing that is queued')),
});

describe('Staff withdraw a post', () => {
  test('by its id or the address of its page, once, and take that back, once', async () => {
    await collect([item(1)], 'release');
    const { id, url } = (await list())[0]!;
    expect(await retractByStaff(retracting(), url!, 'wrong figures')).toMatchObject({
      isRetracted: true,
      post: { id, state: 'retracted', reason: 'wrong figures' },
    });
    expect(await retractByStaff(retracting(), id, 'again')).toMatchObject({ isRetracted: false, post: { reason: 'wrong figures' } });
    expect(await undoByStaff(stored.database, id, now)).toMatchObject({ outcome: { kind: 'undone' }, post: { id, state: 'released' } });
    expect(await undoByStaff(stored.database, id, now)).toMatchObject({ outcome: { kind: 'not_retracted' } });
    await expect(retractByStaff(retracting(), '999999', 'x')).rejects.toThrow(/got "999999"/);
  });
});

describe('The page of a post', () => {
  const check = async (number: number): Promise<unknown> => retractIfGone({ ...retracting(), reader }, await idOf(number));

  test('retracts it with 410, and with nothing else', async () => {
    await collect([item(1), item(2), item(3, { link: `${site.url}${path}/post-3?a=1` })], 'release');
    site.set(`${path}/post-1`, { status: 410 });
    site.set(`${path}/post-2`, { body: '<html></html>', headers: { 'content-type': 'text/html' } });
    expect(await check(1)).toMatchObject({ page: { kind: 'gone' }, post: { state: 'retracted' } });
    expect(await check(2)).toMatchObject({ page: { kind: 'present' }, post: { state: 'released' } });
    expect(await check(3)).toMatchObject({
      page: { kind: 'unclear', reason: expect.stringContaining('404') },
      post: { state: 'released' },
    });
    expect((await list()).map((post) => post.state).sort()).toEqual(['released', 'released', 'retracted']);
    expect(await listFeedTombstones(stored.database, newsletterId, 5)).toMatchObject([{ tagId: expect.stringMatching(/^tag:/) }]);
  });
});

describe('Feeds', () => {
  test('show known and released posts, newest first, never held or retracted ones', async () => {
    await collect([item(1), item(2), item(3), item(4)]);
    await releaseByStaff(stored.database, [await idOf(2)], now);
    await holdByStaff(stored.database, [await idOf(3)], 'x');
    await retractPost(stored.database, await idOf(4), { reason: 'x', now });
    const titles = async (limit: number): Promise<string[]> =>
      (await listFeedPosts(stored.database, { newsletterId, limit })).map((post) => post.title.slice(0, 13));
    expect(await titles(10)).toEqual(['Post number 2', 'Post number 1']);
    expect(await titles(1)).toEqual(['Post number 2']);
  });
});

describe('Sources', () => {
  test('are listed with their newsletters and posts, leave a newsletter, are removed and come back', async () => {
    const source = await collect([item(1), item(2)]);
    expect((await listSources(stored.database, newsletterId))[0]).toMatchObject({
      id: source,
      newsletters: [slug],
      postCount: 2,
      title: 'Test',
    });
    await expect(addTestSource(stored.database, site.url + path, { newsletters: [slug] })).rejects.toThrow(/exists already/);
    await setSourceState(stored.database, source, 'removed', now);
    expect(await listSources(stored.database, newsletterId)).toEqual([]);
    await expect(chooseSource(stored.database, site.url + path)).rejects.toThrow(/Expected the id or the address of a source/);
    expect(await list()).toHaveLength(2);
    site.setFeed(path, [item(3), item(2)]);
    expect((await addTestSource(stored.database, site.url + path, { newsletters: [slug], firstRead: 'release' })).id).toBe(source);
    const report = await collectSource(collectPorts(stored.database, reader, time.clock), source, { force: true });
    expect(report).toMatchObject({ newCount: 1, releasedCount: 1 });
    await stored.database.query(`delete from newsletter_source where newsletter_id = $1 and source_id = $2`, [newsletterId, source]);
    expect(await list()).toEqual([]);
  });

  test('that are due are collected together; a bad one does not keep the others', async () => {
    await stored.database.query(`update source set next_poll_at = 'infinity'`);
    site.setFeed(path, [item(1)]);
    const good = await addTestSource(stored.database, site.url + path);
    const bad = await addTestSource(stored.database, `${site.url}${path}-missing`);
    const paused = await addTestSource(stored.database, `${site.url}${path}-paused`);
    await setSourceState(stored.database, paused.id, 'paused', now);
    const reports: CollectReport[] = [];
    const collectDue = async (): Promise<number> => {
      const due = await listDueSources(stored.database, time.clock());
      return collectSources(collectPorts(stored.database, reader, time.clock), due, {}, (report) => reports.push(report));
    };
    expect(await collectDue()).toBe(2);
    expect(new Map(reports.map((report) => [report.sourceId, report.outcome]))).toEqual(
      new Map([
        [good.id, 'read'],
        [bad.id, 'failed'],
      ]),
    );
    expect(await collectDue()).toBe(0);
    expect(await collectSources(collectPorts(stored.database, reader, time.clock), [good.id], { force: true })).toBe(1);
  });

  test.each([
    [{ firstRead: 'all' }, /known, release or latest:N/],
    [{ newsletters: ['nobody'] }, /Expected a newsletter .* got "nobody"/],
    [{ timeZone: 'Mars' }, /time zone/],
  ])('are refused with a reason: %j', async (input, message) => {
    await expect(addTestSource(stored.database, site.url + path, input)).rejects.toThrow(message);
  });

  test('have web addresses', async () => {
    await expect(addTestSource(stored.database, 'file:///etc/passwd')).rejects.toThrow(/address of a source/);
    await expect(addTestSource(stored.database, 'feed')).rejects.toThrow(/address of a source/);
  });
});
