import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/kernel/clock.ts';
import { silentLog, type Log } from '../../../src/kernel/log.ts';
import type { Mailer } from '../../../src/mail/message.ts';
import { createTokenSource } from '../../../src/mail/oauth/token-source.ts';
import { createSmtpMailer } from '../../../src/mail/smtp/smtp-mailer.ts';
import { probeSmtp } from '../../../src/mail/smtp/smtp-probe.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startWireServer, type WireAct } from '../../support/wire-server.ts';
import { aMessage, givesTokens, keptLog, respond, startBearerSmtp, startTokenServer, urlOf, type TokenAnswer } from './oauth-world.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function tokensOf(answer: TokenAnswer = givesTokens) {
  const server = await startTokenServer(answer);
  closers.push(() => server.close());
  const client = { tokenUrl: server.url, clientId: 'id-1', clientSecret: 'hunter2-secret', refreshToken: 'hunter2-refresh' };
  return { server, tokens: createTokenSource(client, { timeoutMs: 60_000, clock: systemClock }) };
}

async function start(
  url: string,
  { answer = givesTokens, connections = 2, log = silentLog }: { answer?: TokenAnswer; connections?: number; log?: Log } = {},
) {
  const { server, tokens } = await tokensOf(answer);
  const mailer = createSmtpMailer(url, { maxConnections: connections, log, tokens });
  closers.push(() => mailer.close());
  return { mailer, tokenServer: server };
}

async function startSmtp(isGood: (token: string) => boolean = () => true) {
  const smtp = await startBearerSmtp(isGood);
  closers.push(() => smtp.close());
  return smtp;
}

async function startWire(offers: readonly string[], auth?: (connection: number) => WireAct) {
  const wire = await startWireServer({ offers, acts: (connection) => (auth ? { auth: auth(connection) } : {}) });
  closers.push(() => wire.close());
  return { wire, url: urlOf(wire.port) };
}

const sendMany = async (mailer: Mailer, length: number) =>
  (await Promise.all(Array.from({ length }, () => mailer.send(aMessage())))).map(({ kind }) => kind);
const decoded = (line: string): string => Buffer.from(line.split(' ').at(-1)!, 'base64').toString();
const say =
  (text: string): WireAct =>
  (wire) =>
    wire.say(text);

describe('a login with a token', () => {
  test('is XOAUTH2 where the server offers it, whatever else it offers', async () => {
    const { wire, url } = await startWire(['AUTH PLAIN LOGIN OAUTHBEARER XOAUTH2']);
    const { mailer } = await start(url);
    expect(await mailer.send(aMessage())).toMatchObject({ kind: 'accepted' });
    const { line } = wire.lines.find((one) => one.line.startsWith('AUTH'))!;
    expect(line).toMatch(/^AUTH XOAUTH2 /);
    expect(decoded(line)).toBe('user=ann@example.org\x01auth=Bearer token-1\x01\x01');
  });

  test('is OAUTHBEARER where that alone is offered, with the name as RFC 5801 writes it', async () => {
    const { wire } = await startWire(['AUTH=PLAIN', 'AUTH PLAIN OAUTHBEARER']);
    const { mailer } = await start(`smtp://ann%3Db%2Cc@127.0.0.1:${wire.port}?auth=oauth2`);
    expect(await mailer.send(aMessage())).toMatchObject({ kind: 'accepted' });
    const { line } = wire.lines.find((one) => one.line.startsWith('AUTH'))!;
    expect(line).toMatch(/^AUTH OAUTHBEARER /);
    expect(decoded(line)).toBe(`n,a=ann=3Db=2Cc,\x01host=127.0.0.1\x01port=${wire.port}\x01auth=Bearer token-1\x01\x01`);
  });

  test('works with a server that knows the protocol, and asks for one token for 20 connections', async () => {
    const smtp = await startSmtp();
    const { mailer, tokenServer } = await start(smtp.url, { connections: 20 });
    expect(new Set(await sendMany(mailer, 60))).toEqual(new Set(['accepted']));
    expect(smtp.logins.length).toBeGreaterThan(1);
    expect(new Set(smtp.logins.map(({ user, token }) => `${user} ${token}`))).toEqual(new Set(['ann@example.org token-1']));
    expect(tokenServer.forms).toHaveLength(1);
  });

  test.each([['AUTH PLAIN LOGIN'], ['SIZE 1000']])('needs a server that takes one: it offers %s', async (offer) => {
    const { wire, url } = await startWire([offer]);
    const { mailer } = await start(url);
    expect(await mailer.send(aMessage())).toEqual({
      kind: 'account',
      trouble: 'login',
      reason: 'server takes no login with OAuth 2: it offers neither XOAUTH2 nor OAUTHBEARER',
      isAfterReader: false,
    });
    await waitFor(() => wire.open.size === 0);
    expect(wire.lines.filter(({ line }) => /AUTH|token/.test(line))).toEqual([]);
  });
});

describe('a token goes over TLS', () => {
  // An address that is the loopback interface and does not look like it: there the rules for other machines hold.
  const elsewhere = (port: number, query = '') => urlOf(port).replace('127.0.0.1', '[::ffff:127.0.0.1]') + query;

  test('and the mechanisms that count are those offered behind it', async () => {
    const wire = await startWireServer({
      offers: ({ isSecure }) => (isSecure ? ['AUTH PLAIN OAUTHBEARER'] : ['STARTTLS', 'AUTH PLAIN XOAUTH2']),
    });
    closers.push(() => wire.close());
    const { mailer } = await start(elsewhere(wire.port, '&tls=unverified'));
    expect(await mailer.send(aMessage())).toMatchObject({ kind: 'accepted' });
    const logins = wire.lines.filter(({ line }) => line.startsWith('AUTH'));
    expect(logins).toMatchObject([{ isSecure: true, line: expect.stringMatching(/^AUTH OAUTHBEARER /) }]);
  });

  test('or nowhere', async () => {
    const { wire } = await startWire(['AUTH XOAUTH2']);
    const { mailer } = await start(elsewhere(wire.port));
    expect(await mailer.send(aMessage())).toMatchObject({ kind: 'account', trouble: 'unreachable' });
    expect(wire.connectionCount).toBe(1);
    expect(wire.lines.filter(({ line }) => line.startsWith('AUTH'))).toEqual([]);
  });
});

describe('a refused token', () => {
  test('is renewed once, for all connections, and the login tried again', async () => {
    const smtp = await startSmtp((token) => token !== 'token-1');
    const { mailer, tokenServer } = await start(smtp.url, { connections: 4 });
    expect(new Set(await sendMany(mailer, 12))).toEqual(new Set(['accepted']));
    expect(tokenServer.forms).toHaveLength(2);
    expect(smtp.messageCount).toBe(12);
  });

  test('is renewed too where it was good before', async () => {
    const good = new Set(['token-1']);
    const smtp = await startSmtp((token) => good.has(token));
    const { mailer, tokenServer } = await start(smtp.url, { connections: 1 });
    expect(await mailer.send(aMessage())).toMatchObject({ kind: 'accepted' });
    good.clear();
    good.add('token-2');
    smtp.cutAll();
    await waitFor(async () => (await mailer.send(aMessage())).kind === 'accepted' && tokenServer.forms.length === 2);
    expect(tokenServer.forms).toHaveLength(2);
  });

  test('twice is a refused login, with what the server said', async () => {
    const smtp = await startSmtp(() => false);
    const { mailer, tokenServer } = await start(smtp.url, { connections: 1 });
    expect(await mailer.send(aMessage())).toMatchObject({
      kind: 'account',
      trouble: 'login',
      reason: 'login refused (EAUTH at AUTH XOAUTH2)',
      reply: { code: 535 },
      isAfterReader: false,
    });
    expect([smtp.logins.map(({ token }) => token), tokenServer.forms.length]).toEqual([['token-1', 'token-2'], 2]);
  });

  test.each([
    ['XOAUTH2', ''],
    ['OAUTHBEARER', 'AQ=='],
  ])('of which %s tells first what is wrong is answered with %j, and then refused', async (mechanism, surrender) => {
    const { wire, url } = await startWire([`AUTH ${mechanism}`], () => async (connection) => {
      connection.say(`334 ${Buffer.from('{"status":"invalid_token"}').toString('base64')}\r\n`);
      connection.say((await connection.line()) === surrender ? '535-5.7.8 Bad\r\n535 5.7.8 token\r\n' : '250 What?\r\n');
    });
    const { mailer } = await start(url, { connections: 1 });
    expect(await mailer.send(aMessage())).toMatchObject({
      kind: 'account',
      trouble: 'login',
      reply: { code: 535, enhanced: '5.7.8', text: 'Bad token' },
    });
    expect(wire.connectionCount).toBe(2);
  });

  test.each<[string, string, object]>([
    ['for now', '454 4.7.0 Temporary authentication failure\r\n', { trouble: 'unreachable', reply: { code: 454 } }],
    ['for coming too often', '535 5.7.0 Too many login attempts\r\n', { trouble: 'rate', reply: { code: 535 } }],
    ['by hanging up', '421 4.7.0 Enough\r\n', { trouble: 'rate', reply: { code: 421 } }],
    ['with a lie', '354 Go on\r\n', { trouble: 'unreachable' }],
  ])('%s is no reason for another one', async (_name, reply, outcome) => {
    const { url } = await startWire(['AUTH XOAUTH2'], () => say(reply));
    const { mailer, tokenServer } = await start(url, { connections: 1 });
    expect(await mailer.send(aMessage())).toMatchObject({ kind: 'account', ...outcome });
    expect(tokenServer.forms).toHaveLength(1);
  });

  test('that is answered with half a word, and then with silence, ends in the time for a login', async () => {
    const { wire, url } = await startWire(['AUTH XOAUTH2'], () => async (connection) => {
      connection.say('334 e30=\r\n');
      await connection.line();
      // There is none.
      await connection.line();
    });
    const { tokens } = await tokensOf();
    const mailer = createSmtpMailer(url, { log: silentLog, tokens, timeouts: { greetingMs: 3_000 } });
    closers.push(() => mailer.close());
    expect(await mailer.send(aMessage())).toMatchObject({
      kind: 'account',
      trouble: 'unreachable',
      reason: expect.stringContaining('in time'),
    });
    await waitFor(() => wire.open.size === 0);
  });

  test('lets nobody in who is told so after the surrender', async () => {
    const { url } = await startWire(['AUTH XOAUTH2'], () => async (connection) => {
      connection.say('334 e30=\r\n');
      await connection.line();
      connection.say('235 Welcome\r\n');
    });
    const { mailer } = await start(url, { connections: 1 });
    expect(await mailer.send(aMessage())).toMatchObject({ kind: 'account', trouble: 'unreachable' });
  });
});

describe('a token server that fails', () => {
  test.each<[string, TokenAnswer, object]>([
    [
      'by refusing us',
      (response) => respond(response, 400, { error: 'invalid_grant', error_description: 'expired' }),
      { trouble: 'login', reason: 'token server refused the login: invalid_grant (expired)' },
    ],
    [
      'by being away',
      (response) => void response.writeHead(503).end(),
      { trouble: 'unreachable', reason: 'token server is out of order (HTTP 503)' },
    ],
  ])('%s is a failure of the account, and the mail server is not called', async (_name, answer, outcome) => {
    const { wire, url } = await startWire(['AUTH XOAUTH2']);
    const { mailer } = await start(url, { answer });
    expect(await mailer.send(aMessage())).toEqual({ kind: 'account', ...outcome, isAfterReader: false });
    expect(wire.connectionCount).toBe(0);
  });

  test('when a token is renewed is one too', async () => {
    const smtp = await startSmtp(() => false);
    const answer: TokenAnswer = (response, form, count) =>
      count === 1 ? givesTokens(response, form, count) : respond(response, 400, { error: 'invalid_grant' });
    const { mailer } = await start(smtp.url, { answer, connections: 1 });
    expect(await mailer.send(aMessage())).toMatchObject({
      kind: 'account',
      trouble: 'login',
      reason: 'token server refused the login: invalid_grant',
    });
  });
});

describe('nothing that is secret', () => {
  const long = `hunter2${'x'.repeat(3_000)}`;

  test.each([['hunter2-token'], [long]])(
    'stands in a log or an outcome, though both servers repeat what they heard (%#)',
    async (value) => {
      const { url } = await startWire(['AUTH XOAUTH2'], () => (wire, line) => {
        const token = decoded(line).split('Bearer ')[1]!.split('\x01')[0]!;
        wire.say(`535-5.7.8 Bad token ${token}\r\n535 5.7.8 in ${line}\r\n`);
      });
      const { log, text } = keptLog();
      const answer: TokenAnswer = (response, form, count) =>
        count < 3
          ? respond(response, 200, { access_token: value })
          : respond(response, 400, { error: 'invalid_grant', error_description: JSON.stringify(form) });
      const { mailer } = await start(url, { answer, connections: 1, log });
      const outcomes = [await mailer.send(aMessage()), await mailer.send(aMessage())];
      expect(outcomes).toMatchObject([
        { trouble: 'login', reply: { code: 535, text: expect.stringContaining('[token]') } },
        { trouble: 'login', reason: expect.stringContaining('invalid_grant') },
      ]);
      const all = `${JSON.stringify(outcomes)}\n${text()}`;
      expect(text()).toMatch(/smtp\.login_refused .*invalid_grant/);
      expect(all).not.toMatch(/hunter2|xxxx|ann@example\.org/);
      expect(all).not.toContain(Buffer.from('user=ann@example.org').toString('base64').slice(0, 20));
    },
  );
});

test('a probe logs in with a token', async () => {
  const smtp = await startSmtp();
  const { tokens } = await tokensOf();
  expect(await probeSmtp(smtp.url, ['ann@example.org'], { tokens })).toEqual([{ what: '' }, { sender: 'ann@example.org', what: '' }]);
  const refused = await tokensOf((response) => respond(response, 401, { error: 'invalid_client' }));
  expect(await probeSmtp(smtp.url, ['ann@example.org'], { tokens: refused.tokens })).toEqual([
    { trouble: 'login', what: 'token server refused the login: invalid_client' },
  ]);
});

test('an account without tokens says so', async () => {
  const mailer = createSmtpMailer(urlOf(1), { log: silentLog });
  closers.push(() => mailer.close());
  expect(await mailer.send(aMessage())).toMatchObject({ kind: 'account', trouble: 'login', reason: 'login needs a token server' });
});
