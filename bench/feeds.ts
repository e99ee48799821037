import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase } from '../src/db/db.ts';
import { openEmbedded } from '../src/db/server/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { silentLog } from '../src/kernel/log.ts';
import { seedAudience } from './support-audience.ts';
import type { BareAnswer, ServerPorts, ServerTimes } from './support-feed-server.ts';
import { printFigures, type Figure } from './support-figures.ts';

/*
 * What the public pages cost that are asked for most: a feed that has not changed (304), the feed, a page of the archive. Over HTTP on the
 * loopback with connections that are kept, the servers in a process of their own. The control is a bare node:http handler there that gives the
 * same headers and bytes, in turns in the same run. On a machine that is busy the processor time of the server tells more than the rate.
 */

const connectionCount = 16;
const rounds = 3;
/** What is asked for, as a feed reader or a browser asks for it. */
const requests = [
  { name: 'feed-304', path: '/feeds/bench.atom', isConditional: true },
  { name: 'feed-200', path: '/feeds/bench.atom', isConditional: false },
  { name: 'archive-200', path: '/archive/bench', isConditional: false },
] as const;

/** Measures. `--quick` for a tenth of the requests, `--json` one line per figure. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
  const count = values.quick === true ? 2_000 : 20_000;
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  const postgres = await openEmbedded({ dataFolder: folder, log: silentLog });
  try {
    const database = openDatabase(postgres.url);
    await migrate(database);
    await seedAudience(database, 1);
    await database.close();
    const servers = await startServers(postgres.url);
    const figures: Figure[] = [];
    for (const request of requests) figures.push(...(await measure(servers, request, count)));
    servers.child.disconnect();
    printFigures(figures, { json: values.json === true, digits: 2 });
  } finally {
    await postgres.close();
    await rm(postgres.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

interface Servers extends ServerPorts {
  readonly child: ChildProcess;
}

async function startServers(databaseUrl: string): Promise<Servers> {
  const child = fork(new URL(`support-feed-server${import.meta.url.slice(-3)}`, import.meta.url), [databaseUrl]);
  const [ports] = (await once(child, 'message')) as [ServerPorts];
  return { child, ...ports };
}

async function measure(servers: Servers, request: (typeof requests)[number], count: number): Promise<Figure[]> {
  const text = await prepare(servers, request);
  const times = { gazette: [] as Cost[], bare: [] as Cost[] };
  // The first round warms both up.
  for (let round = 0; round <= rounds; round++)
    for (const which of ['gazette', 'bare'] as const) {
      const cost = await load(servers, servers[which], text, count);
      if (round > 0) times[which].push(cost);
    }
  const [ours, bare] = [times.gazette, times.bare].map((costs) => ({
    perSecond: median(costs.map((cost) => cost.perSecond)),
    cpuUs: median(costs.map((cost) => cost.cpuUs)),
  })) as [Cost, Cost];
  return [
    { figure: `${request.name}-per-second`, value: ours.perSecond, unit: '/s' },
    { figure: `${request.name}-control-per-second`, value: bare.perSecond, unit: '/s' },
    { figure: `${request.name}-of-control`, value: ours.perSecond / bare.perSecond, unit: 'times' },
    { figure: `${request.name}-cpu`, value: ours.cpuUs, unit: 'us' },
    { figure: `${request.name}-control-cpu`, value: bare.cpuUs, unit: 'us' },
    { figure: `${request.name}-cpu-of-control`, value: bare.cpuUs / ours.cpuUs, unit: 'times' },
  ];
}

/** The request as it goes over the wire, after our server has answered it once and the bare one has been told to answer the same. */
async function prepare({ child, gazette }: Servers, { path, isConditional }: (typeof requests)[number]): Promise<string> {
  const encoding = { 'accept-encoding': 'gzip' };
  const ask = (headers: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`http://127.0.0.1:${gazette}${path}`, { headers: { ...encoding, ...headers } });
  const first = await ask({});
  const condition: Readonly<Record<string, string>> = isConditional ? { 'if-none-match': first.headers.get('etag') ?? '' } : {};
  const answer = isConditional ? await ask(condition) : first;
  if (answer.status !== (isConditional ? 304 : 200)) throw new Error(`Expected ${path} to be there, got ${answer.status}`);
  const ownHeaders = ['connection', 'keep-alive', 'date', 'content-length', 'transfer-encoding'];
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !ownHeaders.includes(name)));
  await answer.arrayBuffer();
  child.send({ status: answer.status, headers, bodyBytes: Number(answer.headers.get('content-length') ?? 0) } satisfies BareAnswer);
  await once(child, 'message');
  const lines = Object.entries({ host: 'news.example.org', 'user-agent': 'bench', ...encoding, ...condition });
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`;
}

interface Cost {
  readonly perSecond: number;
  /** Processor time of the server for one request. */
  readonly cpuUs: number;
}

async function load({ child }: Servers, port: number, text: string, count: number): Promise<Cost> {
  const before = await timesOf(child);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connectionCount }, () => askRepeatedly(port, text, Math.ceil(count / connectionCount))));
  const seconds = (performance.now() - startedAt) / 1_000;
  const sent = Math.ceil(count / connectionCount) * connectionCount;
  return { perSecond: sent / seconds, cpuUs: ((await timesOf(child)).cpuMs * 1_000 - before.cpuMs * 1_000) / sent };
}

async function timesOf(child: ChildProcess): Promise<ServerTimes> {
  child.send('times');
  return ((await once(child, 'message')) as [ServerTimes])[0];
}

/** Over one connection, the next when the last was answered. Answers to the same request have the same length: they are counted by their bytes. */
function askRepeatedly(port: number, text: string, times: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answerBytes: number | undefined;
    let head = '';
    let bytes = 0;
    let answered = 0;
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (answerBytes === undefined) {
        head += chunk.toString('latin1');
        answerBytes = lengthOf(head);
      }
      if (answerBytes === undefined || bytes < answerBytes) return;
      bytes -= answerBytes;
      answered += 1;
      if (answered < times) socket.write(text);
      else {
        socket.destroy();
        resolve();
      }
    });
  });
}

/** How long the answer is that begins so; undefined while its head is not complete. */
function lengthOf(begin: string): number | undefined {
  const end = begin.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const body = begin.startsWith('HTTP/1.1 304') ? 0 : Number(/^content-length: (\d+)/im.exec(begin.slice(0, end))?.[1]);
  return end + 4 + body;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
