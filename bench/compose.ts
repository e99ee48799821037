/*
 * Composing and freezing an edition for many subscriptions in 200 cohorts, on an embedded server with stock settings, with real renderings.
 * Beside the freeze, sign-ups, unsubscribes and give-backs go on: what they wait is reported. The control is the freeze of a tenth of the size.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Database, openDatabase } from '../src/db/db.ts';
import { openEmbedded } from '../src/db/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { createGroupRenderer } from '../src/editions/render-releases.ts';
import { packageRoot } from '../src/kernel/package-root.ts';
import { silentLog } from '../src/kernel/log.ts';
import { approveEdition } from '../src/ledger/approve-edition.ts';
import { activateSubscription, leaveSubscription } from '../src/ledger/change-subscription.ts';
import { composeEdition } from '../src/ledger/compose-edition.ts';
import { freezeEdition } from '../src/ledger/freeze-edition.ts';
import { giveBack } from '../src/ledger/give-back-store.ts';
import type { RenderRendition } from '../src/ledger/rendition.ts';
import type { DigestRenderer } from '../src/render/digest.ts';
import { createDigestRenderer } from '../src/render/render-digest.ts';
import { type Audience, seedAudience } from './support-audience.ts';

interface Outcome {
  readonly size: number;
  readonly composeSeconds: number;
  readonly freezeSeconds: number;
  readonly renderSeconds: number;
  readonly renditionCount: number;
  readonly mjmlRunCount: number;
  readonly jobCount: number;
  readonly waits: ReadonlyMap<string, readonly number[]>;
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
    return await measureFreeze(database, audience, size);
  } finally {
    await database.close();
    await maintenance.query(`drop database ${name}`);
    await maintenance.close();
  }
}

async function measureFreeze(database: Database, audience: Audience, size: number): Promise<Outcome> {
  const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
  const rendering = timedRenderer(database, renderer);
  const composeStart = performance.now();
  const composed = await composeEdition(database, { ...audience, slotAt: new Date(), byHand: false, now: new Date() });
  if (composed.kind !== 'composed') throw new Error(`Expected a draft, got ${composed.kind}`);
  const composeSeconds = secondsSince(composeStart);
  await approveEdition(database, composed.editionId, { by: 'bench', now: new Date() });
  const others = disturb(database, audience, size);
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
  const render = createGroupRenderer({ database, renderer, publicUrl: 'https://news.example.org' });
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

/** Signs up, unsubscribes and gives back, one after the other, until stopped; each in its own transaction and timed. */
function disturb(database: Database, audience: Audience, size: number): { stop(): Promise<Map<string, number[]>> } {
  const waits = new Map<string, number[]>([
    ['sign-up', []],
    ['unsubscribe', []],
    ['give-back', []],
  ]);
  let isStopped = false;
  const timed = async (kind: string, work: () => Promise<void>): Promise<void> => {
    const start = performance.now();
    await work();
    waits.get(kind)?.push(performance.now() - start);
  };
  const loop = async (): Promise<void> => {
    for (let n = 1; !isStopped; n += 1) {
      await timed('sign-up', async () => signUp(database, audience, size + n));
      // A prime step walks over the whole audience, before and behind the freeze.
      await timed('unsubscribe', async () => leaveOne(database, 1 + ((n * 7_919) % size)));
      await timed('give-back', async () => giveOneBack(database, audience.pausedEditionId, (n * 7_919) % size));
      await delay(5);
    }
  };
  const running = loop();
  return {
    stop: async () => {
      isStopped = true;
      await running;
      return waits;
    },
  };
}

async function signUp(database: Database, audience: Audience, number: number): Promise<void> {
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `with person as (insert into subscriber (address, address_key) values ($3, md5($3)) returning id)
       insert into subscription (subscriber_id, newsletter_id, schedule_id, state, language)
       select id, $1, $2, 'pending', 'en' from person returning id`,
      [audience.newsletterId, audience.scheduleId, `reader-${number}@example.org`],
    );
    await activateSubscription(tx, rows[0]?.id ?? '', new Date());
  });
}

async function leaveOne(database: Database, subscriptionId: number): Promise<void> {
  await database.transaction(async (tx) => leaveSubscription(tx, String(subscriptionId), new Date()));
}

/** What a worker does with a delivery that expired: lock and end it, give its posts back, in one transaction. */
async function giveOneBack(database: Database, editionId: string, afterSubscriptionId: number): Promise<void> {
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `update delivery set state = 'expired', ended_at = now()
       where state = 'queued' and id = (select id from delivery where edition_id = $1 and subscription_id > $2 and state = 'queued'
                                        order by subscription_id limit 1)
       returning id`,
      [editionId, afterSubscriptionId],
    );
    await giveBack(
      tx,
      rows.map((row) => row.id),
    );
  });
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
    for (const [kind, waits] of outcome.waits) {
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
