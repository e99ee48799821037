import { expect, test } from '@jest/globals';
import { mailboxProviderOf } from '../../src/mail/accounts/mailbox-provider.ts';

test.each([
  ['gmail.com', 'gmail'],
  ['googlemail.com', 'gmail'],
  ['hotmail.co.uk', 'outlook'],
  ['outlook.com.br', 'outlook'],
  ['live.fr', 'outlook'],
  ['msn.com', 'outlook'],
  ['yahoo.de', 'yahoo'],
  ['aol.com', 'yahoo'],
  ['me.com', 'icloud'],
  ['gmx.net', 'gmx'],
  ['web.de', 'gmx'],
  ['pm.me', 'proton'],
  ['example.org', 'other'],
  ['mail.gmail.com', 'other'],
  ['gmail.com.evil.example', 'other'],
  ['live.example.org', 'other'],
  ['yahoo.museum', 'other'],
  ['constructor', 'other'],
  ['', 'other'],
])('a mailbox at %s is with %s', (domain, provider) => {
  expect(mailboxProviderOf(domain)).toBe(provider);
});
