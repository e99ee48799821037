/*
 * One delivery worker that sends whatever is due, made to be killed: `worker-process <setting as JSON>`. It sweeps and delivers as a tick of `gazette worker`
 * does, more often, and writes what it logs, a line each. It ends at SIGTERM, or with the run.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '../../src/db/db.ts';
import type { DeliveryRange } from '../../src/deliveries/deliver-range.ts';
import { createDeliveryWorker } from '../../src/deliveries/worker.ts';
import type { Log } from '../../src/kernel/log.ts';
import { defaultOutagePolicy } from '../../src/ledger/accounts/account-outage.ts';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { sweepDeliveries } from '../../src/ledger/sweep/sweep-deliveries.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import type { WorkerSetting } from './crew.ts';

const setting = JSON.parse(process.argv[2] ?? '') as WorkerSetting;
const say = (level: string, event: string, fields: object = {}): void =>
  void process.stderr.write(
    `${JSON.stringify({ at: Date.now(), level, event, ...fields }, (_key, value: unknown) => (value instanceof Error ? value.message : value))}\n`,
  );
const log: Log = {
  error: (event, fields) => say('error', event, fields),
  warn: (event, fields) => say('warn', event, fields),
  info: (event, fields) => say('info', event, fields),
  debug: () => {},
};
const retry = { ...defaultRetryPolicy, gapsMs: setting.gapsMs };
const outages = { ...defaultOutagePolicy, gapsMs: setting.gapsMs, limitGapsMs: setting.gapsMs, othersFirstMs: setting.sweepEveryMs };
const database = openDatabase(setting.databaseUrl);
const mailer = createSmtpMailer(setting.smtpUrl, { maxConnections: setting.connections, log });
const worker = createDeliveryWorker({
  database,
  mailers: mailerSet({}, mailer),
  log,
  setup: {
    links: ({ subscriptionId }) => ({ unsubscribe: `https://letters.example/unsubscribe/${subscriptionId}`, preferences: '', browser: '' }),
    archiveUrl: (slug) => `https://letters.example/archive/${slug}`,
    messageIdSecret: Buffer.from('a secret of at least 32 characters'),
  },
  settings: { aliveMs: setting.aliveMs, renewEveryMs: setting.aliveMs / 6, retry, outages },
});

const underWay = new Map<string, Promise<unknown>>();
let isOver = false;
process.on('disconnect', () => process.exit());
process.once('SIGTERM', () => void finish());
process.send?.('ready');
while (!isOver) {
  await sweep();
  await delay(setting.sweepEveryMs);
}

async function sweep(): Promise<void> {
  const ranges: DeliveryRange[] = [];
  try {
    await sweepDeliveries(database, {
      policy: retry,
      outages,
      enqueue: async (_tx, job) => void (job.name === 'deliver' && ranges.push(job)),
      now: new Date(),
    });
  } catch (error) {
    log.warn('sweep.failed', { error });
  }
  for (const range of ranges) {
    const key = `${range.editionId} ${range.fromId}`;
    if (isOver || underWay.has(key)) continue;
    const delivering = worker
      .deliver(range)
      .catch((error: unknown) => log.warn('deliver.failed', { error }))
      .finally(() => underWay.delete(key));
    underWay.set(key, delivering);
  }
}

async function finish(): Promise<void> {
  isOver = true;
  await worker.close();
  process.exit();
}
