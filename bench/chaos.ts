/*
 * Real processes, killed, stopped and restarted while readers join and leave and staff publish, correct, retract and merge; a Postgres, a mail server and
 * a site of their own. In the end everything comes to rest, and what the mail server took is held against a model of its own (chaos/reconcile.ts): lost 0,
 * twice 0. Its control is the run itself: faults planted in its record must be found. Ends with 1 where anything is wrong.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { UsageError } from '../src/kernel/errors.ts';
import { disturb, type Disturbances, keepHastening } from './chaos/disturb.ts';
import type { History } from './chaos/history.ts';
import { plantFaults } from './chaos/plants.ts';
import { createReaders } from './chaos/reader-acts.ts';
import { readHistory } from './chaos/read-history.ts';
import { reconcile, type Reconciliation } from './chaos/reconcile.ts';
import { bringToRest } from './chaos/rest.ts';
import { createStaff } from './chaos/staff-acts.ts';
import { openWorld, type Roughness, setUp, type World } from './chaos/world.ts';
import { type Figure, printFigures } from './support-figures.ts';

const usual = { readers: 2_000, minutes: 10, kills: 15, 'postgres-restarts': 3, 'sink-restarts': 2, stops: 1 } as const;
const quick = { readers: 60, minutes: 2, kills: 3, 'postgres-restarts': 1, 'sink-restarts': 1, stops: 0 } as const;
const findingsShown = 40;

const flag = { type: 'boolean' } as const;
const given = { type: 'string' } as const;
const options = {
  quick: flag,
  json: flag,
  seed: given,
  readers: given,
  minutes: given,
  kills: given,
  'postgres-restarts': given,
  'sink-restarts': given,
  stops: given,
} as const;

/**
 * Runs it. `--quick` for a small one, `--seed n` for the chance of another; `--readers n`, `--minutes n`, `--kills n`, `--postgres-restarts n`,
 * `--sink-restarts n` and `--stops n` for another size; `--json` prints figures only.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const sizeOf = (name: keyof typeof usual): number => numberOf(name, values[name] ?? String((values.quick ? quick : usual)[name]));
  const roughness: Roughness = {
    seed: numberOf('seed', values.seed ?? String(Math.floor(Math.random() * 1e6))),
    readers: sizeOf('readers'),
    minutes: sizeOf('minutes'),
    kills: sizeOf('kills'),
    postgresRestarts: sizeOf('postgres-restarts'),
    sinkRestarts: sizeOf('sink-restarts'),
    stops: sizeOf('stops'),
  };
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`seed ${roughness.seed}`);
  const world = await openWorld(roughness, say);
  // Nothing of it outlives a run that is interrupted.
  let isInterrupted = false;
  const end = (): void => {
    isInterrupted = true;
    void world.close(false).finally(() => process.exit(1));
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end);
  let isClean = false;
  try {
    isClean = await play(world, { json: values.json ?? false, say });
  } catch (error) {
    if (!isInterrupted) say(inspect(error));
  } finally {
    if (!isClean && !isInterrupted) say(`What was logged and mailed is in ${world.folder}`);
    await world.close(!isClean);
  }
  // What is still tried again after a fault has nothing left to try it on.
  process.exit(isClean ? 0 : 1);
}

function numberOf(name: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new UsageError(`Expected --${name} as a number, got "${text}"`);
  return Number(text);
}

/** One run from its first command to its last figure; false where anything was found. */
async function play(world: World, { json, say }: { json: boolean; say: (line: string) => void }): Promise<boolean> {
  await setUp(world);
  const firstPost = world.site.posts.length;
  const readers = await createReaders(world);
  const staff = createStaff(world);
  await readers.seed();
  world.tell(`${readers.all.length} subscriptions of ${world.readers} readers`);
  for (const name of world.fleet.names) await world.fleet.start(name);
  const over = new AbortController();
  const stop = over.signal;
  const disturbing = disturb(world).finally(() => over.abort());
  const [done] = await Promise.all([disturbing, readers.live(stop), staff.work(stop), keepHastening(world, stop)]);
  world.tell('nothing more happens');
  await bringToRest(world, readers);
  const history = await readHistory(world, readers, staff, firstPost);
  const result = reconcile(history);
  const planted = plantFaults(history);
  printFigures([...figuresOf(history, result, done, world), ...plantFigures(planted)], { json, digits: 0 });
  for (const { kind, reader, what } of result.findings.slice(0, findingsShown))
    say(`${kind}: ${what}${reader === '' ? '' : ` for ${reader}`}`);
  for (const kind of planted.unseen) say(`a planted fault was not found: ${kind}`);
  const isClean = result.findings.length === 0 && planted.unseen.length === 0;
  if (!isClean)
    await writeFile(
      join(world.folder, 'history.json'),
      JSON.stringify(history, (_key, value: unknown) => (value instanceof Map ? [...value] : value)),
    );
  return isClean;
}

function figuresOf(history: History, result: Reconciliation, done: Disturbances, world: World): Figure[] {
  const steps = history.subscriptions.flatMap((subscription) => subscription.steps);
  const count = (kind: string): number => steps.filter((step) => step.kind === kind).length;
  const found = (...kinds: string[]): number => result.findings.filter(({ kind }) => kinds.includes(kind)).length;
  const figures: [string, number][] = [
    ['seed', world.seed],
    ['readers', world.readers],
    ['joins', count('join')],
    ['leaves', count('leave')],
    ['pauses', count('pause')],
    ['starts-afresh', count('afresh')],
    ['choices-of-topics', count('topics')],
    ['merges', history.merges.size],
    ['posts', history.posts.length],
    ['retractions', history.posts.reduce((sum, { retractions }) => sum + retractions.length, 0)],
    ['corrections', history.corrections.length],
    ['editions', history.passages.length],
    ['kills', done.kills],
    ['kills-in-a-freeze', done.killsInFreeze],
    ['postgres-restarts', done.postgresRestarts],
    ['mail-server-restarts', done.sinkRestarts],
    ['workers-stopped', done.stops],
    ['servers-that-ended-by-themselves', world.fleet.deathCount],
    ['messages', history.messages.length],
    ['posts-expected', result.mustCount],
    ['posts-that-may-come', result.mayCount],
    ['posts-arrived', result.arrivedCount],
    ['corrections-expected', result.mustCorrectionCount],
    ['corrections-arrived', result.arrivedCorrectionCount],
    ['repeats-under-one-message-id', result.repeatCount],
    ['lost', found('lost', 'never released', 'correction lost')],
    ['twice', found('twice', 'correction twice', 'repeated without doubt')],
    ['after-leaving', found('after leaving', 'before consent', 'while paused')],
    ['corrections-without-their-post', found('correction without its post', 'correction of the newest text')],
    ['of-others-or-retracted', found('not theirs', 'retracted')],
  ];
  return figures.map(([figure, value]) => ({ figure, value, unit: '' }));
}

function plantFigures({ plantedCount, unseen }: ReturnType<typeof plantFaults>): Figure[] {
  return [
    { figure: 'faults-planted', value: plantedCount, unit: '' },
    { figure: 'faults-found', value: plantedCount - unseen.length, unit: '' },
  ];
}
