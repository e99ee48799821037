import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createDeliveryWorker, type DeliveryWorker } from '../../src/deliveries/worker.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { listDeliveries } from '../../src/ledger/queue/delivery-report-store.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertFrozenEdition, testSetup } from '../support/frozen-edition.ts';
import { type ScriptedSmtp, type SmtpScript, startScriptedSmtp } from '../support/smtp-server.ts';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 20 });
});
afterAll(async () => testDatabase.drop());

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(script: SmtpScript, random: number): Promise<{ server: ScriptedSmtp; worker: DeliveryWorker }> {
  const server = await startScriptedSmtp(script);
  const mailer = createSmtpMailer(server.url, { maxConnections: 2, log: silentLog });
  const worker = createDeliveryWorker({
    database: testDatabase.database,
    mailers: mailerSet({ default: mailer }, mailer),
    log: silentLog,
    setup: testSetup,
    settings: {},
    random: () => random,
  });
  closers.push(
    () => server.close(),
    () => mailer.close(),
    () => worker.close(),
  );
  return { server, worker };
}

/** Sends again and again, each time when it is due, and tells the gaps in minutes. The clock is the database's: what was moves back instead. */
async function gapsOf(worker: DeliveryWorker, { editionId, fromId, toId }: FrozenEdition): Promise<number[]> {
  const { database } = testDatabase;
  const gaps: number[] = [];
  for (;;) {
    await worker.deliver({ editionId, fromId, toId });
    const { rows } = await database.query<{ minutes: number }>(
      `with moved as (
         update delivery d set first_attempt_at = first_attempt_at - (due_at - at.last), due_at = at.last
         from (select max(a.at) as last from attempt a where a.delivery_id = $1) as at
         where d.id = $1 and d.state = 'queued' returning d.id)
       select round(extract(epoch from d.due_at - (select max(a.at) from attempt a where a.delivery_id = $1)) / 60, 3)::float8 as minutes
       from delivery d join moved on moved.id = d.id where d.id = $1`,
      [fromId],
    );
    if (rows[0] === undefined) return gaps;
    gaps.push(rows[0].minutes);
  }
}

describe('a message that its server puts off', () => {
  test.each([
    [0, [5, 15, 30, 60, 120, 240, 480, 480, 480, 480, 480]],
    [1, [6, 18, 36, 72, 144, 288, 576, 576, 576, 576]],
  ])('is tried for two days, and its post is owed again: %d', async (random, gaps) => {
    const edition = await insertFrozenEdition(testDatabase.database);
    const { server, worker } = await start({ onRcpt: () => '452 4.2.2 Full' }, random);
    expect(await gapsOf(worker, edition)).toEqual(gaps);
    expect(server.received).toHaveLength(0);
    const [line] = await listDeliveries(testDatabase.database, edition.editionId);
    expect(line).toMatchObject({ state: 'expired', reason: 'mailbox', attempts: gaps.length + 1 });
    const { rows } = await testDatabase.database.query(`select owed from subscription_cursor where subscription_id = any($1)`, [
      edition.subscriptionIds,
    ]);
    expect(rows).toEqual([{ owed: [edition.position] }]);
  });
});

test('a message that is cut off each time is repeated after the same gaps, and left with the third doubt', async () => {
  const edition = await insertFrozenEdition(testDatabase.database);
  const { server, worker } = await start({ onData: () => 'cut' }, 0);
  expect(await gapsOf(worker, edition)).toEqual([5, 15]);
  expect(new Set(server.received.map(({ messageId }) => messageId)).size).toBe(1);
  expect(server.received).toHaveLength(3);
  expect(await listDeliveries(testDatabase.database, edition.editionId)).toMatchObject([{ state: 'in_doubt', reason: 'third doubt' }]);
});
