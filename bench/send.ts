/*
 * Claiming and recording deliveries: two workers with the statement of a tick, without any mail, while servers answer as they do. Of each way to answer it
 * tells how many updates were HOT, how much the table grew, and what a message costs Postgres in processor time. The control is the shortest answer.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Database, openDatabase, type Session } from '../src/db/db.ts';
import { openEmbedded } from '../src/db/server/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { attemptOutcomeOf } from '../src/deliveries/attempt-outcome.ts';
import { silentLog } from '../src/kernel/log.ts';
import { approveEdition } from '../src/ledger/approve-edition.ts';
import { composeEdition } from '../src/ledger/drafts/compose-edition.ts';
import { freezeEdition } from '../src/ledger/freeze/freeze-edition.ts';
import { defaultRetryPolicy, recordOfAttempt } from '../src/ledger/queue/attempt.ts';
import { claimAndRecord, prepareClaimSession, readAhead, type RecordedOutcome } from '../src/ledger/queue/claim-store.ts';
import { registerWorker } from '../src/ledger/queue/worker-store.ts';
import { parseSmtpReply } from '../src/mail/smtp/smtp-reply.ts';
import { seedAudience } from './support-audience.ts';
import { type Figure, printFigures } from './support-figures.ts';

/** As servers write them. */
const replies = {
  short: '250 2.0.0 OK',
  ses: '250 Ok 0100018f3c5d7e9a-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000',
  gmail: '250 2.0.0 OK  1733058259 5b1f17b1804b1-434aa74f1a5sm177983105e9.23 - gsmtp (checked)',
  exchange:
    '250 2.6.0 <17.4242.0f1e2d3c4b5a69788796a5b4c3d2e1f0@newsletters.example.org> [InternalId=103959417292871, Hostname=AM0PR04MB5678.eurprd04.prod.outlook.com] 28311 bytes in 0.212, 130.220 KB/sec Queued mail for delivery',
  unknown: `250 2.0.0 ${'taken over for delivery by the exchange '.repeat(6)}`,
} as const;
const messagesPerTick = 10;
const workerCount = 2;
const blockSize = 1_000;

/** Sends 100,000 deliveries for each way to answer. `--size n` takes another size, `--quick` 10,000, `--json` prints figures only. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, size: { type: 'string' } },
  });
  const size = Number(values.size ?? (values.quick ? 10_000 : 100_000));
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  const server = await openEmbedded({ dataFolder: folder, log: silentLog });
  try {
    for (const [name, reply] of Object.entries(replies)) {
      printFigures(await measure(server.url, { name, reply, size }), { json: values.json ?? false });
    }
  } finally {
    await server.close();
    await rm(server.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

interface Sending {
  readonly name: string;
  readonly reply: string;
  readonly size: number;
}

async function measure(serverUrl: string, sending: Sending): Promise<Figure[]> {
  const maintenance = openDatabase(serverUrl, { maxConnections: 1 });
  await maintenance.query(`create database bench_send`);
  const url = new URL(serverUrl);
  url.pathname = '/bench_send';
  const database = openDatabase(url.href);
  try {
    await migrate(database);
    return await measureSending(database, sending);
  } finally {
    await database.close();
    await maintenance.query(`drop database bench_send with (force)`);
    await maintenance.close();
  }
}

async function measureSending(database: Database, { name, reply, size }: Sending): Promise<Figure[]> {
  const { editionId, freezeSeconds } = await freezeAll(database, size);
  const before = await tableSize(database);
  const blocks = await listBlocks(database, editionId);
  const start = performance.now();
  const cpuSeconds = await Promise.all(
    Array.from({ length: workerCount }, async () =>
      database.connection((session) => sendBlocks(database, session, { editionId, blocks, reply })),
    ),
  );
  const seconds = (performance.now() - start) / 1_000;
  await database.query(`select pg_stat_force_next_flush()`);
  const { rows } = await database.query<{ hot: number; all: number }>(
    `select n_tup_hot_upd::float8 as hot, n_tup_upd::float8 as all from pg_stat_user_tables where relname = 'delivery'`,
  );
  const { hot, all } = rows[0]!;
  const figures: [string, number, string][] = [
    ['reply-stored', storedReply(reply).length, 'characters'],
    ['freezing', freezeSeconds, 's'],
    ['hot', (100 * hot) / all, '%'],
    ['table-before', before / 2 ** 20, 'MB'],
    ['table-grew', (await tableSize(database)) / before, 'fold'],
    ['rate', size / seconds, 'messages/s'],
    ['postgres-cpu', (cpuSeconds.reduce((sum, each) => sum + each, 0) / size) * 1e6, 'µs/message'],
  ];
  return figures.map(([figure, value, unit]) => ({ figure: `send-${name}-${figure}`, value, unit }));
}

async function freezeAll(database: Database, size: number): Promise<{ editionId: string; freezeSeconds: number }> {
  const audience = await seedAudience(database, size);
  const composed = await composeEdition(database, { ...audience, slotAt: null, byHand: true, now: new Date() });
  if (composed.kind !== 'composed') throw new Error(`Expected a draft, got ${composed.kind}`);
  const { editionId } = composed;
  await approveEdition(database, editionId, { by: 'bench', now: new Date() });
  const start = performance.now();
  await freezeEdition(database, editionId, {
    renderRendition: async () => ({ subject: 'Bench', preheader: '', html: '<p>Bench</p>', text: 'Bench', repairs: [] }),
    now: () => new Date(),
    enqueue: async () => {},
  });
  return { editionId, freezeSeconds: (performance.now() - start) / 1_000 };
}

async function listBlocks(database: Database, editionId: string): Promise<bigint[]> {
  const { rows } = await database.query<{ block: string }>(
    `select distinct id / $2::bigint as block from delivery where edition_id = $1 order by block`,
    [editionId, blockSize],
  );
  return rows.map(({ block }) => BigInt(block));
}

/** Takes blocks until there are none; a tick records what the one before it claimed. Returns what Postgres needed, in seconds of processor time. */
async function sendBlocks(
  database: Database,
  session: Session,
  { editionId, blocks, reply }: { editionId: string; blocks: bigint[]; reply: string },
): Promise<number> {
  const workerId = await registerWorker(database, { host: 'bench', pid: 1, aliveMs: 3_600_000 });
  await prepareClaimSession(session);
  const { rows } = await session.query<{ pid: number }>(`select pg_backend_pid() as pid`);
  const pid = rows[0]?.pid ?? 0;
  const before = cpuSecondsOf(pid);
  let record: RecordedOutcome[] = [];
  for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
    const first = block * BigInt(blockSize);
    const range = { editionId, afterId: String(first - 1n), toId: String(first + BigInt(blockSize) - 1n), limit: blockSize };
    const ids = await readAhead(database, range);
    for (let at = 0; at < ids.length; at += messagesPerTick) {
      const { claimed } = await claimAndRecord(session, { workerId, record, giveUp: [], claimIds: ids.slice(at, at + messagesPerTick) });
      record = claimed.map((delivery) => ({
        deliveryId: delivery.id,
        workerId,
        record: recordOfAttempt({ kind: 'accepted', reply: storedReply(reply) }, delivery, defaultRetryPolicy, 0.5),
      }));
    }
  }
  await claimAndRecord(session, { workerId, record, giveUp: [], claimIds: [] });
  await session.query('reset all');
  return cpuSecondsOf(pid) - before;
}

/** What the worker would store of it. */
function storedReply(line: string): string {
  const reply = parseSmtpReply(line);
  const outcome = reply && attemptOutcomeOf({ kind: 'accepted', reply });
  if (outcome === undefined) throw new Error(`Expected a reply, got ${line}`);
  return outcome.reply;
}

/** Of a process on this machine, where it tells; a tick of its clock is ten milliseconds. */
function cpuSecondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

async function tableSize(database: Database): Promise<number> {
  const { rows } = await database.query<{ bytes: number }>(`select pg_table_size('delivery')::float8 as bytes`);
  return rows[0]?.bytes ?? 0;
}
