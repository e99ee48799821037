import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createDeliveryWorker, type DeliveryWorker } from '../../src/deliveries/worker.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { listUsedUpAccounts, readAccountRate } from '../../src/ledger/accounts/account-rate-store.ts';
import { takeBlock } from '../../src/ledger/accounts/take-block.ts';
import { deliveryCounts } from '../../src/ledger/queue/delivery-report-store.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import type { SendingRates } from '../../src/mail/sending-limits.ts';
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

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface World {
  readonly server: ScriptedSmtp;
  readonly workers: readonly DeliveryWorker[];
  /** When each message was there, in milliseconds that never jump. */
  readonly arrivals: number[];
  readonly account: string;
}

async function start(
  rates: SendingRates,
  { workerCount = 1, script = {}, sliceMs = Infinity }: { workerCount?: number; script?: SmtpScript; sliceMs?: number } = {},
): Promise<World> {
  const arrivals: number[] = [];
  const onData: SmtpScript['onData'] = (message, context) => {
    arrivals.push(performance.now());
    return script.onData?.(message, context);
  };
  const server = await startScriptedSmtp({ ...script, onData });
  closers.push(() => server.close());
  const mailers = Array.from({ length: workerCount }, () => createSmtpMailer(server.url, { maxConnections: 2, rates, log: silentLog }));
  const workers = mailers.map((mailer) =>
    createDeliveryWorker({
      database: stored.database,
      mailers: mailerSet({}, mailer),
      log: silentLog,
      setup: testSetup,
      settings: { sliceMs },
    }),
  );
  closers.push(
    async () => void (await Promise.all(mailers.map((mailer) => mailer.close()))),
    async () => void (await Promise.all(workers.map((worker) => worker.close()))),
  );
  return { server, workers, arrivals, account: mailers[0]!.account };
}

const insert = async (count: number): Promise<FrozenEdition> => insertFrozenEdition(stored.database, { count });
const deliver = async (worker: DeliveryWorker, { editionId, fromId, toId }: FrozenEdition) => worker.deliver({ editionId, fromId, toId });

describe('a limit', () => {
  test('by the second is kept by several workers together, and everything goes in the end', async () => {
    const { workers, arrivals, account } = await start({ perSecond: 40 }, { workerCount: 2 });
    const editions = [await insert(40), await insert(40)];
    await Promise.all(editions.map((edition, at) => deliver(workers[at]!, edition)));
    for (const { editionId } of editions) expect((await deliveryCounts(stored.database, editionId)).accepted).toBe(40);
    // Their moments are 27 milliseconds apart, and none comes before its own; the first ones may have waited for a connection.
    expect(arrivals.at(-1)! - arrivals[0]!).toBeGreaterThan(79 * 27 - 80 - 1_000);
    const { rate } = await readAccountRate(stored.database, account);
    expect(rate.day.counts.reduce((total, count) => total + count, 0)).toBeGreaterThanOrEqual(80);
  });

  test('by the day ends the job and not the mail: what is left waits, uncharged, and goes when there is something again', async () => {
    const { workers, server, account } = await start({ perDay: 20 });
    const edition = await insert(30);
    expect(await deliver(workers[0]!, edition)).toMatchObject({ kind: 'stands_still', acceptedCount: 19 });
    // The next job ends at once.
    expect(await deliver(workers[0]!, edition)).toMatchObject({ kind: 'stands_still', acceptedCount: 0 });
    expect(await deliveryCounts(stored.database, edition.editionId)).toMatchObject({ accepted: 19, queued: 11 });
    expect(server.accepted()).toHaveLength(19);
    expect(await listUsedUpAccounts(stored.database)).toEqual([{ account, usedUpUntil: expect.any(Date) }]);
    // One is kept for a notice.
    expect((await takeBlock(stored.database, account, { perDay: 20 }, { mostCount: 1, isNotice: true })).count).toBe(1);
    const other = await start({ perDay: 1_000 });
    expect(await deliver(other.workers[0]!, edition)).toMatchObject({ kind: 'finished', acceptedCount: 11 });
  });

  test('that is high is no hindrance', async () => {
    const { workers } = await start({ perSecond: 5_000, perMinute: 200_000, perHour: 1_000_000, perDay: 1_000_000 });
    expect(await deliver(workers[0]!, await insert(300))).toMatchObject({ kind: 'finished', acceptedCount: 300 });
  });

  test('that one worker met is learned by another, which met none', async () => {
    let refusedCount = 0;
    const onData: SmtpScript['onData'] = () =>
      refusedCount++ === 3 ? '454 4.7.0 Throttling failure: Maximum sending rate exceeded.' : undefined;
    const { workers, account } = await start({}, { workerCount: 2, script: { onData } });
    const delivering = deliver(workers[0]!, await insert(20));
    await waitFor(async () => (await readAccountRate(stored.database, account)).rate.learnedPerSecond !== null, {
      what: 'what was learned',
    });
    const block = await takeBlock(stored.database, account, {}, { mostCount: 1_000 });
    expect(block).toMatchObject({ isCounted: true });
    expect(block.spacingMs).toBeGreaterThan(0);
    expect(await delivering).toMatchObject({ acceptedCount: 20 });
  });
});

describe('editions that go through one account', () => {
  test('of which jobs wait for a place: one that took its time gives it up, loses nothing and goes on later', async () => {
    const { workers } = await start({ perSecond: 20 }, { sliceMs: 300 });
    const edition = await insert(30);
    const first = await deliver(workers[0]!, edition);
    expect(first.kind).toBe('yielded');
    expect(first.acceptedCount).toBeLessThan(30);
    await waitFor(async () => (await deliver(workers[0]!, edition)).kind === 'finished', { what: 'the end of the edition' });
    expect((await deliveryCounts(stored.database, edition.editionId)).accepted).toBe(30);
  });

  test('take turns: a small one is through in time of its own size, however large the one is that began before', async () => {
    const { workers, server } = await start({ perSecond: 60 });
    const [large, small] = [await insert(200), await insert(5)];
    const delivering = deliver(workers[0]!, large);
    await waitFor(() => server.accepted().length >= 5, { what: 'the large one on its way' });
    await deliver(workers[0]!, small);
    const largeCount = (await deliveryCounts(stored.database, large.editionId)).accepted;
    // Turn by turn, and what was on its way or given before.
    expect(largeCount).toBeLessThan(100);
    expect(await delivering).toMatchObject({ acceptedCount: 200 });
  });
});
