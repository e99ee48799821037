import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { createDeliveryWorker } from '../../src/deliveries/worker.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { createSigner } from '../../src/mail/dkim/signer.ts';
import { parseBounceAddress, parseDeliveryMessageId } from '../../src/mail/message-id.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { testKey, verdictOf } from '../mail/dkim/signed-message.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertFrozenEdition, testSetup } from '../support/frozen-edition.ts';
import { headerOf, startScriptedSmtp } from '../support/smtp-server.ts';

let testDatabase: TestDatabase;
const closers: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => testDatabase.drop());
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function deliverOne(setup: Partial<typeof testSetup>) {
  const server = await startScriptedSmtp();
  const signer = createSigner({ key: testKey, selector: 'gazette', clock: () => new Date('2026-07-01T08:00:00Z') });
  const mailer = createSmtpMailer(server.url, { log: silentLog, signer });
  const { database } = testDatabase;
  const worker = createDeliveryWorker({
    database,
    mailers: mailerSet({}, mailer),
    log: silentLog,
    setup: { ...testSetup, ...setup },
  });
  closers.push(
    () => server.close(),
    () => mailer.close(),
    () => worker.close(),
  );
  const edition = await insertFrozenEdition(database, { count: 1 });
  await worker.deliver(edition);
  return { edition, message: server.received[0]! };
}

test('a digest is a signed list message that one click, or one mail, leaves', async () => {
  const { edition, message } = await deliverOne({
    links: (reader) => ({
      ...testSetup.links(reader),
      unsubscribeMailbox: { address: 'inbound@example.org', subject: `unsubscribe ${reader.subscriptionId}` },
    }),
    complaintAddress: 'inbound@example.org',
    bounceDomain: 'bounce.example.org',
  });
  const header = (name: string) => headerOf(message.raw, name);
  expect(header('list-unsubscribe')).toMatch(
    /^<https:\/\/letters\.example\/unsubscribe\/\d+-\d+>, <mailto:inbound@example\.org\?subject=unsubscribe%20\d+>$/,
  );
  expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
  expect(header('list-id')).toMatch(/<[^<>]+\.example>$/);
  expect(header('list-archive')).toMatch(/^<https:\/\/letters\.example\/archive\/[^<>]+>$/);
  expect(header('list-owner')).toMatch(/^<mailto:[^<>]+@[^<>]+\.example>$/);
  expect(header('feedback-id')).toMatch(/^\d+:[^:]+:digest:gazette$/);
  expect(header('precedence')).toBe('bulk');
  expect(header('cfbl-address')).toBe('inbound@example.org; report=arf');
  const ids = { deliveryId: edition.fromId, editionId: edition.editionId };
  expect(parseDeliveryMessageId(header('message-id') ?? '', [testSetup.messageIdSecret])).toEqual(ids);
  expect(parseBounceAddress(message.envelope.from, [testSetup.messageIdSecret])).toEqual(ids);
  const raw = message.raw.toString('latin1');
  expect(await verdictOf(raw)).toMatchObject({ result: 'pass', aligned: true });
  // Whoever fights abuse looks for these among what is signed (RFC 8058 4).
  const signed =
    /h=([^;]+);/
      .exec(header('dkim-signature') ?? '')?.[1]
      ?.replaceAll(/\s/g, '')
      .toLowerCase()
      .split(':') ?? [];
  expect(signed.filter((name) => name === 'from')).toHaveLength(2);
  for (const name of ['list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'list-archive', 'list-owner', 'feedback-id', 'cfbl-address'])
    expect(signed).toContain(name);
  for (const name of ['date', 'message-id', 'to', 'subject', 'mime-version', 'content-type']) expect(signed).toContain(name);
  expect(await verdictOf(raw.replace('List-Unsubscribe=One-Click', 'List-Unsubscribe=Two-Clicks'))).not.toMatchObject({ result: 'pass' });
  const parsed = await PostalMime.parse(message.raw);
  expect(parsed.html ?? '').not.toMatch(/[\uFDD0-\uFDEF]/);
  expect(parsed.text?.trim()).not.toBe('');
});

test('without a domain for bounces they come to the sender, and nothing is named that nobody reads', async () => {
  const { message } = await deliverOne({});
  expect(message.envelope.from).toBe((await PostalMime.parse(message.raw)).from?.address);
  expect(headerOf(message.raw, 'list-unsubscribe')).toMatch(/^<https:[^,]+>$/);
  expect(headerOf(message.raw, 'cfbl-address')).toBeUndefined();
});
