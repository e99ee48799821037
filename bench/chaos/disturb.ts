import { setTimeout as delay } from 'node:timers/promises';
import { hasten } from './hasten.ts';
import { createRandom, type Random } from './random.ts';
import type { World } from './world.ts';

/** What was done to the processes of a run. */
export interface Disturbances {
  kills: number;
  killsInFreeze: number;
  postgresRestarts: number;
  sinkRestarts: number;
  stops: number;
}

/** A worker's lease is 30 seconds long; the sweep of another finds it within a minute after. */
const stopMs = 45_000;
const freezeWaitMs = 30_000;
const sendingWaitMs = 60_000;

/** Kills, stops and restarts at random moments until all of it is done, which takes about the minutes of the run. */
export async function disturb(world: World): Promise<Disturbances> {
  const random = createRandom(world.seed, 'disturb');
  const done: Disturbances = { kills: 0, killsInFreeze: 0, postgresRestarts: 0, sinkRestarts: 0, stops: 0 };
  const plan = shuffle(random, [
    ...Array.from({ length: world.kills }, (_, index) => (index % 3 === 2 ? killInFreeze : killOne)),
    ...Array.from({ length: world.postgresRestarts }, (_, index) => restartPostgres(index % 2 === 0 ? 'immediate' : 'fast')),
    ...Array.from({ length: world.sinkRestarts }, () => restartSink),
    ...Array.from({ length: world.stops }, () => stopWorker),
  ]);
  const endsAt = Date.now() + world.minutes * 60_000;
  for (const [index, act] of plan.entries()) {
    const gapMs = (endsAt - Date.now()) / (plan.length - index);
    await delay(Math.max(500, random.between(0.3, 1.5) * gapMs));
    await act(world, random, done);
  }
  await delay(Math.max(0, endsAt - Date.now()));
  return done;
}

type Disturbance = (world: World, random: Random, done: Disturbances) => Promise<void>;

function shuffle<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((each) => ({ each, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ each }) => each);
}

const killOne: Disturbance = async (world, random, done) => {
  const { fleet } = world;
  const wanted = random.pick([...fleet.names, 'command']);
  const name = (await fleet.kill(wanted)) ? wanted : random.pick(fleet.names);
  if (name !== wanted) await fleet.kill(name);
  done.kills += 1;
  world.tell(`killed ${name}`);
  await delay(random.between(0, 3_000));
  if (name !== 'command') await fleet.start(name);
};

/** All servers at once, so that it is surely the one that freezes. */
const killInFreeze: Disturbance = async (world, random, done) => {
  const { fleet, watch } = world;
  const deadline = Date.now() + freezeWaitMs;
  while (!watch.isFreezing() && Date.now() < deadline) await delay(20);
  const wasFreezing = watch.isFreezing();
  await Promise.all(fleet.names.map((name) => fleet.kill(name)));
  done.kills += 1;
  if (wasFreezing) done.killsInFreeze += 1;
  world.tell(`killed all servers${wasFreezing ? ' in a freeze' : ''}`);
  await delay(random.between(0, 3_000));
  for (const name of fleet.names) await fleet.start(name);
};

const restartPostgres =
  (mode: 'fast' | 'immediate'): Disturbance =>
  async (world, random, done) => {
    await world.postgres.stop(mode);
    world.tell(`stopped Postgres (${mode})`);
    await delay(random.between(0, 4_000));
    await world.postgres.start();
    done.postgresRestarts += 1;
  };

const restartSink: Disturbance = async (world, random, done) => {
  await world.sink.kill();
  world.tell('killed the mail server');
  await delay(random.between(0, 5_000));
  await world.sink.start();
  done.sinkRestarts += 1;
};

/** One that is sending, where one is found; it goes on when what it had claimed was long given to others. */
const stopWorker: Disturbance = async (world, random, done) => {
  const { fleet } = world;
  const deadline = Date.now() + sendingWaitMs;
  let name = await findSender(world).catch(() => undefined);
  while (name === undefined && Date.now() < deadline) {
    await delay(20);
    name = await findSender(world).catch(() => undefined);
  }
  const stopped = name ?? random.pick(fleet.names);
  fleet.signal(stopped, 'SIGSTOP');
  world.tell(`stopped ${stopped}${name === undefined ? '' : ' while it sent'}`);
  await delay(stopMs);
  fleet.signal(stopped, 'SIGCONT');
  done.stops += 1;
};

async function findSender({ store, fleet }: World): Promise<string | undefined> {
  const { rows } = await store.database.query<{ pid: number }>(
    `select w.pid from delivery d join worker w on w.id = d.worker_id where d.state = 'sending' limit 1`,
  );
  return fleet.names.find((name) => fleet.pidOf(name) === rows[0]?.pid);
}

/** Lets days pass in seconds for what was put off, again and again until the signal. */
export async function keepHastening(world: World, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await delay(10_000, undefined, { signal: stop }).catch(() => {});
    await hasten(world.store.database).catch(() => {});
  }
}
