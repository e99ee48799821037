import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/db/db.ts';
import { holdSending } from '../../src/deliveries/by-staff/hold-sending.ts';
import { resumeSending } from '../../src/deliveries/by-staff/resume-sending.ts';
import { createDeliveryWorker } from '../../src/deliveries/worker.ts';
import { steerEdition } from '../../src/editions/decide/steer-edition.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { readSending } from '../../src/ledger/hold/read-sending.ts';
import { holdRestored } from '../../src/ledger/hold/hold-restored.ts';
import { deliveryCounts } from '../../src/ledger/queue/delivery-report-store.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertFrozenEdition, testSetup } from '../support/frozen-edition.ts';
import { startScriptedSmtp, type ScriptedSmtp } from '../support/smtp-server.ts';
import { waitFor } from '../support/wait-for.ts';

const enqueue = async (): Promise<void> => {};
/** What staff are promised: nothing starts later than this after the command returned. */
const boundMs = 2_000;

let testDatabase: TestDatabase;
let control: Database;
const closers: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  control = testDatabase.database;
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await control.query(`delete from sending_hold`);
});
afterAll(async () => testDatabase.drop());

/** A sink that notes when each message starts, and takes its time to answer, so that most of an edition waits while it is stopped. */
async function startSlowSink(): Promise<{ sink: ScriptedSmtp; startedAt: number[] }> {
  const startedAt: number[] = [];
  const sink = await startScriptedSmtp({
    onMail: () => void startedAt.push(performance.now()),
    delayMs: 50,
  });
  closers.push(() => sink.close());
  return { sink, startedAt };
}

/** A worker with a pool of its own, as another process has it. */
function startWorker(sink: ScriptedSmtp) {
  const database = openDatabase(testDatabase.url, { maxConnections: 6 });
  const mailer = createSmtpMailer(sink.url, { maxConnections: 4, log: silentLog });
  const worker = createDeliveryWorker({
    database,
    mailers: mailerSet({}, mailer),
    log: silentLog,
    setup: testSetup,
  });
  closers.push(
    () => database.close(),
    () => mailer.close(),
    () => worker.close(),
  );
  return { worker, database };
}

const rangeOf = ({ editionId, fromId, toId }: FrozenEdition) => ({ editionId, fromId, toId });
const steering = { database: undefined as unknown as Database, clock: () => new Date(), enqueue };

const stops: readonly [name: string, stop: (editionId: string) => Promise<unknown>][] = [
  ['a pause', async (id) => steerEdition({ ...steering, database: control }, id, { to: 'pause', reason: 'by staff' })],
  ['a cancellation', async (id) => steerEdition({ ...steering, database: control }, id, { to: 'cancel', reason: 'by staff' })],
  ['held sending', async () => holdSending(control, 'by staff')],
];

describe('with two workers in the midst of an edition', () => {
  test.each(stops)('after %s no message starts more than two seconds later, and all that started are written down', async (_name, stop) => {
    const edition = await insertFrozenEdition(control, { count: 600 });
    const { sink, startedAt } = await startSlowSink();
    const workers = [startWorker(sink), startWorker(sink)];
    const runs = workers.map(({ worker }) => worker.deliver(rangeOf(edition)));
    await waitFor(() => startedAt.length >= 40);
    await stop(edition.editionId);
    const stoppedAt = performance.now();
    await Promise.all(runs);
    // The jobs have ended; whatever else could start would do so within the time that is looked at.
    expect(startedAt.length).toBeLessThan(600);
    expect(startedAt.filter((at) => at > stoppedAt + boundMs)).toEqual([]);
    const { accepted, sending } = await deliveryCounts(control, edition.editionId);
    expect([accepted, sending]).toEqual([sink.accepted().length, 0]);
  });

  test('a resumed edition goes on where it was, each message once', async () => {
    const edition = await insertFrozenEdition(control, { count: 200 });
    const { sink, startedAt } = await startSlowSink();
    const { worker } = startWorker(sink);
    const run = worker.deliver(rangeOf(edition));
    await waitFor(() => startedAt.length >= 10);
    await holdSending(control, 'by staff');
    await run;
    const before = sink.accepted().length;
    expect(before).toBeLessThan(200);
    await resumeSending(control, enqueue);
    sink.rescript({ delayMs: 0 });
    await worker.deliver(rangeOf(edition));
    expect(await deliveryCounts(control, edition.editionId)).toMatchObject({ accepted: 200, queued: 0 });
    expect(new Set(sink.accepted().map(({ messageId }) => messageId)).size).toBe(200);
    expect(sink.accepted()).toHaveLength(200);
  });
});

test('a worker that was running while a backup came back claims nothing in it: its next session holds sending', async () => {
  const edition = await insertFrozenEdition(control, { count: 5 });
  const { sink } = await startSlowSink();
  await holdRestored(control, control);
  const { worker, database } = startWorker(sink);
  const first = await insertFrozenEdition(control);
  await worker.deliver(rangeOf(first));
  expect(sink.accepted()).toHaveLength(1);
  // A restore ends every session, and what comes back remembers another timeline.
  await control.query(
    `update setting set value = to_jsonb(replace(value #>> '{}', '"timeline":1', '"timeline":9')) where name = 'database_identity'`,
  );
  await control.query(
    `select pg_terminate_backend(l.pid) from pg_locks l
     where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())`,
  );
  expect((await worker.deliver(rangeOf(edition))).acceptedCount).toBe(0);
  expect((await readSending(database)).hold).toMatchObject({ cause: 'restored' });
  expect(await deliveryCounts(control, edition.editionId)).toMatchObject({ queued: 5 });
  expect(sink.accepted()).toHaveLength(1);
});
