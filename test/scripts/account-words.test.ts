import { describe, expect, test } from '@jest/globals';
import { wordFinding } from '../../scripts/findings.ts';
import { limitsInForce } from '../../src/mail/accounts/limits-in-force.ts';
import { parseSmtpUrl } from '../../src/mail/smtp/smtp-account.ts';

describe('what a send takes', () => {
  const words = (readerCount: number, time: { seconds: number; dayCount: number } | null, perDay: number | null = null) =>
    wordFinding({ state: 'ok', check: 'sending_time', newsletter: 'weekly', account: 'default', readerCount, perDay, time });

  test.each([
    [300, { seconds: 600, dayCount: 1 }, '300 active readers, about 10 minutes'],
    [1, { seconds: 1, dayCount: 1 }, '1 active reader, less than a minute'],
    [60, { seconds: 61, dayCount: 1 }, '60 active readers, about 2 minutes'],
    [9_000, { seconds: 9_000, dayCount: 1 }, '9000 active readers, about 3 hours'],
    [0, { seconds: 0, dayCount: 0 }, 'no active reader yet'],
    [300, null, '300 active readers, as fast as its server takes them'],
  ])('of %d readers is said in words', (count, time, expected) => {
    expect(words(count, time)).toBe(`Newsletter "weekly" through account default: ${expected}`);
  });

  test('on several days says why', () => {
    expect(words(900, { seconds: 172_900, dayCount: 3 }, 400)).toMatch(
      /900 active readers, on 3 days in a row, because it takes 400 a day$/,
    );
  });
});

describe('an account', () => {
  const words = (url: string) => {
    const { limits, origins, preset } = limitsInForce(parseSmtpUrl(url), 4);
    const { direct: given } = parseSmtpUrl(url);
    const direct = given ? { connections: given.connections, perMinute: given.perMinute ?? null } : null;
    const relay = preset ? { name: preset.name, source: preset.source, readOn: preset.readOn, note: preset.note ?? null } : null;
    return wordFinding({
      state: 'ok',
      check: 'account',
      account: 'news',
      variable: 'SMTP_NEWS_URL',
      server: '"x"',
      limits,
      origins,
      direct,
      relay,
    });
  };

  test('says each limit with who says so', () => {
    expect(words('smtp://u:p@smtp.office365.com?per-day=500')).toBe(
      'Account news, "x": 30 a minute (Microsoft 365), 500 a day (SMTP_NEWS_URL); 3 connections (Microsoft 365), 100 messages each',
    );
  });

  test('that delivers to the hosts of the readers itself says what each may be given', () => {
    expect(words('smtp://localhost?direct=yes&domain-per-minute=1200')).toMatch(
      / 100 messages each; each receiving domain 2 connections and 1,200 a minute$/,
    );
    expect(words('smtp://localhost?direct=yes&domain-connections=1')).toMatch(/; each receiving domain 1 connection$/);
  });

  test('at a relay of which nothing is known says how to be faster', () => {
    expect(words('smtp://mail.example.org')).toMatch(/: 1 a second \(an unknown relay\); .*such as \?per-second=10 behind SMTP_NEWS_URL$/);
  });

  test('that a newsletter names and nobody configured says what to set', () => {
    expect(wordFinding({ state: 'fail', check: 'unknown_account', newsletter: 'weekly', account: 'big-list', known: ['default'] })).toMatch(
      /account "big-list", which is not configured \(there are default\): its mail waits\. Set SMTP_BIG_LIST_URL, or /,
    );
  });
});
