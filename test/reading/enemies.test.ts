import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSourceReader } from '../../src/reading/read-source.ts';
import { defaultSourceLimits } from '../../src/reading/limits.ts';
import type { SourceReader, SourceReading } from '../../src/reading/source-reader.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';

// No deadline here is one that a slow machine could miss: those who never end meet `hasty`, everybody else has time.
const limits = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  totalTimeoutMs: 10_000,
  parseTimeoutMs: 20_000,
  maxBodyBytes: 4 * 1024 * 1024,
};
const options = {
  userAgent: 'Gazette/0.1 (+https://news.example.org)',
  limits,
  allowPrivateAddresses: true,
  allowedOrigins: [],
  allowFiles: false,
  threadProgram: sourceThread,
  clock: () => new Date('2026-01-02T03:04:05Z'),
};
const good =
  '<rss version="2.0"><channel><title>Good</title><item><title>One</title><link>https://example.org/1</link></item></channel></rss>';

let site: HttpSite;
let reader: SourceReader;
/** Gives up soon: for servers that would keep anybody waiting. */
let hasty: SourceReader;
let body: (response: ServerResponse) => void = (response) => response.end(good);

beforeAll(async () => {
  site = await startHttpSite((request, response) => (request.url === '/good' ? response.end(good) : body(response)));
  reader = createSourceReader(options);
  hasty = createSourceReader({ ...options, limits: { ...limits, headersTimeoutMs: 500, totalTimeoutMs: 700 } });
  // Both parser threads are there before anything is measured.
  await Promise.all([expectGood(), expectGood()]);
});

afterAll(async () => {
  await reader.close();
  await hasty.close();
  await site.close();
});

/** Reads a document while another is read beside it, and holds it to its memory. */
async function attack(document: string | Buffer | ((response: ServerResponse) => void), by: SourceReader = reader): Promise<SourceReading> {
  body = typeof document === 'function' ? document : (response) => response.end(document);
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  const usedMs = startCpuTimer();
  try {
    const [reading] = await Promise.all([by.read({ url: `${site.origin}/evil`, kind: 'feed' }), expectGood()]);
    expect(usedMs()).toBeLessThan(6_000);
    expect((peak - before) / 1e6).toBeLessThan(150);
    await expectGood();
    return reading;
  } finally {
    clearInterval(watch);
  }
}

async function expectGood(): Promise<void> {
  expect(await reader.read({ url: `${site.origin}/good`, kind: 'feed' })).toMatchObject({ kind: 'read', document: { title: 'Good' } });
}

function rss(item: string, prolog = ''): string {
  return `${prolog}<rss version="2.0"><channel><title>Evil</title><item><title>First</title><link>https://example.org/1</link></item>${item}</channel></rss>`;
}

describe('a document that attacks the parser costs its limit and never the other sources', () => {
  test('a billion laughs expand to next to nothing', async () => {
    const entities = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
    const reading = await attack(rss('<item><title>&l10;</title></item>', `<!DOCTYPE rss [<!ENTITY l0 "lol">${entities}]>`));
    expect(reading).toMatchObject({ kind: 'read', document: { title: 'Evil' } });
    expect(JSON.stringify(reading).length).toBeLessThan(10_000);
  });

  test('a large entity repeated many times stays within the limit', async () => {
    const reading = await attack(
      rss(
        `<item><title>T</title><description>${'&a;'.repeat(200_000)}</description></item>`,
        `<!DOCTYPE rss [<!ENTITY a "${'a'.repeat(100_000)}">]>`,
      ),
    );
    expect(reading.kind === 'failed' ? reading.code : JSON.stringify(reading).length < 5_000_000).toBeTruthy();
  });

  test('an external entity is not fetched', async () => {
    const reading = await attack(
      rss(
        '<item><title>a&xxe;b</title></item>',
        `<!DOCTYPE rss [<!ENTITY xxe SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "${site.origin}/dtd">%p;]>`,
      ),
    );
    expect(reading).toMatchObject({ kind: 'read' });
    expect(JSON.stringify(reading)).not.toContain('root:');
    expect(site.requests.some(({ url }) => url === '/dtd')).toBe(false);
  });

  test('100,000 levels of nesting end at the depth limit, what came before is read', async () => {
    const reading = await attack(rss(`<item><description>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</description></item>`));
    expect(reading).toMatchObject({ kind: 'read', document: { skipped: expect.arrayContaining([expect.stringMatching(/nest deeper/)]) } });
    expect(reading.kind === 'read' && reading.document.entries[0]?.title).toBe('First');
  });

  test('200,000 attributes on one element are read past', async () => {
    const attributes = Array.from({ length: 200_000 }, (_, i) => `a${i}="${i}"`).join(' ');
    expect(await attack(rss(`<item ${attributes}><title>Second</title></item>`))).toMatchObject({
      kind: 'read',
      document: { entries: [{ title: 'First' }, { title: 'Second' }] },
    });
  });

  test.each([
    ['description', '<description><![CDATA[', ']]></description>'],
    ['title', '<title><![CDATA[', ']]></title>'],
    ['bare title', '<title>', '</title>'],
  ])('a %s of 40 KB of <p<p is read in linear time', async (_name, start, end) => {
    expect(await attack(rss(`<item>${start}${'<p<p'.repeat(10_000)}${end}</item>`))).toMatchObject({ kind: 'read' });
  });

  test.each([
    '&',
    '<',
    '<!--',
    '<![CDATA[',
    ']]>',
    '<!DOCTYPE [',
    '&#x',
    '"',
    '<a "',
    '</',
    '<?',
    '&amp;amp;',
    '<item>',
    '<title>',
    'ÿ',
    '< ',
    ']]><![CDATA[',
  ])('a megabyte of %s ends in time', async (piece) => {
    const filler = piece.repeat(Math.ceil(1_000_000 / piece.length));
    for (const document of [
      rss(`<item><title>${filler}</title><description>${filler}</description></item>`),
      filler,
      `<!DOCTYPE rss [${filler}]><rss/>`,
    ]) {
      expect(['read', 'failed']).toContain((await attack(document)).kind);
    }
  });

  test('deeply nested JSON and a megabyte of brackets end in time', async () => {
    expect(await attack(`{"version":"https://jsonfeed.org/version/1","items":${'['.repeat(500_000)}`)).toMatchObject({ kind: 'failed' });
    expect(
      await attack(
        `{"version":"https://jsonfeed.org/version/1","title":"x","items":[{"id":"1","tags":${'['.repeat(5_000)}${']'.repeat(5_000)}}]}`,
      ),
    ).toMatchObject({ kind: 'read' });
  });

  test('more entries than the limit are left out and counted', async () => {
    const small = createSourceReader({ ...options, limits: { ...limits, maxEntries: 10 } });
    try {
      body = (response) => response.end(rss('<item><title>x</title></item>'.repeat(20)));
      const reading = await small.read({ url: `${site.origin}/evil`, kind: 'feed' });
      expect(reading).toMatchObject({
        kind: 'read',
        document: { skipped: expect.arrayContaining([expect.stringMatching(/^11 entries beyond/)]) },
      });
    } finally {
      await small.close();
    }
  });

  test('a parser past its deadline is killed, and the next document has a new one', async () => {
    const impatient = createSourceReader({ ...options, limits: { ...limits, parseTimeoutMs: 1 } });
    try {
      body = (response) => response.end(rss('<item><title>x</title><description>&lt;b&gt;</description></item>'.repeat(40_000)));
      expect(await impatient.read({ url: `${site.origin}/evil`, kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'timeout' });
      expect(await impatient.read({ url: `${site.origin}/evil`, kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'timeout' });
    } finally {
      await impatient.close();
    }
  });

  test('a document beyond the heap of its thread is refused, and the next is read', async () => {
    const tight = createSourceReader({ ...options, limits: { ...limits, parserHeapMb: 16 } });
    try {
      body = (response) => response.end(rss('<item><a/><b/><c/><d/><e/><f/></item>'.repeat(100_000)));
      expect(await tight.read({ url: `${site.origin}/evil`, kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'too_large' });
      expect(await tight.read({ url: `${site.origin}/good`, kind: 'feed' })).toMatchObject({ kind: 'read' });
    } finally {
      await tight.close();
    }
  });
});

describe('a server that attacks the connection costs its limit and never the other sources', () => {
  test('a body larger than the limit ends at the limit', async () => {
    expect(await attack((response) => stream(response, Buffer.alloc(65_536, 'x'), 0))).toMatchObject({ kind: 'failed', code: 'too_large' });
  });

  test('a dripping body ends at the deadline', async () => {
    expect(await attack((response) => stream(response, Buffer.from('x'), 50), hasty)).toMatchObject({ kind: 'failed', code: 'timeout' });
  });

  test('a gzip bomb ends at the limit after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    expect(await attack((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))).toMatchObject({
      kind: 'failed',
      code: 'too_large',
    });
  });

  test('a bomb in a bomb ends too', async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(500 * 1024 * 1024)));
    expect(await attack((response) => response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(bomb))).toMatchObject({
      kind: 'failed',
      code: 'too_large',
    });
  });

  test('no answer at all ends at the header deadline', async () => {
    expect(await attack(() => {}, hasty)).toMatchObject({ kind: 'failed', code: 'timeout' });
  });

  test('a body that is cut off fails', async () => {
    expect(
      await attack((response) => response.writeHead(200, { 'content-length': '100000' }).write('<rss>', () => response.destroy())),
    ).toMatchObject({ kind: 'failed', code: 'connect' });
  });
});

function stream(response: ServerResponse, chunk: Buffer, gapMs: number): void {
  const write = (): void => {
    while (!response.destroyed && response.write(chunk) && gapMs === 0);
    if (!response.destroyed && gapMs > 0) setTimeout(write, gapMs);
  };
  response.on('drain', write).on('error', () => {});
  write();
}

describe('a server that speaks no proper HTTP', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let speak: (socket: Socket) => void = () => {};
  let url = '';

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => speak(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test('16 MB of headers end at the header limit', async () => {
    speak = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      socket.write(`x-long: ${'x'.repeat(16 * 1024 * 1024)}\r\n\r\n`);
    };
    expect(await reader.read({ url, kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'too_large' });
  });

  test('header lines without end end at a limit', async () => {
    speak = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const write = (): void => {
        while (!socket.destroyed && socket.write(`x-${'y'.repeat(100)}: z\r\n`));
      };
      socket.on('drain', write);
      write();
    };
    expect(await reader.read({ url, kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'too_large' });
  });

  test('dripping headers end at the header deadline', async () => {
    speak = (socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 200 OK\r\nx-a: b\r\n'.charAt(0)), 100);
      socket.on('close', () => clearInterval(timer));
    };
    expect(['timeout', 'connect']).toContain(await failureCode(hasty));
  });

  test('100 Continue without end ends at the deadline', async () => {
    speak = (socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'), 50);
      socket.on('close', () => clearInterval(timer));
    };
    expect(['timeout', 'connect']).toContain(await failureCode(hasty));
  });

  test.each(['garbage', '', 'SSH-2.0-OpenSSH_9.2\r\n', 'HTTP/9.9 999 What\r\n\r\n'])(
    '%j fails as a broken connection',
    async (greeting) => {
      speak = (socket) => socket.end(greeting);
      expect(await failureCode()).toBe('connect');
    },
  );

  describe('and ends before its document', () => {
    const items = [1, 2, 3].map(
      (number) => `<item><title>Post ${number}</title><guid>${number}</guid><description>Text</description></item>`,
    );
    const start = '<rss version="2.0"><channel><title>Cut</title>';
    const whole = `${start}${items.join('')}</channel></rss>`;
    const cut = `${start}${items.join('').slice(0, -40)}`;
    const validators = 'etag: "x"\r\nlast-modified: yesterday\r\n';
    const answer = (headers: string, document: string | Buffer): void => {
      speak = (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${headers}${validators}\r\n`);
        socket.end(document);
      };
    };
    const readTitles = async (): Promise<unknown> => {
      const reading = await reader.read({ url, kind: 'feed' });
      if (reading.kind !== 'read') return reading;
      expect(reading.exchange).not.toHaveProperty('etag');
      expect(reading.exchange).not.toHaveProperty('lastModified');
      return { titles: reading.document.entries.map(({ title }) => title), isTruncated: reading.isTruncated ?? false };
    };

    test.each([
      ['with a length that is too large', 'content-length: 9999\r\n', (document: string) => document],
      [
        'without the last chunk',
        'transfer-encoding: chunked\r\n',
        (document: string) => `${document.length.toString(16)}\r\n${document}\r\n`,
      ],
      [
        'without the last chunk, as announced',
        'connection: close\r\ntransfer-encoding: chunked\r\n',
        (document: string) => `${document.length.toString(16)}\r\n${document}\r\n`,
      ],
      ['within a chunk', 'transfer-encoding: chunked\r\n', (document: string) => `ffff\r\n${document}`],
      ['within its gzip', 'content-length: 9999\r\ncontent-encoding: gzip\r\n', (document: string) => gzipSync(document).subarray(0, -8)],
    ])('%s: a whole document is read, of a cut one the posts that came whole', async (_name, headers, written) => {
      answer(headers, written(whole));
      expect(await readTitles()).toEqual({ titles: ['Post 1', 'Post 2', 'Post 3'], isTruncated: false });
      answer(headers, written(cut));
      expect(await readTitles()).toEqual({ titles: ['Post 1', 'Post 2'], isTruncated: true });
    });

    test.each([
      ['before its first post', `${start}<item><title>Half`],
      ['before anything', ''],
      ['within JSON', '{"version":"https://jsonfeed.org/version/1","title":"x","items":[{"id":"1"},'],
    ])('%s fails with that reason', async (_name, document) => {
      answer('content-length: 9999\r\n', document);
      expect(await readTitles()).toMatchObject({ kind: 'failed', code: 'connect', reason: expect.stringMatching(/br(?:eaks|oke) off/) });
    });
  });

  async function failureCode(by: SourceReader = reader): Promise<string> {
    const reading = await by.read({ url, kind: 'feed' });
    return reading.kind === 'failed' ? reading.code : reading.kind;
  }
});

test('the usual limits are the ones that the documents name', () => {
  expect(defaultSourceLimits).toMatchObject({ maxPerHost: 2, maxConnections: 20 });
});
