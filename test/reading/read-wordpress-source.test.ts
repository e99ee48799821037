import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Entry } from '../../src/reading/entry.ts';
import { createSourceReader } from '../../src/reading/read-source.ts';
import type { SourceReader, SourceReading, SourceRequest } from '../../src/reading/source-reader.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';

type Route = (query: URLSearchParams, response: ServerResponse) => unknown;

const routes = new Map<string, Route>();
let site: HttpSite;
let reader: SourceReader;

beforeAll(async () => {
  site = await startHttpSite((request, response) => {
    const url = new URL(request.url, 'http://x');
    const route = routes.get(url.searchParams.get('rest_route') ?? url.pathname);
    if (route === undefined)
      return response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"code":"rest_no_route","message":"none","data":{"status":404}}');
    const answer = route(url.searchParams, response);
    if (!response.writableEnded) response.setHeader('content-type', 'application/json; charset=UTF-8').end(JSON.stringify(answer));
  });
  reader = createSourceReader({
    userAgent: 'Gazette/0.1',
    allowPrivateAddresses: true,
    allowedOrigins: [],
    allowFiles: false,
    threadProgram: sourceThread,
    clock: () => new Date('2026-01-02T03:04:05Z'),
  });
});

afterEach(() => routes.clear());

afterAll(async () => {
  await reader.close();
  await site.close();
});

function post(id: number, more: object = {}): object {
  return {
    id,
    date: '2022-04-05T21:50:17',
    date_gmt: '2022-04-05T19:50:17',
    modified_gmt: '2022-04-06T00:00:00',
    guid: { rendered: `https://e.org/?p=${id}&#038;x=1` },
    link: `https://e.org/post-${id}/`,
    status: 'publish',
    title: { rendered: `Post ${id} &#8211; &amp; more` },
    content: { rendered: '<p>Text</p>', protected: false },
    excerpt: { rendered: '<p>Short</p>', protected: false },
    categories: [3],
    tags: [9],
    _embedded: {
      author: [{ name: 'Ann &amp; Bob' }],
      'wp:term': [
        [{ id: 3, name: 'R&amp;D', slug: 'r-and-d', taxonomy: 'category' }],
        [{ id: 9, name: 'Notes', slug: 'notes', taxonomy: 'post_tag' }],
      ],
      'wp:featuredmedia': [
        {
          source_url: 'https://e.org/full.jpg',
          alt_text: 'A library',
          media_details: {
            width: 4000,
            height: 3000,
            sizes: {
              large: { source_url: 'https://e.org/large.jpg', width: 1024, height: 768 },
              thumb: { source_url: 'https://e.org/t.jpg', width: 150, height: 150 },
            },
          },
        },
      ],
    },
    ...more,
  };
}

function read(path = '/', more: Partial<SourceRequest> = {}): Promise<SourceReading> {
  return reader.read({ url: `${site.origin}${path}`, kind: 'wordpress', ...more });
}

async function entries(path?: string): Promise<readonly Entry[]> {
  const reading = await read(path);
  if (reading.kind !== 'read') throw new Error(`Expected a document, got ${JSON.stringify(reading)}`);
  return reading.document.entries;
}

test('a post is read with author, terms, picture of a size for mails, and GMT dates', async () => {
  routes.set('/wp-json/wp/v2/posts', () => [post(1)]);
  expect(await entries()).toEqual([
    {
      id: 'https://e.org/?p=1&x=1',
      hasOwnId: true,
      url: 'https://e.org/post-1/',
      title: 'Post 1 – & more',
      html: '<p>Text</p>',
      summary: '<p>Short</p>',
      authors: ['Ann & Bob'],
      categories: [
        { name: 'R&D', slug: 'r-and-d', kind: 'category' },
        { name: 'Notes', slug: 'notes', kind: 'tag' },
      ],
      publishedAt: new Date('2022-04-05T19:50:17Z'),
      updatedAt: new Date('2022-04-06T00:00:00Z'),
      hasImplausibleDate: false,
      image: { url: 'https://e.org/large.jpg', width: 1024, height: 768, alt: 'A library' },
      enclosures: [],
      baseUrl: 'https://e.org/post-1/',
      isProtected: false,
    },
  ]);
});

test('all pages are read, as many as the server says', async () => {
  routes.set('/wp-json/wp/v2/posts', (query, response) => {
    response.setHeader('x-wp-totalpages', '3');
    return [post(Number(query.get('page') ?? 1))];
  });
  expect((await entries()).map(({ url }) => url)).toEqual(['https://e.org/post-1/', 'https://e.org/post-2/', 'https://e.org/post-3/']);
});

test('a list that shrinks while it is read ends early', async () => {
  routes.set('/wp-json/wp/v2/posts', (query, response) => {
    response.setHeader('x-wp-totalpages', '3');
    if (query.get('page') === '3') response.writeHead(400).end('{"code":"rest_post_invalid_page_number","message":"x"}');
    return [post(Number(query.get('page') ?? 1))];
  });
  expect(await entries()).toHaveLength(2);
});

test('categories and tags given by slug are looked up, an unknown one is an error', async () => {
  routes.set('/wp-json/wp/v2/categories', (query) =>
    query.get('slug') === 'news' ? [{ id: 7, name: 'News', slug: 'news', taxonomy: 'category' }] : [],
  );
  routes.set('/wp-json/wp/v2/posts', (query) => (query.get('categories') === '7' ? [post(1)] : []));
  expect(await entries('/category/news/')).toHaveLength(1);
  expect(await read('/category/olds/')).toMatchObject({ kind: 'failed', code: 'not_a_feed', reason: expect.stringContaining('olds') });
});

test('only what changed since is asked for, from the start of a day, with room for the zone of the site', async () => {
  routes.set('/wp-json/wp/v2/posts', () => []);
  await read('/', { modifiedAfter: new Date('2022-04-05T12:00:00Z') });
  const asked = new URL(site.requests.findLast(({ url }) => url.includes('/posts'))?.url ?? '', site.origin).searchParams;
  expect(asked.get('modified_after')).toBe('2022-04-04T00:00:00.000Z');
});

test('polls of one day ask for the same address: caches and validators belong to it', async () => {
  routes.set('/wp-json/wp/v2/posts', () => []);
  for (const hour of ['04:00', '09:30', '23:59']) await read('/', { modifiedAfter: new Date(`2022-04-05T${hour}:00Z`) });
  const asked = site.requests.filter(({ url }) => url.includes('/posts')).slice(-3);
  expect(new Set(asked.map(({ url }) => url)).size).toBe(1);
});

test('an empty site is read as one', async () => {
  routes.set('/wp-json/wp/v2/posts', (_query, response) => (response.setHeader('x-wp-totalpages', '0'), []));
  expect(await read()).toMatchObject({ kind: 'read', document: { format: 'wordpress', entries: [] } });
});

test('error objects inside _embedded cost only what they stand for', async () => {
  const error = { code: 'rest_user_invalid_id', message: 'Invalid user ID.', data: { status: 404 } };
  routes.set('/wp-json/wp/v2/posts', () => [
    post(1, {
      _embedded: { author: [error], 'wp:featuredmedia': [error], 'wp:term': [[error]] },
      jetpack_featured_media_url: 'https://e.org/j.jpg',
    }),
  ]);
  const [entry] = await entries();
  expect(entry).toMatchObject({ title: 'Post 1 – & more', authors: [], categories: [] });
  expect(entry?.image).toEqual({ url: 'https://e.org/j.jpg' });
});

test('terms that are not embedded are fetched by id', async () => {
  routes.set('/wp-json/wp/v2/posts', () => [post(1, { _embedded: undefined })]);
  routes.set('/wp-json/wp/v2/categories', (query) =>
    query.get('include') === '3' ? [{ id: 3, name: 'News', slug: 'news', taxonomy: 'category' }] : [],
  );
  routes.set('/wp-json/wp/v2/tags', () => [{ id: 9, name: 'Notes', slug: 'notes', taxonomy: 'post_tag' }]);
  expect((await entries())[0]?.categories).toMatchObject([
    { slug: 'news', kind: 'category' },
    { slug: 'notes', kind: 'tag' },
  ]);
});

test.each([
  ['a password', { content: { rendered: '', protected: true } }],
  ['a private status', { status: 'private' }],
  ['a draft', { status: 'draft' }],
  ['the form that asks for one', { content: { rendered: '<form class="post-password-form"></form>', protected: false } }],
])('a post with %s is protected', async (_name, more) => {
  routes.set('/wp-json/wp/v2/posts', () => [post(1, more)]);
  expect((await entries())[0]?.isProtected).toBe(true);
});

test('attached and linked documents come as enclosures of their post, with title and length', async () => {
  const media = (id: number, parent: number): object => ({
    id,
    post: parent,
    mime_type: 'application/pdf',
    source_url: `https://e.org/${id}.pdf`,
    title: { rendered: `Paper ${id}` },
    media_details: { filesize: 1234 },
  });
  routes.set('/wp-json/wp/v2/posts', () => [
    post(1),
    post(2, { content: { rendered: '<a href="/paper/" rel="attachment wp-att-22">x</a>', protected: false } }),
  ]);
  routes.set('/wp-json/wp/v2/media', (query) =>
    query.get('include') === '22' ? [media(22, 0)] : query.get('parent') === '1,2' ? [media(11, 1)] : [],
  );
  expect((await entries()).map(({ enclosures }) => enclosures)).toEqual([
    [{ url: 'https://e.org/11.pdf', mediaType: 'application/pdf', lengthBytes: 1234, title: 'Paper 11' }],
    [{ url: 'https://e.org/22.pdf', mediaType: 'application/pdf', lengthBytes: 1234, title: 'Paper 22' }],
  ]);
});

test.each([400, 401, 403, 404])('a site that hides its media by a %i still gives its posts, and it is said', async (status) => {
  routes.set('/wp-json/wp/v2/posts', () => [post(1)]);
  routes.set('/wp-json/wp/v2/media', (_query, response) => response.writeHead(status).end('{}'));
  expect(await read()).toMatchObject({
    kind: 'read',
    document: { entries: [{ title: 'Post 1 – & more' }], skipped: [expect.stringMatching(/does not show attached documents/)] },
  });
});

const paper = {
  id: 11,
  post: 1,
  mime_type: 'application/pdf',
  source_url: 'https://e.org/11.pdf',
  title: { rendered: 'Paper' },
};

test('documents that are attached or hidden later are news, although no post changed', async () => {
  const hashOf = async (media: Route): Promise<string> => {
    routes.set('/wp-json/wp/v2/media', media);
    const reading = await read();
    return reading.kind === 'read' ? reading.bodyHash : reading.kind;
  };
  routes.set('/wp-json/wp/v2/posts', () => [post(1)]);
  const healthy = await hashOf(() => [paper]);
  expect(await hashOf(() => [paper])).toBe(healthy);
  expect(await hashOf(() => [])).not.toBe(healthy);
  expect(await hashOf((_query, response) => response.writeHead(403).end())).not.toBe(healthy);
});

test.each([
  ['the documents', 429, '/wp-json/wp/v2/media', { kind: 'busy', exchange: { retryAfterSeconds: 60 } }],
  ['the documents', 503, '/wp-json/wp/v2/media', { kind: 'busy' }],
  ['the documents', 500, '/wp-json/wp/v2/media', { kind: 'failed', code: 'http_status' }],
  ['the categories', 502, '/wp-json/wp/v2/categories', { kind: 'failed', code: 'http_status' }],
])('posts whose %s answer %i are not read without them', async (_what, status, path, expected) => {
  routes.set('/wp-json/wp/v2/posts', () => [post(1, { _embedded: undefined })]);
  routes.set(path, (_query, response) => response.writeHead(status, { 'retry-after': '60' }).end());
  expect(await read()).toMatchObject(expected);
});

test('a cut connection to the documents fails as one', async () => {
  routes.set('/wp-json/wp/v2/posts', () => [post(1)]);
  routes.set('/wp-json/wp/v2/media', (_query, response) =>
    response.writeHead(200, { 'content-length': '99' }).end('[', () => response.destroy()),
  );
  expect(await read()).toMatchObject({ kind: 'failed', code: 'connect' });
});

describe('a source that is limited to a category', () => {
  const wide = (): void => {
    routes.set('/wp/v2/posts', () => [post(1), post(2)]);
    routes.set('/feed/', (_query, response) => response.end('<rss version="2.0"><channel><item><title>All</title></item></channel></rss>'));
  };

  test.each([401, 403, 404])('by number is not widened when the API answers %i', async (status) => {
    routes.set('/wp-json/wp/v2/posts', (_query, response) => response.writeHead(status).end());
    wide();
    routes.delete('/wp/v2/posts');
    const before = site.requests.length;
    expect(await read('/wp-json/wp/v2/posts?categories=7')).toMatchObject({
      kind: 'failed',
      code: 'http_status',
      reason: expect.stringMatching(/slug/),
    });
    expect(site.requests.slice(before).some(({ url }) => url.includes('feed'))).toBe(false);
  });

  test.each([500, 502, 503, 504, 429])('is asked for nowhere else when the API answers %i', async (status) => {
    routes.set('/wp-json/wp/v2/posts', (_query, response) => response.writeHead(status).end());
    wide();
    const before = site.requests.length;
    expect(['failed', 'busy']).toContain((await read('/wp-json/wp/v2/posts?categories=7')).kind);
    expect(site.requests.length - before).toBe(1);
  });

  test.each([429, 503])('by slug waits when looking the slug up answers %i', async (status) => {
    routes.set('/wp-json/wp/v2/categories', (_query, response) => response.writeHead(status, { 'retry-after': '60' }).end());
    wide();
    const before = site.requests.length;
    expect(await read('/category/lead/')).toMatchObject({ kind: 'busy', exchange: { status, retryAfterSeconds: 60 } });
    expect(site.requests.length - before).toBe(1);
  });

  test('by slug is read from the RSS of that category where the API is closed', async () => {
    routes.set('/', (query, response) =>
      query.get('category_name') === 'lead' && query.get('feed') === 'rss2'
        ? response.end('<rss version="2.0"><channel><item><title>Lead</title></item></channel></rss>')
        : response.writeHead(404).end(),
    );
    expect(await read('/category/lead/')).toMatchObject({ kind: 'read', document: { entries: [{ title: 'Lead' }] } });
  });
});

describe('a page below the root', () => {
  const index = (home: string): void => {
    routes.set('/wp/v2/posts', () => [post(1)]);
    routes.set('/', () => ({ home }));
  };

  test('that is no site of its own is refused and not read as the whole site', async () => {
    index(site.origin);
    expect(await read('/author/ann/')).toMatchObject({
      kind: 'failed',
      code: 'bad_url',
      reason: expect.stringMatching(/author\/ann\/feed\//),
    });
  });

  test('that is the home of a site with plain permalinks is read through rest_route', async () => {
    index(`${site.origin}/blog`);
    expect(await entries('/blog')).toHaveLength(1);
  });

  test('of a site that does not tell is read by the feed of that page', async () => {
    routes.set('/blog/feed/', (_query, response) =>
      response.end('<rss version="2.0"><channel><item><title>Own</title></item></channel></rss>'),
    );
    expect(await entries('/blog')).toMatchObject([{ title: 'Own' }]);
  });
});

test('validators of the posts do not vouch for documents that were refused', async () => {
  routes.set('/wp-json/wp/v2/posts', (_query, response) => (response.setHeader('etag', '"x"'), [post(1)]));
  expect(await read()).not.toMatchObject({ exchange: { etag: '"x"' } });
  routes.set('/wp-json/wp/v2/media', () => []);
  expect(await read()).toMatchObject({ exchange: { etag: '"x"' } });
});

test('a site with plain permalinks is read through rest_route', async () => {
  routes.set('/wp/v2/posts', () => [post(1)]);
  expect(await entries()).toHaveLength(1);
});

test.each([
  [
    '401',
    (_query: URLSearchParams, response: ServerResponse) => response.writeHead(401).end('{"code":"rest_cannot_access","message":"x"}'),
  ],
  [
    'a web page',
    (_query: URLSearchParams, response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
  ],
  [
    'rest_disabled',
    (_query: URLSearchParams, response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"code":"rest_disabled","message":"x"}'),
  ],
])('where the API answers %s the RSS is read instead', async (_name, closed) => {
  routes.set('/wp-json/wp/v2/posts', closed);
  routes.set('/', closed);
  routes.set('/feed/', (_query, response) =>
    response.end('<rss version="2.0"><channel><title>Site</title><item><title>One</title></item></channel></rss>'),
  );
  expect(await read()).toMatchObject({ kind: 'read', document: { format: 'rss', entries: [{ title: 'One' }] } });
});

test.each([
  [410, { kind: 'gone' }],
  [429, { kind: 'busy' }],
  [503, { kind: 'busy' }],
  [500, { kind: 'failed', code: 'http_status' }],
  [502, { kind: 'failed', code: 'http_status' }],
])('a %i of the API is what it says', async (status, expected) => {
  routes.set('/wp-json/wp/v2/posts', (_query, response) => response.writeHead(status).end());
  expect(await read()).toMatchObject(expected);
});

test('validators are sent and a 304 counts', async () => {
  routes.set('/wp-json/wp/v2/posts', (_query, response) => response.writeHead(304).end());
  expect(await read('/', { etag: '"x"' })).toMatchObject({ kind: 'unchanged', exchange: { etag: '"x"' } });
});

describe('a site with more than one reading may take', () => {
  async function readWithin(limits: { maxSourceBytes?: number; sourceTimeoutMs?: number }): Promise<SourceReading> {
    const careful = createSourceReader({
      userAgent: 'Gazette/0.1',
      limits,
      allowPrivateAddresses: true,
      allowedOrigins: [],
      allowFiles: false,
      threadProgram: sourceThread,
      clock: () => new Date('2026-01-02T03:04:05Z'),
    });
    try {
      return await careful.read({ url: `${site.origin}/`, kind: 'wordpress' });
    } finally {
      await careful.close();
    }
  }

  function withPages(answer: (page: number) => object[]): void {
    routes.set('/wp-json/wp/v2/posts', (query, response) => {
      response.setHeader('x-wp-totalpages', '100').setHeader('etag', '"1"');
      return answer(Number(query.get('page') ?? 1));
    });
    routes.set('/wp-json/wp/v2/media', () => []);
  }

  test('is read up to its bytes, the newest posts first, and vouches for no more by its validators', async () => {
    withPages((page) => [post(page, { content: { rendered: 'long essay '.repeat(10_000), protected: false } })]);
    const reading = await readWithin({ maxSourceBytes: 400_000 });
    expect(reading).toMatchObject({
      kind: 'read',
      document: {
        entries: [{ url: 'https://e.org/post-1/' }, { url: 'https://e.org/post-2/' }, { url: 'https://e.org/post-3/' }],
        skipped: ['The site has 100 pages of posts, more than one reading may take: the first 3 were read.'],
      },
    });
    expect(reading.exchange?.etag).toBeUndefined();
  });

  test('is read up to its time', async () => {
    let requestCount = 0;
    withPages((page) => {
      requestCount++;
      const until = performance.now() + 60;
      while (performance.now() < until);
      return [post(page)];
    });
    expect(await readWithin({ sourceTimeoutMs: 1_000 })).toMatchObject({ kind: 'read', document: { entries: expect.anything() } });
    expect(requestCount).toBeLessThan(20);
  });

  test('fails where not even its first page is within the limits', async () => {
    withPages((page) => [post(page, { content: { rendered: 'long essay '.repeat(10_000), protected: false } })]);
    expect(await readWithin({ maxSourceBytes: 50_000 })).toMatchObject({ kind: 'failed', code: 'too_large' });
  });
});

test.each([
  ['/old/', '/new/'],
  ['/old', '/new/'],
  ['/old/category/news/', '/new/category/news/'],
  ['/old/wp-json/wp/v2/posts?categories=7', '/new/wp-json/wp/v2/posts?categories=7'],
])('a site that moved for good from %s is at %s: the place of the source, not of the request', async (from, to) => {
  routes.set('/new/wp-json/wp/v2/posts', () => [post(1)]);
  for (const resource of ['posts', 'categories', 'media'])
    routes.set(`/old/wp-json/wp/v2/${resource}`, (query, response) =>
      response.writeHead(301, { location: `/new/wp-json/wp/v2/${resource}?${query.toString()}` }).end(),
    );
  routes.set('/new/wp-json/wp/v2/categories', () => [{ id: 7, name: 'News', slug: 'news', taxonomy: 'category' }]);
  expect(await read(from, { modifiedAfter: new Date('2026-01-01T00:00:00Z') })).toMatchObject({
    kind: 'read',
    exchange: { permanentUrl: `${site.origin}${to}` },
  });
});

test('an API that moved in itself leaves the address of the source as it is', async () => {
  routes.set('/wp-json/wp/v2/posts', (_query, response) => response.writeHead(301, { location: '/api/posts' }).end());
  routes.set('/api/posts', () => [post(1)]);
  const reading = await read();
  expect(reading).toMatchObject({ kind: 'read' });
  expect(reading.exchange?.permanentUrl).toBeUndefined();
});
