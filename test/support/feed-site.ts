import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../src/kernel/clock.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { addSource } from '../../src/sources/add-source.ts';
import type { SourceInput } from '../../src/sources/add-source.ts';
import type { CollectPorts } from '../../src/sources/collecting/collect-source.ts';
import type { Source } from '../../src/sources/source.ts';
import type { SourceLimits } from '../../src/reading/limits.ts';
import { createSourceReader } from '../../src/reading/read-source.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import type { Database } from '../../src/db/db.ts';

/** An item of a test feed. */
export interface TestItem {
  readonly id?: string;
  readonly link?: string;
  readonly title?: string;
  readonly html?: string;
  readonly date?: string;
  readonly categories?: readonly string[];
}

/** What a path of the site answers. */
export interface TestAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The connection ends with the body, whatever length was stated. */
  readonly isCut?: boolean;
}

/** A site on the loopback interface whose answers a test sets and changes. */
export interface FeedSite {
  readonly url: string;
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  set(path: string, answer: TestAnswer | (() => TestAnswer | Promise<TestAnswer>)): void;
  /** Sets a path to an RSS document of these items. */
  setFeed(path: string, items: readonly TestItem[], answer?: TestAnswer): void;
  close(): Promise<void>;
}

/** Starts a site on a free port of 127.0.0.1. */
export async function startFeedSite(): Promise<FeedSite> {
  const answers = new Map<string, () => TestAnswer | Promise<TestAnswer>>();
  const requests: FeedSite['requests'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push({ path, headers: request.headers });
    const answered = async (): Promise<void> => {
      const answer: TestAnswer = (await answers.get(path)?.()) ?? { status: 404 };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/rss+xml', ...answer.headers });
      if (answer.isCut) response.write(answer.body ?? '', () => response.destroy());
      else response.end(answer.body ?? '');
    };
    void answered();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP port, got none');
  const url = `http://127.0.0.1:${address.port}`;
  const set: FeedSite['set'] = (path, answer) => {
    answers.set(path, typeof answer === 'function' ? answer : () => answer);
  };
  return {
    url,
    requests,
    set,
    setFeed: (path, items, answer = {}) => set(path, { ...answer, body: writeFeed(items) }),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** An RSS document. Links lead to a site of the feed's own, so that posts of different tests never meet. */
export function writeFeed(items: readonly TestItem[]): string {
  const lines = items.map(
    (item) => `<item>
  ${item.id === undefined ? '' : `<guid isPermaLink="false">${item.id}</guid>`}
  ${item.link === undefined ? '' : `<link>${item.link}</link>`}
  ${item.title === undefined ? '' : `<title>${item.title}</title>`}
  ${item.date === undefined ? '' : `<pubDate>${new Date(item.date).toUTCString()}</pubDate>`}
  ${(item.categories ?? []).map((each) => `<category>${each}</category>`).join('')}
  <content:encoded><![CDATA[${item.html ?? '<p>Text.</p>'}]]></content:encoded>
</item>`,
  );
  return `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Test</title><link>https://site.example/</link>${lines.join('\n')}</channel></rss>`;
}

/** A clock that a test moves. */
export interface TestClock {
  readonly clock: Clock;
  advanceHours(hours: number): void;
}

/** Makes a clock that stands still until it is moved. */
export function testClock(start = '2026-05-01T08:00:00Z'): TestClock {
  let now = new Date(start);
  return {
    clock: () => now,
    advanceHours: (hours) => {
      now = new Date(now.getTime() + hours * 3_600_000);
    },
  };
}

/** A reader that may read the loopback interface. */
export function testReader(clock: Clock, limits: Partial<SourceLimits> = {}): SourceReader {
  return createSourceReader({
    userAgent: 'Gazette/test',
    allowPrivateAddresses: true,
    allowedOrigins: [],
    allowFiles: false,
    threadProgram: sourceThread,
    clock,
    limits,
  });
}

/** Ports for collecting; polls are not spread. */
export function collectPorts(database: Database, reader: SourceReader, clock: Clock): CollectPorts {
  return { database, reader, clock, log: silentLog, tagAuthority: 'example.org,2026-01-01', random: () => 0 };
}

/** Adds a source in a transaction of its own. */
export async function addTestSource(database: Database, url: string, input: Partial<SourceInput> = {}): Promise<Source> {
  return database.transaction((tx) => addSource(tx, { url, newsletters: [], now: new Date('2026-05-01T08:00:00Z'), ...input }));
}
