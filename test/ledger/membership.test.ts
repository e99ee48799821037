import { describe, expect, test } from '@jest/globals';
import { type MembershipFacts, type NewsletterRule, rulesAdmit } from '../../src/ledger/releases/membership.ts';
import { startCpuTimer } from '../support/cpu-time.ts';

const facts: MembershipFacts = {
  source: ['7', 'https://example.org/feed', 'The School'],
  category: ['leadership-development', 'Leadership Development'],
  tag: ['web-only'],
  author: ['Ana Ruiz', 'Bo Li'],
  title: ['Five questions for a new head'],
};

const rule = (effect: NewsletterRule['effect'], field: NewsletterRule['field'], pattern: string): NewsletterRule => ({
  effect,
  field,
  pattern,
});

describe('the rules of a newsletter', () => {
  test('admit every post where there are none', () => {
    expect(rulesAdmit([], facts)).toEqual({ admitted: true, because: undefined });
  });

  test('keep a post out by any exclude, and say which', () => {
    const excluding = rule('exclude', 'tag', 'web-only');
    expect(rulesAdmit([rule('include', 'source', '7'), excluding], facts)).toEqual({ admitted: false, because: excluding });
  });

  test('admit a post by one include of several', () => {
    const including = rule('include', 'author', 'bo li');
    expect(rulesAdmit([rule('include', 'category', 'news'), including], facts)).toEqual({ admitted: true, because: including });
  });

  test('keep a post out when no include holds', () => {
    expect(rulesAdmit([rule('include', 'category', 'news')], facts)).toEqual({ admitted: false, because: 'no include' });
  });

  test.each([
    ['five questions*', true],
    ['*NEW HEAD', true],
    ['*questions*new*', true],
    ['*', true],
    ['questions', false],
    ['*new*questions*', false],
    ['five*head*head', false],
    ['Five questions for a new head', true],
  ])('compare the pattern %s without regard to case', (pattern, expected) => {
    expect(rulesAdmit([rule('include', 'title', pattern)], facts).admitted).toBe(expected);
  });

  test('compare long texts with many stars in no time', () => {
    const text = 'a'.repeat(20_000);
    const usedMs = startCpuTimer();
    rulesAdmit([rule('include', 'title', `${'*a'.repeat(2_000)}*b*`)], { ...facts, title: [text] });
    expect(usedMs()).toBeLessThan(500);
  });
});
