import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { isPrivateAddress } from '../../src/reading/fetch/private-address.ts';
import { createSourceReader } from '../../src/reading/read-source.ts';
import { startHttpSite } from '../support/http-site.ts';

const options = {
  userAgent: 'Gazette/0.1',
  allowPrivateAddresses: false,
  allowedOrigins: [],
  allowFiles: false,
  threadProgram: sourceThread,
  clock: () => new Date('2026-01-02T03:04:05Z'),
};
const feed = '<rss version="2.0"><channel><title>Inside</title></channel></rss>';

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.16.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['224.0.0.1', true],
  ['255.255.255.255', true],
  ['192.0.2.1', true],
  ['8.8.8.8', false],
  ['::1', true],
  ['::', true],
  ['fe80::1', true],
  ['fe80::1%eth0', true],
  ['fc00::1', true],
  ['fd12:3456::1', true],
  ['ff02::1', true],
  ['::ffff:127.0.0.1', true],
  ['::ffff:7f00:1', true],
  ['::ffff:8.8.8.8', false],
  ['::127.0.0.1', true],
  ['64:ff9b::7f00:1', true],
  ['64:ff9b::8.8.8.8', false],
  ['2002:7f00:1::', true],
  ['2001::1', true],
  ['2001:db8::1', true],
  ['2606:4700:4700::1111', false],
  ['[2606:4700:4700::1111]', false],
  ['localhost', true],
  ['', true],
])('%s is private: %s', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected);
});

describe('a reader that may not', () => {
  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://localhost/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://0.0.0.0/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://①②⑦.⓪.⓪.①/',
    'https://127.0.0.1/',
  ])('connects to nothing for %s', async (url) => {
    const reader = createSourceReader(options);
    try {
      expect(await reader.read({ url, kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'private_address' });
    } finally {
      await reader.close();
    }
  });

  test('opens no connection at all, not even one that it closes', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const reader = createSourceReader(options);
    try {
      for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])
        await reader.read({ url: `http://${host}:${port}/`, kind: 'feed' });
      expect(connections).toBe(0);
    } finally {
      await reader.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('the exceptions', () => {
  test('an allowed origin may be private, its neighbours may not, and its redirects are checked at each hop', async () => {
    const neighbour = await startHttpSite((_request, response) => response.end(feed));
    const own = await startHttpSite((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: neighbour.origin }).end();
      else response.end(feed);
    });
    const reader = createSourceReader({ ...options, allowedOrigins: [own.origin] });
    try {
      expect(await reader.read({ url: `${own.origin}/feed`, kind: 'feed' })).toMatchObject({ kind: 'read', document: { title: 'Inside' } });
      expect(await reader.read({ url: `${own.origin}/away`, kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'private_address' });
      expect(await reader.read({ url: neighbour.origin, kind: 'feed' })).toMatchObject({ kind: 'failed', code: 'private_address' });
      expect(await reader.read({ url: own.origin.replace('127.0.0.1', 'localhost'), kind: 'feed' })).toMatchObject({
        kind: 'failed',
        code: 'private_address',
      });
      expect(neighbour.requests).toEqual([]);
    } finally {
      await reader.close();
      await own.close();
      await neighbour.close();
    }
  });
});
