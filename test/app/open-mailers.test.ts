import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/app/config.ts';
import { openMailers, type Mailers } from '../../src/app/open-mailers.ts';
import { oauthClientOf, type OAuthSettings } from '../../src/app/variables/oauth-settings.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { findRelayLogin } from '../../src/mail/accounts/relay-logins.ts';
import { chosenMailer } from '../../src/mail/mailers.ts';
import { aMessage, givesTokens, startBearerSmtp, startTokenServer, type TokenAnswer } from '../mail/oauth/oauth-world.ts';
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
  expect(await mailers.find('default')?.send(aMessage())).toMatchObject({
    kind: 'account',
    trouble: 'unreachable',
    reason: expect.stringContaining('did not answer in time'),
  });
});

describe('an account with OAuth 2', () => {
  async function openAt(changes: Readonly<Record<string, string>>, answer?: TokenAnswer) {
    const smtp = await startBearerSmtp((token) => token.startsWith('token-'));
    const tokenServer = await startTokenServer(answer);
    closers.push(
      () => smtp.close(),
      () => tokenServer.close(),
    );
    const mailers = await open({
      SMTP_NEWS_URL: smtp.url,
      SMTP_NEWS_OAUTH_TOKEN_URL: tokenServer.url,
      SMTP_NEWS_OAUTH_CLIENT_ID: 'id',
      ...changes,
    });
    return { smtp, tokenServer, mailer: mailers.find('news')! };
  }

  test('sends with what its settings say', async () => {
    const { smtp, tokenServer, mailer } = await openAt({ SMTP_NEWS_OAUTH_REFRESH_TOKEN: 'refresh', SMTP_NEWS_OAUTH_SCOPE: 'mail' });
    expect(await mailer.send(aMessage())).toMatchObject({ kind: 'accepted' });
    expect(smtp.logins).toEqual([{ user: 'ann@example.org', token: 'token-1' }]);
    expect(tokenServer.forms).toEqual([{ grant_type: 'refresh_token', refresh_token: 'refresh', client_id: 'id', scope: 'mail' }]);
  });

  test('waits for its token server as long as SMTP_TIMEOUT_FACTOR says', async () => {
    // 30 seconds times 0.01; it would answer a little later.
    const late: TokenAnswer = async (response, form, count) => {
      await delay(3_000);
      await givesTokens(response, form, count);
    };
    const { mailer } = await openAt({ SMTP_NEWS_OAUTH_CLIENT_SECRET: 'secret', SMTP_TIMEOUT_FACTOR: '0.01' }, late);
    expect(await mailer.send(aMessage())).toMatchObject({
      kind: 'account',
      trouble: 'unreachable',
      reason: 'token server did not answer in time',
    });
  });

  test('asks Microsoft for what Microsoft wants where it asks in its own name, unless its settings say otherwise', () => {
    const scopeOf = (settings: OAuthSettings, host = 'smtp.office365.com') =>
      oauthClientOf(settings, findRelayLogin(host)?.clientScope).scope;
    expect(scopeOf({ CLIENT_SECRET: 's' })).toBe('https://outlook.office365.com/.default');
    expect(scopeOf({ CLIENT_SECRET: 's' }, 'SMTP.Office365.com')).toBe('https://outlook.office365.com/.default');
    expect(scopeOf({ CLIENT_SECRET: 's', SCOPE: 'mine' })).toBe('mine');
    expect(scopeOf({ REFRESH_TOKEN: 'r' })).toBeUndefined();
    expect(scopeOf({ CLIENT_SECRET: 's' }, 'mail.example.org')).toBeUndefined();
  });
});
