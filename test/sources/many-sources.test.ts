import { listDueSources } from '../../src/sources/source-store.ts';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { collectSources } from '../../src/sources/collecting/collect-sources.ts';
import type { CollectReport } from '../../src/sources/collecting/collect-source.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { collectPorts, testClock, testReader } from '../support/feed-site.ts';

const hostCount = 50;
const sourceCount = 1_000;

let stored: TestDatabase;
let servers: Server[];
let reader: SourceReader;
let openCount = 0;
let mostOpen = 0;
let conditionalCount = 0;
const time = testClock();

beforeAll(async () => {
  stored = await createTestDatabase();
  reader = testReader(time.clock);
  servers = await Promise.all(Array.from({ length: hostCount }, (_, index) => startHost(`127.0.1.${index + 1}`)));
  await stored.database.query(
    `insert into source (url, first_read, first_read_at, etag, next_poll_at)
     select u.url, 'known', $2, '"one"', $2 from unnest($1::text[]) as u (url)`,
    [Array.from({ length: sourceCount }, (_, index) => `${addressOf(servers[index % hostCount]!)}/feed-${index}`), time.clock()],
  );
});
afterAll(async () => {
  await reader.close();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  await stored.drop();
});

async function startHost(host: string): Promise<Server> {
  const server = createServer((request, response) => {
    openCount += 1;
    mostOpen = Math.max(mostOpen, openCount);
    if (request.headers['if-none-match'] === '"one"') conditionalCount += 1;
    setImmediate(() => {
      openCount -= 1;
      response.writeHead(304).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return server;
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP port, got none');
  return `http://${address.address}:${address.port}`;
}

test('a thousand sources that are due at once and unchanged cost less than 20 seconds of work, at most 20 at a time', async () => {
  const reports: CollectReport[] = [];
  const ports = collectPorts(stored.database, reader, time.clock);
  const usedMs = startCpuTimer();
  expect(await collectSources(ports, await listDueSources(stored.database, time.clock()), {}, (report) => reports.push(report))).toBe(
    sourceCount,
  );
  expect(usedMs()).toBeLessThan(20_000);
  expect(new Set(reports.map((report) => report.outcome))).toEqual(new Set(['unchanged']));
  expect(mostOpen).toBeLessThanOrEqual(20);
  expect(conditionalCount).toBe(sourceCount);
});
