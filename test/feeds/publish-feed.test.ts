import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseAtomFeed } from 'feedsmith';
import { noteFeedAddress } from '../../src/feeds/feed-store.ts';
import { updateNewsletter } from '../../src/newsletters/newsletter-store.ts';
import { createFeedPublisher, type FeedPublisher } from '../../src/feeds/publish-feed.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { seedNewsletter, seedPost, type SeededNewsletter } from '../web/seed.ts';
import { atomProblems } from './atom-rules.ts';

let db: TestDatabase;
let newsletter: SeededNewsletter;
let publisher: FeedPublisher;
let count = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  publisher = createFeedPublisher({ database: db.database, publicUrl: 'https://news.example.org', freshMs: 0 });
});
beforeEach(async () => {
  count += 1;
  newsletter = await seedNewsletter(db.database, `weekly-${count}`, 'Weekly & co');
});
afterAll(() => db.drop());

async function read() {
  const document = await publisher.find(newsletter.slug);
  const xml = document!.bytes.identity.toString('utf8');
  expect(atomProblems(xml)).toEqual([]);
  return { document: document!, xml, feed: parseAtomFeed(xml) };
}

const titles = async () => (await read()).feed.entries?.map((entry) => entry.title?.value) ?? [];

describe('A newsletter’s feed', () => {
  test('without posts is valid, and as old as the newsletter', async () => {
    const { feed, document } = await read();
    expect(feed.updated).toBe('2026-01-01T00:00:00.000Z');
    expect(document.lastModified).toBe('Thu, 01 Jan 2026 00:00:00 GMT');
    expect(feed.id).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
  });

  test('shows known and released posts, newest first, never held or retracted ones', async () => {
    await seedPost(db.database, newsletter, { title: 'Known', state: 'known', minute: 1 });
    await seedPost(db.database, newsletter, { title: 'Released', state: 'released', minute: 2 });
    await seedPost(db.database, newsletter, { title: 'Held', state: 'held', minute: 3 });
    await seedPost(db.database, newsletter, { title: 'Retracted', state: 'retracted', minute: 4 });
    expect(await titles()).toEqual(['Released', 'Known']);
  });

  test('tells documents as enclosures, and links them where they stood in the text', async () => {
    await seedPost(db.database, newsletter, {
      title: '',
      html: '<p>First.</p><p>Second.</p>',
      minute: 5,
      topic: 'leadership',
      attachments: [
        { url: 'https://example.org/a.pdf', title: 'Paper A', mediaType: 'application/pdf', lengthBytes: 1234, afterBlock: 1 },
        { url: 'https://example.org/b.pdf', title: 'Paper <B>', mediaType: 'application/pdf', afterBlock: 2 },
      ],
    });
    const { feed } = await read();
    const entry = feed.entries![0]!;
    expect(entry.title?.value).toBe('Paper A');
    expect(entry.content?.value).toBe(
      '<p>First.</p><p><a href="https://example.org/a.pdf">Paper A</a></p><p>Second.</p><p><a href="https://example.org/b.pdf">Paper &lt;B&gt;</a></p>',
    );
    expect(entry.links?.filter((link) => link.rel === 'enclosure')).toHaveLength(2);
    expect(entry.categories).toEqual([{ term: 'leadership', label: 'leadership' }]);
  });

  test('is built when its data changes, not per request', async () => {
    await seedPost(db.database, newsletter, { title: 'Known', state: 'known', topic: 'leadership', minute: 5 });
    await read();
    const before = publisher.buildCount;
    const same = await Promise.all(Array.from({ length: 20 }, () => publisher.find(newsletter.slug)));
    expect(new Set(same).size).toBe(1);
    expect(publisher.buildCount).toBe(before);
    const postId = await seedPost(db.database, newsletter, { title: 'New', minute: 6 });
    expect(await titles()).toContain('New');
    await db.database.query(`update post set state = 'retracted', retracted_at = now() where id = $1`, [postId]);
    expect(await titles()).not.toContain('New');
    await db.database.query(`update topic set name = 'Leading' where slug = 'leadership'`);
    expect((await read()).xml).toContain('label="Leading"');
    await db.database.query(
      `insert into newsletter_rule (newsletter_id, effect, field, pattern) values ($1, 'exclude', 'title', 'known')`,
      [newsletter.id],
    );
    expect(await titles()).not.toContain('Known');
    await db.database.query(`delete from newsletter_rule`);
    expect(await titles()).toContain('Known');
    await db.database.query(`update post_revision set event = '{"start":"2026-12-12T10:00:00Z"}'`);
    await db.database.query(`update schedule set time_zone = 'Asia/Tokyo' where newsletter_id = $1`, [newsletter.id]);
    expect((await read()).xml).toContain('12 December 2026, 19:00');
  });

  test('keeps its validators when what changed does not show', async () => {
    const before = (await read()).document;
    const builds = publisher.buildCount;
    await seedPost(db.database, newsletter, { title: 'Unseen', state: 'held', minute: 7 });
    expect((await read()).document).toBe(before);
    expect(publisher.buildCount).toBe(builds + 1);
  });

  test('is as new as the name, the sender or the address in it', async () => {
    const lastModified = async () => Date.parse((await read()).document.lastModified);
    const before = await lastModified();
    await updateNewsletter(db.database, newsletter.slug, { intro: 'Words that no feed shows' });
    expect(await lastModified()).toBe(before);
    await updateNewsletter(db.database, newsletter.slug, { name: 'Fortnightly' });
    const renamed = await lastModified();
    expect(renamed).toBeGreaterThan(before);
    await db.database.query(`update setting set updated_at = '2026-01-02' where name like 'newsletter_head:%'`);
    for (const address of ['https://news.example.org', 'https://news.example.org', 'https://other.example.org']) {
      await noteFeedAddress(db.database, address);
      await db.database.query(
        `update setting set updated_at = '2026-01-03' where name = 'feed_address' and value = '"https://news.example.org"'`,
      );
    }
    const moved = createFeedPublisher({ database: db.database, publicUrl: 'https://other.example.org' });
    expect(Date.parse((await moved.find(newsletter.slug))!.lastModified)).toBeGreaterThan(Date.parse('2026-01-03'));
    await db.database.query(`delete from setting where name = 'feed_address'`);
  });

  test('has the same bytes from another process at another time', async () => {
    const { document } = await read();
    const other = createFeedPublisher({ database: db.database, publicUrl: 'https://news.example.org' });
    expect((await other.find(newsletter.slug))!.hash).toBe(document.hash);
  });

  test('is asked of the database at most once in its fresh time', async () => {
    const patient = createFeedPublisher({ database: db.database, publicUrl: 'https://news.example.org', freshMs: 60_000 });
    const first = await patient.find(newsletter.slug);
    await seedPost(db.database, newsletter, { title: 'Later', minute: 8 });
    expect(await patient.find(newsletter.slug)).toBe(first);
  });

  test('ends when its newsletter does, and there is none for a name that no newsletter has', async () => {
    await seedNewsletter(db.database, 'short-lived');
    expect(await publisher.find('short-lived')).toBeDefined();
    await db.database.query(`delete from newsletter_source where newsletter_id = (select id from newsletter where slug = 'short-lived')`);
    await db.database.query(`delete from newsletter where slug = 'short-lived'`);
    expect(await publisher.find('short-lived')).toBeUndefined();
    for (const slug of ['none', '', '../etc', 'x'.repeat(100), "';--"]) expect(await publisher.find(slug)).toBeUndefined();
  });
});
