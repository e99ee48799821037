/*
 * Everything that a chaos run is made of: a Postgres, a mail server and a site of its own, our servers and commands as processes, and a store in this
 * process, through which readers do what they would do on pages.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../src/app/config.ts';
import { openStore, type Store } from '../../src/app/open-store.ts';
import { findFreePort } from '../../src/db/server/free-port.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { freeSource } from '../../src/sources/collecting/poll-store.ts';
import { createFleet, type Ended, type Fleet } from './fleet.ts';
import { type OwnPostgres, startOwnPostgres } from './postgres.ts';
import { createRandom } from './random.ts';
import { type Sink, startSink } from './sink.ts';
import { type Site, startSite } from './site.ts';
import { startWatch, type Watch } from './watch.ts';

/** How large and how rough a run is. */
export interface Roughness {
  readonly seed: number;
  readonly readers: number;
  readonly minutes: number;
  readonly kills: number;
  readonly postgresRestarts: number;
  readonly sinkRestarts: number;
  /** Workers that are stopped past their lease and continued. */
  readonly stops: number;
}

/** The parts of a run. */
export interface World extends Roughness {
  readonly folder: string;
  readonly postgres: OwnPostgres;
  readonly sink: Sink;
  readonly site: Site;
  readonly fleet: Fleet;
  readonly store: Store;
  readonly watch: Watch;
  readonly publicUrl: string;
  /** What is under way, for whoever looks on. */
  tell(what: string): void;
  close(keepsFiles: boolean): Promise<void>;
}

/** The newsletters, each with a source of its own and one that they share, a schedule of the clock and one by hand. */
export const newsletters = ['alpha', 'beta'] as const;
export const schedules = ['clock', 'hand'] as const;
export const topics = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'] as const;

/** Who takes what a source publishes. */
export const takers: Readonly<Record<string, readonly string[]>> = { first: ['alpha'], second: ['beta'], shared: ['alpha', 'beta'] };

/** Opens all of it; our servers do not run yet. */
export async function openWorld(roughness: Roughness, say: (line: string) => void): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'gazette-chaos-'));
  const began = Date.now();
  const tell = (what: string): void => say(`${((Date.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${what}`);
  const postgres = await startOwnPostgres(folder);
  const sink = await startSink(join(folder, 'messages.jsonl'), roughness.seed);
  const site = await startSite(createRandom(roughness.seed, 'site'));
  const port = await findFreePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: postgres.url,
    SMTP_URL: sink.url,
    PUBLIC_URL: publicUrl,
    PORT: String(port),
    DATA_FOLDER: join(folder, 'data'),
    ADDRESS_KEY_SECRET: randomBytes(32).toString('hex'),
    TOKEN_KEYS: randomBytes(32).toString('hex'),
    ALLOW_PRIVATE_SOURCES: 'true',
    LOG_LEVEL: 'info',
  };
  await mkdir(env.DATA_FOLDER);
  const fleet = createFleet(env, folder);
  const store = await openStore(
    loadConfig(env, () => ''),
    silentLog,
  );
  await store.queue.prepare();
  const watch = startWatch(store.database);
  const close = async (keepsFiles: boolean): Promise<void> => {
    await watch.close();
    await fleet.close();
    await store.close().catch(() => {});
    await sink.kill();
    site.close();
    await postgres.stop('fast');
    if (keepsFiles) return;
    await rm(postgres.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  };
  // Whoever ends the run, and whatever ends because of it, waits for one end.
  let closing: Promise<void> | undefined;
  return {
    ...roughness,
    folder,
    postgres,
    sink,
    site,
    fleet,
    store,
    watch,
    publicUrl,
    tell,
    close: (keepsFiles) => (closing ??= close(keepsFiles)),
  };
}

/** Newsletters, schedules, sources and topics, by commands. */
export async function setUp(world: World): Promise<void> {
  const { site } = world;
  for (const slug of newsletters) {
    await succeed(
      world,
      'newsletters',
      'add',
      slug,
      '--name',
      slug,
      '--sender',
      `${slug}@example.org`,
      '--postal-address',
      'Street 1, Town',
    );
    for (const [name, cron] of [
      ['clock', '*/2 * * * *'],
      ['hand', '0 0 1 1 *'],
    ] as const)
      await succeed(
        world,
        'schedules',
        'add',
        slug,
        '--name',
        name,
        '--cron',
        cron,
        '--zone',
        'UTC',
        '--approval',
        'auto',
        '--maximum',
        '60',
      );
  }
  // The past of the site, which is mailed to nobody, brings every category.
  for (const source of Object.keys(takers)) for (const topic of topics) site.publish(source, `category-${topic}`);
  for (const [source, slugs] of Object.entries(takers))
    await succeed(world, 'sources', 'add', site.feedUrl(source), ...slugs.flatMap((slug) => ['--newsletter', slug]));
  await succeed(world, 'collect', '--force');
  for (const topic of topics) await succeed(world, 'topics', 'map', `category-${topic}`, topic);
}

async function succeed({ fleet }: World, ...args: string[]): Promise<void> {
  const { exitCode, output } = await fleet.command(...args);
  if (exitCode !== 0) throw new Error(`Expected "gazette ${args.join(' ')}" to succeed, got ${exitCode}: ${output}`);
}

/** Longer than every disturbance, and than a restart of everything on a busy machine. */
const patienceMs = 10 * 60_000;
const againMs = 500;

/** Tries again until there is an answer: what is down comes back. */
export async function insist<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await delay(againMs);
  }
  throw new Error(`Expected an answer within ${patienceMs / 60_000} minutes: ${what}`, { cause: last });
}

/** Runs a command again and again until it succeeds or says one of these words, which mean that it had succeeded before or cannot. */
export async function insistOn({ fleet }: World, args: readonly string[], orSaid: RegExp): Promise<Ended> {
  let output = '';
  try {
    return await insist(`gazette ${args.join(' ')}`, async () => {
      const ended = await fleet.command(...args);
      ({ output } = ended);
      return ended.exitCode === 0 || (ended.exitCode !== null && orSaid.test(ended.output)) ? ended : undefined;
    });
  } catch (error) {
    throw new Error(`"gazette ${args.join(' ')}" said at last: ${output}`, { cause: error });
  }
}

/**
 * Reads all sources until each was read. Nobody else reads them here, so that a claim on one was left by a process that died: it would run out after five
 * minutes.
 */
export async function collectAll({ fleet, store }: World): Promise<void> {
  await insist('the sources are read', async () => {
    const { exitCode, output } = await fleet.command('collect', '--force', '--json');
    if (exitCode === 0 && !/"outcome": "(?!read|unchanged)/.test(output)) return true;
    const { rows } = await store.database.query<{ id: string }>(`select id from source where polling_until is not null`);
    for (const { id } of rows) await freeSource(store.database, id);
    return undefined;
  });
}
