import { describe, expect, test } from '@jest/globals';
import { commandLogLevel } from '../../src/app/logger.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSecretVariable, loadConfig, masked, variableNamesAmong } from '../../src/app/config.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';

const noFiles = (): string => {
  throw new Error('no file');
};

describe('settings', () => {
  test('nothing set gives a working demo', () => {
    expect(loadConfig({}, noFiles)).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8080,
      DATA_FOLDER: 'data',
      IN_DOUBT: 'resend',
      DELIVERY_RETRY_HOURS: 48,
      ALLOW_PRIVATE_SOURCES: false,
    });
  });

  test.each([
    [undefined, 730],
    ['', 730],
    ['90', 90],
    ['36500', 36_500],
    ['0', 'forever'],
    ['forever', 'forever'],
  ])('KEEP_DELIVERIES %s keeps deliveries for %s', (text, expected) => {
    expect(loadConfig(text === undefined ? {} : { KEEP_DELIVERIES: text }, noFiles).KEEP_DELIVERIES).toBe(expected);
  });

  test.each(['89', '36501', '1', '-1', '9e9', 'never', '730 days'])('KEEP_DELIVERIES %s is refused', (text) => {
    expect(() => loadConfig({ KEEP_DELIVERIES: text }, noFiles)).toThrow(
      `KEEP_DELIVERIES: expected forever, or a number of days from 90 to 36500, got "${text}"`,
    );
  });

  test('an empty variable counts as not set', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: '' }, noFiles)).toMatchObject({ PORT: 8080 });
  });

  test('all problems are told at once, each with its variable, what came and what is expected', () => {
    const attempt = () =>
      loadConfig({ PORT: 'http', SMTP_URL: 'mail.example.org', IN_DOUBT: 'maybe', DELIVERY_RETRY_HOURS: '337' }, noFiles);
    expect(attempt).toThrow(/PORT: expected a whole number from 0 to 65535, got "http"/);
    expect(attempt).toThrow(/SMTP_URL: expected smtp:\/\//);
    expect(attempt).toThrow(/DELIVERY_RETRY_HOURS: expected a whole number from 1 to 336, got "337"/);
    expect(attempt).toThrow(/IN_DOUBT: expected resend or hold, got "maybe"/);
  });

  test('a password never stands in a message', () => {
    for (const env of [
      { DATABASE_URL: 'mysql://ann:hunter2@db/x' },
      { SMTP_URL: 'http://ann:hunter2@db' },
      { ADDRESS_KEY_SECRET: 'hunter2' },
      { HEARTBEAT_URL: 'ftp://watch.example/hunter2' },
    ]) {
      expect(() => loadConfig(env, noFiles)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
    }
    expect(masked('HEARTBEAT_URL', 'https://watch.example/hunter2?key=hunter2')).toBe('"https://watch.example/***"');
    expect(masked('DATABASE_URL', 'postgres://ann:hunter2@db:5432/x')).toBe('"postgres://***@db:5432/x"');
  });

  test('an account is called by its variable, and its URL may stand in a file', () => {
    const config = loadConfig(
      { SMTP_URL: 'smtp://a', SMTP_NEWS_URL: 'smtp://b', SMTP_BIG_LIST_URL_FILE: '/run/list', SMTP_X_URL: '' },
      () => 'smtp://c\n',
    );
    expect(config.mailAccounts).toEqual([
      { name: 'default', variable: 'SMTP_URL', url: 'smtp://a' },
      { name: 'big-list', variable: 'SMTP_BIG_LIST_URL', url: 'smtp://c' },
      { name: 'news', variable: 'SMTP_NEWS_URL', url: 'smtp://b' },
    ]);
    expect(
      variableNamesAmong(['SMTP_BIG_LIST_URL_FILE', 'SMTP_CONNECTIONS', 'PATH']).filter((name) => !variableNamesAmong([]).includes(name)),
    ).toEqual(['SMTP_BIG_LIST_URL', 'SMTP_BIG_LIST_URL_FILE']);
    expect(['SMTP_URL', 'SMTP_NEWS_URL', 'TOKEN_KEYS', 'SMTP_CONNECTIONS'].map(isSecretVariable)).toEqual([true, true, true, false]);
  });

  test('what is wrong with an account is told by its variable and option, and nothing of its URL is', () => {
    const attempt = (env: Record<string, string>) => () => loadConfig(env, noFiles);
    expect(attempt({ SMTP_URL: 'smtp://u:hunter2@a?per-day=many' })).toThrow(
      /^SMTP_URL: expected per-day= in the SMTP URL as a whole number/,
    );
    expect(attempt({ SMTP_NEWS_URL: 'hunter2' })).toThrow(/^SMTP_NEWS_URL: expected smtp:\/\/(?!.*hunter2)/);
    expect(attempt({ SMTP_OUTBOX_URL: 'smtp://a' })).toThrow(/^SMTP_OUTBOX_URL: expected another name, "outbox" is taken/);
    expect(attempt({ SMTP_DEFAULT_URL: 'smtp://a' })).toThrow(/^SMTP_DEFAULT_URL: expected another name/);
    expect(attempt({ SMTP_NEWS_URL: 'smtp://a', SMTP_NEWS_URL_FILE: '/none' })).toThrow(
      /^SMTP_NEWS_URL and SMTP_NEWS_URL_FILE are both set/,
    );
  });

  const oauthUrl = 'smtp://ann@a?auth=oauth2';

  test('what an account logs in with by OAuth 2 stands in variables of its own, or in files', () => {
    const config = loadConfig(
      {
        SMTP_URL: oauthUrl,
        SMTP_OAUTH_TOKEN_URL: 'https://t/token',
        SMTP_OAUTH_CLIENT_ID: 'id',
        SMTP_OAUTH_CLIENT_SECRET_FILE: '/run/secret',
        SMTP_BIG_LIST_URL: 'smtp://bob@b?auth=oauth2',
        SMTP_BIG_LIST_OAUTH_TOKEN_URL: 'http://127.0.0.1/token',
        SMTP_BIG_LIST_OAUTH_CLIENT_ID: 'public',
        SMTP_BIG_LIST_OAUTH_REFRESH_TOKEN: 'refresh',
        SMTP_BIG_LIST_OAUTH_SCOPE: 'mail',
        SMTP_OAUTH_URL: 'smtp://c',
      },
      () => 'hunter2\n',
    );
    expect(config.mailAccounts).toEqual([
      {
        name: 'default',
        variable: 'SMTP_URL',
        url: oauthUrl,
        oauth: { TOKEN_URL: 'https://t/token', CLIENT_ID: 'id', CLIENT_SECRET: 'hunter2' },
      },
      {
        name: 'big-list',
        variable: 'SMTP_BIG_LIST_URL',
        url: 'smtp://bob@b?auth=oauth2',
        oauth: { TOKEN_URL: 'http://127.0.0.1/token', CLIENT_ID: 'public', REFRESH_TOKEN: 'refresh', SCOPE: 'mail' },
      },
      { name: 'oauth', variable: 'SMTP_OAUTH_URL', url: 'smtp://c' },
    ]);
    expect(variableNamesAmong(['SMTP_NEWS_OAUTH_SCOPE_FILE']).slice(-2)).toEqual(['SMTP_NEWS_OAUTH_SCOPE', 'SMTP_NEWS_OAUTH_SCOPE_FILE']);
    const shown = ['TOKEN_URL', 'CLIENT_ID', 'SCOPE', 'CLIENT_SECRET', 'REFRESH_TOKEN'].map((end) =>
      isSecretVariable(`SMTP_NEWS_OAUTH_${end}`),
    );
    expect(shown).toEqual([false, false, false, true, true]);
  });

  test('an account with auth=oauth2 starts with all that it needs or not at all, and each setting that is missing is named', () => {
    const linesOf = (env: Record<string, string>): string[] => {
      try {
        loadConfig({ SMTP_NEWS_URL: oauthUrl, ...env }, noFiles);
        return [];
      } catch (error) {
        return (error as Error).message.split('\n');
      }
    };
    expect(linesOf({})).toEqual([
      'SMTP_NEWS_OAUTH_TOKEN_URL: expected the address of the token server, since SMTP_NEWS_URL says auth=oauth2',
      'SMTP_NEWS_OAUTH_CLIENT_ID: expected the id of the client, since SMTP_NEWS_URL says auth=oauth2',
      'SMTP_NEWS_OAUTH_CLIENT_SECRET: expected the secret of the client, or SMTP_NEWS_OAUTH_REFRESH_TOKEN, since SMTP_NEWS_URL says auth=oauth2',
    ]);
    const whole = { SMTP_NEWS_OAUTH_TOKEN_URL: 'https://t/', SMTP_NEWS_OAUTH_CLIENT_ID: 'id', SMTP_NEWS_OAUTH_CLIENT_SECRET: 'hunter2' };
    expect(linesOf(whole)).toEqual([]);
    expect(linesOf({ ...whole, SMTP_NEWS_OAUTH_CLIENT_SECRET: '', SMTP_NEWS_OAUTH_REFRESH_TOKEN: 'hunter2' })).toEqual([]);
    expect(linesOf({ ...whole, SMTP_NEWS_OAUTH_TOKEN_URL: 'http://hunter2.example.org/' })).toEqual([
      'SMTP_NEWS_OAUTH_TOKEN_URL: expected the address of a token server, https://host/path (http:// only on this machine)',
    ]);
    expect(linesOf({ ...whole, SMTP_NEWS_OAUTH_CLIENT_SECRET_FILE: '/none' })).toContain(
      'SMTP_NEWS_OAUTH_CLIENT_SECRET and SMTP_NEWS_OAUTH_CLIENT_SECRET_FILE are both set: expected one of them',
    );
    expect(linesOf({ SMTP_NEWS_URL: 'smtp://ann:hunter2@a?auth=oauth2' })).toEqual([
      'SMTP_NEWS_URL: expected a user and no password in the SMTP URL with auth=oauth2',
    ]);
  });

  test('NOTICE_ACCOUNT names an account that is configured', () => {
    const env = { SMTP_URL: 'smtp://a', SMTP_NEWS_URL: 'smtp://b' };
    expect(loadConfig({ ...env, NOTICE_ACCOUNT: 'news' }, noFiles).NOTICE_ACCOUNT).toBe('news');
    expect(() => loadConfig({ ...env, NOTICE_ACCOUNT: 'new' }, noFiles)).toThrow(
      'NOTICE_ACCOUNT: expected an account that is configured (default, news), got "new"',
    );
  });

  test('a secret can come from a file, but not from both places', () => {
    const secret = 's'.repeat(40);
    expect(loadConfig({ ADDRESS_KEY_SECRET_FILE: '/run/key' }, () => `${secret}\n`).ADDRESS_KEY_SECRET).toBe(secret);
    expect(() => loadConfig({ ADDRESS_KEY_SECRET: secret, ADDRESS_KEY_SECRET_FILE: '/run/key' }, () => secret)).toThrow(/both set/);
    expect(() => loadConfig({ TOKEN_KEYS_FILE: '/none' }, noFiles)).toThrow(/TOKEN_KEYS_FILE: expected a readable file, got "\/none"/);
  });

  test.each(['watch.example/1234', 'ftp://watch.example/1234', 'https://'])('HEARTBEAT_URL is an http(s) URL, not %j', (wrong) => {
    expect(() => loadConfig({ HEARTBEAT_URL: wrong }, noFiles)).toThrow(
      /HEARTBEAT_URL: expected https:\/\/host\/path of the outside watch/,
    );
  });

  test.each([
    ['0.01', 0.01],
    ['.5', undefined],
    ['2', 2],
    ['10', 10],
    ['1.25', 1.25],
    ['0', undefined],
    ['0.001', undefined],
    ['10.1', undefined],
    ['1e1', undefined],
    ['-1', undefined],
    ['1,5', undefined],
  ])('SMTP_TIMEOUT_FACTOR %s is read as %s', (text, factor) => {
    const read = () => loadConfig({ SMTP_TIMEOUT_FACTOR: text }, noFiles).SMTP_TIMEOUT_FACTOR;
    if (factor === undefined) expect(read).toThrow(`SMTP_TIMEOUT_FACTOR: expected a number from 0.01 to 10, got "${text}"`);
    else expect(read()).toBe(factor);
  });

  test('PUBLIC_URL is kept as an origin', () => {
    expect(loadConfig({ PUBLIC_URL: 'https://News.Example.org/' }, noFiles).PUBLIC_URL).toBe('https://news.example.org');
    for (const wrong of ['https://example.org/news', 'https://example.org/#top', 'news.example.org', 'ftp://example.org'])
      expect(() => loadConfig({ PUBLIC_URL: wrong }, noFiles)).toThrow(/PUBLIC_URL: .*without a path/);
  });

  test.each(['999.1.1.1', 'nope nope', 'a/b', ''.padEnd(3, ' ')])('HOST is an address or a name, not %j', (wrong) => {
    expect(() => loadConfig({ HOST: wrong }, noFiles)).toThrow(/HOST: expected an IP address or a host name, got/);
  });

  test.each(['0.0.0.0', '::', '::1', 'localhost', 'news.example.org'])('HOST may be %s', (right) => {
    expect(loadConfig({ HOST: right }, noFiles).HOST).toBe(right);
  });

  test('TAG_AUTHORITY names a day that there was, since it stands in every feed id for ever', () => {
    for (const right of ['example.org,2026', 'example.org,2026-02', 'example.org,2024-02-29'])
      expect(loadConfig({ TAG_AUTHORITY: right }, noFiles).TAG_AUTHORITY).toBe(right);
    for (const wrong of ['example.org,2026-13-99', 'example.org,2026-02-30', 'example.org', 'example.org,26', 'Example org,2026'])
      expect(() => loadConfig({ TAG_AUTHORITY: wrong }, noFiles)).toThrow(/TAG_AUTHORITY: expected a domain of yours and a day/);
  });

  test('.env.example names every variable and no other', () => {
    const named = readFileSync(join(packageRoot, '.env.example'), 'utf8').match(/^#?[A-Z][A-Z_]+(?==)/gm) ?? [];
    expect(named.map((name) => name.replace('#', '')).sort()).toEqual([...variableNamesAmong([])].sort());
  });
});

describe('what a command that ends writes into its log', () => {
  test.each([
    [undefined, true, 'silent'],
    [undefined, false, 'warn'],
    ['info', true, 'info'],
    ['error', false, 'error'],
  ] as const)('asked for %s, at a terminal: %s, is %s', (asked, isTerminal, level) => {
    expect(commandLogLevel(asked, isTerminal)).toBe(level);
  });
});
