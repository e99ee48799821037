import { describe, expect, test } from '@jest/globals';
import { parseSmtpUrl } from '../../src/mail/smtp/smtp-account.ts';

describe('parseSmtpUrl', () => {
  test('reads host, port and what protects the connection', () => {
    expect(parseSmtpUrl('smtp://mail.example.org')).toEqual({
      host: 'mail.example.org',
      port: 587,
      isSecure: false,
      tls: 'optional',
      isLoopback: false,
      limits: {},
    });
    expect(parseSmtpUrl('smtps://mail.example.org/')).toMatchObject({ port: 465, isSecure: true });
    expect(parseSmtpUrl('smtp://[::1]:2525')).toMatchObject({ host: '::1', port: 2525, isLoopback: true });
    expect(parseSmtpUrl('smtp://mail.example.org?tls=unverified&name=letters.example.org')).toMatchObject({
      tls: 'unverified',
      clientName: 'letters.example.org',
    });
  });

  test('reads user and password percent-encoded, and then insists on TLS to another machine', () => {
    expect(parseSmtpUrl('smtp://ann%40example.org:p%25a%3As@mail.example.org')).toMatchObject({
      credentials: { user: 'ann@example.org', password: 'p%a:s' },
      tls: 'required',
    });
    expect(parseSmtpUrl('smtp://u:p@mail.example.org?tls=off').tls).toBe('off');
    expect(() => parseSmtpUrl('smtp://u:p@mail.example.org?tls=optional')).toThrow(/with a password .* got tls=optional$/);
    expect(parseSmtpUrl('smtp://mail.example.org?tls=optional').tls).toBe('optional');
    expect(parseSmtpUrl('smtp://u:p@localhost:25').tls).toBe('optional');
  });

  test('reads a user without a password who logs in with a token, and then insists on TLS to another machine in any case', () => {
    expect(parseSmtpUrl('smtp://ann%40example.org@mail.example.org?auth=oauth2')).toMatchObject({
      credentials: { kind: 'oauth2', user: 'ann@example.org' },
      tls: 'required',
    });
    expect(parseSmtpUrl('smtp://ann@mail.example.org?auth=oauth2&tls=unverified').tls).toBe('unverified');
    expect(parseSmtpUrl('smtp://ann@127.0.0.1?auth=oauth2&tls=off').tls).toBe('off');
    for (const tls of ['off', 'optional'])
      expect(() => parseSmtpUrl(`smtp://ann@mail.example.org?auth=oauth2&tls=${tls}`)).toThrow(
        'Expected tls=required or tls=unverified with auth=oauth2',
      );
  });

  test.each(['ann:hunter2@', ':hunter2@', '', 'ann%01auth=hunter2@', 'ann%0d%0ahunter2@'])(
    'refuses %j with auth=oauth2, and repeats nothing of it',
    (login) => {
      expect(() => parseSmtpUrl(`smtp://${login}mail.example.org?auth=oauth2`)).toThrow(
        /^Expected a user and no password in the SMTP URL with auth=oauth2$/,
      );
    },
  );

  test('reads what the account may be given', () => {
    const url =
      'smtp://mail.example.org?connections=2&per-second=5&per-minute=100&per-hour=1000&per-day=5000&messages-per-connection=50&idle-seconds=7';
    expect(parseSmtpUrl(url).limits).toEqual({
      connections: 2,
      perSecond: 5,
      perMinute: 100,
      perHour: 1_000,
      perDay: 5_000,
      messagesPerConnection: 50,
      idleSeconds: 7,
    });
  });

  test('reads whether its server hands over to the hosts of the readers, and what each of these may be given', () => {
    const direct = (query: string) => parseSmtpUrl(`smtp://mail.example.org?${query}`).direct;
    expect([direct('per-second=5'), direct('direct=no')]).toEqual([undefined, undefined]);
    expect(direct('direct=yes')).toEqual({ connections: 2 });
    expect(direct('domain-per-minute=30&direct=yes&domain-connections=1')).toEqual({ connections: 1, perMinute: 30 });
  });

  test.each([
    ['domain-connections=1', /Expected domain-connections= and domain-per-minute= in the SMTP URL with direct=yes only/],
    ['direct=no&domain-per-minute=1', /with direct=yes only/],
    ['direct=true', /Expected direct= in the SMTP URL as yes or no/],
    ['per-second=0', /Expected per-second= in the SMTP URL as a whole number from 1 to 1000000/],
    ['per-day=1.5', /Expected per-day= .* a whole number/],
    ['connections=101', /Expected connections= .* from 1 to 100$/],
    ['idle-seconds=', /Expected idle-seconds= /],
    ['per-hour=1&per-hour=2', /Expected per-hour= in the SMTP URL once/],
    ['auth=plain', /Expected auth= in the SMTP URL as oauth2$/],
    ['speed=5', /Expected no option in the SMTP URL but tls=, name=, auth=, connections=, per-second=, .* and domain-per-minute=$/],
  ])('names the option of %s that is wrong, and nothing that came', (query, message) => {
    expect(() => parseSmtpUrl(`smtp://u:hunter2@mail.example.org?${query}`)).toThrow(message);
    expect(() => parseSmtpUrl(`smtp://u:hunter2@mail.example.org?${query}`)).toThrow(
      expect.not.objectContaining({ message: expect.stringMatching(/hunter2|speed/) }),
    );
  });

  test.each([
    'mail.example.org',
    'http://mail.example.org',
    'smtp:///x',
    'smtp://mail.example.org/path',
    'smtp://mail.example.org?tls=maybe',
    'smtp://mail.example.org?pool=true',
    'smtp://mail.example.org?name=a%0d%0ab',
    'smtps://mail.example.org?tls=off',
    'smtp://u:sec%ret@mail.example.org',
    '',
  ])('refuses %j without repeating a password', (url) => {
    expect(() => parseSmtpUrl(url)).toThrow(/^Expected (?!.*sec%ret)/);
  });
});
