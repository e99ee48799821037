import { describe, expect, test } from '@jest/globals';
import { limitsInForce } from '../../src/mail/accounts/limits-in-force.ts';
import { relayPresets } from '../../src/mail/accounts/relay-presets.ts';
import { parseSmtpUrl } from '../../src/mail/smtp/smtp-account.ts';

const inForce = (url: string, mostConnections = 4) => limitsInForce(parseSmtpUrl(url), mostConnections);

describe('the limits of an account', () => {
  test.each([
    ['smtp://u:p@email-smtp.eu-west-1.amazonaws.com', 'Amazon SES', { perSecond: 14, connections: 4 }],
    ['smtp://a%40example.org:p@smtp.office365.com', 'Microsoft 365', { perMinute: 30, perDay: 10_000, connections: 3 }],
    ['smtp://ann%40gmail.com:p@smtp.gmail.com', 'Gmail', { perDay: 400 }],
    ['smtp://ann%40example.org:p@smtp.gmail.com', 'Google Workspace', { perDay: 1_600 }],
    ['smtp://smtp-relay.gmail.com', 'Google Workspace', { perDay: 1_600 }],
    ['smtp://u:p@SMTP-RELAY.brevo.com', 'Brevo, free plan', { perDay: 300 }],
    ['smtp://u:p@smtp-broadcasts.postmarkapp.com', 'Postmark, broadcast stream', { perSecond: 10 }],
  ])('of %s are those of %s', (url, name, limits) => {
    const { preset, limits: found } = inForce(url);
    expect(preset?.name).toBe(name);
    expect(found).toMatchObject({ ...limits, messagesPerConnection: 100, idleSeconds: 20 });
  });

  test('are taken from the URL where it states them, one by one, and each says where it comes from', () => {
    expect(inForce('smtp://u:p@smtp.office365.com?per-minute=10&connections=8&messages-per-connection=5')).toMatchObject({
      limits: { perMinute: 10, perDay: 10_000, connections: 8, messagesPerConnection: 5, idleSeconds: 20 },
      origins: { perMinute: 'stated', perDay: 'preset', connections: 'stated', messagesPerConnection: 'stated', idleSeconds: 'default' },
    });
  });

  test('are never more connections than an operator allows in general, however many a relay takes', () => {
    expect(inForce('smtp://u:p@smtp.office365.com', 2)).toMatchObject({ limits: { connections: 2 }, origins: { connections: 'default' } });
    expect(inForce('smtp://u:p@smtp.office365.com', 20)).toMatchObject({ limits: { connections: 3 }, origins: { connections: 'preset' } });
  });

  test('of a relay of which nothing is known are one a second, until its URL states any rate', () => {
    expect(inForce('smtp://mail.example.org')).toMatchObject({ limits: { perSecond: 1 }, origins: { perSecond: 'unknown_relay' } });
    const stated = inForce('smtp://mail.example.org?per-hour=500');
    expect([stated.limits.perSecond, stated.limits.perHour, stated.origins.perHour]).toEqual([undefined, 500, 'stated']);
    // Another name that only ends alike is another relay.
    expect(inForce('smtp://notsmtp.gmail.com').preset).toBeUndefined();
  });

  test.each(['smtp://localhost:25', 'smtp://127.0.0.1', 'smtp://[::1]:2525'])('of this machine (%s) are none', (url) => {
    expect(inForce(url).limits).toEqual({ connections: 4, messagesPerConnection: 100, idleSeconds: 20 });
  });
});

test('every preset says where that stands and when it was read', () => {
  for (const { name, hosts, source, readOn, limits } of relayPresets) {
    expect([name, source]).toEqual([name, expect.stringMatching(/^https:\/\/[^\s]+$/)]);
    expect(readOn).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(hosts.length).toBeGreaterThan(0);
    for (const limit of Object.values(limits)) expect(limit).toBeGreaterThan(0);
  }
});
