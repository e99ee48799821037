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
    expect(parseSmtpUrl('smtp://u:p@localhost:25').tls).toBe('optional');
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
