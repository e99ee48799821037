import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { serve, worker } from '../../../scripts/table/running.ts';
import { startDatabaseProxy } from '../../../bench/support-database-proxy.ts';
import { openDatabase } from '../../../src/db/db.ts';
import { readFigures } from '../../../src/app/metrics/read-figures.ts';
import { jobNames } from '../../../src/jobs/job-queue.ts';
import { editionStates } from '../../../src/ledger/drafts/edition.ts';
import { insertFrozenEdition } from '../../support/frozen-edition.ts';
import { startHttpSite } from '../../support/http-site.ts';
import { startCommand, type LastingCommand } from '../../support/run-gazette.ts';
import { startScriptedSmtp } from '../../support/smtp-server.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createInstallation, type Installation } from '../../scripts/run-main.ts';
import { type ExposedFamily, parseExposition } from './exposition.ts';

let gazette: Installation;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  gazette = await createInstallation();
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  await gazette.remove();
});

async function startWorker(settings: Readonly<Record<string, string>> = {}): Promise<LastingCommand & { readonly url: string }> {
  const running = await startCommand(worker, { ...gazette.env, METRICS_LISTEN: '0', ...settings }, /A worker is running/);
  cleanups.push(() => running.stop());
  const [, url = ''] = /Metrics: (http:\S+)/.exec(running.printed.join('\n')) ?? [];
  return { ...running, url };
}

async function scrape(url: string): Promise<{ text: string; families: Map<string, ExposedFamily> }> {
  const response = await fetch(url);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const text = await response.text();
  return { text, families: parseExposition(text) };
}

/** The value of a sample whose labels have these among them; undefined where there is none. */
function valueOf(families: Map<string, ExposedFamily>, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const family = families.get(name) ?? [...families].find(([each]) => name.startsWith(each) && /_(?:sum|count|bucket)$/.test(name))?.[1];
  const found = family?.samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return found?.length ? found.reduce((sum, { value }) => sum + value, 0) : undefined;
}

describe('what a worker with METRICS_LISTEN tells while it sends', () => {
  test('is each message by account, outcome and provider, the queue, the limits and the lease, in the format of Prometheus, with no address', async () => {
    const smtp = await startScriptedSmtp({
      rcpt: ({ to }) => (/^reader2@/i.test(to) ? '451 4.2.0 Later' : /^reader3@/i.test(to) ? '550 5.1.1 Nobody of that name' : undefined),
    });
    cleanups.push(() => smtp.close());
    const edition = await insertFrozenEdition(gazette.stored.database, { count: 5 });
    const { query } = gazette.stored.database;
    const readers = `from subscription s where s.subscriber_id = b.id and s.id = any($1::bigint[])`;
    await query(`update subscriber b set address = 'Ann@gmail.com' ${readers} and b.address like 'Reader1@%'`, [edition.subscriptionIds]);
    await query(`update subscriber b set address = 'Bea@hotmail.co.uk' ${readers} and b.address like 'Reader4@%'`, [
      edition.subscriptionIds,
    ]);
    const { url } = await startWorker({ SMTP_URL: `${smtp.url}?per-second=1000&per-day=5000`, SMTP_CONNECTIONS: '2' });
    const account = `127.0.0.1:${smtp.port}`;
    const { text, families } = await waitFor(
      async () => {
        const scraped = await scrape(url);
        return valueOf(scraped.families, 'gazette_messages_total') === 5 && valueOf(scraped.families, 'gazette_deliveries_open') === 1
          ? scraped
          : undefined;
      },
      { what: 'five messages to be told of, and one that is left', intervalMs: 300 },
    );
    const told = (outcome: string, provider: string) => valueOf(families, 'gazette_messages_total', { account, outcome, provider });
    expect([told('accepted', 'gmail'), told('accepted', 'outlook'), told('accepted', 'other')]).toEqual([1, 1, 1]);
    expect([told('deferred', 'other'), told('rejected', 'other'), told('in_doubt', 'other')]).toEqual([1, 1, undefined]);
    expect(valueOf(families, 'gazette_message_seconds_count', { account })).toBe(5);
    expect(valueOf(families, 'gazette_message_seconds_sum', { account })).toBeGreaterThan(0);
    expect(valueOf(families, 'gazette_tick_seconds_count')).toBeGreaterThanOrEqual(2);
    expect(valueOf(families, 'gazette_ticks_lost_total')).toBe(0);
    // The one that the server will take later.
    expect(['due', 'later', 'sending'].map((state) => valueOf(families, 'gazette_deliveries_open', { state }))).toEqual([0, 1, 0]);
    expect(valueOf(families, 'gazette_deliveries_unread')).toBe(0);
    expect(valueOf(families, 'gazette_editions', { state: 'sending' })).toBe(1);
    expect(families.get('gazette_editions')!.samples.map(({ labels }) => labels['state'])).toEqual([...editionStates]);
    expect(families.get('gazette_jobs_waiting')!.samples.map(({ labels }) => labels['kind'])).toEqual([...jobNames]);
    expect(['second', 'day'].map((window) => valueOf(families, 'gazette_account_limit', { account, window }))).toEqual([1000, 5000]);
    expect(valueOf(families, 'gazette_account_counted', { account, window: 'day' })).toBeGreaterThanOrEqual(5);
    expect(valueOf(families, 'gazette_account_connections', { account, state: 'most' })).toBe(2);
    expect(valueOf(families, 'gazette_account_connections', { account, state: 'open' })).toBe(smtp.openConnectionCount);
    expect(valueOf(families, 'gazette_account_standing_still', { account })).toBe(0);
    expect([valueOf(families, 'gazette_workers'), valueOf(families, 'gazette_sending_held')]).toEqual([1, 0]);
    const lease = valueOf(families, 'gazette_worker_lease_seconds')!;
    expect([lease > 0, lease <= 30]).toEqual([true, true]);
    expect([valueOf(families, 'gazette_database_up'), valueOf(families, 'gazette_build_info')]).toEqual([1, 1]);
    // Of Node's own there are enough to see what the process does.
    expect(['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds'].filter((name) => !families.has(name))).toEqual([]);
    expect(text).not.toMatch(/[^\s"]@|reader\d|hotmail|example/i);
    for (const [name, { help }] of families) expect([name, help.length > 10]).toEqual([name, true]);
  });

  test('is what stands still: of an account that cannot be reached, when it is tried again', async () => {
    await insertFrozenEdition(gazette.stored.database, { count: 1 });
    const { url } = await startWorker({ SMTP_URL: 'smtp://127.0.0.1:1' });
    const labels = { account: '127.0.0.1:1' };
    const { families } = await waitFor(
      async () => {
        const scraped = await scrape(url);
        return valueOf(scraped.families, 'gazette_account_standing_still', labels) === 1 ? scraped : undefined;
      },
      { what: 'the account to stand still', intervalMs: 300 },
    );
    const { rows } = await gazette.stored.database.query<{ at: Date }>(
      `select next_try_at as at from account_outage where account = $1 and ended_at is null`,
      [labels.account],
    );
    expect(rows.map(({ at }) => at.getTime() / 1_000)).toContain(valueOf(families, 'gazette_account_next_try_timestamp_seconds', labels));
    expect(valueOf(families, 'gazette_messages_total', { ...labels, outcome: 'account' })).toBeGreaterThan(0);
    expect(valueOf(families, 'gazette_message_seconds_count', labels)).toBeUndefined();
  });

  test('is that sending is held', async () => {
    await gazette.done('sending hold --reason "a trial"');
    const { url } = await startWorker();
    expect(valueOf((await scrape(url)).families, 'gazette_sending_held')).toBe(1);
  });

  test('goes on without the database, which it says, and with it when it is back', async () => {
    const proxy = await startDatabaseProxy(gazette.stored.url);
    cleanups.push(async () => proxy.close());
    const { url } = await startWorker({ DATABASE_URL: proxy.url });
    expect(valueOf((await scrape(url)).families, 'gazette_database_up')).toBe(1);
    const until = (up: number) =>
      waitFor(
        async () => {
          const { families } = await scrape(url);
          return valueOf(families, 'gazette_database_up') === up ? families : undefined;
        },
        { what: `gazette_database_up ${up}`, intervalMs: 300 },
      );
    // Nothing passes, and nobody is told: a look that waited for it would never end.
    proxy.hold(true);
    const away = await until(0);
    expect(away.get('gazette_deliveries_open')!.samples).toEqual([]);
    expect(away.get('gazette_deliveries_unread')!.samples).toEqual([]);
    expect(valueOf(away, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    proxy.hold(false);
    expect(valueOf(await until(1), 'gazette_deliveries_open', { state: 'sending' })).toBe(0);
  });
});

describe('METRICS_LISTEN', () => {
  test('has an address that answers GET and HEAD of /metrics, and nothing else', async () => {
    const { url } = await startWorker();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(1_000);
    const others: [string, string][] = [
      ['GET', '/'],
      ['GET', '/metrics/'],
      ['GET', '/healthz'],
      ['POST', '/metrics'],
      ['OPTIONS', '/metrics'],
    ];
    for (const [method, path] of others) {
      const response = await fetch(new URL(path, url), { method });
      expect([method, path, response.status, await response.text()]).toEqual([method, path, 404, 'Not found.\n']);
    }
  });

  test('is off unless it is set, and never on the address of the pages', async () => {
    const silent = await startCommand(worker, gazette.env, /A worker is running/);
    cleanups.push(() => silent.stop());
    expect(silent.printed.join('\n')).not.toContain('Metrics');
    const running = await startCommand(serve, { ...gazette.env, PORT: '0', METRICS_LISTEN: '0' }, /Ctrl-C ends it/, ['--no-worker']);
    cleanups.push(() => running.stop());
    const printed = running.printed.join('\n');
    const [, pages = ''] = /Web pages: (http:\S+)/.exec(printed) ?? [];
    const [, url = ''] = /The metrics +(http:\S+)/.exec(printed) ?? [];
    expect((await fetch(new URL('/metrics', pages))).status).toBe(404);
    const { families } = await scrape(url);
    expect(valueOf(families, 'gazette_workers')).toBeGreaterThanOrEqual(0);
    // Nothing is sent from here, and no account is anybody's.
    expect(families.get('gazette_messages_total')!.samples).toEqual([]);
  });

  test('stops the start with one line where its port is taken', async () => {
    const taken = await startHttpSite((_request, response) => void response.end('somebody else'));
    cleanups.push(() => taken.close());
    for (const command of ['serve --no-sample', 'worker']) {
      const { exitCode, stderr } = await gazette.run(command, { PORT: '0', METRICS_LISTEN: String(taken.port) });
      expect([command, exitCode]).toEqual([command, 1]);
      expect(stderr.trimEnd()).toMatch(new RegExp(`^gazette \\w+: METRICS_LISTEN: expected a free port, but ${taken.port} on 127[^\\n]*$`));
    }
  });
});

describe('reading the figures', () => {
  test('writes nothing, and takes no longer than a database that is locked allows', async () => {
    const other = openDatabase(gazette.stored.url);
    cleanups.push(() => other.close());
    await other.transaction(async (tx) => {
      await tx.query('lock table open_range in access exclusive mode');
      await expect(readFigures(gazette.stored.database)).rejects.toThrow(/statement timeout/);
    });
  });
});
