import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createDeliveryWorker } from '../../src/deliveries/worker.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { defaultOutagePolicy } from '../../src/ledger/accounts/account-outage.ts';
import { listOpenOutages } from '../../src/ledger/accounts/account-outage-store.ts';
import { deliveryCounts } from '../../src/ledger/queue/delivery-report-store.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { createTokenSource } from '../../src/mail/oauth/token-source.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { givesTokens, keptLog, respond, startBearerSmtp, startTokenServer, type TokenAnswer } from '../mail/oauth/oauth-world.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertFrozenEdition, testSetup } from '../support/frozen-edition.ts';
import { waitFor } from '../support/wait-for.ts';

let stored: TestDatabase;
beforeAll(async () => {
  stored = await createTestDatabase({ maxConnections: 20 });
});
afterAll(async () => stored.drop());

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test.each<[string, { isGood: () => boolean; answer: TokenAnswer }, RegExp]>([
  ['whose token is refused twice', { isGood: () => false, answer: givesTokens }, /^535 /],
  [
    'whose token server refuses us',
    {
      isGood: () => true,
      answer: (response, form) => respond(response, 400, { error: 'invalid_grant', error_description: JSON.stringify(form) }),
    },
    /^token server refused the login: invalid_grant/,
  ],
])('an account %s stands still, charges nobody, and sends all once it is mended', async (_name, fault, reply) => {
  let isMended = false;
  const smtp = await startBearerSmtp((token) => isMended || (fault.isGood() && token !== ''));
  const tokenServer = await startTokenServer((response, form, count) => (isMended ? givesTokens : fault.answer)(response, form, count));
  const client = { tokenUrl: tokenServer.url, clientId: 'id', clientSecret: 'hunter2-secret', refreshToken: 'hunter2-refresh' };
  const { log, text } = keptLog();
  const tokens = createTokenSource(client, { timeoutMs: 60_000, clock: systemClock });
  const mailer = createSmtpMailer(smtp.url, { log, tokens });
  const worker = createDeliveryWorker({
    database: stored.database,
    mailers: mailerSet({}, mailer),
    log,
    setup: testSetup,
    settings: { aliveMs: 600_000, outages: { ...defaultOutagePolicy, gapsMs: [20] }, judgeEveryMs: 20, patientPauseMs: 0 },
  });
  closers.push(
    () => tokenServer.close(),
    () => smtp.close(),
    () => mailer.close(),
    () => worker.close(),
  );
  const edition = await insertFrozenEdition(stored.database, { count: 20 });
  const deliver = async () => worker.deliver(edition);
  await deliver();
  expect((await listOpenOutages(stored.database, mailer.account)).map((outage) => [outage.trouble, outage.reply])).toEqual([
    ['login', expect.stringMatching(reply)],
  ]);
  const { rows } = await stored.database.query<{ state: string; charged: boolean }>(
    'select distinct state, attempts > 0 or first_attempt_at is not null as charged from delivery where edition_id = $1',
    [edition.editionId],
  );
  expect(rows).toEqual([{ state: 'queued', charged: false }]);
  isMended = true;
  await waitFor(async () => {
    await deliver();
    return ((await deliveryCounts(stored.database, edition.editionId)).accepted ?? 0) === 20;
  });
  expect(await listOpenOutages(stored.database, mailer.account)).toEqual([]);
  expect(text()).not.toMatch(/hunter2|token-\d/);
});
