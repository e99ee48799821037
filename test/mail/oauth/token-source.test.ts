import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../src/kernel/clock.ts';
import { parseTokenUrl, type OAuthClient } from '../../../src/mail/oauth/oauth-client.ts';
import type { AccessToken } from '../../../src/mail/oauth/token-answer.ts';
import { createTokenSource } from '../../../src/mail/oauth/token-source.ts';
import { givesTokens, respond, startTokenServer, type TokenAnswer, type TokenServer } from './oauth-world.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const client = { clientId: 'id-1', clientSecret: 'hunter2-secret' };

async function start(answer: TokenAnswer = givesTokens, changes: Partial<OAuthClient> = {}, timeoutMs = 60_000) {
  const server: TokenServer = await startTokenServer(answer);
  closers.push(() => server.close());
  let nowMs = Date.UTC(2026, 2, 6);
  const tokens = createTokenSource({ ...client, tokenUrl: server.url, ...changes }, { timeoutMs, clock: () => new Date(nowMs) });
  return { server, tokens, pass: (seconds: number) => void (nowMs += seconds * 1_000) };
}

const valueOf = (token: unknown): string => (token as AccessToken).value;

describe('a token is asked for', () => {
  test('in the name of the client where nobody gave a refresh token', async () => {
    const { server, tokens } = await start(givesTokens, { scope: 'mail.send offline' });
    expect(valueOf(await tokens.get())).toBe('token-1');
    expect(server.forms).toEqual([
      { grant_type: 'client_credentials', client_id: 'id-1', client_secret: 'hunter2-secret', scope: 'mail.send offline' },
    ]);
  });

  test('with the refresh token, and by a client without a secret where it has none', async () => {
    const { server, tokens } = await start(givesTokens, { refreshToken: 'first', clientSecret: undefined });
    await tokens.get();
    expect(server.forms).toEqual([{ grant_type: 'refresh_token', refresh_token: 'first', client_id: 'id-1' }]);
  });

  test('with the refresh token that the server gave last', async () => {
    const { server, tokens, pass } = await start(
      (response, _form, count) =>
        respond(response, 200, { access_token: `token-${count}`, expires_in: 3_600, ...(count === 1 ? { refresh_token: 'second' } : {}) }),
      { refreshToken: 'first' },
    );
    for (let round = 0; round < 3; round += 1) {
      await tokens.get();
      pass(3_600);
    }
    expect(server.forms.map((form) => form['refresh_token'])).toEqual(['first', 'second', 'second']);
  });

  test('once, by however many connections at a time', async () => {
    const { server, tokens } = await start();
    const values = await Promise.all(Array.from({ length: 20 }, async () => valueOf(await tokens.get())));
    expect([new Set(values), server.forms.length]).toEqual([new Set(['token-1']), 1]);
  });

  test('again a minute before it ends, and not earlier', async () => {
    const { tokens, pass } = await start();
    await tokens.get();
    pass(3_539);
    expect(valueOf(await tokens.get())).toBe('token-1');
    pass(1);
    expect(valueOf(await tokens.get())).toBe('token-2');
  });

  test('again when it was refused, once for all who were refused with it', async () => {
    const { server, tokens } = await start();
    const first = (await tokens.get()) as AccessToken;
    const renewed = await Promise.all(Array.from({ length: 20 }, () => tokens.renew(first)));
    expect([new Set(renewed.map(valueOf)), server.forms.length]).toEqual([new Set(['token-2']), 2]);
    // Late with the same news.
    expect(valueOf(await tokens.renew(first))).toBe('token-2');
    expect(server.forms).toHaveLength(2);
  });

  test('again after a failure', async () => {
    const { tokens } = await start((response, form, count) =>
      count === 1 ? void response.writeHead(503).end() : givesTokens(response, form, count),
    );
    expect(await tokens.get()).toEqual({ trouble: 'unreachable', reason: 'token server is out of order (HTTP 503)' });
    expect(valueOf(await tokens.get())).toBe('token-2');
  });
});

describe('a token server that', () => {
  const slow: TokenAnswer = () => {};
  const dripping: TokenAnswer = async (response) => {
    response.writeHead(200);
    while (!response.destroyed) {
      response.write(' ');
      await delay(20);
    }
  };
  const tooMuch: TokenAnswer = (response) => void response.end(`{"access_token":"${'x'.repeat(10_000_000)}"}`);
  const hungUp: TokenAnswer = (response) => void response.destroy();

  test.each<[string, TokenAnswer, string, number]>([
    ['says nothing', slow, 'token server did not answer in time', 300],
    ['answers byte by byte', dripping, 'token server did not answer in time', 300],
    ['answers 10 MB', tooMuch, 'token server answered at too great length', 60_000],
    ['hangs up', hungUp, 'token server cannot be reached (UND_ERR_SOCKET)', 60_000],
    ['answers no json', (response) => void response.end('<html>hello'), 'token server answered without a token', 60_000],
  ])('%s is a failure', async (_name, answer, reason, timeoutMs) => {
    const { tokens } = await start(answer, {}, timeoutMs);
    expect(await tokens.get()).toEqual({ trouble: 'unreachable', reason });
  });

  test('sends us elsewhere is not followed: the secrets are for it alone', async () => {
    const other = await start();
    const { tokens } = await start((response) => void response.writeHead(307, { location: other.server.url }).end());
    expect(await tokens.get()).toEqual({ trouble: 'unreachable', reason: 'token server redirects (HTTP 307): its address is another' });
    expect(other.server.forms).toEqual([]);
  });

  test('repeats what it was sent is not quoted', async () => {
    const { tokens } = await start(
      (response, form) => respond(response, 400, { error: 'invalid_grant', error_description: JSON.stringify(form) }),
      { refreshToken: 'refresh-hunter2' },
    );
    const failure = await tokens.get();
    expect(failure).toMatchObject({ trouble: 'login', reason: expect.stringMatching(/^token server refused the login: invalid_grant \(/) });
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });

  test('is not there is a failure, and so is one without TLS behind https', async () => {
    const { server } = await start();
    const ask = async (tokenUrl: string) => createTokenSource({ ...client, tokenUrl }, { timeoutMs: 60_000, clock: systemClock }).get();
    expect(await ask('http://127.0.0.1:1/token')).toEqual({ trouble: 'unreachable', reason: expect.stringContaining('cannot be reached') });
    expect(await ask(server.url.replace('http:', 'https:'))).toEqual({
      trouble: 'unreachable',
      reason: expect.stringMatching(/^encryption to the token server failed: .*ERR_SSL/),
    });
  });
});

describe('the address of a token server', () => {
  test.each(['https://login.example.com/t/oauth2/v2.0/token', 'http://127.0.0.1:8080/token', 'http://[::1]/', 'http://localhost/token'])(
    'may be %s',
    (text) => {
      expect(parseTokenUrl(text).href).toBe(text);
    },
  );

  test.each([
    'http://login.example.com/token',
    'http://127.0.0.1.example.com/',
    'https://ann:hunter2@login.example.com/',
    'login',
    'ftp://x/',
    'https://x/#y',
  ])('may not be %s, of which nothing is repeated', (text) => {
    expect(() => parseTokenUrl(text)).toThrow(
      /^Expected the address of a token server, https:\/\/host\/path \(http:\/\/ only on this machine\)$/,
    );
  });
});
