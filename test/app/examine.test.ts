import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/app/config.ts';
import { examine } from '../../src/app/examine.ts';
import type { Finding } from '../../src/app/finding.ts';
import { testPem } from '../mail/dkim/signed-message.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startScriptedSmtp } from '../support/smtp-server.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { seedNewsletter } from '../web/seed.ts';

let stored: TestDatabase;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;

beforeEach(async () => {
  stored = await createTestDatabase();
  temp = await makeTempFolder();
});
afterEach(async () => {
  await stored.drop();
  await temp.remove();
});

const look = (env: Readonly<Record<string, string>> = {}): Promise<Finding[]> =>
  examine(loadConfig({ DATABASE_URL: stored.url, DATA_FOLDER: temp.folder, ...env }, () => ''));
const statesOf = (findings: readonly Finding[]) => findings.map(({ check, state }) => `${check} ${state}`);

test('a new installation lacks what a send needs, and nothing of it is broken', async () => {
  const findings = await look();
  expect(statesOf(findings)).toEqual([
    'runtime ok',
    'templates ok',
    'database ok',
    'address_key ok',
    'token_keys ok',
    'workers warn',
    'newsletters warn',
    'no_mail_server warn',
  ]);
  expect(findings).toContainEqual({ state: 'ok', check: 'templates', usable: ['digest', 'letter'] });
  expect(findings).toContainEqual({ state: 'ok', check: 'token_keys', signing: expect.stringMatching(/^[0-9a-f]{16}$/), others: [] });
});

test('what cannot be checked is a finding, with what helps, and the rest is checked all the same', async () => {
  await look();
  const findings = await look({ TOKEN_KEYS: 'k'.repeat(40) });
  expect(statesOf(findings)).toEqual(['runtime ok', 'templates ok', 'failed fail', 'no_mail_server warn']);
  expect(findings).toContainEqual({
    state: 'fail',
    check: 'failed',
    message: expect.stringMatching(/^TOKEN_KEYS: expected the key/),
    remedy: { kind: 'accept_token_keys' },
  });
});

test('newsletters, sources and the mail server are named where something is the matter with them', async () => {
  const smtp = await startScriptedSmtp({ mail: () => '550 5.7.60 Not as this sender' });
  try {
    const { sourceId } = await seedNewsletter(stored.database, 'weekly');
    const bare = `insert into newsletter (slug, name, sender_name, sender_address, postal_address, template) values ('bare', 'B', 'B', 'b@example.org', 'R', 'gone')`;
    await stored.database.query(bare);
    await stored.database.query(`update source set failure_count = 3, last_reason = 'no answer' where id = $1`, [sourceId]);
    const findings = await look({ SMTP_URL: smtp.url });
    expect(findings).toEqual(
      expect.arrayContaining([
        { state: 'ok', check: 'newsletters', count: 2 },
        { state: 'warn', check: 'no_schedule', newsletter: 'bare' },
        { state: 'fail', check: 'newsletter_template', newsletter: 'bare', template: 'gone', fault: expect.any(String) },
        { state: 'warn', check: 'failing_source', sourceId, failureCount: 3, reason: 'no answer' },
        expect.objectContaining({ state: 'ok', check: 'mail_server', sender: undefined }),
        expect.objectContaining({ state: 'fail', check: 'mail_server', sender: 'b@example.org', trouble: 'sender' }),
        expect.objectContaining({ state: 'warn', check: 'local_links' }),
      ]),
    );
  } finally {
    await smtp.close();
  }
});

test('where we sign, the key is named, and the newsletters that it does not sign for', async () => {
  await seedNewsletter(stored.database, 'weekly');
  await stored.database.query(`update newsletter set sender_address = 'letters@example.com'`);
  const signing = await look({ DKIM: 'own', DKIM_KEY: testPem, DKIM_DOMAIN: 'example.org' });
  expect(signing).toContainEqual({ state: 'ok', check: 'signing', domain: 'example.org', selector: 'gazette', bits: 2048 });
  expect(signing).toContainEqual({
    state: 'fail',
    check: 'uncovered_sender',
    newsletter: 'weekly',
    sender: 'letters@example.com',
    domain: 'example.org',
  });
  const broken = await look({ DKIM: 'own' });
  expect(broken).toContainEqual(expect.objectContaining({ state: 'fail', check: 'failed', remedy: { kind: 'make_dkim_key' } }));
});
