import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { deliveryCounts } from '../../src/ledger/queue/delivery-report-store.ts';
import { sweepDeliveries } from '../../src/ledger/sweep/sweep-deliveries.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';
import { startScriptedSmtp, type ScriptedSmtp } from '../support/smtp-server.ts';
import { spawnScript, type ScriptProcess } from '../support/spawn-script.ts';
import { waitFor } from '../support/wait-for.ts';

const connections = 4;
// Longer than the machine may keep a living one waiting; the time of those that were killed is ended by hand.
const aliveMs = 60_000;
const messageCount = 1_200;
const policy = { ...defaultRetryPolicy, gapsMs: [1] };

let testDatabase: TestDatabase;
let server: ScriptedSmtp;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  server = await startScriptedSmtp();
});
afterAll(async () => {
  await server.close();
  await testDatabase.drop();
});

test('a send that is killed three times reaches everybody, and repeats no more than was in flight, under the same Message-ID', async () => {
  const { database, url } = testDatabase;
  const edition = await insertFrozenEdition(database, { count: messageCount });
  const start = (): ScriptProcess =>
    spawnScript('deliver-process.ts', [
      url,
      server.url,
      edition.editionId,
      edition.fromId,
      edition.toId,
      String(connections),
      String(aliveMs),
    ]);
  const sweep = () => sweepDeliveries(database, { policy, enqueue: async () => {}, now: new Date() });
  const inDoubt = async (): Promise<number> =>
    (await database.query<{ n: number }>(`select count(*)::integer as n from delivery where state = 'sending'`)).rows[0]?.n ?? -1;
  const busySessionCount = async (): Promise<number | null> =>
    (
      await database.query(
        `select from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`,
      )
    ).rowCount;

  let doubtedCount = 0;
  for (const killAt of [250, 550, 850]) {
    const worker = start();
    await waitFor(() => server.received.length >= killAt, { what: 'the messages before the kill' });
    await worker.kill('SIGKILL');
    // What it had asked the server to do just before is carried out all the same.
    await waitFor(async () => (await busySessionCount()) === 0, { what: 'the end of the last statement of the killed process' });
    const orphanCount = await inDoubt();
    expect(orphanCount).toBeLessThanOrEqual(2 * connections);
    // Nobody touches them before the dead worker's time is up; then all of them are in doubt.
    expect((await sweep()).doubtedCount).toBe(0);
    await database.query(`update worker set alive_until = now() - interval '1 second' where ended_at is null`);
    expect((await sweep()).doubtedCount).toBe(orphanCount);
    doubtedCount += orphanCount;
  }
  const last = start();
  await last.nextLine();
  expect(await last.nextLine()).toMatchObject({ kind: 'finished' });
  await last.finish();

  expect(await deliveryCounts(database, edition.editionId)).toMatchObject({ accepted: messageCount, queued: 0, sending: 0, in_doubt: 0 });
  const idsByReader = new Map<string, string[]>();
  for (const { envelope, messageId } of server.accepted()) {
    const reader = envelope.to[0] ?? '';
    idsByReader.set(reader, [...(idsByReader.get(reader) ?? []), messageId]);
  }
  expect(idsByReader.size).toBe(messageCount);
  for (const ids of idsByReader.values()) expect(new Set(ids).size).toBe(1);
  const repeatCount = server.accepted().length - messageCount;
  expect(repeatCount).toBeLessThanOrEqual(doubtedCount);
  expect(repeatCount).toBeLessThanOrEqual(3 * 2 * connections);
  const { rows } = await database.query(`select state from edition where id = $1`, [edition.editionId]);
  expect(rows).toEqual([{ state: 'done' }]);
}, 180_000);
