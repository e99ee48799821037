import { sourceThread } from '../src/sources/collecting/source-task.ts';
import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase } from '../src/db/db.ts';
import { openEmbedded } from '../src/db/server/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { silentLog } from '../src/kernel/log.ts';
import { addSource } from '../src/sources/add-source.ts';
import { collectSource, type CollectReport } from '../src/sources/collecting/collect-source.ts';
import { createSourceReader } from '../src/reading/read-source.ts';
import { printFigures, type Figure } from './support-figures.ts';

/*
 * What storing costs beyond reading: one source of 5,000 posts (10 MB of RSS) is collected over HTTP into Postgres, first new, then with an
 * unchanged body, then with another body that states the same entries. The control is the reading alone, in the same run.
 */

const sentence = 'The school opened its library on Saturdays, and the parents’ group reads with the children in three languages. ';

/** Measures storing. `--quick` for a tenth of the size, `--json` one line per figure. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
  printFigures(await measureStoring(values.quick === true ? 500 : 5_000), { json: values.json === true, digits: 2 });
}

/** Sanitises and stores so many posts in a database of its own, and again where nothing has changed. */
export async function measureStoring(count: number): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  const postgres = await openEmbedded({ dataFolder: folder, log: silentLog });
  const database = openDatabase(postgres.url);
  const site = await serve(count);
  const reader = createSourceReader({
    userAgent: 'Gazette/bench',
    allowPrivateAddresses: true,
    allowedOrigins: [],
    allowFiles: false,
    threadProgram: sourceThread,
    clock: systemClock,
  });
  try {
    await migrate(database);
    const source = await database.transaction((tx) =>
      addSource(tx, { url: site.url, firstRead: 'release', newsletters: [], now: new Date() }),
    );
    const ports = { database, reader, clock: systemClock, log: silentLog, tagAuthority: 'example.org,2026-01-01' };
    const collect = async (expected: CollectReport['outcome']): Promise<void> => {
      const { outcome, reason } = await collectSource(ports, source.id, { force: true });
      if (outcome !== expected) throw new Error(`Expected the outcome "${expected}", got "${outcome}": ${reason ?? ''}`);
    };
    const figures: Figure[] = [];
    const measure = async (figure: string, work: () => Promise<void>): Promise<void> => {
      figures.push({ figure, value: await secondsOf(work), unit: 's' });
    };
    await measure('control-read-seconds', async () => void (await reader.read({ url: site.url, kind: 'feed' })));
    await measure('store-new-seconds', () => collect('read'));
    await measure('store-unchanged-seconds', () => collect('unchanged'));
    site.change();
    await measure('store-same-entries-seconds', () => collect('read'));
    return figures;
  } finally {
    await reader.close();
    await site.close();
    await database.close();
    await postgres.close();
    await rm(postgres.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

interface BenchSite {
  readonly url: string;
  /** Changes the document without changing an entry. */
  change(): void;
  close(): Promise<void>;
}

async function serve(count: number): Promise<BenchSite> {
  let title = 'Field notes';
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/rss+xml; charset=utf-8');
    response.end(rssDocument(count, title));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP port, got none');
  return {
    url: `http://127.0.0.1:${address.port}/feed/`,
    change: () => {
      title = 'Field notes, again';
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** 5,000 items make about 10 MB; each has a paper, a picture and fourteen paragraphs. */
function rssDocument(count: number, title: string): string {
  const items = Array.from({ length: count }, (_, index) => {
    const html = `<p>${sentence}</p><p><a href="https://example.org/papers/${index}.pdf">Working paper ${index}</a></p><figure><img src="/images/${index}.jpg" alt="" width="800"></figure>${`<p>${sentence}</p>`.repeat(12)}`;
    return `<item><title>Notes from the field ${index}</title><link>https://example.org/notes/${index}/</link><guid isPermaLink="false">https://example.org/?p=${index}</guid>
<pubDate>${new Date(Date.UTC(2022, 3, 5, 0, index)).toUTCString()}</pubDate><category>Leadership Development</category><content:encoded><![CDATA[${html}]]></content:encoded></item>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>${title}</title><link>https://example.org/</link>${items.join('\n')}</channel></rss>`;
}
