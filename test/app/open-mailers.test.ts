import { afterEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/app/config.ts';
import { openMailers, type Mailers } from '../../src/app/open-mailers.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { chosenMailer } from '../../src/mail/mailers.ts';
import { buildMail } from '../../src/mail/mime/build-mail.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { startWireServer } from '../support/wire-server.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(env: Readonly<Record<string, string>>, log: Log = silentLog): Promise<Mailers> {
  const temp = await makeTempFolder();
  const mailers = await openMailers(
    loadConfig({ DATA_FOLDER: temp.folder, ...env }, () => ''),
    log,
  );
  closers.push(
    () => temp.remove(),
    () => mailers.close(),
  );
  return mailers;
}

test('a mailer is asked for by the name of its account; what chose none goes through SMTP_URL, and the sample never', async () => {
  const mailers = await open({ SMTP_URL: 'smtp://127.0.0.1:1', SMTP_TEAM_NEWS_URL: 'smtp://u:p@127.0.0.1:2?connections=2&per-second=5' });
  const choose = (account: string | null, isSample = false) => chosenMailer(mailers, { account, isSample });
  expect(choose(null)?.account).toBe('127.0.0.1:1');
  expect(choose('default')).toBe(choose(null));
  expect(choose('team-news')).toMatchObject({ maxConnections: 2, rates: { perSecond: 5 } });
  expect(choose('gone')).toBeUndefined();
  expect([choose(null, true), choose('gone', true)]).toEqual([mailers.outbox, mailers.outbox]);
  expect(mailers.named.map(({ name }) => name)).toEqual(['default', 'team-news']);
});

test('without SMTP_URL the outbox is the default account, and has no limit', async () => {
  const mailers = await open({});
  expect([mailers.find('default'), mailers.outbox.rates, mailers.all]).toEqual([mailers.outbox, {}, [mailers.outbox]]);
});

test('two names of one login have one limit: the lesser of what is said of each', async () => {
  const { find } = await open({
    SMTP_URL: 'smtp://u:p@127.0.0.1:1?per-second=5&per-day=100',
    SMTP_NEWS_URL: 'smtp://u:p@127.0.0.1:1?per-second=9&per-hour=50',
    SMTP_OTHER_URL: 'smtp://v:p@127.0.0.1:1?per-second=9',
  });
  const shared = { perSecond: 5, perHour: 50, perDay: 100 };
  expect([find('default'), find('news'), find('other')].map((mailer) => mailer?.rates)).toEqual([shared, shared, { perSecond: 9 }]);
  expect(find('news')?.account).toBe(find('default')?.account);
});

test('a relay of which nothing is known is slow, and the log says so once for each', async () => {
  const said: unknown[] = [];
  const log: Log = { ...silentLog, warn: (event, fields) => void said.push([event, fields]) };
  await open({ SMTP_URL: 'smtp://mail.example.org', SMTP_NEWS_URL: 'smtp://mail.example.net?per-second=2' }, log);
  expect(said).toEqual([['account.unknown_relay', { account: 'default', perSecond: 1 }]]);
});

test('how long a server may take is the time of the standard times SMTP_TIMEOUT_FACTOR', async () => {
  const server = await startWireServer({ acts: () => ({ greet: () => {} }) });
  closers.push(() => server.close());
  const mailers = await open({ SMTP_URL: server.url, SMTP_TIMEOUT_FACTOR: '0.01' });
  // 5 minutes times 0.01; without the factor this test would end before.
  expect(await mailers.find('default')?.send(message())).toMatchObject({
    kind: 'account',
    trouble: 'unreachable',
    reason: expect.stringContaining('did not answer in time'),
  });
});

function message() {
  return buildMail({
    from: { address: 'letter@example.org' },
    to: { address: 'ann@example.org' },
    subject: 'News',
    date: new Date('2026-03-06T08:00:00Z'),
    messageId: '<d1.e1.x@example.org>',
    headers: [],
    text: 'Hello',
    envelopeFrom: 'letter@example.org',
  });
}
