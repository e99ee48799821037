import { describe, expect, test } from '@jest/globals';
import { holdsAddress, redactAddresses } from '../../src/kernel/text/any-address.ts';

describe('a log holds no address', () => {
  test.each([
    ['550 <ann@b.co>: unknown', '550 <[address]>: unknown'],
    ['ann@b.co', '[address]'],
    ['<"ann b"@b.co>', '<[address]>'],
    ['"ann"@b.co', '[address]'],
    ['to:ann@b.co,joe@b.co', 'to:[address],[address]'],
    ['ann=40b.co ann+40b.co ann%40b.co ann&#64;b.co ann&#x40;b.co', '[address] [address] [address] [address] [address]'],
    ['connect ECONNREFUSED 127.0.0.1:25', 'connect ECONNREFUSED 127.0.0.1:25'],
  ])('%j is written as %j', (text, written) => {
    expect(redactAddresses(text)).toBe(written);
  });
});

describe('words that may hold an address', () => {
  test.each([
    'form of ann@b.co',
    '@ann on a network',
    'ann @ b.co',
    'ann＠b.co',
    'ann%40b.co',
    'ann%2540b.co',
    String.raw`ann\x40b.co`,
    'ann&#64;b.co',
    'ann&commat;b.co',
    'ann (at) b.co',
    'ann[AT]b',
  ])('are %j', (text) => {
    expect(holdsAddress(text)).toBe(true);
  });

  test.each(['', 'paper form, May 2026', 'at the fair', 'sign-up form at example.org, 2019 to 2026', '40 %, by phone +40 21', 'Q&A'])(
    'are not %j',
    (text) => {
      expect(holdsAddress(text)).toBe(false);
    },
  );
});
