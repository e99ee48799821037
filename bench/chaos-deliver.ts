/*
 * Delivery under fire: one edition, two workers, a mail server that defers, refuses and drops, and a Postgres of its own; workers are killed, stopped and cut off,
 * servers restarted. The ledger is held against the mail server's own log (chaos-deliver/judge.ts). Ends with 1 where anything is wrong.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { openDatabase } from '../src/db/db.ts';
import { migrate } from '../src/db/migrate.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { startOwnPostgres } from './chaos/postgres.ts';
import { type DeliveryRoughness, type DeliveryRun, playDelivery } from './chaos-deliver/play.ts';
import { printFigures } from './support-figures.ts';

const second = 1_000;
const usual = {
  size: 20_000,
  connections: 4,
  aliveMs: 30 * second,
  gapsMs: [1 * second, 3 * second, 10 * second],
  sweepEveryMs: second,
  serverMs: 70,
  kills: 20,
  postgresRestarts: 3,
  sinkRestarts: 2,
  stopMs: 45 * second,
  cutMs: 60 * second,
  leavings: 600,
};
/** As in the suite, but with a Postgres that is restarted. */
const quick = {
  ...usual,
  size: 2_000,
  aliveMs: 3 * second,
  gapsMs: [200, 500, second],
  sweepEveryMs: 250,
  serverMs: 20,
  kills: 3,
  postgresRestarts: 1,
  sinkRestarts: 1,
  stopMs: 5 * second,
  cutMs: 8 * second,
  leavings: 80,
};
const findingsShown = 40;

const flag = { type: 'boolean' } as const;
const options = { quick: flag, json: flag, seed: { type: 'string' } } as const;

/** Runs it. `--quick` for a small one, `--seed n` for the chance of another, `--json` prints figures only. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const seed = values.seed ?? String(Math.floor(Math.random() * 1e6));
  if (!/^\d+$/.test(seed)) throw new UsageError(`Expected --seed as a number, got "${seed}"`);
  const roughness: DeliveryRoughness = { ...(values.quick ? quick : usual), seed: Number(seed) };
  const startedAt = Date.now();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const tell = (what: string): void => say(`${((Date.now() - startedAt) / second).toFixed(0).padStart(5)} s  ${what}`);
  say(`seed ${seed}`);
  const folder = await mkdtemp(join(tmpdir(), 'gazette-chaos-deliver-'));
  await chmod(folder, 0o755);
  const postgres = await startOwnPostgres(folder);
  const database = openDatabase(postgres.url);
  // Nothing of it outlives a run that is interrupted: what it started ends with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void postgres.stop('fast').finally(() => process.exit(1)));
  let isClean = false;
  try {
    await migrate(database);
    const played = await playDelivery({ folder, database, databaseUrl: postgres.url, postgres, tell }, roughness);
    printFigures(figuresOf(played, roughness), { json: values.json ?? false, digits: 0 });
    for (const { kind, to, what } of played.findings.slice(0, findingsShown)) say(`${kind}: ${to} ${what}`);
    isClean = played.findings.length === 0;
  } catch (error) {
    say(inspect(error));
  } finally {
    await database.close();
    await postgres.stop('fast');
    if (isClean) {
      await rm(postgres.folder, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    } else say(`What was logged is in ${folder}`);
  }
  process.exit(isClean ? 0 : 1);
}

function figuresOf(played: DeliveryRun, { seed, size }: DeliveryRoughness): { figure: string; value: number; unit: string }[] {
  const found = (...kinds: string[]): number => played.findings.filter(({ kind }) => kinds.includes(kind)).length;
  const figures: [string, number, string?][] = [
    ['seed', seed],
    ['deliveries', size],
    ['kills', played.done.kill],
    ['postgres-restarts', played.done.postgres],
    ['mail-server-restarts', played.done.sink],
    ['workers-stopped', played.done.stop],
    ['workers-cut-off', played.done.cut],
    ['workers-that-died-by-themselves', played.unplannedDeathCount],
    ...Object.entries(played.states).map(([state, count]): [string, number] => [`ended-${state.replaceAll('_', '-')}`, count]),
    ['doubts', played.doubtCount],
    ['taken', played.takenCount],
    ['taken-and-cut', played.cutCount],
    ['repeats', played.repeatCount],
    ['repeats-at-most', played.mostRepeats],
    ['lost', found('lost', 'open')],
    ['not-as-the-server-says', found('not as the server says', 'unforeseen end', 'repeated without doubt', 'Message-ID')],
    ['left-or-suppressed', played.leavings.length],
    ['begun-too-long-after-leaving', found('after leaving')],
    ['latest-start-after-leaving', played.latestStartMs ?? 0, 'ms'],
    ['duration', played.durationMs / second, 's'],
  ];
  return figures.map(([figure, value, unit = '']) => ({ figure, value, unit }));
}
