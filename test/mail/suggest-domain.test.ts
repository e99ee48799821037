import { describe, expect, test } from '@jest/globals';
import { parseAddress } from '../../src/mail/address.ts';
import { suggestDomain } from '../../src/mail/suggest-domain.ts';

describe('suggestDomain', () => {
  test.each([
    ['gmial.com', 'gmail.com'],
    ['gmai.com', 'gmail.com'],
    ['gmaill.com', 'gmail.com'],
    ['gmail.con', 'gmail.com'],
    ['gmail.co', 'gmail.com'],
    ['gmail.de', 'gmail.com'],
    ['gmail', 'gmail.com'],
    ['GMAIL,com', 'gmail.com'],
    ['gmail..com', 'gmail.com'],
    ['gmail.com.', 'gmail.com'],
    ['hotmial.com', 'hotmail.com'],
    ['hotnail.fr', 'hotmail.fr'],
    ['outloook.com', 'outlook.com'],
    ['yaho.com', 'yahoo.com'],
    ['yahooo.co.uk', 'yahoo.co.uk'],
    ['icloud.co', 'icloud.com'],
    ['t-onlin.de', 't-online.de'],
    ['oragne.fr', 'orange.fr'],
  ])('asks at %s for %s', (typed, host) => {
    expect(suggestDomain(typed)).toBe(host);
  });

  test.each([
    'gmail.com',
    'yahoo.ca',
    'yahoo.com.ar',
    'hotmail.gr',
    'hotmail.rs',
    'outlook.cz',
    'dmail.com',
    'cloud.com',
    'libera.it',
    'grange.fr',
    'oranges.fr',
    'mail.com',
    'ymail.com',
    'outlook.pt',
    'example.org',
    'gmx.de',
    '',
    '.',
    'gmail.example.org',
    'x'.repeat(10_000),
  ])('asks nothing at %.40s', (typed) => {
    expect(suggestDomain(typed)).toBeUndefined();
  });
});

test('an address that is refused for its domain is met with the host that was meant, and with nothing of the person', () => {
  expect(() => parseAddress('ann@gmail')).toThrow(
    /^Expected one mail address such as ann@example.org, but its domain has no dot \(did you mean gmail\.com\?\)$/,
  );
  expect(() => parseAddress('bea.lee@gmail,com')).toThrow(/must not stand there \(did you mean gmail\.com\?\)$/);
  expect(() => parseAddress('ann@yahoo..com')).toThrow(/did you mean yahoo\.com\?/);
  expect(() => parseAddress('ann@localhost')).toThrow(/has no dot$/);
  // A hint is no rule: what is right but unusual stays as it is typed.
  expect(parseAddress('ann@gmial.com').typed).toBe('ann@gmial.com');
});
