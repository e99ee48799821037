import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, openDatabase } from '../../src/db/db.ts';
import { migrate } from '../../src/db/migrate.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { approveEdition } from '../../src/ledger/approve-edition.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { freezeEdition } from '../../src/ledger/freeze/freeze-edition.ts';
import { endChild } from '../chaos/end-child.ts';
import { seedAudience } from '../support-audience.ts';
import { specimenMessage } from './specimen-message.ts';

/** What is sent, by whom and to where. */
export interface Sending {
  readonly serverUrl: string;
  readonly folder: string;
  /** Deliveries that are queued. */
  readonly size: number;
  /** After so many of them it is measured. */
  readonly sendCount: number;
  /** A worker for each. */
  readonly sinkPorts: readonly number[];
  readonly connections: number;
  /** The file of a key to sign with. */
  readonly keyFile?: string | undefined;
}

/** What it took. */
export interface Sent {
  readonly perSecond: number;
  /** Of the workers, from the first message on. */
  readonly cpuMicroseconds: number;
  readonly peakMb: number;
  /** From the start of a worker's process. */
  readonly firstMessageSeconds: number;
}

const gazette = join(packageRoot, 'bin', 'gazette.mjs');

/** Freezes an edition of so many deliveries in a database of its own and lets `gazette worker` send it, limits on but high. */
export async function sendThroughWorkers(sending: Sending): Promise<Sent> {
  const maintenance = openDatabase(sending.serverUrl, { maxConnections: 1 });
  await maintenance.query(`create database bench_deliver`);
  const url = new URL(sending.serverUrl);
  url.pathname = '/bench_deliver';
  const database = openDatabase(url.href);
  try {
    await migrate(database);
    await freezeAll(database, sending.size);
    await database.query(`checkpoint`);
    return await measure(database, url.href, sending);
  } finally {
    await database.close();
    await maintenance.query(`drop database bench_deliver with (force)`);
    await maintenance.close();
  }
}

/** Makes an audience and an edition that is frozen for all of it, with messages as they are mailed. Returns the edition's id. */
export async function freezeAll(database: Database, size: number): Promise<string> {
  const audience = await seedAudience(database, size);
  await database.query(`update subscriber set name = 'Reader ' || id`);
  await database.query(`update newsletter set account = null`);
  const composed = await composeEdition(database, { ...audience, slotAt: null, byHand: true, now: new Date() });
  if (composed.kind !== 'composed') throw new Error(`Expected a draft, got ${composed.kind}`);
  await approveEdition(database, composed.editionId, { by: 'bench', now: new Date() });
  await freezeEdition(database, composed.editionId, {
    renderRendition: async () => ({ ...specimenMessage, preheader: '', repairs: [] }),
    now: () => new Date(),
    // A sweep of the worker makes the jobs.
    enqueue: async () => {},
  });
  return composed.editionId;
}

async function measure(database: Database, databaseUrl: string, sending: Sending): Promise<Sent> {
  const startedAt = Date.now();
  const workers = sending.sinkPorts.map((port, index) => startWorker(databaseUrl, port, index, sending));
  try {
    let sent = await readSent(database);
    while (sent.count === 0) sent = await readOn(database, workers, 20);
    const first = { ...sent, cpuSeconds: cpuSecondsOf(workers) };
    // Reading through a million rows takes a while, in which less is sent.
    const everyMs = sending.size > 100_000 ? 3_000 : 250;
    while (sent.count < sending.sendCount) sent = await readOn(database, workers, everyMs);
    const cpuSeconds = cpuSecondsOf(workers) - first.cpuSeconds;
    const peakMb = Math.max(...workers.map(({ pid }) => peakMbOf(pid!)));
    return {
      perSecond: (sent.count - 1) / ((sent.lastAt - sent.firstAt) / 1_000),
      cpuMicroseconds: (cpuSeconds / (sent.count - first.count)) * 1e6,
      peakMb,
      firstMessageSeconds: (sent.firstAt - startedAt) / 1_000,
    };
  } finally {
    await Promise.all(workers.map((worker) => endChild(worker, 'SIGTERM')));
  }
}

function startWorker(databaseUrl: string, port: number, index: number, { folder, connections, keyFile }: Sending): ChildProcess {
  const log = openSync(join(folder, `worker-${index}.log`), 'a');
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: databaseUrl,
    DATA_FOLDER: join(folder, `data-${index}`),
    SMTP_URL: `smtp://127.0.0.1:${port}?connections=${connections}&per-second=100000`,
    PUBLIC_URL: 'https://letters.example.org',
    ADDRESS_KEY_SECRET: 'a secret of at least 32 characters',
    TOKEN_KEYS: 'a token key of at least 32 characters'.replaceAll(' ', '-'),
    ...(keyFile === undefined ? {} : { DKIM: 'own', DKIM_KEY_FILE: keyFile, DKIM_SELECTOR: 'bench' }),
  };
  const child = spawn(process.execPath, [gazette, 'worker'], { env, cwd: folder, stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

interface Progress {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

async function readOn(database: Database, workers: readonly ChildProcess[], afterMs: number): Promise<Progress> {
  await delay(afterMs);
  if (workers.some(({ exitCode }) => exitCode !== null))
    throw new Error('Expected the workers to go on, but one ended; its log is beside its data');
  return readSent(database);
}

async function readSent(database: Database): Promise<Progress> {
  const { rows } = await database.query<{ count: number; firstAt: Date | null; lastAt: Date | null }>(
    `select count(*)::integer as count, min(ended_at) as "firstAt", max(ended_at) as "lastAt" from delivery where state = 'accepted'`,
  );
  const { count, firstAt, lastAt } = rows[0]!;
  return { count, firstAt: firstAt?.getTime() ?? 0, lastAt: lastAt?.getTime() ?? 0 };
}

function cpuSecondsOf(workers: readonly ChildProcess[]): number {
  return workers.reduce((sum, { pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

function peakMbOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}
