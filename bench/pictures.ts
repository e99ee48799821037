import { sourceThread } from '../src/sources/collecting/source-task.ts';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { createSourceReader } from '../src/reading/read-source.ts';
import type { SourceReader } from '../src/reading/source-reader.ts';
import { printFigures } from './support-figures.ts';

/*
 * What pictures that hang cost a source: the time in which a good source is read while 60 pictures on 60 hosts hang, beside the time in which
 * it is read when nothing else goes on, one after the other in turns. The control asks for the pictures as pages, in the pool of the sources.
 */

const hostCount = 60;
const feed = `<rss version="2.0"><channel><title>Good</title>${'<item><title>One</title><description>Text</description></item>'.repeat(50)}</channel></rss>`;

/** Measures. `--quick` for fewer reads, `--json` one line per figure. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
  const count = values.quick === true ? 50 : 200;
  const good = await listen((_request, response) => void response.end(feed), '127.0.0.1');
  const hanging = await Promise.all(Array.from({ length: hostCount }, (_, i) => listen(() => {}, `127.0.2.${i + 1}`)));
  try {
    const url = `${good.origin}/feed`;
    const pictures = hanging.map(({ origin }) => `${origin}/a.jpg`);
    const ours = await medians(url, count, (reader) => pictures.map((picture) => reader.readStatus(picture)));
    const control = await medians(url, 3, (reader) => pictures.map((picture) => reader.readPage(picture)));
    printFigures(
      [
        { figure: 'source-idle', value: ours.idleMs, unit: 'ms' },
        { figure: 'source-beside-pictures', value: ours.besideMs, unit: 'ms' },
        { figure: 'source-beside-pictures-ratio', value: ours.besideMs / ours.idleMs, unit: 'times' },
        { figure: 'control-beside-pages-ratio', value: control.besideMs / control.idleMs, unit: 'times' },
      ],
      { json: values.json === true, digits: 2 },
    );
  } finally {
    for (const { server } of [good, ...hanging]) {
      server.closeAllConnections();
      server.close();
    }
  }
}

/** Medians of so many reads with nothing beside them and as many with pictures that hang, in turns of five. */
async function medians(url: string, count: number, ask: (reader: SourceReader) => Promise<unknown>[]) {
  const idle = createReader();
  const beside = createReader();
  const times = { idle: [] as number[], beside: [] as number[] };
  try {
    for (const reader of [idle, beside]) for (let i = 0; i < 10; i++) await reader.read({ url, kind: 'feed' });
    let isOver = false;
    const asking = (async () => {
      while (!isOver) await Promise.all(ask(beside));
    })();
    while (times.beside.length < count) {
      for (let i = 0; i < Math.min(5, count); i++) times.idle.push(await timeOf(idle, url));
      for (let i = 0; i < Math.min(5, count); i++) times.beside.push(await timeOf(beside, url));
    }
    isOver = true;
    await asking;
  } finally {
    await Promise.all([idle.close(), beside.close()]);
  }
  return { idleMs: median(times.idle), besideMs: median(times.beside) };
}

/** Pages that hang are given up sooner than usual, so that the control has an end. */
function createReader(): SourceReader {
  return createSourceReader({
    userAgent: 'Gazette/bench',
    limits: { headersTimeoutMs: 1_000 },
    allowPrivateAddresses: true,
    allowedOrigins: [],
    allowFiles: false,
    threadProgram: sourceThread,
    clock: () => new Date(),
  });
}

async function timeOf(reader: SourceReader, url: string): Promise<number> {
  const startedAt = performance.now();
  await reader.read({ url, kind: 'feed' });
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function listen(answer: RequestListener, host: string): Promise<{ server: Server; origin: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return { server, origin: `http://${host}:${(server.address() as AddressInfo).port}` };
}
