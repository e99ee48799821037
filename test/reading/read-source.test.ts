import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSourceReader } from '../../src/reading/read-source.ts';
import type { SourceReader, SourceReading, SourceRequest } from '../../src/reading/source-reader.ts';
import { startHttpSite, type HttpSite, type SeenRequest } from '../support/http-site.ts';

const feed = `<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><link>https://example.org/</link>
<item><title>One</title><link>/one/</link><guid isPermaLink="false">1</guid></item></channel></rss>`;

const options = {
  userAgent: 'Gazette/0.1 (+https://news.example.org)',
  allowPrivateAddresses: true,
  allowedOrigins: [],
  allowFiles: false,
  threadProgram: sourceThread,
  clock: () => new Date('2026-01-02T03:04:05Z'),
};

let site: HttpSite;
let reader: SourceReader;
const routes = new Map<string, (request: SeenRequest, response: ServerResponse) => void>();

beforeAll(async () => {
  site = await startHttpSite((request, response) => {
    const route = routes.get(new URL(request.url, 'http://x').pathname);
    if (route !== undefined) return route(request, response);
    response.writeHead(404).end();
  });
  reader = createSourceReader(options);
});

afterAll(async () => {
  await reader.close();
  await site.close();
});

function serve(path: string, answer: (request: SeenRequest, response: ServerResponse) => void): string {
  routes.set(path, answer);
  return `${site.origin}${path}`;
}

function serveFeed(path: string, status = 200, headers: Record<string, string> = {}, body: string | Buffer = feed): string {
  return serve(path, (_request, response) => response.writeHead(status, { 'content-type': 'application/rss+xml', ...headers }).end(body));
}

function read(url: string, more: Partial<SourceRequest> = {}): Promise<SourceReading> {
  return reader.read({ url, kind: 'feed', ...more });
}

function lastRequest(): SeenRequest {
  const seen = site.requests.at(-1);
  if (seen === undefined) throw new Error('Expected a request, got none');
  return seen;
}

describe('a polite read', () => {
  test('says who reads and how to reach them, and what it can take', async () => {
    await read(serveFeed('/who'));
    expect(lastRequest().headers).toMatchObject({
      'user-agent': 'Gazette/0.1 (+https://news.example.org)',
      'accept-encoding': 'gzip, br, deflate',
    });
    expect(lastRequest().headers.accept).toContain('application/atom+xml');
    expect(lastRequest().headers).not.toHaveProperty('if-none-match');
  });

  test('gives the document, links resolved against the address, and a hash of the body', async () => {
    const reading = await read(serveFeed('/one'));
    expect(reading).toMatchObject({
      kind: 'read',
      document: { format: 'rss', title: 'News', entries: [{ id: '1', url: `${site.origin}/one/`, title: 'One' }] },
      exchange: { status: 200, finalUrl: `${site.origin}/one`, bodyBytes: feed.length },
      bodyHash: createHash('sha256').update(feed).digest('hex'),
    });
  });
});

test('the body of the last time is unchanged and is not parsed again', async () => {
  const bodyHash = createHash('sha256').update('no feed at all').digest('hex');
  const url = serveFeed('/same', 200, { etag: '"two"' }, 'no feed at all');
  expect(await read(url, { bodyHash })).toMatchObject({ kind: 'unchanged', exchange: { status: 200, etag: '"two"' } });
  expect(await read(url, { bodyHash: 'another' })).toMatchObject({ kind: 'failed', code: 'not_a_feed' });
});

describe('validators', () => {
  const odd = 'W/"a,b; \\"c"';

  test.each([
    ['both', { etag: odd, lastModified: 'Tue, 01 Jan 2026  00:00:00 GMT' }],
    ['the ETag alone', { etag: odd }],
    ['the date alone', { lastModified: 'yesterday' }],
    ['neither', {}],
  ])('%s are sent back byte for byte', async (_name, validators: { etag?: string; lastModified?: string }) => {
    await read(serveFeed('/validators'), validators);
    expect(lastRequest().headers['if-none-match']).toBe(validators.etag);
    expect(lastRequest().headers['if-modified-since']).toBe(validators.lastModified);
  });

  test('of a 200 come with the reading, weak and odd ones as they are', async () => {
    const reading = await read(serveFeed('/tagged', 200, { etag: odd, 'last-modified': 'yesterday' }));
    expect(reading).toMatchObject({ kind: 'read', exchange: { etag: odd, lastModified: 'yesterday' } });
  });

  test('stay when a 304 comes without headers', async () => {
    const url = serve('/bare-304', (_request, response) => response.writeHead(304).end());
    expect(await read(url, { etag: odd, lastModified: 'x' })).toMatchObject({
      kind: 'unchanged',
      exchange: { status: 304, etag: odd, lastModified: 'x' },
    });
  });

  test('are replaced by those that a 304 states', async () => {
    const url = serve('/new-304', (_request, response) => response.writeHead(304, { etag: '"new"' }).end());
    expect(await read(url, { etag: '"old"' })).toMatchObject({ kind: 'unchanged', exchange: { etag: '"new"' } });
  });

  test('were not sent: then a 304 is no answer', async () => {
    const url = serve('/wrong-304', (_request, response) => response.writeHead(304).end());
    expect(await read(url)).toMatchObject({ kind: 'failed', code: 'http_status' });
  });
});

describe('what the server says about the next poll', () => {
  test.each([
    ['max-age', { 'cache-control': 'public, max-age=900' }, { maxAgeSeconds: 900 }],
    ['max-age less its age', { 'cache-control': 'max-age=900', age: '300' }, { maxAgeSeconds: 600 }],
    ['Expires against Date', { expires: 'Fri, 02 Jan 2026 01:00:00 GMT', date: 'Fri, 02 Jan 2026 00:00:00 GMT' }, { maxAgeSeconds: 3600 }],
  ])('is read from %s', async (_name, headers: Record<string, string>, expected) => {
    expect(await read(serveFeed('/fresh', 200, headers))).toMatchObject({ exchange: expected });
  });

  test('counts for nothing under no-store', async () => {
    const reading = await read(serveFeed('/nostore', 200, { 'cache-control': 'no-store, max-age=900' }));
    expect(reading.kind === 'read' && reading.exchange.maxAgeSeconds).toBeUndefined();
  });

  test.each([429, 503])('is Retry-After of a %i, in seconds or as a date', async (status) => {
    expect(await read(serveFeed('/busy', status, { 'retry-after': '120' }))).toMatchObject({
      kind: 'busy',
      exchange: { status, retryAfterSeconds: 120 },
    });
    expect(await read(serveFeed('/busy', status, { 'retry-after': 'Fri, 02 Jan 2026 03:05:05 GMT' }))).toMatchObject({
      kind: 'busy',
      exchange: { retryAfterSeconds: 60 },
    });
  });
});

describe('statuses', () => {
  test('410 is gone', async () => {
    expect(await read(serveFeed('/gone', 410))).toMatchObject({ kind: 'gone', exchange: { status: 410 } });
  });

  test.each([400, 401, 403, 404, 500, 502, 504])('%i fails with its number', async (status) => {
    expect(await read(serveFeed('/status', status))).toMatchObject({ kind: 'failed', code: 'http_status', exchange: { status } });
  });

  test.each([
    ['an empty body', '', /empty/],
    ['a web page', '<!DOCTYPE html><html><head><title>Hello</title></head><body>404</body></html>', /web page/],
    ['JSON of another kind', '{"error":"nope"}', /JSON of another kind/],
    ['plain text', 'not found', /without any markup/],
  ])('200 with %s is refused with a reason', async (_name, body, reason) => {
    expect(await read(serveFeed('/strange', 200, {}, body))).toMatchObject({
      kind: 'failed',
      code: 'not_a_feed',
      reason: expect.stringMatching(reason),
      exchange: { status: 200 },
    });
  });
});

describe('redirects', () => {
  function redirect(path: string, status: number, location: string): string {
    return serve(path, (_request, response) => response.writeHead(status, { location }).end('moved'));
  }

  test.each([301, 308])('%i all the way give the permanent address', async (status) => {
    serveFeed('/home');
    redirect('/second', status, '/home');
    expect(await read(redirect('/first', status, `${site.origin}/second`))).toMatchObject({
      kind: 'read',
      exchange: { finalUrl: `${site.origin}/home`, permanentUrl: `${site.origin}/home` },
    });
  });

  test.each([302, 303, 307])('%i anywhere on the way gives none', async (status) => {
    serveFeed('/home');
    redirect('/second', status, '/home');
    const reading = await read(redirect('/first', 301, '/second'));
    expect(reading).toMatchObject({ kind: 'read', exchange: { finalUrl: `${site.origin}/home` } });
    expect(reading.kind === 'read' && reading.exchange.permanentUrl).toBeUndefined();
  });

  test('that lead back end as a loop', async () => {
    redirect('/b', 302, '/a');
    expect(await read(redirect('/a', 302, '/b'))).toMatchObject({ kind: 'failed', code: 'redirect_loop' });
  });

  test('that set a cookie and lead back end as a loop that names the cookie', async () => {
    const url = serve('/cookie', (_request, response) => response.writeHead(302, { location: '/cookie', 'set-cookie': 'a=b' }).end());
    expect(await read(url)).toMatchObject({ kind: 'failed', code: 'redirect_loop', reason: expect.stringMatching(/cookie/) });
  });

  test('without end are followed to the limit', async () => {
    routes.set('/endless', (request, response) =>
      response.writeHead(302, { location: `/endless?n=${site.requests.length}` }).end(request.url),
    );
    const before = site.requests.length;
    expect(await read(`${site.origin}/endless`)).toMatchObject({ kind: 'failed', code: 'too_many_redirects' });
    expect(site.requests.length - before).toBe(9);
  });

  test('to a scheme that is not the web are refused', async () => {
    expect(await read(redirect('/file', 302, 'file:///etc/passwd'))).toMatchObject({ kind: 'failed', code: 'bad_url' });
  });

  test('without a Location fail', async () => {
    expect(await read(serve('/nowhere', (_request, response) => response.writeHead(301).end()))).toMatchObject({
      kind: 'failed',
      code: 'http_status',
    });
  });

  test('take the password of the URL to its own origin only', async () => {
    const other = await startHttpSite((_request, response) => response.end(feed));
    try {
      serveFeed('/secret');
      redirect('/same', 302, '/secret');
      redirect('/away', 302, `${other.origin}/x`);
      const withPassword = site.origin.replace('//', '//ann:s%C3%A9same@');
      const reading = await read(`${withPassword}/same`);
      expect(lastRequest().headers.authorization).toBe(`Basic ${Buffer.from('ann:sésame').toString('base64')}`);
      expect(JSON.stringify(reading)).not.toContain('s%C3%A9same');
      await read(`${withPassword}/away`);
      expect(other.requests.at(-1)?.headers).not.toHaveProperty('authorization');
    } finally {
      await other.close();
    }
  });
});

test('a host whose name does not exist is told from one that cannot be looked up now', async () => {
  expect(await reader.readPage('http://no-such-host.invalid/a.jpg')).toMatchObject({
    kind: 'failed',
    // Without any name server there is no answer at all.
    code: expect.stringMatching(/^(?:unknown_host|dns)$/),
    reason: expect.stringMatching(/Expected an address for no-such-host\.invalid/),
  });
});

/** The same gzip file with the name of a file in its header. */
function named(gzip: Buffer): Buffer {
  const header = Buffer.from(gzip.subarray(0, 10));
  header[3] = 0x08;
  return Buffer.concat([header, Buffer.from('feed.xml\0'), gzip.subarray(10)]);
}

describe('compressed bodies', () => {
  test.each([
    ['gzip', 'gzip', gzipSync(feed)],
    ['x-gzip', 'x-gzip', gzipSync(feed)],
    ['br', 'br', brotliCompressSync(feed)],
    ['deflate', 'deflate', deflateSync(feed)],
    ['raw deflate', 'deflate', deflateRawSync(feed)],
    ['gzip without its trailer', 'gzip', gzipSync(feed).subarray(0, -8)],
    ['two layers', 'gzip, br', brotliCompressSync(gzipSync(feed))],
    ['identity', 'identity', Buffer.from(feed)],
    ['a charset for an encoding', 'utf-8', Buffer.from(feed)],
    ['none', 'none', Buffer.from(feed)],
    ['binary', 'binary', Buffer.from(feed)],
    ['a plain body called gzip', 'gzip', Buffer.from(feed)],
    ['one layer called two', 'gzip, gzip', gzipSync(feed)],
    ['gzip with text printed after it', 'gzip', Buffer.concat([gzipSync(feed), Buffer.from('\n<b>Warning</b>: headers already sent')])],
    ['gzip with a file name and text after it', 'gzip', Buffer.concat([named(gzipSync(feed)), Buffer.from('x')])],
    ['gzip in two members', 'gzip', Buffer.concat([gzipSync(feed.slice(0, 90)), gzipSync(feed.slice(90))])],
  ])('%s is read', async (_name, encoding, body) => {
    expect(await read(serveFeed('/packed', 200, { 'content-encoding': encoding }, body))).toMatchObject({
      kind: 'read',
      document: { title: 'News' },
      exchange: { bodyBytes: feed.length },
    });
  });

  test.each([
    ['that are not what they say', 'br', Buffer.from(feed)],
    ['that are damaged', 'gzip', Buffer.from(gzipSync(feed)).fill(0xff, 20, 60)],
    ['in an encoding that nobody knows', 'zstd-9', Buffer.from(feed)],
    ['in three layers', 'gzip, gzip, gzip', gzipSync(gzipSync(gzipSync(feed)))],
  ])('%s are refused', async (_name, encoding, body) => {
    expect(await read(serveFeed('/mispacked', 200, { 'content-encoding': encoding }, body))).toMatchObject({
      kind: 'failed',
      code: 'decode',
    });
  });
});

describe('files', () => {
  test('are refused unless the reader may read them', async () => {
    expect(await read('/etc/hostname')).toMatchObject({ kind: 'failed', code: 'bad_url' });
    expect(await read('file:///etc/hostname')).toMatchObject({ kind: 'failed', code: 'bad_url' });
  });

  test('have the address that they state themselves: what is relative belongs to it, and is no link where there is none', async () => {
    const local = createSourceReader({ ...options, allowFiles: true });
    const folder = await mkdtemp(join(tmpdir(), 'gazette-files-'));
    const urlIn = async (document: string): Promise<string | undefined> => {
      const path = join(folder, 'feed.xml');
      await writeFile(path, document);
      const reading = await local.read({ url: path, kind: 'feed' });
      return reading.kind === 'read' ? reading.document.entries[0]?.url : reading.kind;
    };
    try {
      expect(await urlIn(feed)).toBe('https://example.org/one/');
      expect(await urlIn(feed.replace('<link>https://example.org/</link>', ''))).toBeUndefined();
      expect(
        await urlIn('{"version":"https://jsonfeed.org/version/1.1","feed_url":"https://e.org/f/x.json","items":[{"id":"1","url":"a"}]}'),
      ).toBe('https://e.org/f/a');
    } finally {
      await local.close();
      await rm(folder, { recursive: true });
    }
  });

  test('are read by path and by file: URL where it may', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gazette-source-'));
    const local = createSourceReader({ ...options, allowFiles: true });
    try {
      const path = join(folder, 'a feed.xml');
      await writeFile(path, feed);
      expect(await local.read({ url: path, kind: 'feed' })).toMatchObject({ kind: 'read', document: { title: 'News' } });
      expect(await local.read({ url: new URL(`file://${path.replace(' ', '%20')}`).href, kind: 'feed' })).toMatchObject({ kind: 'read' });
      expect(await local.read({ url: join(folder, 'none.xml'), kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'file' });
      expect(await local.read({ url: folder, kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'file' });
      // It says that it has no size, and never ends.
      expect(await local.read({ url: '/dev/zero', kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'too_large' });
    } finally {
      await local.close();
      await rm(folder, { recursive: true });
    }
  });

  test.each(['ftp://example.org/feed', 'javascript:alert(1)', 'http://'])('%s is no URL that a reader reads', async (url) => {
    expect(await read(url)).toMatchObject({ kind: 'failed', code: 'bad_url' });
  });
});
