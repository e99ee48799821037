import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createDeliveryWorker, type DeliveryWorker } from '../../src/deliveries/worker.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { type AccountOutage, defaultOutagePolicy } from '../../src/ledger/accounts/account-outage.ts';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { deliveryCounts } from '../../src/ledger/queue/delivery-report-store.ts';
import { listOpenOutages } from '../../src/ledger/accounts/account-outage-store.ts';
import type { Mailer } from '../../src/mail/message.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertFrozenEdition, testSetup } from '../support/frozen-edition.ts';
import { type ScriptedSmtp, type SmtpScript, startScriptedSmtp } from '../support/smtp-server.ts';
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

// What takes minutes at a provider takes moments here.
const outages = {
  ...defaultOutagePolicy,
  gapsMs: [20, 40, 80],
  limitGapsMs: [5, 10, 20, 40, 80, 160],
  quotaEndsAt: (now: Date) => new Date(now.getTime() + 20),
  quotaGapMs: 50,
};

interface Relay {
  readonly mailer: Mailer;
  readonly server: ScriptedSmtp;
  readonly worker: DeliveryWorker;
  /** Each outage that the worker spoke of, by id. */
  readonly heardOf: Map<string, AccountOutage>;
}

async function start(script: SmtpScript, { policy = outages, patientPauseMs = 10_000, gapsMs = [1] } = {}): Promise<Relay> {
  const server = await startScriptedSmtp(script);
  const { login } = script;
  const url = login ? server.url.replace('//', `//${login.user}:${login.password}@`) : server.url;
  const mailer = createSmtpMailer(url, { log: silentLog });
  const heardOf = new Map<string, AccountOutage>();
  const worker = createDeliveryWorker({
    database: testDatabase.database,
    mailers: mailerSet({}, mailer),
    log: silentLog,
    setup: testSetup,
    // On a loaded machine a worker may be late to renew; nothing here sweeps up after one that is taken for dead.
    settings: { aliveMs: 600_000, outages: policy, judgeEveryMs: 20, patientPauseMs, retry: { ...defaultRetryPolicy, gapsMs } },
    onOutage: (outage) => heardOf.set(outage.id, outage),
  });
  closers.push(
    () => server.close(),
    () => mailer.close(),
    () => worker.close(),
  );
  return { server, mailer, worker, heardOf };
}

const insert = async (count: number): Promise<FrozenEdition> => insertFrozenEdition(testDatabase.database, { count });
const counts = async (edition: FrozenEdition) => deliveryCounts(testDatabase.database, edition.editionId);
const deliver = async (worker: DeliveryWorker, { editionId, fromId, toId }: FrozenEdition) => worker.deliver({ editionId, fromId, toId });

async function numberOf(sql: string, value: unknown): Promise<number> {
  const { rows } = await testDatabase.database.query<{ count: number }>(`select count(*)::integer as count ${sql}`, [value]);
  return rows[0]?.count ?? 0;
}

/** How many outages are such that staff are told of them. */
const toldCount = ({ heardOf }: Relay): number => [...heardOf.values()].filter((outage) => outage.toldAt === null).length;

/** Staff are told by whoever hears of an outage; here it is only written down. */
async function markTold({ heardOf }: Relay): Promise<void> {
  await testDatabase.database.query(
    `update account_outage set told_at = now(), told_of = trouble where id = any($1::bigint[]) and told_at is null`,
    [[...heardOf.keys()]],
  );
}

async function sendUntilAllHaveIt(relay: Relay, edition: FrozenEdition): Promise<void> {
  await waitFor(
    async () => {
      await deliver(relay.worker, edition);
      return (await counts(edition)).accepted === edition.subscriptionIds.length;
    },
    { timeoutMs: 280_000 },
  );
}

/** Nobody was refused, nobody has it twice, nobody is suppressed, nobody was charged an attempt that was the account's. */
async function expectAllServedOnce({ server, mailer }: Relay, edition: FrozenEdition): Promise<void> {
  const count = edition.subscriptionIds.length;
  expect(await counts(edition)).toMatchObject({ accepted: count, rejected: 0, expired: 0, suppressed: 0, queued: 0, sending: 0 });
  expect(new Set(server.accepted().map(({ messageId }) => messageId)).size).toBe(count);
  expect(server.accepted()).toHaveLength(count);
  expect(await numberOf(`from delivery where edition_id = $1 and attempts <> 1`, edition.editionId)).toBe(0);
  expect(
    await numberOf(
      `from suppression x join subscriber b on b.address_key = x.address_key join subscription s on s.subscriber_id = b.id where s.newsletter_id = $1`,
      edition.newsletterId,
    ),
  ).toBe(0);
  await waitFor(async () => (await listOpenOutages(testDatabase.database, mailer.account)).length === 0);
}

/** In the suite. `npm run test:long` has 2,000. */
const readerCount = Number(process.env['READERS'] ?? 400);

describe('a relay with many readers to serve', () => {
  test('that refuses our sender for all loses nobody, and serves all when it relents', async () => {
    const edition = await insert(readerCount);
    const relay = await start({ onMail: () => '550 5.1.0 Sender rejected' }, { patientPauseMs: 0 });
    for (let look = 0; look < 5; look += 1) {
      await deliver(relay.worker, edition);
      await markTold(relay);
    }
    expect(await counts(edition)).toMatchObject({ queued: readerCount, accepted: 0 });
    expect(
      await numberOf(`from delivery where edition_id = $1 and (attempts > 0 or first_attempt_at is not null)`, edition.editionId),
    ).toBe(0);
    relay.server.rescript({ onMail: () => {} });
    await sendUntilAllHaveIt(relay, edition);
    await expectAllServedOnce(relay, edition);
    expect([...relay.heardOf.values()].map(({ trouble }) => trouble)).toEqual(['sender']);
  }, 300_000);

  test('that takes 14 in a moment is served at its rate', async () => {
    const edition = await insert(readerCount);
    const taken = windowOf(14, 100);
    const relay = await start({
      onData: () => (taken() ? undefined : '454 4.7.0 Throttling failure: Maximum sending rate exceeded.'),
    });
    await sendUntilAllHaveIt(relay, edition);
    await expectAllServedOnce(relay, edition);
    expect(new Set([...relay.heardOf.values()].map(({ trouble }) => trouble))).toEqual(new Set(['rate']));
  }, 300_000);

  test('that takes three connections and 30 messages in a while is served over three', async () => {
    const edition = await insert(readerCount);
    const taken = windowOf(30, 200);
    const relay: Relay = await start({
      onConnect: () => (relay.server.openConnectionCount > 3 ? '421 4.7.0 Too many connections from your address' : undefined),
      onMail: () => (taken() ? undefined : '450 4.7.1 Error: too many messages, rate limit exceeded'),
    });
    await sendUntilAllHaveIt(relay, edition);
    await expectAllServedOnce(relay, edition);
  }, 300_000);

  test('whose quota is used up after a quarter of them serves the rest when it counts anew', async () => {
    const edition = await insert(readerCount);
    let isUsedUp = true;
    const relay: Relay = await start(
      {
        onData: () =>
          isUsedUp && relay.server.accepted().length >= readerCount / 4 ? '550 5.4.5 Daily user sending limit exceeded.' : undefined,
      },
      { policy: { ...outages, quotaEndsAt: (now: Date) => new Date(now.getTime() + 3_600_000) } },
    );
    await deliver(relay.worker, edition);
    await waitFor(async () => (await counts(edition)).sending === 0);
    expect(await counts(edition)).toMatchObject({ accepted: readerCount / 4, queued: (readerCount * 3) / 4 });
    expect(await deliver(relay.worker, edition)).toMatchObject({ kind: 'stands_still', acceptedCount: 0 });
    isUsedUp = false;
    await testDatabase.database.query(`update account_outage set next_try_at = now() where ended_at is null`);
    await sendUntilAllHaveIt(relay, edition);
    await expectAllServedOnce(relay, edition);
    expect([...relay.heardOf.values()].map(({ trouble }) => trouble)).toEqual(['quota']);
    expect(toldCount(relay)).toBe(1);
  }, 300_000);
});

describe('a password that is changed amid a send', () => {
  test('costs nobody an attempt, and the send goes on when it is right again', async () => {
    const edition = await insert(60);
    let isChanged = false;
    const relay: Relay = await start(
      {
        login: { user: 'letter', password: 'secret' },
        auth: () => (isChanged ? '535 5.7.8 Username and Password not accepted' : undefined),
        message: ({ messageCount }) => {
          if (messageCount === 20) {
            isChanged = true;
            relay.server.cutAll();
          }
          return undefined;
        },
      },
      { patientPauseMs: 0 },
    );
    await waitFor(async () => {
      await deliver(relay.worker, edition);
      return [...relay.heardOf.values()].some(({ trouble }) => trouble === 'login');
    });
    isChanged = false;
    await sendUntilAllHaveIt(relay, edition);
    expect(await counts(edition)).toMatchObject({ accepted: 60, rejected: 0, expired: 0, suppressed: 0 });
    expect(await numberOf(`from refusal where edition_id = $1`, edition.editionId)).toBe(0);
    // What was on its way when the connections were cut was an attempt; a refused log-in is none.
    expect(await numberOf(`from delivery where edition_id = $1 and attempts > 2`, edition.editionId)).toBe(0);
  }, 120_000);
});

describe('an account that is refused in words about its quota for one reader alone', () => {
  const hour = 3_600_000;
  const refusing = async (reader: RegExp, { doubtfulQuotaGapMs = 50, gapsMs = outages.gapsMs } = {}) =>
    start(
      { onRcpt: (address) => (reader.test(address) ? '550 5.4.5 Daily user sending limit exceeded' : undefined) },
      {
        policy: { ...outages, quotaEndsAt: (now: Date) => new Date(now.getTime() + hour), quotaGapMs: hour, doubtfulQuotaGapMs, gapsMs },
        patientPauseMs: 20,
        gapsMs: [hour],
      },
    );

  test.each([
    ['the first of an edition', /^reader1@/i],
    ['one amid it', /^reader17@/i],
  ])('stands still for nobody else, and the delivery is deferred by itself: %s', async (_which, reader) => {
    const relay = await refusing(reader);
    for (const edition of [await insert(30), await insert(30)]) {
      expect(await deliver(relay.worker, edition)).toMatchObject({ kind: 'finished', acceptedCount: 29 });
      expect(await numberOf(deferredOf, edition.editionId)).toBe(1);
    }
    expect([...relay.heardOf.values()]).toEqual([]);
  });

  test('stands still for nobody else either where the list is so short that all are on their way at once, edition after edition', async () => {
    const relay = await refusing(/^reader1@/i);
    for (const edition of [await insert(8), await insert(8), await insert(8)]) {
      expect(await deliver(relay.worker, edition)).toMatchObject({ kind: 'finished', acceptedCount: 7 });
      expect(await numberOf(deferredOf, edition.editionId)).toBe(1);
    }
    expect([...relay.heardOf.values()]).toEqual([]);
  });

  test('holds up only the message that is in doubt, and the next one that goes shows whose server it was', async () => {
    const relay = await refusing(/^reader1@/i, { doubtfulQuotaGapMs: hour });
    const lone = await insert(1);
    expect(await deliver(relay.worker, lone)).toMatchObject({ kind: 'stands_still', acceptedCount: 0 });
    await waitFor(async () => (await listOpenOutages(testDatabase.database, relay.mailer.account))[0]?.onlyAt?.endsWith('.example'));
    expect(await deliver(relay.worker, lone)).toMatchObject({ kind: 'stands_still', acceptedCount: 0 });
    expect(await numberOf(`from delivery where edition_id = $1 and attempts > 0`, lone.editionId)).toBe(0);
    const others = await insert(4);
    expect(await deliver(relay.worker, { ...others, fromId: String(BigInt(others.fromId) + 1n) })).toMatchObject({ acceptedCount: 3 });
    await waitFor(async () => (await listOpenOutages(testDatabase.database, relay.mailer.account)).length === 0);
    expect(await deliver(relay.worker, lone)).toMatchObject({ kind: 'finished', deferredCount: 1 });
    expect(await numberOf(deferredOf, lone.editionId)).toBe(1);
    expect(await listOpenOutages(testDatabase.database, relay.mailer.account)).toEqual([]);
  });

  test('is believed when a reader at another domain is told so, and then holds up all', async () => {
    const relay = await refusing(/^reader/i, { doubtfulQuotaGapMs: hour });
    await deliver(relay.worker, await insert(1));
    const others = await insert(4);
    expect(await deliver(relay.worker, others)).toMatchObject({ kind: 'stands_still', acceptedCount: 0 });
    await waitFor(async () => (await listOpenOutages(testDatabase.database, relay.mailer.account))[0]?.onlyAt === null);
    expect(await numberOf(`from delivery where edition_id = $1 and attempts > 0`, others.editionId)).toBe(0);
    relay.server.rescript({ onRcpt: () => {} });
    await testDatabase.database.query(`update account_outage set next_try_at = now() where ended_at is null`);
    await sendUntilAllHaveIt(relay, others);
    await expectAllServedOnce(relay, others);
  });

  test('stands still until a server has answered: a connection that is lost proves nothing', async () => {
    const relay = await refusing(/^reader/i, { doubtfulQuotaGapMs: hour });
    for (const edition of [await insert(1), await insert(1)]) await deliver(relay.worker, edition);
    const open = async () => listOpenOutages(testDatabase.database, relay.mailer.account);
    await waitFor(async () => (await open())[0]?.onlyAt === null);
    await testDatabase.database.query(`update account_outage set next_try_at = now() where ended_at is null`);
    relay.server.rescript({ onRcpt: () => {}, onData: () => 'cut' });
    await deliver(relay.worker, await insert(1));
    await relay.worker.close();
    expect(await open()).toHaveLength(1);
  });

  test('does not ask two again and again whose servers name different things of it', async () => {
    const relay = await refusing(/^nobody@/i, { doubtfulQuotaGapMs: hour, gapsMs: [hour] });
    relay.server.rescript({
      onRcpt: (to) => (/^reader1@/i.test(to) ? '550 5.4.5 Daily user sending limit exceeded' : '550 5.1.8 Sender verify failed'),
    });
    const edition = await insert(2);
    await deliver(relay.worker, edition);
    expect(relay.server.refused.length).toBeLessThan(10);
    expect(await numberOf(`from delivery where edition_id = $1 and attempts > 0`, edition.editionId)).toBe(0);
  });

  test('is asked again with a message of any edition before those that were refused, which alone would keep it standing still', async () => {
    const relay = await refusing(/^reader1@/i, { gapsMs: [hour] });
    const refused = [await insert(1), await insert(1)];
    for (const edition of refused) await deliver(relay.worker, edition);
    await waitFor(async () => (await listOpenOutages(testDatabase.database, relay.mailer.account))[0]?.onlyAt === null);
    await testDatabase.database.query(`update account_outage set next_try_at = now() where ended_at is null`);
    for (const edition of refused) expect(await deliver(relay.worker, edition)).toMatchObject({ kind: 'stands_still' });
    const later = await insert(20);
    expect(await deliver(relay.worker, { ...later, fromId: String(BigInt(later.fromId) + 1n) })).toMatchObject({ acceptedCount: 19 });
    await waitFor(async () => (await listOpenOutages(testDatabase.database, relay.mailer.account)).length === 0);
  });

  test('waits for those that are on their way before it is asked again, also in a job of its own', async () => {
    const relay = await refusing(/^reader1@/i, { doubtfulQuotaGapMs: hour });
    const events: string[] = [];
    relay.server.rescript({
      onRcpt(to) {
        if (!/^reader1@/i.test(to)) return undefined;
        events.push('refused');
        return '550 5.4.5 Daily user sending limit exceeded';
      },
      async onData() {
        await waitFor(() => events.includes('refused'));
        await delay(100);
        events.push('taken');
        return undefined;
      },
    });
    // One of four connections is left for it.
    const [lone, others] = [await insert(1), await insert(4)];
    const sending = deliver(relay.worker, { ...others, fromId: String(BigInt(others.fromId) + 1n) });
    await waitFor(async () => (await counts(others)).sending > 0);
    expect(await deliver(relay.worker, lone)).toMatchObject({ kind: 'finished', deferredCount: 1 });
    expect(await sending).toMatchObject({ kind: 'finished', acceptedCount: 3 });
    expect(events.slice(0, 2)).toEqual(['refused', 'taken']);
    expect([...relay.heardOf.values()]).toEqual([]);
  });

  test('waits no longer than one message is in doubt where there was no other to ask with', async () => {
    const relay = await refusing(/^reader30@/i);
    for (const edition of [await insert(30), await insert(30)]) {
      await waitFor(async () => {
        await deliver(relay.worker, edition);
        return (await counts(edition)).accepted === 29;
      });
    }
    for (const { waitMs } of await listOpenOutages(testDatabase.database, relay.mailer.account)) expect(waitMs).toBeLessThanOrEqual(50);
  });

  const deferredOf = `from delivery where state = 'queued' and attempts = 1 and due_at > now() and edition_id = $1`;
});

test('an outage that only another worker saw ends while messages go from here', async () => {
  const edition = await insert(300);
  const relay: Relay = await start({ delayMs: 150 });
  const sending = deliver(relay.worker, edition);
  await waitFor(() => relay.server.accepted().length > 5);
  await testDatabase.database.query(
    `insert into account_outage (account, trouble, reply, next_try_at) values ($1, 'login', '535 Old password', now() + interval '1 hour')`,
    [relay.mailer.account],
  );
  await sending;
  await waitFor(async () => (await listOpenOutages(testDatabase.database, relay.mailer.account)).length === 0);
  expect(await counts(edition)).toMatchObject({ accepted: 300 });
});

test('a job that waits for an account which another worker found standing still for long ends, and does not hold its place', async () => {
  const { database } = testDatabase;
  const edition = await insert(2);
  const relay = await start({}, { policy: { ...outages, limitGapsMs: [9_000] } });
  const refuse = async (waitMs: number) =>
    database.query(
      `insert into account_outage as o (account, trouble, reply, next_try_at) values ($1, 'rate', '454', now() + $2 * interval '1 millisecond')
       on conflict (account, coalesce(sender, '')) where ended_at is null do update set next_try_at = excluded.next_try_at`,
      [relay.mailer.account, waitMs],
    );
  await refuse(9_000);
  const waiting = deliver(relay.worker, { ...edition, toId: edition.fromId });
  await delay(200);
  await refuse(3_600_000);
  const startedAt = performance.now();
  expect(await deliver(relay.worker, { ...edition, fromId: edition.toId })).toMatchObject({ kind: 'stands_still' });
  expect(await waiting).toMatchObject({ kind: 'stands_still' });
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  expect(await counts(edition)).toMatchObject({ queued: 2 });

  // And the other way round: what others ended is over here too, at once.
  await refuse(9_000);
  const patient = deliver(relay.worker, { ...edition, toId: edition.fromId });
  await delay(200);
  await database.query(`update account_outage set ended_at = now() where account = $1 and ended_at is null`, [relay.mailer.account]);
  await deliver(relay.worker, { ...edition, fromId: edition.toId, toId: edition.toId });
  expect(await patient).toMatchObject({ kind: 'finished' });
  expect(performance.now() - startedAt).toBeLessThan(6_000);
  expect(await counts(edition)).toMatchObject({ accepted: 2 });
});

/** So many in each stretch of time, as a provider counts. */
function windowOf(most: number, ms: number): () => boolean {
  let startedAt = -Infinity;
  let count = 0;
  return () => {
    const now = performance.now();
    if (now - startedAt >= ms) [startedAt, count] = [now, 0];
    count += 1;
    return count <= most;
  };
}
