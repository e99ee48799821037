import { describe, expect, test } from '@jest/globals';
import { isSameSender, parseLanguage, parseSettings, parseSlug } from '../../src/newsletters/newsletter.ts';

describe('the settings of a newsletter', () => {
  test('are kept in their normal form', () => {
    const settings = parseSettings({
      name: '  The   Letter ',
      senderAddress: ' Letter@Example.ORG ',
      replyTo: 'office@example.org',
      colour: 'ABC',
      language: 'FR-ca',
      logoUrl: 'https://Example.org/logo.png',
    });
    expect(settings).toEqual({
      name: 'The Letter',
      senderAddress: expect.stringMatching(/^letter@example\.org$/i),
      replyTo: 'office@example.org',
      colour: '#aabbcc',
      language: 'fr-CA',
      logoUrl: 'https://example.org/logo.png',
    });
  });

  test('that are empty are taken out where they may be missing', () => {
    expect(parseSettings({ replyTo: '', staffAddress: ' ', logoUrl: '', intro: '' })).toEqual({
      replyTo: null,
      staffAddress: null,
      logoUrl: null,
      intro: null,
    });
  });

  test.each([
    [{ name: ' ' }, /a name of 1 to 300 characters, got 0/],
    [{ postalAddress: '' }, /a postal address of 1/],
    [{ senderAddress: 'letter' }, /address/],
    [{ senderAddress: '' }, /address/],
    [{ replyTo: 'a@example.org, b@example.org' }, /address/],
    [{ staffAddress: 'staff' }, /address/],
    [{ colour: 'blue' }, /a colour such as #1f5f8b, got "blue"/],
    [{ language: 'english!' }, /a language tag such as en, es or fr-CA, got "english!"/],
    [{ logoUrl: '/logo.png' }, /the logo as an absolute http\(s\) URL, got "\/logo\.png"/],
    [{ logoUrl: 'javascript:alert(1)' }, /the logo as an absolute http\(s\) URL/],
  ])('%j is refused with what is expected and what came', (settings, message) => {
    expect(() => parseSettings(settings)).toThrow(message);
  });
});

test.each(['weekly', 'a', '2026-letter'])('"%s" is a short name', (slug) => expect(parseSlug(slug)).toBe(slug));
test.each(['', 'Weekly', '-weekly', 'a b', 'a/b', 'é', 'x'.repeat(64)])('"%s" is no short name', (slug) =>
  expect(() => parseSlug(slug)).toThrow(/a short name of lower-case letters/),
);
test('a language has its canonical spelling', () => expect(parseLanguage('ES')).toBe('es'));
test.each(['pl', 'gsw', 'sr-Latn', 'de-AT', 'en-XX'])('the language %s is one, whether we have phrases in it or not', (tag) =>
  expect(parseLanguage(tag)).toBe(tag),
);
test.each(['xx', 'zz-DE', 'english', 'en_GB', '', 'x-ours'])('the language "%s" is none', (tag) =>
  expect(() => parseLanguage(tag)).toThrow(`Expected a language tag such as en, es or fr-CA, got "${tag}"`),
);

describe('two newsletters are of one sender', () => {
  const trust = { senderName: 'The Example Trust', senderAddress: 'news@example.org' };
  test.each<[why: string, other: typeof trust, is: boolean]>([
    ['that say the same', trust, true],
    ['from one address, under two names', { ...trust, senderName: 'Letters' }, true],
    ['under one name, from two addresses', { ...trust, senderAddress: 'essays@example.net' }, true],
    ['that differ in case and blanks alone', { senderName: ' the example TRUST', senderAddress: 'other@example.net' }, true],
    ['but not where they share the domain alone', { senderName: 'Another Trust', senderAddress: 'another@example.org' }, false],
    ['nor where a name begins like the other', { senderName: 'The Example', senderAddress: 'x@example.net' }, false],
  ])('%s', (_why, other, is) => {
    expect([isSameSender(trust, other), isSameSender(other, trust)]).toEqual([is, is]);
  });
});
