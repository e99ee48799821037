import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { wordFinding } from '../../scripts/findings.ts';
import { examineAccounts } from '../../src/app/checks/examine-accounts.ts';
import { loadConfig } from '../../src/app/config.ts';
import { examine } from '../../src/app/examine.ts';
import type { Finding } from '../../src/app/finding.ts';
import { testPem } from '../mail/dkim/signed-message.ts';
import { givesTokens, respond, startBearerSmtp, startTokenServer } from '../mail/oauth/oauth-world.ts';
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

test('each account is said with its limits, and each newsletter with what a send takes, or that its account is not there', async () => {
  const { id: newsletterId } = await seedNewsletter(stored.database, 'weekly');
  await seedNewsletter(stored.database, 'lost');
  await stored.database.query(`update newsletter set account = 'gone' where slug = 'lost'`);
  await stored.database.query(
    `with people as (insert into subscriber (address, address_key) select n || '@example.net', 'k' || n from generate_series(1, 300) as n returning id)
     insert into subscription (subscriber_id, newsletter_id, schedule_id, state, language)
       select people.id, s.newsletter_id, s.id, 'active', 'en' from people, schedule s where s.newsletter_id = $1`,
    [newsletterId],
  );
  const findings = await look({ SMTP_URL: 'smtp://127.0.0.1:1?per-minute=30', SMTP_NEWS_URL: 'smtp://u:hunter2@127.0.0.1:1' });
  expect(findings).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ state: 'ok', check: 'account', account: 'default', relay: null, server: '"smtp://127.0.0.1:1"' }),
      expect.objectContaining({ check: 'account', account: 'news', variable: 'SMTP_NEWS_URL', server: '"smtp://***@127.0.0.1:1"' }),
      expect.objectContaining({ check: 'sending_time', newsletter: 'weekly', readerCount: 300, time: { seconds: 600, dayCount: 1 } }),
      { state: 'fail', check: 'unknown_account', newsletter: 'lost', account: 'gone', known: ['default', 'news'] },
      expect.objectContaining({ state: 'fail', check: 'mail_server', variable: 'SMTP_NEWS_URL', sender: undefined }),
    ]),
  );
  expect(JSON.stringify(findings)).not.toContain('hunter2');
});

test('a restored backup fails, and says since when and why nothing is sent', async () => {
  await look();
  await stored.database.query(
    `update setting set value = to_jsonb(replace(value #>> '{}', '"databaseOid":"', '"databaseOid":"9')) where name = 'database_identity'`,
  );
  const findings = await look();
  const hold = {
    id: expect.any(String),
    cause: 'restored',
    reason: 'the data is in another database than before',
    beganAt: expect.any(Date),
  };
  expect(findings).toContainEqual({ state: 'fail', check: 'held', hold });
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

test('a login with OAuth 2 is tried, and what the token server says is told', async () => {
  const smtp = await startBearerSmtp((token) => token === 'token-1');
  const tokenServer = await startTokenServer((response, form, count) =>
    form['client_secret'] === 'hunter2-right' ? givesTokens(response, form, count) : respond(response, 401, { error: 'invalid_client' }),
  );
  const settings = { SMTP_URL: smtp.url, SMTP_OAUTH_TOKEN_URL: tokenServer.url, SMTP_OAUTH_CLIENT_ID: 'id' };
  try {
    expect(await look({ ...settings, SMTP_OAUTH_CLIENT_SECRET: 'hunter2-right' })).toContainEqual(
      expect.objectContaining({ state: 'ok', check: 'mail_server', sender: undefined }),
    );
    const findings = await look({ ...settings, SMTP_OAUTH_CLIENT_SECRET: 'hunter2-wrong' });
    expect(findings).toContainEqual(
      expect.objectContaining({
        state: 'fail',
        check: 'mail_server',
        trouble: 'login',
        detail: 'token server refused the login: invalid_client',
      }),
    );
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  } finally {
    await smtp.close();
    await tokenServer.close();
  }
});

test('a password at a relay that is about to take none is a warning, and a token is none', async () => {
  const env = {
    SMTP_URL: 'smtp://ann:hunter2@smtp.office365.com',
    SMTP_HOME_URL: 'smtp://ann:hunter2@SMTP-Mail.Outlook.com',
    SMTP_OTHER_URL: 'smtp://ann:hunter2@mail.example.org',
    SMTP_NEW_URL: 'smtp://ann@smtp.office365.com?auth=oauth2',
    SMTP_NEW_OAUTH_TOKEN_URL: 'https://login.microsoftonline.com/t/oauth2/v2.0/token',
    SMTP_NEW_OAUTH_CLIENT_ID: 'id',
    SMTP_NEW_OAUTH_CLIENT_SECRET: 'hunter2',
  };
  const config = loadConfig(env, () => '');
  const findings = (await examineAccounts(stored.database, config, [])).filter(({ check }) => check === 'password_login_ends');
  expect(findings).toMatchObject([
    { state: 'warn', account: 'default', variable: 'SMTP_URL' },
    { state: 'warn', account: 'home', variable: 'SMTP_HOME_URL' },
  ]);
  expect(wordFinding(findings[0]!)).toBe(
    'Account default: smtp.office365.com switches logging in by password off by default at the end of December 2026; ?auth=oauth2 behind SMTP_URL logs in with OAuth 2 (README)',
  );
});
