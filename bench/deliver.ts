/*
 * Sending as it is done: `gazette worker` with ledger, claims, records and limits, into Postfix's smtp-sink. Beside it in the same run, with messages of the
 * same size: Postfix's own smtp-source, which does nothing but send, and a plain nodemailer pool, as most newsletter programs have it. The figures that count
 * are ratios: to the machine's own pace and to theirs. Medians of three rounds.
 */
import { generateKeyPairSync } from 'node:crypto';
import { execFile, fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { openEmbedded } from '../src/db/server/embedded.ts';
import { silentLog } from '../src/kernel/log.ts';
import { type BenchSink, hasPostfixTools, pathOfTools, startSink } from './deliver/start-sink.ts';
import { type Sending, type Sent, sendThroughWorkers } from './deliver/run-worker.ts';
import { type Figure, printFigures } from './support-figures.ts';

const connections = 10;
const roundCount = 3;
const messageBytes = 38_000;

/** `--quick` takes a tenth; `--large` adds a million queued deliveries, `--workers` four workers with four sinks; `--json` prints figures only. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, large: { type: 'boolean' }, workers: { type: 'boolean' } },
  });
  const scale = values.quick === true ? 0.1 : 1;
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  const server = await openEmbedded({ dataFolder: folder, log: silentLog });
  let bench: Bench | undefined;
  try {
    bench = await openBench(server.url, folder, scale);
    const print = (figures: readonly Figure[]): void => printFigures(figures, { json: values.json ?? false, digits: 2 });
    if (!bench.isPostfix)
      process.stderr.write(
        'smtp-sink and smtp-source of Postfix are not here: a sink of our own stands in, and nothing is compared with them.\n',
      );
    print(await compare(bench));
    if (values.large === true) print(await compareSizes(bench));
    if (values.workers === true) print(await compareWorkers(bench));
  } finally {
    await bench?.sink.close();
    await server.close();
    await rm(server.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

interface Bench {
  readonly serverUrl: string;
  readonly folder: string;
  readonly keyFile: string;
  readonly scale: number;
  readonly isPostfix: boolean;
  readonly sink: BenchSink;
}

async function openBench(serverUrl: string, folder: string, scale: number): Promise<Bench> {
  const keyFile = join(folder, 'dkim.pem');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const isPostfix = hasPostfixTools();
  return { serverUrl, folder, keyFile, scale, isPostfix, sink: await startSink(isPostfix) };
}

async function compare(bench: Bench): Promise<Figure[]> {
  const rounds: { source: number; pool: Control; signedPool: Control; own: Sent; signedOwn: Sent }[] = [];
  for (let round = 0; round < roundCount; round += 1) {
    rounds.push({
      source: bench.isPostfix ? await rateOfSource(bench) : NaN,
      pool: await rateOfPool(bench),
      own: await sendOwn(bench),
      signedPool: await rateOfPool(bench, bench.keyFile),
      signedOwn: await sendOwn(bench, bench.keyFile),
    });
  }
  const figure = (name: string, unit: string, of: (round: (typeof rounds)[number]) => number): Figure => ({
    figure: name,
    value: median(rounds.map(of)),
    unit,
  });
  return [
    figure('smtp-source', 'messages/s', ({ source }) => source),
    figure('pool', 'messages/s', ({ pool }) => pool.perSecond),
    figure('pool-signed', 'messages/s', ({ signedPool }) => signedPool.perSecond),
    figure('pool-cpu', 'µs/message', ({ pool }) => pool.cpuMicroseconds),
    figure('unsigned', 'messages/s', ({ own }) => own.perSecond),
    figure('signed', 'messages/s', ({ signedOwn }) => signedOwn.perSecond),
    figure('unsigned-of-smtp-source', 'times', ({ own, source }) => own.perSecond / source),
    figure('signed-of-smtp-source', 'times', ({ signedOwn, source }) => signedOwn.perSecond / source),
    figure('unsigned-of-pool', 'times', ({ own, pool }) => own.perSecond / pool.perSecond),
    figure('signed-of-pool', 'times', ({ signedOwn, signedPool }) => signedOwn.perSecond / signedPool.perSecond),
    figure('unsigned-cpu', 'µs/message', ({ own }) => own.cpuMicroseconds),
    figure('signed-cpu', 'µs/message', ({ signedOwn }) => signedOwn.cpuMicroseconds),
    figure('peak-mb', 'MB', ({ own, signedOwn }) => Math.max(own.peakMb, signedOwn.peakMb)),
    figure('first-message-seconds', 's', ({ own }) => own.firstMessageSeconds),
  ].filter(({ value }) => !Number.isNaN(value));
}

/** The same with few and with many queued: what lies behind is not to be felt. */
async function compareSizes(bench: Bench): Promise<Figure[]> {
  const few = await sendOwn(bench, undefined, { size: 10_000, sendCount: 10_000 });
  const many = await sendOwn(bench, undefined, { size: 1_000_000 * bench.scale, sendCount: 30_000 * bench.scale });
  return [
    { figure: 'queued-10000', value: few.perSecond, unit: 'messages/s' },
    { figure: 'queued-10000-peak-mb', value: few.peakMb, unit: 'MB' },
    { figure: 'queued-1000000', value: many.perSecond, unit: 'messages/s' },
    { figure: 'queued-1000000-peak-mb', value: many.peakMb, unit: 'MB' },
    { figure: 'queued-1000000-of-10000', value: many.perSecond / few.perSecond, unit: 'times' },
  ];
}

async function compareWorkers(bench: Bench): Promise<Figure[]> {
  const sinks = await Promise.all(Array.from({ length: 4 }, async () => startSink(bench.isPostfix)));
  try {
    const figures: Figure[] = [];
    for (const count of [1, 2, 4]) {
      const sinkPorts = sinks.slice(0, count).map(({ port }) => port);
      const { perSecond } = await sendOwn(bench, undefined, { sinkPorts });
      figures.push({ figure: `workers-${count}`, value: perSecond, unit: 'messages/s' });
    }
    return figures;
  } finally {
    for (const sink of sinks) await sink.close();
  }
}

async function sendOwn(bench: Bench, keyFile?: string, changes: Partial<Sending> = {}): Promise<Sent> {
  const size = 20_000 * bench.scale;
  const { serverUrl, folder, sink } = bench;
  return sendThroughWorkers({ serverUrl, folder, size, sendCount: size, sinkPorts: [sink.port], connections, keyFile, ...changes });
}

interface Control {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

async function rateOfPool({ sink, scale }: Bench, keyFile?: string): Promise<Control> {
  const count = 4_000 * scale;
  const program = fileURLToPath(new URL('deliver/pool-process.js', import.meta.url));
  const child = fork(program, [String(sink.port), String(count), String(connections), ...(keyFile === undefined ? [] : [keyFile])], {
    silent: true,
  });
  let output = '';
  for await (const chunk of child.stdout!) output += String(chunk);
  const { seconds, cpuSeconds } = JSON.parse(output) as { seconds: number; cpuSeconds: number };
  return { perSecond: count / seconds, cpuMicroseconds: (cpuSeconds / count) * 1e6 };
}

async function rateOfSource({ sink, scale }: Bench): Promise<number> {
  const count = 30_000 * scale;
  const options = ['-s', String(connections), '-l', String(messageBytes), '-m', String(count)];
  const startedAt = performance.now();
  await promisify(execFile)('smtp-source', [...options, '-f', 'bench@example.org', '-t', 'reader@example.org', `127.0.0.1:${sink.port}`], {
    env: pathOfTools,
  });
  return count / ((performance.now() - startedAt) / 1_000);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
