import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import { createSparingLookup } from '../../src/reading/fetch/open-connection.ts';
import { createSourceReader, type SourceReaderOptions } from '../../src/reading/read-source.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';
import { waitFor } from '../support/wait-for.ts';

const options: SourceReaderOptions = {
  userAgent: 'Gazette/test',
  allowPrivateAddresses: true,
  allowedOrigins: [],
  allowFiles: false,
  threadProgram: sourceThread,
  clock: () => new Date(),
};
const feed = '<rss version="2.0"><channel><title>Good</title><item><title>One</title></item></channel></rss>';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function site(answer: Parameters<typeof startHttpSite>[0], host?: string): Promise<HttpSite> {
  const started = await startHttpSite(answer, host);
  open.push(started);
  return started;
}

function createReader(statusLimits: SourceReaderOptions['statusLimits'] = {}): SourceReader {
  const reader = createSourceReader({ ...options, statusLimits });
  open.push(reader);
  return reader;
}

describe('pictures that hang', () => {
  // Nothing but the end of the test lets them go.
  const patient = { connectTimeoutMs: 600_000, headersTimeoutMs: 600_000, patienceMs: 600_000 };

  test('sixty on sixty hosts are asked a dozen at a time, and sources are read as if there were none', async () => {
    let hanging = 0;
    const sites = await Promise.all(Array.from({ length: 60 }, (_, i) => site(() => void hanging++, `127.0.2.${i + 1}`)));
    const good = await site((_request, response) => response.end(feed));
    const reader = createReader(patient);
    let answered = 0;
    const asking = sites.map(async ({ origin }) => {
      const reading = await reader.readStatus(`${origin}/a.jpg`);
      answered++;
      return reading;
    });
    await waitFor(() => hanging === 12);
    // All places of sources, side by side, and one at the host of a picture.
    const readings = await Promise.all(Array.from({ length: 30 }, (_, i) => reader.read({ url: `${good.origin}/${i}`, kind: 'feed' })));
    expect(new Set(readings.map(({ kind }) => kind))).toEqual(new Set(['read']));
    expect({ hanging, answered }).toEqual({ hanging: 12, answered: 0 });
    for (const each of sites) await each.close();
    expect(new Set((await Promise.all(asking)).map(({ kind }) => kind))).toEqual(new Set(['failed']));
  });

  test('at the host of a source do not hold it up', async () => {
    let hanging = 0;
    const shared = await site((request, response) => (request.url === '/feed' ? response.end(feed) : void hanging++));
    const reader = createReader(patient);
    const asking = [1, 2, 3].map((number) => reader.readStatus(`${shared.origin}/${number}.jpg`));
    await waitFor(() => hanging === 2);
    expect(await reader.read({ url: `${shared.origin}/feed`, kind: 'feed' })).toMatchObject({ kind: 'read' });
    await shared.close();
    await Promise.all(asking);
  });

  test('are given up after the patience, those that still wait for a place among them', async () => {
    const hanging = await site(() => {});
    const patienceMs = 1_500;
    const reader = createReader({ maxConnections: 1, patienceMs });
    const endedAt: number[] = [];
    const asking = [1, 2, 3].map((number) =>
      reader.readStatus(`${hanging.origin}/${number}.jpg`).finally(() => endedAt.push(performance.now())),
    );
    expect(await Promise.all(asking)).toEqual([1, 2, 3].map(() => expect.objectContaining({ kind: 'failed', code: 'timeout' })));
    // One after the other they would end a patience apart.
    expect(Math.max(...endedAt) - Math.min(...endedAt)).toBeLessThan(patienceMs);
  });
});

test('of a picture the headers are read and nothing else', async () => {
  let isClosed = false;
  let sentBytes = 0;
  const drip = (response: ServerResponse): void => {
    const chunk = Buffer.alloc(65_536);
    const write = (): void => {
      while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
    };
    response.on('drain', write).on('close', () => (isClosed = true));
    write();
  };
  const endless = await site((_request, response) => drip(response.writeHead(200, { 'content-type': 'image/jpeg' })));
  expect(await createReader().readStatus(`${endless.origin}/a.jpg`)).toEqual({ kind: 'answered', status: 200 });
  await waitFor(() => isClosed);
  // What lies in the buffers of two sockets; a body would have been read to its limit of 16 MB.
  expect(sentBytes).toBeLessThan(8_000_000);
});

test.each([
  [404, 404],
  [405, 405],
  [304, 304],
])('a picture that answers %d has the status %d', async (status, expected) => {
  const answering = await site((_request, response) => response.writeHead(status).end());
  expect(await createReader().readStatus(`${answering.origin}/a.jpg`)).toEqual({ kind: 'answered', status: expected });
});

test('a redirect is followed to the status that counts', async () => {
  const moved = await site((request, response) =>
    request.url === '/old.jpg' ? response.writeHead(302, { location: '/new.jpg' }).end() : response.writeHead(410).end(),
  );
  expect(await createReader().readStatus(`${moved.origin}/old.jpg`)).toEqual({ kind: 'answered', status: 410 });
});

test('a name that does not exist is told from one that cannot be resolved now', async () => {
  expect(await createReader().readStatus('http://no-such-host.invalid/a.jpg')).toMatchObject({ kind: 'failed', code: 'unknown_host' });
});

describe('the length of a document', () => {
  const pdf = { 'content-type': 'application/pdf', 'content-length': '123456' };
  test.each<[string, number, Record<string, string>, number | undefined]>([
    ['what its server states', 200, pdf, 123_456],
    ['unknown where a page answers', 200, { ...pdf, 'content-type': 'text/html; charset=utf-8' }, undefined],
    ['unknown where what is stated is the length of something compressed', 200, { ...pdf, 'content-encoding': 'gzip' }, undefined],
    ['unknown where nothing is stated', 200, { 'content-type': 'application/pdf' }, undefined],
    ['unknown where it is no size of a document', 200, { ...pdf, 'content-length': '1000000000000' }, undefined],
    ['unknown where the question is refused', 405, pdf, undefined],
  ])('is %s, by one HEAD', async (_name, status, headers, lengthBytes) => {
    const methods: (string | undefined)[] = [];
    const answering = await site((request, response) => {
      methods.push(request.method);
      response.writeHead(status, headers).end();
    });
    expect(await createReader().readLength(`${answering.origin}/a.pdf`)).toEqual({
      kind: 'answered',
      ...(lengthBytes === undefined ? {} : { lengthBytes }),
    });
    expect(methods).toEqual(['HEAD']);
  });

  test('is asked of one host one at a time, and a private address never', async () => {
    let hanging = 0;
    const slow = await site((_request, response) => {
      hanging += 1;
      setTimeout(() => {
        expect(hanging).toBe(1);
        hanging -= 1;
        response.writeHead(200, pdf).end();
      }, 20);
    });
    const reader = createReader();
    const readings = await Promise.all([1, 2, 3].map((number) => reader.readLength(`${slow.origin}/${number}.pdf`)));
    expect(readings.map(({ kind }) => kind)).toEqual(['answered', 'answered', 'answered']);
    const strict = createSourceReader({ ...options, allowPrivateAddresses: false });
    open.push(strict);
    expect(await strict.readLength(`${slow.origin}/4.pdf`)).toMatchObject({ kind: 'failed', code: 'private_address' });
  });
});

describe('look-ups for pictures', () => {
  test('that hang leave threads to others: so many are under way, the rest is given up and never begun', async () => {
    const begun: string[] = [];
    const answers: (() => void)[] = [];
    const hang: LookupFunction = (hostname, _options, callback) => {
      begun.push(hostname);
      answers.push(() => callback(null, '192.0.2.1', 4));
    };
    const resolve = createSparingLookup(2, 100, hang);
    const look = (name: string) => new Promise((settle) => resolve(name, {}, (error) => settle(error?.code ?? 'resolved')));
    const looking = ['a', 'b', 'c', 'd'].map(look);
    expect(await Promise.all(looking.slice(2))).toEqual(['ETIMEDOUT', 'ETIMEDOUT']);
    for (const answer of answers) answer();
    expect(await Promise.all(looking.slice(0, 2))).toEqual(['resolved', 'resolved']);
    expect(begun).toEqual(['a', 'b']);
    void look('e');
    await waitFor(() => begun.includes('e'));
  });
});
