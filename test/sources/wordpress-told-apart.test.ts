/* WordPress sites that answer oddly, in stages: junk around the JSON, a language in the address, a post that is deleted. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { CollectReport } from '../../src/sources/collecting/collect-source.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTestSource, collectPorts, testClock, testReader, writeFeed } from '../support/feed-site.ts';
import { startHttpSite } from '../support/http-site.ts';
import type { HttpSite } from '../support/http-site.ts';

interface Post {
  readonly id: number;
  readonly title: string;
  readonly language?: string;
  /** Of its text. */
  readonly words?: number;
  /** Of 2026; November without it. */
  readonly month?: number;
}

interface Behaviour {
  posts: readonly Post[];
  /** What the feed lists; what the API does where it is undefined. */
  inFeed?: readonly Post[];
  /** The feed answers with an error. */
  hasNoFeed?: boolean;
  /** Written around the JSON, `…` stands for it. */
  frame?: string;
  contentType?: string;
  /** The API is refused. */
  isClosed?: boolean;
  /** What the feed says of a post; what the API says where it is undefined. */
  feedText?: (prefix: string, post: Post) => string;
  /** The API lists every language, whatever is asked. */
  hidesLanguage?: boolean;
}

let stored: TestDatabase;
let reader: SourceReader;
const time = testClock('2026-11-28T08:00:00Z');
const sites: HttpSite[] = [];
let count = 0;

beforeAll(async () => {
  stored = await createTestDatabase();
  reader = testReader(time.clock);
});
afterAll(async () => {
  await reader.close();
  for (const site of sites) await site.close();
  await stored.drop();
});

async function start(behaviour: Behaviour): Promise<{ site: HttpSite; prefix: string }> {
  count += 1;
  const prefix = `w${count}-`;
  const site = await startHttpSite((request, response) => {
    const url = new URL(request.url, 'http://x');
    const language = url.searchParams.get('lang');
    const inLanguage = (posts: readonly Post[]): Post[] => posts.filter((post) => language === null || post.language === language);
    if (url.pathname === '/wp-json/wp/v2/posts') {
      const list = JSON.stringify(
        (behaviour.hidesLanguage ? behaviour.posts : inLanguage(behaviour.posts)).map((post) => restPost(prefix, post)),
      );
      response.writeHead(behaviour.isClosed ? 403 : 200, {
        'content-type': behaviour.contentType ?? 'application/json',
        'x-wp-totalpages': '1',
      });
      response.end((behaviour.frame ?? '…').replace('…', () => list));
    } else if (url.pathname.startsWith('/wp-json/')) response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
    else if (url.pathname === '/feed/') {
      response.writeHead(behaviour.hasNoFeed ? 503 : 200, { 'content-type': 'application/rss+xml' });
      response.end(writeFeed(inLanguage(behaviour.inFeed ?? behaviour.posts).map((post) => feedItem(prefix, post, behaviour.feedText))));
    } else response.writeHead(404).end();
  });
  sites.push(site);
  return { site, prefix };
}

const dateOf = ({ id, month = 11 }: Post): string => `2026-${month < 10 ? '0' : ''}${month}-${String(10 + id)}T09:00:00`;
const textOf = (prefix: string, { title, words = 4 }: Post): string =>
  `<p>${prefix} All about ${title}. ${Array.from({ length: words }, (_, index) => `word${index}`).join(' ')}</p>`;

function restPost(prefix: string, post: Post): object {
  return {
    id: post.id,
    date_gmt: dateOf(post),
    modified_gmt: dateOf(post),
    guid: { rendered: `https://${prefix}site.example/?p=${post.id}` },
    status: 'publish',
    type: 'post',
    link: `https://${prefix}site.example/p${post.id}/`,
    title: { rendered: post.title },
    content: { rendered: textOf(prefix, post), protected: false },
    excerpt: { rendered: '', protected: false },
    categories: [],
    tags: [],
    ...(post.language === undefined ? {} : { lang: post.language }),
  };
}

const feedItem = (prefix: string, post: Post, ofFeed = textOf) => ({
  id: `https://${prefix}site.example/?p=${post.id}`,
  link: `https://${prefix}site.example/p${post.id}/`,
  title: post.title,
  date: `${dateOf(post)}Z`,
  html: ofFeed(prefix, post),
});

const add = async (url: string): Promise<string> => (await addTestSource(stored.database, url, { kind: 'wordpress' })).id;
async function poll(id: string): Promise<CollectReport> {
  time.advanceHours(1);
  return collectSource(collectPorts(stored.database, reader, time.clock), id, { force: true });
}
async function titles(source: string, state?: string): Promise<string[]> {
  const { rows } = await stored.database.query<{ title: string }>(
    `select r.title from post p join post_revision r on r.post_id = p.id and r.revision = p.revision
     where exists (select from post_source s where s.post_id = p.id and s.source_id = $1) and ($2::text is null or p.state = $2) order by p.id`,
    [source, state ?? null],
  );
  return rows.map((row) => row.title);
}

const first: Post = { id: 1, title: 'New chair' };
const second: Post = { id: 2, title: 'Swimming lessons' };

describe('A REST API that writes something around its list', () => {
  test.each([
    [
      'a warning of PHP, as a web page',
      '<br />\n<b>Warning</b>: headers already sent in <b>/srv/x.php</b> on line <b>12</b><br />\n…',
      'text/html; charset=UTF-8',
    ],
    ['a line of a plug-in', "<?php/* a */require_once($_SERVER['DOCUMENT_ROOT'].'/a.php');?>…", 'application/json'],
    ['the comment of a cache', '…<!-- cached page -->', 'application/json'],
  ])('is read: %s', async (_, frame, contentType) => {
    const behaviour: Behaviour = { posts: [first], inFeed: [] };
    const source = await add((await start(behaviour)).site.origin);
    await poll(source);
    Object.assign(behaviour, { posts: [second, first], frame, contentType });
    expect(await poll(source)).toMatchObject({ outcome: 'read', releasedCount: 1, revisedCount: 0 });
    expect(await titles(source)).toEqual(['New chair', 'Swimming lessons']);
  });

  test('and one that cannot be read is a closed API: the feed stands in, and revises nothing', async () => {
    const behaviour: Behaviour = { posts: [first] };
    const source = await add((await start(behaviour)).site.origin);
    await poll(source);
    Object.assign(behaviour, { posts: [second, first], frame: '[{"id":2,"title', contentType: 'application/json' });
    expect(await poll(source)).toMatchObject({ outcome: 'read', releasedCount: 1, revisedCount: 0 });
  });
});

test('A feed that stands in for days and shows how texts begin, with an invitation to go on, revises nothing', async () => {
  const long: Post = { id: 2, title: 'Swimming lessons for all classes begin on Monday next week', words: 90 };
  const behaviour: Behaviour = { posts: [long, first] };
  const source = await add((await start(behaviour)).site.origin);
  await poll(source);
  behaviour.isClosed = true;
  behaviour.feedText = (prefix, post) => {
    const begins = textOf(prefix, post).replace('</p>', '').split(' ').slice(0, 55).join(' ');
    return `${begins} <a href="https://${prefix}site.example/p${post.id}/">Continue reading <span>“${post.title}”</span></a></p>`;
  };
  time.advanceHours(26);
  expect(await poll(source)).toMatchObject({ outcome: 'read', newCount: 0, revisedCount: 0 });
});

describe('A language in the address of a WordPress site', () => {
  const posts: Post[] = [
    { id: 4, title: 'El mercat', language: 'ca' },
    { id: 3, title: 'El mercado', language: 'es' },
    { id: 1, title: 'Horario', language: 'es' },
  ];

  test('goes along with every request, to the API and to the feed', async () => {
    const { site } = await start({ posts });
    const source = await add(`${site.origin}/?lang=es&utm_source=x`);
    await poll(source);
    expect((await titles(source)).sort()).toEqual(['El mercado', 'Horario']);
    expect(site.requests.every(({ url }) => url.includes('lang=es') && !url.includes('utm_source'))).toBe(true);
  });

  test('that the API does not know is asked of the feed', async () => {
    const { site } = await start({ posts, hidesLanguage: true });
    const source = await add(`${site.origin}/?lang=es`);
    await poll(source);
    expect((await titles(source)).sort()).toEqual(['El mercado', 'Horario']);
  });
});

describe('A post that is deleted before it was mailed', () => {
  const all = [1, 2, 3, 4].map((id): Post => ({ id, title: `Post ${id}` })).toReversed();
  const without = (...ids: number[]): Post[] => all.filter(({ id }) => !ids.includes(id));

  test('is withdrawn when neither the API nor the feed has it', async () => {
    const behaviour: Behaviour = { posts: without(3, 4) };
    const source = await add((await start(behaviour)).site.origin);
    await poll(source);
    behaviour.posts = without(4);
    await poll(source);
    behaviour.posts = without(3);
    expect(await poll(source)).toMatchObject({ releasedCount: 1, goneCount: 1, retractedCount: 1 });
    expect(await titles(source, 'retracted')).toEqual(['Post 3']);
  });

  test('waits for a feed that does not answer', async () => {
    const behaviour: Behaviour = { posts: without(3, 4) };
    const source = await add((await start(behaviour)).site.origin);
    await poll(source);
    behaviour.posts = without(4);
    await poll(source);
    Object.assign(behaviour, { posts: without(3), hasNoFeed: true });
    expect(await poll(source)).toMatchObject({ goneCount: 0, retractedCount: 0 });
    behaviour.hasNoFeed = false;
    expect(await poll(source)).toMatchObject({ goneCount: 1, retractedCount: 1 });
  });

  test('is not missing where it did not change for so long that the API leaves it out', async () => {
    const ofJuly = (...ids: number[]): Post[] => without(...ids).map((post) => ({ ...post, month: 7 }));
    const behaviour: Behaviour = { posts: ofJuly(3, 4) };
    const source = await add((await start(behaviour)).site.origin);
    await poll(source);
    behaviour.posts = ofJuly(4);
    expect(await poll(source)).toMatchObject({ releasedCount: 1 });
    behaviour.posts = ofJuly(3);
    expect(await poll(source)).toMatchObject({ goneCount: 0, retractedCount: 0 });
  });

  test('is not while the feed has it', async () => {
    const behaviour: Behaviour = { posts: without(3, 4) };
    const source = await add((await start(behaviour)).site.origin);
    await poll(source);
    behaviour.posts = without(4);
    await poll(source);
    Object.assign(behaviour, { posts: without(3), inFeed: all });
    expect(await poll(source)).toMatchObject({ goneCount: 0, retractedCount: 0 });
  });
});
