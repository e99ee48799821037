import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { insertNewsletter } from '../../src/newsletters/newsletter-store.ts';
import { listFeedPosts } from '../../src/posts/feed-posts-store.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import { ignoreCategory, mapCategory } from '../../src/topics/map-category.ts';
import { mergeTopics } from '../../src/topics/merge-topics.ts';
import { changeTopic, orderTopics } from '../../src/topics/change-topics.ts';
import { listPublicTopics } from '../../src/topics/list-topics.ts';
import { getTopic, listCategories } from '../../src/topics/topic-store.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTestSource, collectPorts, startFeedSite, testClock, testReader } from '../support/feed-site.ts';
import type { FeedSite, TestItem } from '../support/feed-site.ts';

let stored: TestDatabase;
let site: FeedSite;
let reader: SourceReader;
let newsletterId: string;
let host: string;
let path: string;
let count = 0;
const time = testClock();
const now = time.clock();

beforeAll(async () => {
  stored = await createTestDatabase();
  site = await startFeedSite();
  reader = testReader(time.clock);
  const newsletter = await insertNewsletter(stored.database, {
    slug: 'weekly',
    name: 'Weekly',
    senderName: 'We',
    senderAddress: 'we@example.org',
    replyTo: null,
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
    isSample: false,
  });
  newsletterId = newsletter.id;
});
afterAll(async () => {
  await reader.close();
  await site.close();
  await stored.drop();
});
beforeEach(() => {
  count += 1;
  host = `https://t${count}.example`;
  path = `/feed-${count}`;
});

const item = (number: number, categories: readonly string[]): TestItem => ({
  id: `${host}/?p=${number}`,
  link: `${host}/post-${number}/`,
  title: `Post number ${number} of ${host}`,
  date: new Date(Date.UTC(2026, 3, number)).toISOString(),
  categories,
});
/** Collects the items as a source of its own, or again as the same one. */
async function collect(items: readonly TestItem[], sourceId?: string): Promise<string> {
  site.setFeed(path, items);
  const id = sourceId ?? (await addTestSource(stored.database, site.url + path, { firstRead: 'release', newsletters: ['weekly'] })).id;
  await collectSource(collectPorts(stored.database, reader, time.clock), id, { force: true });
  return id;
}
async function topicsOfPosts(): Promise<string[][]> {
  const posts = await listFeedPosts(stored.database, { newsletterId, limit: 50 });
  return posts.filter((post) => post.url?.startsWith(host)).map((post) => post.topics.map((topic) => topic.slug));
}
async function openOffers(topic: string): Promise<number> {
  const { rows } = await stored.database.query<{ count: number }>(
    `select count(*)::int as count from offer o join topic t on t.id = o.topic_id where t.slug = $1 and o.applied_at is null`,
    [topic],
  );
  return rows[0]!.count;
}

describe('Categories', () => {
  test('wait for a decision; tags and the default category are set aside at once', async () => {
    await collect([item(1, ['Leadership Development', 'Uncategorized', 'Sin categoría'])]);
    const categories = new Map((await listCategories(stored.database)).map((each) => [each.slug, each.decision]));
    expect(categories.get('leadership-development')).toBe('pending');
    expect(categories.get('uncategorized')).toBe('ignored');
    expect(categories.get('sin-categoria')).toBe('ignored');
    expect(await topicsOfPosts()).toEqual([[]]);
  });

  test('lead to topics once they are mapped, for posts that are there and posts to come', async () => {
    const source = await collect([item(1, ['Map A'])]);
    expect(await mapCategory(stored.database, { category: 'map-a', topic: 'topic-a', name: 'Topic A', now })).toMatchObject({
      isNewTopic: true,
      postCount: 1,
      offeredCount: 1,
      topic: { slug: 'topic-a', name: 'Topic A' },
    });
    await collect([item(2, ['Map A']), item(1, ['Map A'])], source);
    expect(await topicsOfPosts()).toEqual([['topic-a'], ['topic-a']]);
    // The new post was released with its topic: there is nothing to offer.
    expect(await openOffers('topic-a')).toBe(1);
  });

  test('that a released post gains are offered once, those that it loses are not', async () => {
    const source = await collect([item(1, ['Gain A']), item(2, ['Gain B'])]);
    await mapCategory(stored.database, { category: 'gain-a', topic: 'gain', now });
    expect(await openOffers('gain')).toBe(1);
    await mapCategory(stored.database, { category: 'gain-b', topic: 'gain', now });
    expect(await openOffers('gain')).toBe(2);
    await collect([item(1, ['Gain A', 'Gain B']), item(2, ['Other'])], source);
    expect(await topicsOfPosts()).toEqual([[], ['gain']]);
    expect(await openOffers('gain')).toBe(2);
  });

  test('that are ignored lead nowhere any more', async () => {
    await collect([item(1, ['Ignore A'])]);
    await mapCategory(stored.database, { category: 'ignore-a', topic: 'ignore', now });
    expect(await ignoreCategory(stored.database, 'ignore-a', now)).toMatchObject({ postCount: 1, isComplete: true });
    expect(await topicsOfPosts()).toEqual([[]]);
    expect((await listCategories(stored.database, 'ignored')).map((each) => each.slug)).toContain('ignore-a');
  });

  test('that nobody stated cannot be mapped', async () => {
    await expect(mapCategory(stored.database, { category: 'nobody', topic: 'x', now })).rejects.toThrow(
      /Expected a category .* got "nobody"/,
    );
    await expect(mapCategory(stored.database, { category: 'a b', topic: 'x', now })).rejects.toThrow(/by its slug/);
  });
});

describe('Topics', () => {
  test('merge with their categories, followers, posts and waiting offers', async () => {
    await collect([item(1, ['Merge A']), item(2, ['Merge B'])]);
    await mapCategory(stored.database, { category: 'merge-a', topic: 'merge-from', now });
    await mapCategory(stored.database, { category: 'merge-b', topic: 'merge-into', now });
    const [from, into] = [await getTopic(stored.database, 'merge-from'), await getTopic(stored.database, 'merge-into')];
    const { rows } = await stored.database.query<{ id: string }>(
      `with p as (insert into subscriber (address, address_key) values ('a@example.org', 'k') returning id),
         c as (insert into schedule (newsletter_id, name, cron, time_zone) values ($1, 'x', '0 8 * * 5', 'UTC') returning id)
       insert into subscription (subscriber_id, newsletter_id, schedule_id, state, topics, language)
       select p.id, $1, c.id, 'active', $2::bigint[], 'en' from p, c returning id`,
      [newsletterId, [from.id, into.id].sort((a, b) => Number(a) - Number(b))],
    );
    expect(await mergeTopics(stored.database, { from: 'merge-from', into: 'merge-into', now })).toEqual({
      fromTopicId: expect.any(String),
      topic: expect.objectContaining({ slug: 'merge-into', categories: ['merge-a', 'merge-b'], followerCount: 1, postCount: 2 }),
      postCount: 1,
      followerCount: 1,
      offeredCount: 1,
      isComplete: true,
      forEditionId: undefined,
    });
    const after = await stored.database.query<{ topics: string[] }>(`select topics from subscription where id = $1`, [rows[0]!.id]);
    expect(after.rows[0]!.topics).toEqual([into.id]);
    expect(await topicsOfPosts()).toEqual([['merge-into'], ['merge-into']]);
    await expect(getTopic(stored.database, 'merge-from')).rejects.toThrow(/Expected a topic .* got "merge-from"/);
    expect(await openOffers('merge-into')).toBe(3);
    await expect(mergeTopics(stored.database, { from: 'merge-into', into: 'merge-into', now })).rejects.toThrow(/twice/);
  });

  test('are renamed, hidden and put in order', async () => {
    await collect([item(1, ['Order A', 'Order B'])]);
    await mapCategory(stored.database, { category: 'order-a', topic: 'order-a', now });
    await mapCategory(stored.database, { category: 'order-b', topic: 'order-b', now });
    expect(await changeTopic(stored.database, 'order-b', { name: ' The  second' })).toMatchObject({ name: 'The second', isHidden: false });
    expect(await changeTopic(stored.database, 'order-a', { isHidden: true })).toMatchObject({ name: 'Order A', isHidden: true });
    await orderTopics(stored.database, { topics: ['order-b', 'order-a'] });
    const { topics } = await listPublicTopics(stored.database);
    expect(topics.slice(0, 2)).toMatchObject([
      { slug: 'order-b', name: 'The second', isHidden: false, categories: ['order-b'], postCount: 1 },
      { slug: 'order-a', isHidden: true },
    ]);
    expect(await topicsOfPosts()).toEqual([['order-b', 'order-a']]);
  });

  test('have an order in one newsletter of their own', async () => {
    await collect([item(1, ['Own A', 'Own B'])]);
    await mapCategory(stored.database, { category: 'own-a', topic: 'own-a', now });
    await mapCategory(stored.database, { category: 'own-b', topic: 'own-b', now });
    const before = (await listPublicTopics(stored.database)).topics;
    const ordered = await orderTopics(stored.database, { topics: ['own-b', 'own-a'], newsletter: 'weekly' });
    expect(ordered.slice(0, 2).map(({ slug }) => slug)).toEqual(['own-b', 'own-a']);
    expect(ordered).toHaveLength(before.length);
    expect((await listPublicTopics(stored.database)).topics).toEqual(before);
    const { rows } = await stored.database.query<{ slug: string }>(
      `select t.slug from newsletter_topic n join topic t on t.id = n.topic_id where n.newsletter_id = $1 order by n.ordinal limit 2`,
      [newsletterId],
    );
    expect(rows.map(({ slug }) => slug)).toEqual(['own-b', 'own-a']);
  });

  test('and newsletters that are not there, and names that are none, are refused', async () => {
    await collect([item(1, ['Here A'])]);
    await mapCategory(stored.database, { category: 'here-a', topic: 'here', now });
    const nobody = { name: 'Nobody', isHidden: true };
    await expect(changeTopic(stored.database, 'nope', nobody)).rejects.toThrow(/Expected a topic .* got "nope"/);
    await expect(changeTopic(stored.database, 'here', { name: ' ' })).rejects.toThrow(/1 to 100 characters, got 0/);
    await expect(orderTopics(stored.database, { topics: ['here', 'nope'] })).rejects.toThrow(/got "nope"/);
    await expect(orderTopics(stored.database, { topics: ['here'], newsletter: 'nope' })).rejects.toThrow(/Expected a newsletter/);
  });

  test('and categories are shown as programs see them', async () => {
    await collect([item(1, ['Shape A', 'Shape B'])]);
    await mapCategory(stored.database, { category: 'shape-a', topic: 'shape', now });
    const { topics, categories } = await listPublicTopics(stored.database);
    expect(Object.keys(topics[0]!)).toEqual([
      'id',
      'slug',
      'name',
      'ordinal',
      'isHidden',
      'categories',
      'postCount',
      'followerCount',
      'mergesInto',
    ]);
    expect(Object.keys(categories[0]!)).toEqual(['id', 'kind', 'slug', 'name', 'decision', 'topicSlug', 'postCount']);
    expect(categories.filter(({ slug }) => slug.startsWith('shape'))).toMatchObject([{ slug: 'shape-b', decision: 'pending' }]);
    const all = (await listPublicTopics(stored.database, { withDecided: true })).categories;
    expect(all.find(({ slug }) => slug === 'shape-a')).toMatchObject({ decision: 'mapped', topicSlug: 'shape' });
  });
});
