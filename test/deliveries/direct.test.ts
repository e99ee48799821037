import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createDeliveryWorker, type DeliveryWorker } from '../../src/deliveries/worker.ts';
import { retryAccounts } from '../../src/deliveries/by-staff/retry-accounts.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { defaultOutagePolicy } from '../../src/ledger/accounts/account-outage.ts';
import { deliveryCounts, listDeliveries } from '../../src/ledger/queue/delivery-report-store.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertFrozenEdition, testSetup } from '../support/frozen-edition.ts';
import { type ScriptedSmtp, type SmtpScript, startScriptedSmtp } from '../support/smtp-server.ts';
import { waitFor } from '../support/wait-for.ts';

let stored: TestDatabase;
beforeAll(async () => {
  stored = await createTestDatabase({ maxConnections: 20 });
});
afterAll(async () => stored.drop());
beforeEach(async () => {
  await stored.database.query(`delete from receiving_domain`);
  await stored.database.query(`delete from account_outage`);
});

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const hour = 3_600_000;
const domainOf = (address: string): string => address.slice(address.indexOf('@') + 1).toLowerCase();
const isGmail = (address: string): boolean => /^g(?:oogle)?mail\.com$/.test(domainOf(address));

interface World {
  readonly server: ScriptedSmtp;
  readonly workers: readonly DeliveryWorker[];
  readonly account: string;
}

interface Options {
  readonly query?: string;
  readonly workerCount?: number;
  readonly connections?: number;
  readonly domainGapsMs?: readonly number[];
  readonly server?: ScriptedSmtp;
  readonly patientPauseMs?: number;
}

async function start(script: SmtpScript, options: Options = {}): Promise<World> {
  const { query = '?direct=yes', workerCount = 1, connections = 4, domainGapsMs = [hour], patientPauseMs = 10_000 } = options;
  const server = options.server ?? (await startScriptedSmtp(script));
  closers.push(() => server.close());
  const mailers = Array.from({ length: workerCount }, () =>
    createSmtpMailer(`${server.url}/${query}`, { maxConnections: connections, log: silentLog }),
  );
  const workers = mailers.map((mailer) =>
    createDeliveryWorker({
      database: stored.database,
      mailers: mailerSet({}, mailer),
      log: silentLog,
      setup: testSetup,
      settings: { outages: { ...defaultOutagePolicy, domainGapsMs }, patientPauseMs },
    }),
  );
  closers.push(
    async () => void (await Promise.all(mailers.map((mailer) => mailer.close()))),
    async () => void (await Promise.all(workers.map((worker) => worker.close()))),
  );
  return { server, workers, account: mailers[0]!.account };
}

/** An edition to readers at these domains, in this order. */
async function insert(domains: readonly string[]): Promise<FrozenEdition> {
  const edition = await insertFrozenEdition(stored.database, { count: domains.length });
  await stored.database.query(
    `update subscriber b set address = 'reader' || d.at || '.' || s.id || '@' || d.domain
     from unnest($1::bigint[], $2::text[]) with ordinality as d (subscription_id, domain, at) join subscription s on s.id = d.subscription_id
     where b.id = s.subscriber_id`,
    [edition.subscriptionIds, domains],
  );
  return edition;
}

const deliver = async (worker: DeliveryWorker, { editionId, fromId, toId }: FrozenEdition) => worker.deliver({ editionId, fromId, toId });
const counts = async ({ editionId }: FrozenEdition) => deliveryCounts(stored.database, editionId);
const held = async () =>
  (
    await stored.database.query<{ group: string; trouble: string; tries: number }>(
      `select domain_group as "group", trouble, try_count as tries from receiving_domain where held_until is not null order by 1`,
    )
  ).rows;
const letGo = async () => stored.database.query(`update receiving_domain set held_until = now() where held_until is not null`);

describe('a domain whose host wants less', () => {
  test('stands still with its aliases, uncharged but for what it spoke of, while all others go', async () => {
    const edition = await insert([
      'gmail.com',
      'a.example',
      'googlemail.com',
      'b.example',
      'gmail.com',
      'a.example',
      'gmail.com',
      'c.example',
    ]);
    const { workers, server } = await start({ onRcpt: (to) => (isGmail(to) ? '421 4.7.0 Unusual rate of mail' : undefined) });
    expect(await deliver(workers[0]!, edition)).toMatchObject({ kind: 'stands_still', acceptedCount: 4 });
    expect(await held()).toEqual([{ group: 'gmail.com', trouble: 'limit', tries: 1 }]);
    expect(server.accepted().filter(({ envelope }) => isGmail(envelope.to[0]!))).toEqual([]);
    const waiting = (await listDeliveries(stored.database, edition.editionId)).filter(({ state }) => state === 'queued');
    expect(waiting).toHaveLength(4);
    // No more than were on their way together heard of it, and no other was tried.
    expect(server.refused.length).toBeLessThanOrEqual(2);
    expect(waiting.filter(({ attempts }) => attempts > 0).length).toBeLessThanOrEqual(2);
    const { rows } = await stored.database.query(`select 1 from account_outage`);
    expect(rows).toEqual([]);
  });

  test('goes on after its time: one is tried, and then all', async () => {
    const edition = await insert(['gmail.com', 'googlemail.com', 'a.example', 'gmail.com', 'gmail.com', 'gmail.com']);
    let isBusy = true;
    const { workers, server } = await start({ onRcpt: (to) => (isBusy && isGmail(to) ? '421 4.7.0 Unusual rate of mail' : undefined) });
    await deliver(workers[0]!, edition);
    expect(await counts(edition)).toMatchObject({ accepted: 1, queued: 5 });
    isBusy = false;
    await stored.database.query(`update delivery set due_at = now() where edition_id = $1 and state = 'queued'`, [edition.editionId]);
    await letGo();
    await waitFor(async () => (await deliver(workers[0]!, edition)) && (await counts(edition)).accepted === 6);
    expect(server.accepted()).toHaveLength(6);
    expect(await held()).toEqual([]);
  });

  test('stands still ever longer while one after the other is refused', async () => {
    const edition = await insert(Array.from({ length: 8 }, () => 'gmail.com'));
    const { workers, server } = await start(
      { onRcpt: () => '421 4.7.0 Unusual rate of mail' },
      { query: '?direct=yes&domain-connections=1', domainGapsMs: [hour, 2 * hour, 4 * hour] },
    );
    for (const tries of [1, 2, 3]) {
      await letGo();
      await waitFor(async () => {
        await deliver(workers[0]!, edition);
        return (await held())[0]?.tries === tries;
      });
      expect(server.refused).toHaveLength(tries);
    }
    const { rows } = await stored.database.query<{ hours: number }>(
      `select extract(epoch from held_until - refused_at)::float8 / 3600 as hours from receiving_domain`,
    );
    expect(rows[0]!.hours).toBeGreaterThanOrEqual(4);
    expect(rows[0]!.hours).toBeLessThanOrEqual(4.4);
    expect(await counts(edition)).toMatchObject({ queued: 8 });
  });

  test('stands still for all workers', async () => {
    const first = await insert(['gmail.com', 'a.example']);
    const second = await insert(['googlemail.com', 'gmail.com', 'a.example']);
    const { workers, server } = await start({ onRcpt: (to) => (isGmail(to) ? '421 4.7.0 Slow down' : undefined) }, { workerCount: 2 });
    await deliver(workers[0]!, first);
    expect(server.refused).toHaveLength(1);
    expect(await deliver(workers[1]!, second)).toMatchObject({ kind: 'stands_still', acceptedCount: 1 });
    expect(server.refused).toHaveLength(1);
    expect(await counts(second)).toMatchObject({ accepted: 1, queued: 2 });
  });

  test('is waited for where that is soon', async () => {
    const edition = await insert(['gmail.com', 'gmail.com', 'gmail.com']);
    const { workers, server } = await start(
      { onRcpt: () => (server.refused.length === 0 ? '421 4.7.28 Unusual rate of mail' : undefined) },
      { query: '?direct=yes&domain-connections=1', domainGapsMs: [300] },
    );
    const result = await deliver(workers[0]!, edition);
    expect(result.acceptedCount).toBeGreaterThanOrEqual(2);
    expect(server.refused).toHaveLength(1);
  });
});

describe('a host that names us, as if the account were refused', () => {
  const script = (isBusy: () => boolean): SmtpScript => ({
    onRcpt: (to) => (isBusy() && isGmail(to) ? '451 Maximum sending rate exceeded' : undefined),
  });

  test('charges nobody, holds up its domain alone, and goes on at once when staff say so', async () => {
    const edition = await insert(['gmail.com', 'a.example', 'gmail.com', 'gmail.com', 'b.example']);
    let isBusy = true;
    const { workers } = await start(script(() => isBusy));
    expect(await deliver(workers[0]!, edition)).toMatchObject({ kind: 'stands_still', acceptedCount: 2, deferredCount: 0 });
    expect((await listDeliveries(stored.database, edition.editionId)).map(({ attempts }) => attempts)).toEqual([0, 1, 0, 0, 1]);
    expect((await stored.database.query(`select 1 from account_outage`)).rows).toEqual([]);
    isBusy = false;
    expect(await retryAccounts(stored.database)).toMatchObject({
      outages: [],
      domains: [{ domain: 'gmail.com', trouble: 'limit', tryCount: 1 }],
    });
    await waitFor(async () => (await deliver(workers[0]!, edition)) && (await counts(edition)).accepted === 5);
  });

  test('for one message each time has that charged, so that the others have their turn', async () => {
    const edition = await insert(['gmail.com', 'gmail.com', 'gmail.com']);
    const [first = ''] = (
      await stored.database.query<{ address: string }>(
        `select b.address from subscriber b join subscription s on s.subscriber_id = b.id where s.id = $1`,
        [edition.subscriptionIds[0]],
      )
    ).rows.map(({ address }) => address);
    const { workers } = await start(
      { onRcpt: (to) => (to === first ? '451 Maximum sending rate exceeded' : undefined) },
      { query: '?direct=yes&domain-connections=1' },
    );
    await waitFor(async () => {
      await letGo();
      await deliver(workers[0]!, edition);
      return (await counts(edition)).accepted === 2;
    });
    expect(await counts(edition)).toMatchObject({ accepted: 2, queued: 1 });
    expect((await listDeliveries(stored.database, edition.editionId))[0]).toMatchObject({ attempts: 1 });
  });
});

test('a domain that nobody comes through to stands still after three of them', async () => {
  const edition = await insert([...Array.from({ length: 9 }, () => 'away.example'), 'a.example', 'a.example']);
  const { workers, server } = await start(
    { onRcpt: (to) => (domainOf(to) === 'away.example' ? '451 4.4.1 No answer from host' : undefined) },
    { query: '?direct=yes&domain-connections=1' },
  );
  await deliver(workers[0]!, edition);
  expect(server.refused).toHaveLength(3);
  expect(await held()).toEqual([{ group: 'away.example', trouble: 'unreachable', tries: 1 }]);
  expect(await counts(edition)).toMatchObject({ accepted: 2, queued: 9 });
});

test('what greylists puts off each and holds up none', async () => {
  const edition = await insert(Array.from({ length: 6 }, () => 'grey.example'));
  const { workers, server } = await start({ onRcpt: () => '450 4.7.1 Greylisted, try again in 5 minutes' });
  await deliver(workers[0]!, edition);
  expect(server.refused).toHaveLength(6);
  expect(await held()).toEqual([]);
});

test('no more messages are on their way to a domain than it has connections, whatever its aliases, and others have the rest', async () => {
  const domains = Array.from({ length: 40 }, (_none, at) => (at < 30 ? (at % 2 === 0 ? 'gmail.com' : 'googlemail.com') : `d${at}.example`));
  const edition = await insert(domains);
  const onTheirWay = new Map<string, number>();
  const peaks = new Map<string, number>();
  let lastOther = 0;
  let count = 0;
  const server = await startScriptedSmtp({
    async onRcpt(to) {
      const group = isGmail(to) ? 'gmail' : 'others';
      onTheirWay.set(group, (onTheirWay.get(group) ?? 0) + 1);
      peaks.set(group, Math.max(peaks.get(group) ?? 0, onTheirWay.get(group)!));
      await delay(15);
      return undefined;
    },
    onData({ envelope }) {
      const group = isGmail(envelope.to[0]!) ? 'gmail' : 'others';
      onTheirWay.set(group, onTheirWay.get(group)! - 1);
      count += 1;
      if (group === 'others') lastOther = count;
      return undefined;
    },
  });
  const { workers } = await start({}, { server, connections: 6 });
  await deliver(workers[0]!, edition);
  expect(await counts(edition)).toMatchObject({ accepted: 40 });
  expect(peaks.get('gmail')).toBe(2);
  expect(peaks.get('others')).toBeGreaterThan(2);
  // They stand at the end of the list, and do not wait for those before them.
  expect(lastOther).toBeLessThan(30);
});

test('a domain is given so many a minute by all workers together, and others are not counted with it', async () => {
  const editions = [
    await insert([...Array(8).fill('gmail.com'), 'a.example']),
    await insert([...Array(8).fill('googlemail.com'), 'b.example']),
  ];
  const arrivals: number[] = [];
  const { workers } = await start(
    {
      onData: ({ envelope }) => {
        if (isGmail(envelope.to[0]!)) arrivals.push(performance.now());
        return undefined;
      },
    },
    { query: '?direct=yes&domain-per-minute=300', workerCount: 2, patientPauseMs: 60_000 },
  );
  await Promise.all(editions.map(async (edition, at) => deliver(workers[at]!, edition)));
  for (const edition of editions) expect(await counts(edition)).toMatchObject({ accepted: 9 });
  // 62 seconds for 300: each 207 milliseconds after the one before, and the first may have begun up to 2 seconds late.
  expect(arrivals.at(-1)! - arrivals[0]!).toBeGreaterThan(15 * 206 - 2_000);
});

test('what could be tried only when its time is over expires, and its post is owed again', async () => {
  const edition = await insert(['gmail.com', 'gmail.com', 'gmail.com', 'gmail.com', 'a.example']);
  const { database } = stored;
  const [, old = ''] = edition.subscriptionIds;
  await database.query(
    `update delivery set attempts = 3, first_attempt_at = now() - interval '47 hours 30 minutes' where subscription_id = $1`,
    [old],
  );
  await database.query(
    `update delivery set attempts = 3, first_attempt_at = now() - interval '47 hours 30 minutes', doubts = 1, doubted_at = now() where subscription_id = $1`,
    [edition.subscriptionIds[2]],
  );
  // Never tried, and due for as long.
  await database.query(`update delivery set due_at = now() - interval '47 hours 30 minutes' where subscription_id = $1`, [
    edition.subscriptionIds[3],
  ]);
  const { workers, account } = await start({});
  await database.query(
    `insert into receiving_domain (account, domain_group, version, trouble, reply, began_at, refused_at, held_until, try_count, next_at, learned_at, answered_at)
     values ($1, 'gmail.com', 1, 'limit', '421', now(), now(), now() + interval '1 hour', 1, now(), now(), now())`,
    [account],
  );
  expect(await deliver(workers[0]!, edition)).toMatchObject({ kind: 'stands_still', acceptedCount: 1 });
  expect((await listDeliveries(database, edition.editionId)).map(({ state, reason }) => [state, reason])).toEqual([
    ['queued', null],
    ['expired', 'host'],
    ['in_doubt', 'expired'],
    ['expired', 'host'],
    ['accepted', null],
  ]);
  const { rows } = await database.query<{ owed: string[] }>(
    `select owed from subscription_cursor where subscription_id = any($1) order by subscription_id`,
    [edition.subscriptionIds],
  );
  expect(rows.map(({ owed }) => owed)).toEqual([[], [edition.position], [], [edition.position], []]);
});

test('a relay, which hides the hosts, knows of no domains: each message is put off by itself', async () => {
  const edition = await insert(['gmail.com', 'a.example', 'gmail.com', 'gmail.com', 'gmail.com', 'gmail.com']);
  const { workers } = await start({ onRcpt: (to) => (isGmail(to) ? '421 4.7.0 Unusual rate of mail' : undefined) }, { query: '' });
  expect(await deliver(workers[0]!, edition)).toMatchObject({ kind: 'finished', acceptedCount: 1, deferredCount: 5 });
  expect((await stored.database.query(`select 1 from receiving_domain`)).rows).toEqual([]);
});
