import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, masked, variableNames } from '../../src/app/config.ts';
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
      ALLOW_PRIVATE_SOURCES: false,
    });
  });

  test('an empty variable counts as not set', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: '' }, noFiles)).toMatchObject({ PORT: 8080 });
  });

  test('all problems are told at once, each with its variable, what came and what is expected', () => {
    const attempt = () => loadConfig({ PORT: 'http', SMTP_URL: 'mail.example.org', IN_DOUBT: 'maybe' }, noFiles);
    expect(attempt).toThrow(/PORT: expected a whole number from 0 to 65535, got "http"/);
    expect(attempt).toThrow(/SMTP_URL: expected smtp:\/\//);
    expect(attempt).toThrow(/IN_DOUBT: expected resend or hold, got "maybe"/);
  });

  test('a password never stands in a message', () => {
    for (const env of [
      { DATABASE_URL: 'mysql://ann:hunter2@db/x' },
      { SMTP_URL: 'http://ann:hunter2@db' },
      { ADDRESS_KEY_SECRET: 'hunter2' },
    ]) {
      expect(() => loadConfig(env, noFiles)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
    }
    expect(masked('DATABASE_URL', 'postgres://ann:hunter2@db:5432/x')).toBe('"postgres://***@db:5432/x"');
  });

  test('a secret can come from a file, but not from both places', () => {
    const secret = 's'.repeat(40);
    expect(loadConfig({ ADDRESS_KEY_SECRET_FILE: '/run/key' }, () => `${secret}\n`).ADDRESS_KEY_SECRET).toBe(secret);
    expect(() => loadConfig({ ADDRESS_KEY_SECRET: secret, ADDRESS_KEY_SECRET_FILE: '/run/key' }, () => secret)).toThrow(/both set/);
    expect(() => loadConfig({ TOKEN_KEYS_FILE: '/none' }, noFiles)).toThrow(/TOKEN_KEYS_FILE: expected a readable file, got "\/none"/);
  });

  test('PUBLIC_URL is kept as an origin', () => {
    expect(loadConfig({ PUBLIC_URL: 'https://News.Example.org/' }, noFiles).PUBLIC_URL).toBe('https://news.example.org');
    for (const wrong of ['https://example.org/news', 'https://example.org/#top', 'news.example.org', 'ftp://example.org'])
      expect(() => loadConfig({ PUBLIC_URL: wrong }, noFiles)).toThrow(/PUBLIC_URL: .*without a path/);
  });

  test('.env.example names every variable and no other', () => {
    const named = readFileSync(join(packageRoot, '.env.example'), 'utf8').match(/^#?[A-Z][A-Z_]+(?==)/gm) ?? [];
    expect(named.map((name) => name.replace('#', '')).sort()).toEqual([...variableNames].sort());
  });
});
