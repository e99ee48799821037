/*
 * One edition, sent by two workers in processes of their own to a mail server in another, while workers are killed, stopped and cut off, and servers restarted.
 * The suite plays a small one (test/deliveries/chaos.test.ts), `npm run bench -- chaos-deliver` a full one. What is disturbed when goes by how much is sent and not
 * by the clock.
 */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/db.ts';
import { findFreePort } from '../../src/db/server/free-port.ts';
import { endChild } from '../chaos/end-child.ts';
import type { OwnPostgres } from '../chaos/postgres.ts';
import { createRandom, type Random } from '../chaos/random.ts';
import { createCrewMember, type CrewMember, startProgram, type WorkerSetting } from './crew.ts';
import { prepareEdition, type RunEdition } from './edition.ts';
import { type DeliveryJudgement, judgeDelivery, type Leaving } from './judge.ts';
import { readSinkLog } from './sink-log.ts';

/** How large and how rough a run is. */
export interface DeliveryRoughness extends Pick<WorkerSetting, 'connections' | 'aliveMs' | 'gapsMs' | 'sweepEveryMs'> {
  readonly seed: number;
  readonly size: number;
  /** So long the mail server takes for a message, on average. */
  readonly serverMs: number;
  readonly kills: number;
  readonly postgresRestarts: number;
  readonly sinkRestarts: number;
  /** For so long a worker stands still, and another is cut off: longer than a lease. */
  readonly stopMs: number;
  readonly cutMs: number;
  readonly leavings: number;
}

/** Where it is played. */
export interface Stage {
  readonly folder: string;
  readonly database: Database;
  readonly databaseUrl: string;
  /** Where it may be restarted. */
  readonly postgres?: OwnPostgres;
  readonly tell: (what: string) => void;
}

/** What was done, and what it came to. */
export interface DeliveryRun extends DeliveryJudgement {
  readonly done: DisturbanceCounts;
  readonly leavings: readonly Leaving[];
  /** Lives of workers that ended by themselves: a machine that stands still for longer than a lease. */
  readonly unplannedDeathCount: number;
  readonly states: Readonly<Record<string, number>>;
  readonly durationMs: number;
}

/** How often something was done. */
export type DisturbanceCounts = Record<'kill' | 'postgres' | 'sink' | 'stop' | 'cut', number>;

interface Play {
  readonly roughness: DeliveryRoughness;
  readonly stage: Stage;
  readonly random: Random;
  readonly edition: RunEdition;
  readonly crew: readonly CrewMember[];
  readonly sink: { process: ChildProcess; start(): Promise<ChildProcess> };
  /** Stopped or cut off: nothing else happens to them meanwhile. */
  readonly busy: Set<CrewMember>;
  readonly done: DisturbanceCounts;
  readonly leavings: Leaving[];
  isOver: boolean;
}

/** Of what is sent when the last disturbance comes: what it leaves is still to be sent. */
const lastAtShare = 0.85;
const pollMs = 20;
const patienceMs = 15 * 60_000;

/** Plays a run to its end and judges it. */
export async function playDelivery(stage: Stage, roughness: DeliveryRoughness): Promise<DeliveryRun> {
  const startedAt = performance.now();
  const { folder, databaseUrl } = stage;
  const { seed, serverMs, connections, aliveMs, gapsMs, sweepEveryMs } = roughness;
  const edition = await prepareEdition(stage.database, roughness.size);
  const logFile = join(folder, 'sink.jsonl');
  const port = await findFreePort();
  const startSink = () => startProgram('sink-process', [String(port), logFile, String(seed), String(serverMs)], join(folder, 'sink.log'));
  const sink = { process: await startSink(), start: startSink };
  const setting = { databaseUrl, smtpUrl: `smtp://127.0.0.1:${port}`, connections, aliveMs, gapsMs, sweepEveryMs };
  const crew = await Promise.all(['worker1', 'worker2'].map((name) => createCrewMember(name, folder, setting)));
  const done = { kill: 0, postgres: 0, sink: 0, stop: 0, cut: 0 };
  const random = createRandom(seed, 'deliver');
  const play: Play = { roughness, stage, random, edition, crew, sink, busy: new Set(), done, leavings: [], isOver: false };
  try {
    await Promise.all(crew.map((member) => member.start()));
    const leaving = loseReaders(play);
    await disturbAll(play);
    await until(play, 'everything has ended', () => edition.isDone());
    stage.tell('everything has ended');
    play.isOver = true;
    await leaving;
    await Promise.all(crew.map((member) => member.end('SIGTERM')));
    return await judge(play, logFile, performance.now() - startedAt);
  } finally {
    play.isOver = true;
    await Promise.all(crew.map((member) => member.end('SIGKILL')));
    for (const { proxy } of crew) proxy.close();
    await endChild(sink.process, 'SIGKILL');
  }
}

async function judge({ edition, crew, done, leavings, roughness }: Play, logFile: string, durationMs: number): Promise<DeliveryRun> {
  const rows = await edition.rows();
  const deaths = crew.reduce((sum, member) => sum + member.deathCount(), 0);
  const unplannedDeathCount = Math.max(0, deaths - done.stop - done.cut);
  const disturbanceCount = Object.values(done).reduce((sum, count) => sum + count, unplannedDeathCount);
  const states: Record<string, number> = {};
  for (const { state } of rows) states[state] = (states[state] ?? 0) + 1;
  const facts = { rows, log: readSinkLog(logFile), leavings, connections: roughness.connections, disturbanceCount };
  return { ...judgeDelivery(facts), done, leavings, unplannedDeathCount, states, durationMs };
}

type Disturbance = (play: Play) => Promise<void>;

/** One after the other; a worker that is stopped or cut off stays so while others come. */
async function disturbAll(play: Play): Promise<void> {
  const { roughness, random, edition } = play;
  const plan = [
    ...Array.from({ length: roughness.kills }, () => kill),
    ...Array.from({ length: roughness.postgresRestarts }, () => restartPostgres),
    ...Array.from({ length: roughness.sinkRestarts }, () => restartSink),
  ]
    .map((act) => ({ act, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ act }) => act);
  const lasting: Promise<void>[] = [];
  // Early, so that enough is left to send for whoever comes back.
  const outOfReach: readonly Disturbance[] = [cutOff, stop];
  const acts: readonly Disturbance[] = [
    async () => void lasting.push(outOfReach.reduce<Promise<void>>((before, act) => before.then(() => act(play)), Promise.resolve())),
    ...plan,
  ];
  for (const [index, act] of acts.entries()) {
    const share = ((index + random.between(0.2, 0.8)) / acts.length) * lastAtShare;
    await until(play, 'enough is sent', async () => (await edition.endedCount()) >= share * edition.size);
    await act(play);
  }
  await Promise.all(lasting);
}

const kill: Disturbance = async (play) => {
  const { crew, busy, random, stage, done } = play;
  const free = crew.filter((member) => !busy.has(member));
  const member = random.pick(free);
  busy.add(member);
  await member.end('SIGKILL');
  done.kill += 1;
  stage.tell(`killed ${member.name}`);
  await delay(random.between(0, 300));
  await member.start();
  busy.delete(member);
};

const restartPostgres: Disturbance = async ({ stage, random, done }) => {
  const mode = done.postgres % 2 === 0 ? 'immediate' : 'fast';
  await stage.postgres?.stop(mode);
  stage.tell(`stopped Postgres (${mode})`);
  await delay(random.between(0, 3_000));
  await stage.postgres?.start();
  done.postgres += 1;
};

const restartSink: Disturbance = async ({ sink, stage, random, done }) => {
  await endChild(sink.process, 'SIGKILL');
  stage.tell('killed the mail server');
  await delay(random.between(0, 500));
  sink.process = await sink.start();
  done.sink += 1;
};

const stop: Disturbance = async (play) => {
  const member = await takeSender(play);
  const deathsBefore = member.deathCount();
  member.signal('SIGSTOP');
  // What it has claimed and not begun must not begin when it goes on.
  const leavings = await play.edition.loseReadersOf(member.pid ?? 0);
  play.leavings.push(...leavings);
  play.stage.tell(`stopped ${member.name} while it sent, and lost ${leavings.length} of whom it had claimed`);
  await delay(play.roughness.stopMs);
  member.signal('SIGCONT');
  play.done.stop += 1;
  play.stage.tell(`continued ${member.name}`);
  await release(play, member, deathsBefore);
};

const cutOff: Disturbance = async (play) => {
  const member = await takeSender(play);
  const deathsBefore = member.deathCount();
  member.proxy.hold(true);
  play.stage.tell(`cut ${member.name} off from Postgres while it sent`);
  await delay(play.roughness.cutMs);
  member.proxy.hold(false);
  play.done.cut += 1;
  play.stage.tell(`let ${member.name} through again`);
  await release(play, member, deathsBefore);
};

/** One that has something on its way; from now on nothing else happens to it. */
async function takeSender(play: Play): Promise<CrewMember> {
  const { crew, busy, edition } = play;
  return until(play, 'a worker sends', async () => {
    for (const member of crew) {
      if (busy.has(member) || member.pid === undefined || !(await edition.isSending(member.pid)) || busy.has(member)) continue;
      busy.add(member);
      return member;
    }
    return undefined;
  });
}

/** Once it has found out that it died meanwhile: a kill before that would hide what it does then. Where it had died just before, nobody will say so. */
async function release(play: Play, member: CrewMember, deathsBefore: number): Promise<void> {
  const giveUpAt = performance.now() + 2 * play.roughness.aliveMs;
  await until(
    play,
    'a worker that was out of reach has heard that it died',
    async () => member.deathCount() > deathsBefore || performance.now() > giveUpAt,
  );
  play.busy.delete(member);
}

/** All through the run, most of them shortly before their turn. */
async function loseReaders(play: Play): Promise<void> {
  const { edition, roughness, leavings } = play;
  const random = createRandom(roughness.seed, 'leave');
  while (!play.isOver && leavings.length < roughness.leavings) {
    const share = (await edition.endedCount()) / edition.size;
    for (let due = Math.ceil(share * roughness.leavings) - leavings.length; due > 0 && !play.isOver; due -= 1) {
      const among = random.chance(0.7) ? 40 : edition.size;
      const leaving = await edition.loseReader(random.chance(0.7) ? 'left' : 'suppressed', among, random.next());
      if (!leaving) return;
      leavings.push(leaving);
    }
    await delay(pollMs);
  }
}

async function until<T>({ edition, roughness, sink }: Play, what: string, condition: () => Promise<T>): Promise<NonNullable<T>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (sink.process.exitCode !== null) throw new Error(`Expected the mail server to go on, but it ended with ${sink.process.exitCode}`);
    if (performance.now() > deadline)
      throw new Error(`Expected that ${what}, got ${await edition.endedCount()} of ${edition.size} ended (seed ${roughness.seed})`);
    await delay(pollMs);
  }
}
