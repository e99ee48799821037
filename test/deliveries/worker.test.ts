import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import PostalMime from 'postal-mime';
import { type Database, openDatabase, type Tx } from '../../src/db/db.ts';
import type { DeliveryLinks } from '../../src/deliveries/messages/build-message.ts';
import type { DeliverySettings, DeliveryWorker } from '../../src/deliveries/worker.ts';
import { createDeliveryWorker } from '../../src/deliveries/worker.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { leaveSubscription } from '../../src/ledger/change-subscription.ts';
import { deliveryCounts, listAttempts, listDeliveries } from '../../src/ledger/queue/delivery-report-store.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import { countLivingWorkers } from '../../src/ledger/queue/worker-store.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { endBlockedSessions, isBlocking } from '../support/blocked-sessions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startDatabaseProxy } from '../../bench/support-database-proxy.ts';
import { type FrozenEdition, insertFrozenEdition, testSetup } from '../support/frozen-edition.ts';
import { headerOf, type ScriptedSmtp, type SmtpReply, type SmtpScript, startScriptedSmtp } from '../support/smtp-server.ts';
import { waitFor } from '../support/wait-for.ts';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 20 });
});
afterAll(async () => testDatabase.drop());

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Options {
  readonly connections?: number;
  readonly settings?: Partial<DeliverySettings>;
  readonly log?: Log;
  readonly monotonic?: () => number;
  readonly server?: ScriptedSmtp;
  readonly links?: DeliveryLinks;
  readonly database?: Database;
  readonly clock?: () => Date;
}

const soon = { ...defaultRetryPolicy, gapsMs: [1] };

async function start(script: SmtpScript = {}, options: Options = {}) {
  const server = options.server ?? (await startScriptedSmtp(script));
  const [outbox, news] = [await startScriptedSmtp(), await startScriptedSmtp()];
  const mailerOf = (url: string) => createSmtpMailer(url, { maxConnections: options.connections ?? 2, log: silentLog });
  const [smtp, sampleMailer] = [mailerOf(server.url), mailerOf(outbox.url)];
  const mailers = mailerSet({ default: smtp, news: mailerOf(news.url) }, sampleMailer);
  const worker = createDeliveryWorker({
    database: options.database ?? testDatabase.database,
    mailers,
    log: options.log ?? silentLog,
    setup: { ...testSetup, links: options.links ?? testSetup.links },
    settings: { retry: soon, ...options.settings },
    ...(options.monotonic ? { monotonic: options.monotonic } : {}),
    ...(options.clock ? { clock: options.clock } : {}),
  });
  closers.push(
    () => server.close(),
    () => outbox.close(),
    () => news.close(),
    async () => void (await Promise.all(mailers.all.map((mailer) => mailer.close()))),
    () => worker.close(),
  );
  return { server, outbox, news, worker, mailers };
}

const deliver = async (worker: DeliveryWorker, { editionId, fromId, toId }: FrozenEdition) => worker.deliver({ editionId, fromId, toId });
const counts = async (edition: FrozenEdition) => deliveryCounts(testDatabase.database, edition.editionId);
const states = async (edition: FrozenEdition) => (await listDeliveries(testDatabase.database, edition.editionId)).map((line) => line.state);
const insert = async (options: Parameters<typeof insertFrozenEdition>[1] = {}) => insertFrozenEdition(testDatabase.database, options);

/** Nothing is left in the queue: what was on its way stays with the dead worker until a sweep puts it in doubt, the rest went out once. */
async function expectAllButOrphans(edition: FrozenEdition, server: ScriptedSmtp): Promise<void> {
  const { accepted, sending: orphanCount, queued } = await counts(edition);
  expect([accepted + orphanCount, queued]).toEqual([edition.subscriptionIds.length, 0]);
  expect(orphanCount).toBeLessThanOrEqual(4);
  expect(new Set(server.accepted().map(({ messageId }) => messageId)).size).toBe(server.accepted().length);
}

describe('a delivery', () => {
  test('reaches its reader with their name, their links and the headers of a list', async () => {
    const edition = await insert({ replyTo: 'editor@example.org' });
    const { server, worker } = await start();
    expect(await deliver(worker, edition)).toEqual({
      kind: 'finished',
      acceptedCount: 1,
      deferredCount: 0,
      rejectedCount: 0,
      inDoubtCount: 0,
    });
    const [received] = server.received;
    const raw = received?.raw ?? Buffer.alloc(0);
    const mail = await PostalMime.parse(raw);
    const unsubscribe = `https://letters.example/unsubscribe/${edition.subscriptionIds[0]}-1`;
    expect(mail.to).toMatchObject([{ name: 'Reader 1' }]);
    expect(mail.subject).toBe('News of the week');
    expect(mail.html).toContain(`Hello Reader 1</p><a href="${unsubscribe}"`);
    expect(mail.text).toContain(`Unsubscribe: ${unsubscribe}`);
    expect(headerOf(raw, 'List-Unsubscribe')).toBe(`<${unsubscribe}>`);
    expect(headerOf(raw, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    expect(headerOf(raw, 'Precedence')).toBe('bulk');
    expect(headerOf(raw, 'List-Id')).toMatch(/^"The Letter" <n[0-9a-f]+\.n[0-9a-f]+\.example>$/);
    expect(headerOf(raw, 'Message-ID')).toMatch(new RegExp(`^<d${edition.fromId}\\.e${edition.editionId}\\.[0-9a-f]{24}@`));
    expect(mail.replyTo).toMatchObject([{ address: 'editor@example.org' }]);
    expect(await counts(edition)).toMatchObject({ accepted: 1, queued: 0 });
  });

  test('is text alone for who chose so, and values are escaped in html only', async () => {
    const edition = await insert({ count: 2 });
    await testDatabase.database.query(`update subscription set format = 'text' where id = $1`, [edition.subscriptionIds[0]]);
    await testDatabase.database.query(
      `update subscriber set name = '<b>Bobby</b> & "Co"' where id = (select subscriber_id from subscription where id = $1)`,
      [edition.subscriptionIds[1]],
    );
    const { server, worker } = await start({}, { connections: 1 });
    await deliver(worker, edition);
    const mails = await Promise.all(server.received.map(({ raw }) => PostalMime.parse(raw)));
    const textOnly = mails.find((mail) => mail.html === undefined);
    const other = mails.find((mail) => mail.html !== undefined);
    expect(textOnly?.text).toContain('Hello Reader 1');
    expect(other?.html).toContain('Hello &lt;b&gt;Bobby&lt;/b&gt; &amp; &quot;Co&quot;');
    expect(other?.text).toContain('Hello <b>Bobby</b> & "Co"');
    expect(other?.to?.[0]?.name).toBe('<b>Bobby</b> & "Co"');
  });

  test('of the sample newsletter goes to the outbox and nowhere else', async () => {
    const edition = await insert({ count: 3, isSample: true });
    const { server, outbox, worker } = await start();
    await deliver(worker, edition);
    expect(server.connectionCount).toBe(0);
    expect(outbox.accepted()).toHaveLength(3);
  });

  test('goes through the account that its newsletter chose; where that is not configured it waits, and goes through no other', async () => {
    const [own, lost] = [await insert({ count: 3 }), await insert({ count: 2 })];
    const choose = `update newsletter set account = $2 where id = $1`;
    await testDatabase.database.query(choose, [own.newsletterId, 'news']);
    await testDatabase.database.query(choose, [lost.newsletterId, 'gone']);
    const { server, news, worker } = await start();
    await deliver(worker, own);
    expect([server.connectionCount, news.accepted().length]).toEqual([0, 3]);
    expect(await deliver(worker, lost)).toMatchObject({ kind: 'stands_still', acceptedCount: 0 });
    expect([server.connectionCount, news.accepted().length, await states(lost)]).toEqual([0, 3, ['queued', 'queued']]);
    await testDatabase.database.query(choose, [lost.newsletterId, null]);
    expect(await deliver(worker, lost)).toMatchObject({ kind: 'finished', acceptedCount: 2 });
    expect(server.accepted()).toHaveLength(2);
  });

  test('that is deferred is sent again, under the same Message-ID, and its edition is done when it is accepted', async () => {
    const edition = await insert();
    const { server, worker } = await start({
      onData: (_message, { messageCount }) => (messageCount < 2 ? '451 4.7.1 Greylisted' : undefined),
    });
    // With gaps of a millisecond one call sees them through.
    await waitFor(async () => (await deliver(worker, edition)) && (await counts(edition)).accepted === 1);
    expect(server.received.map(({ reply }) => reply.slice(0, 3))).toEqual(['451', '451', '250']);
    expect(new Set(server.received.map(({ messageId }) => messageId)).size).toBe(1);
    expect(await listAttempts(testDatabase.database, edition.fromId)).toMatchObject([
      { outcome: 'deferred', reply: '451 4.7.1 Greylisted' },
      { outcome: 'deferred' },
    ]);
    const { rows } = await testDatabase.database.query(`select state from edition where id = $1`, [edition.editionId]);
    expect(rows).toEqual([{ state: 'done' }]);
  });

  test('keeps its Message-ID when the newsletter gets another address between two attempts', async () => {
    const edition = await insert();
    const { database } = testDatabase;
    await database.query(`update edition set approved_sender = 'letter@first.example' where id = $1`, [edition.editionId]);
    const { server, worker } = await start(
      { onData: (_message, { messageCount }) => (messageCount < 1 ? '451 Later' : undefined) },
      { settings: { retry: { ...defaultRetryPolicy, gapsMs: [500] } } },
    );
    expect(await deliver(worker, edition)).toMatchObject({ deferredCount: 1, acceptedCount: 0 });
    await database.query(
      `update newsletter set sender_address = 'letter@second.example' where id = (select newsletter_id from edition where id = $1)`,
      [edition.editionId],
    );
    await waitFor(async () => (await deliver(worker, edition)) && (await counts(edition)).accepted === 1);
    expect(server.received.map(({ messageId }) => messageId)).toEqual(Array(2).fill(expect.stringMatching(/@first\.example>$/)));
    expect(server.received.at(-1)?.envelope.from).toBe('letter@second.example');
  });

  test('that is refused is never tried again; the others are not touched by it', async () => {
    const edition = await insert({ count: 6 });
    const answers: Record<string, SmtpReply> = { reader2: '550 5.1.1 Unknown', reader3: '554 5.7.1 Spam', reader5: '550 No' };
    const { worker, server } = await start({ onRcpt: (to) => answers[to.split('@')[0]?.toLowerCase() ?? ''] });
    await deliver(worker, edition);
    await deliver(worker, edition);
    expect((await listDeliveries(testDatabase.database, edition.editionId)).map((line) => [line.state, line.reason, line.reply])).toEqual(
      [
        ['accepted', null, '250 Taken'],
        ['rejected', 'address', '550 5.1.1 Unknown'],
        ['rejected', 'policy', '554 5.7.1 Spam'],
        ['accepted', null, '250 Taken'],
        ['rejected', 'unclear', '550 No'],
        ['accepted', null, '250 Taken'],
      ].map(([state, reason, reply]) => [state, reason, reply === '250 Taken' ? expect.stringMatching(/^250 .*Taken$/) : reply]),
    );
    expect(server.accepted()).toHaveLength(3);
    const { rows } = await testDatabase.database.query(`select owed from subscription_cursor where subscription_id = $1`, [
      edition.subscriptionIds[2],
    ]);
    expect(rows).toEqual([{ owed: [edition.position] }]);
  });

  test('whose connection is lost after the data is in doubt and repeated under the same Message-ID', async () => {
    const edition = await insert();
    const { server, worker } = await start({ onData: (_message, { messageCount }) => (messageCount === 0 ? 'cut' : undefined) });
    await waitFor(async () => (await deliver(worker, edition)) && (await counts(edition)).accepted === 1);
    expect(server.received.map(({ action }) => action)).toEqual(['cut', 'accepted']);
    expect(server.received[0]?.messageId).toBe(server.received[1]?.messageId);
    expect(await listAttempts(testDatabase.database, edition.fromId)).toMatchObject([{ outcome: 'in_doubt' }]);
  });

  test('that was in doubt three times is left', async () => {
    const edition = await insert();
    const { server, worker } = await start({ onData: () => 'cut' });
    await waitFor(async () => (await deliver(worker, edition)) && (await counts(edition)).in_doubt === 1);
    expect(server.received).toHaveLength(3);
    await deliver(worker, edition);
    expect(server.received).toHaveLength(3);
  });

  test('whose message cannot be built does not stop the others', async () => {
    const edition = await insert({ count: 3 });
    const links: DeliveryLinks = (reader) => {
      if (reader.subscriptionId === edition.subscriptionIds[1]) throw new Error('No link for this one');
      return testSetup.links(reader);
    };
    const { worker } = await start({}, { settings: { retry: defaultRetryPolicy }, links });
    await deliver(worker, edition);
    const lines = await listDeliveries(testDatabase.database, edition.editionId);
    expect(lines.map((line) => line.state)).toEqual(['accepted', 'queued', 'accepted']);
    expect(lines[1]).toMatchObject({ attempts: 1, reply: 'the message could not be built' });
  });

  test('to somebody with control characters in their name leaves these out', async () => {
    const edition = await insert();
    await testDatabase.database.query(`update subscriber set name = E'Ann\\r\\nBcc: x@y.example\\x01Lee'`);
    const { server, worker } = await start();
    await deliver(worker, edition);
    const mail = await PostalMime.parse(server.received[0]?.raw ?? '');
    expect(mail.to).toMatchObject([{ name: 'Ann Bcc: x@y.exampleLee' }]);
    expect(mail.bcc).toBeUndefined();
  });
});

describe('consent', () => {
  test('a reader who left, or whose address was suppressed, between the queue and the claim is not mailed', async () => {
    const edition = await insert({ count: 4 });
    const [, second = '', third = ''] = edition.subscriptionIds;
    const { database } = testDatabase;
    // As if the statement that ends queued deliveries had passed over these rows.
    await database.query(`update subscription set state = 'left' where id = $1`, [second]);
    await database.query(
      `insert into suppression (address_key, reason, source)
       select address_key, 'complained', 'test' from subscriber where id = (select subscriber_id from subscription where id = $1)`,
      [third],
    );
    const { server, worker } = await start();
    await deliver(worker, edition);
    expect(await states(edition)).toEqual(['accepted', 'cancelled', 'suppressed', 'accepted']);
    expect(server.received).toHaveLength(2);
  });

  test('whoever leaves or is suppressed while the others are being sent is not mailed', async () => {
    const edition = await insert({ count: 40 });
    const { database } = testDatabase;
    const gone = new Set<string>();
    const { server, worker } = await start(
      {
        async onData(_message, { messageCount }) {
          if (messageCount !== 3) return;
          const leaving = edition.subscriptionIds.slice(20);
          await database.transaction(async (tx) => {
            for (const id of leaving.slice(0, 10)) await leaveSubscription(tx, id, new Date());
          });
          const { rows } = await database.query<{ address_key: string }>(
            `select address_key from subscriber where id in (select subscriber_id from subscription where id = any($1))`,
            [leaving.slice(10)],
          );
          await database.transaction(async (tx) => {
            for (const row of rows) await suppressAddress(tx, row.address_key, { reason: 'staff', source: 'test', now: new Date() });
          });
          for (const id of leaving) gone.add(id);
        },
      },
      { connections: 1 },
    );
    await deliver(worker, edition);
    expect(gone.size).toBe(20);
    expect(server.accepted()).toHaveLength(20);
    expect(await counts(edition)).toMatchObject({ accepted: 20, cancelled: 10, suppressed: 10 });
  });

  test('whoever leaves while a stale connection is replaced by one that takes seconds to come about is not mailed', async () => {
    const [before, edition] = [await insert(), await insert()];
    const { server, worker } = await start({}, { connections: 1, settings: { startWithinMs: 100 } });
    await deliver(worker, before);
    let greetedCount = 0;
    server.rescript({
      onMail: () => (greetedCount === 0 ? 'cut' : undefined),
      async onConnect() {
        greetedCount += 1;
        await delay(200);
        return undefined;
      },
    });
    const sending = deliver(worker, edition);
    await waitFor(() => greetedCount > 0);
    await testDatabase.database.transaction(async (tx) => leaveSubscription(tx, edition.subscriptionIds[0] ?? '', new Date()));
    await sending;
    await deliver(worker, edition);
    expect(server.accepted()).toHaveLength(1);
    expect(await counts(edition)).toMatchObject({ accepted: 0, cancelled: 1 });
  });

  test('a paused edition stops after what is in flight, and goes on later', async () => {
    const edition = await insert({ count: 30 });
    const { database } = testDatabase;
    const { server, worker } = await start(
      {
        async onData(_message, { messageCount }) {
          if (messageCount === 4) await database.query(`update edition set state = 'paused' where id = $1`, [edition.editionId]);
        },
      },
      { connections: 1 },
    );
    await deliver(worker, edition);
    expect(server.accepted().length).toBeLessThanOrEqual(7);
    expect((await counts(edition)).sending).toBe(0);
    await database.query(`update edition set state = 'sending' where id = $1`, [edition.editionId]);
    await deliver(worker, edition);
    expect(server.accepted()).toHaveLength(30);
  });
});

describe('a worker', () => {
  test('gives back what its connections do not start within the second', async () => {
    const edition = await insert({ count: 8 });
    const { server, worker } = await start({ delayMs: 150 }, { connections: 1, settings: { startWithinMs: 50 } });
    expect(await deliver(worker, edition)).toMatchObject({ kind: 'finished', acceptedCount: 8 });
    expect(server.accepted()).toHaveLength(8);
    expect((await listDeliveries(testDatabase.database, edition.editionId)).map((line) => line.attempts)).toEqual(Array(8).fill(1));
  });

  test('leaves the queue alone while the server cannot be reached', async () => {
    const edition = await insert({ count: 50 });
    const { server, worker } = await start();
    await server.close();
    expect(await deliver(worker, edition)).toMatchObject({ kind: 'stands_still', deferredCount: 0 });
    expect(await deliver(worker, edition)).toMatchObject({ kind: 'stands_still', deferredCount: 0 });
    const lines = await listDeliveries(testDatabase.database, edition.editionId);
    // The account was refused, not a message: nothing is charged.
    expect(lines.every((line) => line.state === 'queued' && line.attempts === 0 && line.firstAttemptAt === null)).toBe(true);
  });

  test('never has more than two messages per connection unrecorded', async () => {
    const edition = await insert({ count: 200 });
    let most = 0;
    const { worker } = await start(
      {
        async onData() {
          const { rows } = await testDatabase.database.query<{ n: number }>(
            `select count(*)::integer as n from delivery where edition_id = $1 and state = 'sending'`,
            [edition.editionId],
          );
          most = Math.max(most, rows[0]?.n ?? 0);
        },
      },
      { connections: 3 },
    );
    await deliver(worker, edition);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(6);
  });

  test('two workers and overlapping jobs send everything once', async () => {
    const edition = await insert({ count: 300 });
    const first = await start();
    const second = await start({}, { server: first.server });
    await Promise.all([deliver(first.worker, edition), deliver(second.worker, edition), deliver(first.worker, edition)]);
    expect(first.server.accepted()).toHaveLength(300);
    expect(new Set(first.server.accepted().map(({ messageId }) => messageId)).size).toBe(300);
    expect(await counts(edition)).toMatchObject({ accepted: 300 });
  });

  test('survives the loss of all its database connections: everything is written down, nothing is sent twice', async () => {
    const edition = await insert({ count: 300 });
    const { server, worker } = await start({ delayMs: 2 });
    const sending = deliver(worker, edition).catch(() => deliver(worker, edition));
    const killer = openDatabase(testDatabase.url, { maxConnections: 1 });
    closers.push(() => killer.close());
    for (const at of [50, 150]) {
      await waitFor(() => server.received.length >= at);
      await killer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
    }
    await sending;
    expect(await counts(edition)).toMatchObject({ accepted: 300, sending: 0 });
    expect(server.accepted()).toHaveLength(300);
  });

  test('that others took for dead ends, drops what it had, and registers anew', async () => {
    const edition = await insert({ count: 200 });
    const { server, worker } = await start({ delayMs: 5 }, { settings: { aliveMs: 2_000, renewEveryMs: 50 } });
    const sending = deliver(worker, edition);
    await waitFor(() => server.received.length >= 20);
    await testDatabase.database.query(`update worker set ended_at = now() where ended_at is null`);
    expect(await sending).toMatchObject({ kind: 'finished' });
    // Its end may have come after the last claim; then a renewal finds it out.
    await waitFor(async () => (await countLivingWorkers(testDatabase.database)) === 1);
    await expectAllButOrphans(edition, server);
  });

  test('that others took for dead learns it from its next claim, and the same job goes on under a new registration', async () => {
    const edition = await insert({ count: 200 });
    await testDatabase.database.query(`update worker set ended_at = now() where ended_at is null`);
    const { server, worker } = await start({ delayMs: 5 }, { settings: { aliveMs: 120_000, renewEveryMs: 60_000 } });
    const sending = deliver(worker, edition);
    await waitFor(() => server.received.length >= 20);
    await testDatabase.database.query(`update worker set ended_at = now() where ended_at is null`);
    expect(await sending).toMatchObject({ kind: 'finished' });
    expect(await countLivingWorkers(testDatabase.database)).toBe(1);
    await expectAllButOrphans(edition, server);
  });

  test('whose claim was lost with its connection asks for the same deliveries again', async () => {
    const edition = await insert({ count: 3 });
    const { database } = testDatabase;
    const { server, worker } = await start();
    let sending: ReturnType<typeof deliver> | undefined;
    await database.transaction(async (tx) => {
      await tx.query(`lock table suppression in access exclusive mode`);
      sending = deliver(worker, edition);
      // It has begun and waits; now nobody will know whether it was carried out.
      await waitFor(async () => (await endBlockedSessions(tx)) > 0);
    });
    expect(await sending).toMatchObject({ kind: 'finished', acceptedCount: 3 });
    expect(server.accepted()).toHaveLength(3);
  });

  test('whose claim was carried out, but not answered, takes it back and sends it', async () => {
    const edition = await insert({ count: 5 });
    const { database: real } = testDatabase;
    let lostCount = 0;
    const database: Database = {
      ...real,
      connection: async (work) =>
        real.connection(async (session) =>
          work({
            query: session.query,
            prepared: async (name, text, values) => {
              const answer = await session.prepared(name, text, values);
              if (lostCount++ === 0) throw new Error('the connection was lost with the answer');
              return answer as never;
            },
          }),
        ),
    };
    const { server, worker } = await start({}, { database });
    expect(await deliver(worker, edition)).toMatchObject({ kind: 'finished', acceptedCount: 5 });
    expect([await counts(edition), server.accepted().length]).toMatchObject([{ accepted: 5, sending: 0 }, 5]);
  });

  test('that is closed while a claim is lost asks for nothing again', async () => {
    const edition = await insert({ count: 3 });
    const { database } = testDatabase;
    const { server, worker } = await start();
    let sending: ReturnType<typeof deliver> | undefined;
    let closing: Promise<void> | undefined;
    await database.transaction(async (tx) => {
      await tx.query(`lock table suppression in access exclusive mode`);
      sending = deliver(worker, edition);
      await waitFor(async () => isBlocking(tx));
      closing = worker.close();
      expect(await endBlockedSessions(tx)).toBeGreaterThan(0);
    });
    await closing;
    expect(await sending).toMatchObject({ kind: 'stopped', acceptedCount: 0 });
    expect([await counts(edition), server.received.length]).toMatchObject([{ queued: 3, sending: 0 }, 0]);
  });

  test('that died without its database writes down what was accepted, once the database is back', async () => {
    const edition = await insert({ count: 2 });
    const { database: real } = testDatabase;
    let isAway = false;
    const database: Database = {
      ...real,
      connection: async (work) =>
        real.connection(async (session) => {
          const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
            if (isAway) throw new Error('the database is away');
            return ask();
          };
          return work({
            query: async (text, values) => asked(async () => session.query(text, values)),
            prepared: async (name, text, values) => asked(async () => session.prepared(name, text, values)),
          });
        }),
      query: async (text, values) => {
        if (isAway) throw new Error('the database is away');
        return real.query(text, values);
      },
    };
    const events: string[] = [];
    const log: Log = { ...silentLog, error: (event) => events.push(event) };
    const { server, worker } = await start(
      {
        onData: async () => {
          isAway = true;
          return undefined;
        },
      },
      { database, log, settings: { aliveMs: 500, renewEveryMs: 100 } },
    );
    const sending = deliver(worker, edition).catch(() => undefined);
    await waitFor(() => events.includes('delivery.worker_died'));
    isAway = false;
    await sending;
    await waitFor(async () => (await counts(edition)).accepted === 2);
    expect(server.accepted()).toHaveLength(2);
    expect((await listDeliveries(real, edition.editionId)).map((line) => line.isDoubted)).toEqual([false, false]);
  });

  test('whose claim is carried out only after its connection was lost takes it back', async () => {
    const edition = await insert({ count: 6 });
    const proxy = await startDatabaseProxy(testDatabase.url);
    const database = openDatabase(proxy.url);
    closers.push(
      () => proxy.close(),
      () => database.close(),
    );
    const gates = new Map<string, () => void>();
    const { server, worker } = await start(
      { onData: async ({ envelope }) => new Promise((resolve) => gates.set(envelope.to[0] ?? '', () => resolve(undefined))) },
      { database, connections: 2, settings: { aliveMs: 120_000, startWithinMs: 20_000 } },
    );
    const release = (...names: number[]): void => {
      for (const [to, open] of gates) if (names.some((n) => to.startsWith(`Reader${n}@`))) open();
    };
    const lock = async (tx: Tx, n: number): Promise<unknown> =>
      tx.query(`select from delivery where id = $1 for no key update`, [String(BigInt(edition.fromId) + BigInt(n - 1))]);
    // Two messages for each connection: with two of them all four are on their way, and the next are claimed as they are written down.
    const sending = deliver(worker, edition);
    await waitFor(() => gates.size === 2);
    await testDatabase.database.transaction(async (second) => {
      await lock(second, 2);
      await testDatabase.database.transaction(async (first) => {
        await lock(first, 1);
        release(1);
        await waitFor(async () => isBlocking(first));
        release(2);
        await waitFor(() => server.accepted().length === 2);
        await delay(50);
      });
      // The next tick writes down the second and claims in the place of the first.
      await waitFor(async () => isBlocking(second));
      proxy.cutClients();
      await delay(500);
    });
    const opening = setInterval(() => gates.forEach((open) => open()), 20);
    try {
      expect(await sending).toMatchObject({ kind: 'finished', acceptedCount: 6 });
    } finally {
      clearInterval(opening);
    }
    expect(await counts(edition)).toMatchObject({ accepted: 6, sending: 0 });
    expect(server.accepted()).toHaveLength(6);
  });

  test('whose connections carry nothing any more, without an end, goes on over others', async () => {
    const edition = await insert({ count: 200 });
    const proxy = await startDatabaseProxy(testDatabase.url);
    const sessions = openDatabase(proxy.url);
    // The proxy first: a connection that is being opened through it would be waited for.
    closers.push(
      () => sessions.close(),
      () => proxy.close(),
    );
    const database = { ...testDatabase.database, connection: sessions.connection };
    const { server, worker } = await start({ delayMs: 5 }, { database, settings: { aliveMs: 1_000, renewEveryMs: 200 } });
    const sending = deliver(worker, edition);
    await waitFor(() => server.received.length >= 20);
    proxy.swallow();
    expect(await sending).toMatchObject({ kind: 'finished' });
    // What a worker that died of it had on its way stays for a sweep.
    const { accepted, sending: orphanCount, queued } = await counts(edition);
    expect([accepted + orphanCount, queued]).toEqual([200, 0]);
    expect(new Set(server.accepted().map(({ messageId }) => messageId)).size).toBe(server.accepted().length);
  });

  test('that cannot write down a refusal for longer than it tries at first goes on until it is written: no sweep would find it', async () => {
    const edition = await insert();
    const { database: real } = testDatabase;
    let failureCount = 0;
    const database: Database = {
      ...real,
      // The transactions beside the ticks.
      transaction: async (work) => {
        if (failureCount++ < 6) throw new Error('the database is away');
        return real.transaction(work);
      },
    };
    const { worker } = await start({ onRcpt: () => '550 5.1.1 No such person' }, { database });
    expect(await deliver(worker, edition)).toMatchObject({ kind: 'finished', rejectedCount: 1 });
    expect(await counts(edition)).toMatchObject({ rejected: 1, sending: 0 });
  });

  test('goes on where everything that was on its way was refused and is written down last', async () => {
    const edition = await insert({ count: 9 });
    const { server, worker } = await start({ onData: () => '554 5.0.0 Transaction failed' });
    const locker = openDatabase(testDatabase.url, { maxConnections: 1 });
    closers.push(() => locker.close());
    let sending: ReturnType<typeof deliver> | undefined;
    await locker.transaction(async (tx) => {
      // What gives back its posts waits for this; by then every message that may be on its way has been answered.
      await tx.query(`select from subscription_cursor for update`);
      sending = deliver(worker, edition);
      await waitFor(async () => server.received.length === 4 && (await isBlocking(tx)));
      await delay(100);
    });
    expect(await sending).toMatchObject({ kind: 'finished', rejectedCount: 9 });
  });

  test('past its own deadline sends no first byte, even before any timer fires', async () => {
    const edition = await insert({ count: 100 });
    let offset = 0;
    const events: string[] = [];
    const log: Log = { ...silentLog, error: (event) => events.push(event) };
    const { server, worker } = await start({ delayMs: 5 }, { log, monotonic: () => performance.now() + offset });
    const sending = deliver(worker, edition);
    await waitFor(() => server.received.length >= 10);
    offset = 60_000;
    await sending;
    expect(events).toEqual(['delivery.worker_died']);
    const { accepted, sending: orphanCount, queued } = await counts(edition);
    expect([accepted + orphanCount, queued]).toEqual([100, 0]);
    expect(orphanCount).toBeLessThanOrEqual(4);
  });

  test('that others took for dead destroys its sockets: nothing more of a message goes out', async () => {
    const edition = await insert({ count: 2 });
    const { server, worker } = await start({ onData: () => 'hang' }, { settings: { aliveMs: 5_000, renewEveryMs: 50 } });
    const sending = deliver(worker, edition);
    await waitFor(() => server.received.length === 2);
    await testDatabase.database.query(`update worker set ended_at = now() where ended_at is null`);
    await waitFor(() => server.openConnectionCount === 0, { timeoutMs: 800 });
    await sending;
    expect(await counts(edition)).toMatchObject({ sending: 2 });
  });

  test('that slept past its deadline, while its own clock stood still, sends no first byte of what it had claimed', async () => {
    const edition = await insert({ count: 2 });
    let sleptMs = 0;
    let wake = (): void => {};
    const awake = new Promise<undefined>((resolve) => (wake = () => resolve(undefined)));
    const { server, worker } = await start(
      { onData: async () => awake },
      { connections: 1, settings: { startWithinMs: 20_000 }, clock: () => new Date(Date.now() + sleptMs) },
    );
    const sending = deliver(worker, edition);
    await waitFor(async () => server.connectionCount === 1 && (await counts(edition)).sending === 2);
    await delay(100);
    sleptMs = 60_000;
    wake();
    await sending;
    expect(server.received.length).toBeLessThanOrEqual(1);
  });

  test('closes in good order: what is on its way is written down, the rest stays queued', async () => {
    const edition = await insert({ count: 500 });
    await testDatabase.database.query(`update worker set ended_at = now()`);
    const { server, worker } = await start({ delayMs: 5 });
    const sending = deliver(worker, edition);
    await waitFor(() => server.received.length >= 10);
    expect(await countLivingWorkers(testDatabase.database)).toBe(1);
    await worker.close();
    expect(await sending).toMatchObject({ kind: 'stopped' });
    const { accepted, sending: left, queued } = await counts(edition);
    expect([accepted, left]).toEqual([server.accepted().length, 0]);
    expect(queued).toBeGreaterThan(0);
    expect(await countLivingWorkers(testDatabase.database)).toBe(0);
  });

  test('closes although its database is away: what is on its way is left to a sweep', async () => {
    const edition = await insert({ count: 50 });
    const proxy = await startDatabaseProxy(testDatabase.url);
    const database = openDatabase(proxy.url);
    closers.push(
      () => database.close(),
      () => proxy.close(),
    );
    const events: string[] = [];
    const log: Log = { ...silentLog, warn: (event) => events.push(event) };
    const { server, worker } = await start({ delayMs: 20 }, { database, log, settings: { closeWithinMs: 300 } });
    const sending = deliver(worker, edition).catch(() => 'its database is away');
    await waitFor(() => server.received.length >= 4);
    proxy.close();
    await worker.close();
    expect(events.at(-1)).toBe('delivery.close_gave_up');
    await sending;
    const { accepted, sending: orphanCount } = await counts(edition);
    expect(server.accepted().length - accepted).toBeLessThanOrEqual(orphanCount);
    expect(orphanCount).toBeLessThanOrEqual(4);
  });

  test('aborts at once', async () => {
    const edition = await insert({ count: 20 });
    const { server, worker } = await start({ onData: () => 'hang' });
    const sending = deliver(worker, edition);
    await waitFor(() => server.received.length >= 2);
    worker.abort();
    expect(await sending).toMatchObject({ kind: 'stopped' });
    expect((await counts(edition)).sending).toBeLessThanOrEqual(4);
  });

  test('stores no address in a reply: its reader may have been erased while the message was on its way', async () => {
    const edition = await insert({ count: 4 });
    const onRcpt: SmtpScript['onRcpt'] = (to) => {
      if (/1@/.test(to)) return `550 5.1.1 <${to}> unknown`;
      if (/4@/.test(to)) return `550 5.7.1 bounce+${to.replace('@', '=')}@example.org, ${encodeURIComponent(to)}`;
      return /2@/.test(to) ? `450 4.2.1 ${to.toUpperCase()} is busy` : undefined;
    };
    const { worker } = await start(
      {
        onRcpt,
        onData: ({ envelope }) => `250 2.0.0 Taken for ${envelope.to[0]}`,
      },
      { settings: { retry: defaultRetryPolicy } },
    );
    await deliver(worker, edition);
    const replies = (await listDeliveries(testDatabase.database, edition.editionId)).map((line) => line.reply);
    expect(replies).toEqual([
      '550 5.1.1 <[address]> unknown',
      '450 4.2.1 [address] is busy',
      '250 2.0.0 Taken for [address]',
      '550 5.7.1 bounce+[address]@example.org, [address]',
    ]);
    const { rows } = await testDatabase.database.query(
      `select a.reply from attempt a join delivery d on d.id = a.delivery_id where d.edition_id = $1`,
      [edition.editionId],
    );
    expect(rows).toEqual([{ reply: '450 4.2.1 [address] is busy' }]);
  });

  test('logs ids and never an address', async () => {
    const edition = await insert({ count: 3 });
    const lines: string[] = [];
    const keep = (event: string, fields?: object): void => void lines.push(`${event} ${JSON.stringify(fields)}`);
    const { worker } = await start(
      { onRcpt: (to) => (/2@/.test(to) ? `550 5.1.1 ${to} unknown` : undefined) },
      { log: { error: keep, warn: keep, info: keep, debug: keep } },
    );
    await deliver(worker, edition);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.join('\n')).not.toContain('@');
  });
});
