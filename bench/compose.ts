/*
 * Composing and freezing an edition for many subscriptions in 200 cohorts, on an embedded server with stock settings, with real renderings.
 * Beside the freeze another process signs up, unsubscribes and gives back: what its transactions take is reported. The control is a tenth of the
 * size in the same run: freezing has to grow with the number of subscriptions and no faster.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Database, openDatabase } from '../src/db/db.ts';
import { openEmbedded } from '../src/db/server/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { createCheckedGroupRenderer } from '../src/editions/digests/render-releases.ts';
import { packageRoot } from '../src/kernel/package-root.ts';
import { silentLog } from '../src/kernel/log.ts';
import { approveEdition } from '../src/ledger/approve-edition.ts';
import { composeEdition } from '../src/ledger/drafts/compose-edition.ts';
import { freezeEdition } from '../src/ledger/freeze/freeze-edition.ts';
import type { RenderRendition } from '../src/ledger/drafts/rendition.ts';
import type { DigestRenderer } from '../src/render/digest.ts';
import { createDigestRenderer } from '../src/render/digest/render-digest.ts';
import { type Audience, seedAudience } from './support-audience.ts';
import type { DisturbTask, Waits } from './support-disturb.ts';

interface Outcome {
  readonly size: number;
  readonly composeSeconds: number;
  readonly freezeSeconds: number;
  readonly renderSeconds: number;
  readonly renditionCount: number;
  readonly mjmlRunCount: number;
  readonly jobCount: number;
  readonly waits: Waits;
}

/** Measures 10,000, 100,000 and, without `--quick`, 1,000,000 subscriptions. `--json` prints figures only, `--size n` takes one size. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, size: { type: 'string' } },
  });
  const sizes = values.size === undefined ? [10_000, 100_000, ...(values.quick ? [] : [1_000_000])] : [Number(values.size)];
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  const server = await openEmbedded({ dataFolder: folder, log: silentLog });
  const peak = watchMemory();
  try {
    const outcomes: Outcome[] = [];
    for (const size of sizes) outcomes.push(await measure(server.url, size));
    report(outcomes, peak.stop(), values.json ?? false);
  } finally {
    peak.stop();
    await server.close();
    await rm(server.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(serverUrl: string, size: number): Promise<Outcome> {
  const maintenance = openDatabase(serverUrl, { maxConnections: 1 });
  const name = `bench_${size}`;
  await maintenance.query(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const database = openDatabase(url.href);
  try {
    await migrate(database);
    const audience = await seedAudience(database, size);
    return await measureFreeze(database, url.href, audience, size);
  } finally {
    await database.close();
    await maintenance.query(`drop database ${name}`);
    await maintenance.close();
  }
}

async function measureFreeze(database: Database, url: string, audience: Audience, size: number): Promise<Outcome> {
  const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
  const rendering = timedRenderer(database, renderer);
  const composeStart = performance.now();
  const composed = await composeEdition(database, { ...audience, slotAt: new Date(), byHand: false, now: new Date() });
  if (composed.kind !== 'composed') throw new Error(`Expected a draft, got ${composed.kind}`);
  const composeSeconds = secondsSince(composeStart);
  await approveEdition(database, composed.editionId, { by: 'bench', now: new Date() });
  const others = await startDisturbing({ url, audience, size });
  let jobCount = 0;
  const freezeStart = performance.now();
  const frozen = await freezeEdition(database, composed.editionId, {
    renderRendition: rendering.render,
    now: () => new Date(),
    enqueue: async () => {
      jobCount += 1;
    },
  });
  const freezeSeconds = secondsSince(freezeStart) - rendering.seconds();
  const waits = await others.stop();
  if (frozen.kind !== 'frozen') throw new Error(`Expected a frozen edition, got ${frozen.kind}`);
  return {
    size,
    composeSeconds,
    freezeSeconds,
    renderSeconds: rendering.seconds(),
    renditionCount: frozen.renderedCount,
    mjmlRunCount: renderer.mjmlRunCount,
    jobCount,
    waits,
  };
}

function timedRenderer(database: Database, renderer: DigestRenderer): { render: RenderRendition; seconds(): number } {
  const render = createCheckedGroupRenderer({ database, renderer, publicUrl: 'https://news.example.org' });
  let seconds = 0;
  return {
    render: async (group) => {
      const start = performance.now();
      const rendered = await render(group);
      seconds += secondsSince(start);
      return rendered;
    },
    seconds: () => seconds,
  };
}

/** Starts the process that disturbs the freeze; `stop` returns what its transactions took, in milliseconds. */
async function startDisturbing(task: DisturbTask): Promise<{ stop(): Promise<Waits> }> {
  const child = fork(new URL('./support-disturb.js', import.meta.url), { serialization: 'advanced' });
  child.send(task);
  await once(child, 'message');
  return {
    stop: async () => {
      const reported = once(child, 'message') as Promise<[Waits]>;
      child.send('stop');
      const [waits] = await reported;
      await once(child, 'exit');
      return waits;
    },
  };
}

function watchMemory(): { stop(): number } {
  let peak = process.memoryUsage.rss();
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 25);
  return {
    stop: () => {
      clearInterval(timer);
      return peak / 1_048_576;
    },
  };
}

function report(outcomes: readonly Outcome[], peakMb: number, isJson: boolean): void {
  const figures: [figure: string, value: number, unit: string][] = [];
  for (const outcome of outcomes) {
    const size = sizeName(outcome.size);
    figures.push([`compose-${size}-seconds`, outcome.composeSeconds + outcome.freezeSeconds + outcome.renderSeconds, 's']);
    figures.push([`compose-${size}-composing`, outcome.composeSeconds, 's']);
    figures.push([`compose-${size}-freezing`, outcome.freezeSeconds, 's']);
    figures.push([`compose-${size}-rendering`, outcome.renderSeconds, 's']);
    figures.push([`compose-${size}-renditions`, outcome.renditionCount, '']);
    figures.push([`compose-${size}-mjml-runs`, outcome.mjmlRunCount, '']);
    for (const [kind, waits] of Object.entries(outcome.waits)) {
      const sorted = waits.toSorted((a, b) => a - b);
      figures.push([`compose-${size}-${kind}-p99`, sorted[Math.floor(sorted.length * 0.99)] ?? 0, 'ms']);
      figures.push([`compose-${size}-${kind}-max`, sorted.at(-1) ?? 0, 'ms']);
    }
  }
  figures.push(['peak-mb', peakMb, 'MB']);
  for (const [figure, value, unit] of figures) {
    const rounded = Math.round(value * 100) / 100;
    process.stdout.write(
      isJson ? `${JSON.stringify({ figure, value: rounded, unit })}\n` : `${figure.padEnd(34)} ${String(rounded).padStart(10)} ${unit}\n`,
    );
  }
}

function sizeName(size: number): string {
  return size >= 1_000_000 ? `${size / 1_000_000}m` : `${size / 1_000}k`;
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1_000;
}
