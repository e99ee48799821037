import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { type Database, openDatabase, type Session } from '../../src/db/db.ts';
import { migrate } from '../../src/db/migrate.ts';
import { type EmbeddedServer, openEmbedded } from '../../src/db/server/embedded.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { attemptOutcomeOf } from '../../src/deliveries/attempt-outcome.ts';
import { defaultRetryPolicy, recordOfAttempt } from '../../src/ledger/queue/attempt.ts';
import { claimAndRecord, prepareClaimSession, readAhead, type RecordedOutcome } from '../../src/ledger/queue/claim-store.ts';
import { registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { parseSmtpReply } from '../../src/mail/smtp/smtp-reply.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

/*
 * A server of its own: a page is cleared of old versions only when no transaction of the whole server may need them, and other test files always have one.
 */
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let server: EmbeddedServer;
let database: Database;
beforeAll(async () => {
  temp = await makeTempFolder();
  const settings = { fsync: 'off', synchronous_commit: 'off' };
  server = await openEmbedded({ dataFolder: temp.folder, log: silentLog, settings });
  database = openDatabase(server.url, { maxConnections: 2 });
  await migrate(database);
}, 120_000);
afterAll(async () => {
  await database.close();
  await server.close();
  await rm(server.folder, { recursive: true, force: true });
  await temp.remove();
});

/** As servers write them: 88 and 198 characters, and an id of 60 as SES has. */
const repliesOfServers = [
  `250 2.0.0 OK  1733058259 5b1f17b1804b1-434aa74f1a5sm177983105e9.23 - gsmtp (over TLS 1.3)`,
  `250 2.6.0 <17.4242.0f1e2d3c4b5a6978@newsletters.example.org> [InternalId=103959417292871, Hostname=AM0PR04MB5678.eurprd04.prod.outlook.com] 28311 bytes in 0.212, 130.220 KB/sec Queued mail for delivery`,
  `250 Ok 0100018f3c5d7e9a-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000`,
];
const messagesPerTick = 10;

test('at least 98 % of the updates of a send are HOT, with the replies that servers send', async () => {
  const edition = await insertFrozenEdition(database, { count: 1_500 });
  await database.connection(async (session) => {
    await prepareClaimSession(session);
    const before = await updateCounts(session);
    await sendAll(session, edition);
    const after = await updateCounts(session);
    await session.query('reset all');
    expect(after.all - before.all).toBe(3_000);
    expect((after.hot - before.hot) / 3_000).toBeGreaterThan(0.98);
  });
});

async function sendAll(session: Session, edition: { editionId: string; toId: string }): Promise<void> {
  const workerId = await registerWorker(session, { host: 'test', pid: 1, aliveMs: 600_000 });
  const ids = await readAhead(session, { editionId: edition.editionId, afterId: '0', toId: edition.toId, limit: 10_000 });
  let record: RecordedOutcome[] = [];
  for (let at = 0; at <= ids.length; at += messagesPerTick) {
    const { claimed } = await claimAndRecord(session, { workerId, record, giveUp: [], claimIds: ids.slice(at, at + messagesPerTick) });
    record = claimed.map((delivery) => {
      const reply = parseSmtpReply(repliesOfServers[Number(delivery.id) % repliesOfServers.length]!)!;
      const outcome = attemptOutcomeOf({ kind: 'accepted', reply })!;
      return { deliveryId: delivery.id, workerId, record: recordOfAttempt(outcome, delivery, defaultRetryPolicy, 0.5) };
    });
  }
}

async function updateCounts(session: Session): Promise<{ hot: number; all: number }> {
  await session.query(`select pg_stat_force_next_flush()`);
  const { rows } = await session.query<{ hot: number; all: number }>(
    `select n_tup_hot_upd::integer as hot, n_tup_upd::integer as all from pg_stat_user_tables where relname = 'delivery'`,
  );
  return rows[0]!;
}
