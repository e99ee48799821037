import { describe, expect, test } from '@jest/globals';
import { chooseEncoding, etagFor, isNotModified } from '../../src/feeds/conditional.ts';

describe('The encoding of a response', () => {
  test.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['br;q=0.1, gzip;q=0.9', 'gzip'],
    ['br;q=0, gzip;q=0', 'identity'],
    ['*', 'br'],
    ['br;q=0, *;q=0.5', 'gzip'],
    ['identity', 'identity'],
    ['identity;q=1, gzip;q=0.5', 'identity'],
    ['gzip;q=nonsense', 'identity'],
    [',;,;q=1', 'identity'],
  ] as const)('for Accept-Encoding %j is %s', (header, encoding) => {
    expect(chooseEncoding(header)).toBe(encoding);
  });
});

describe('A client that has the bytes', () => {
  const current = { etag: '"abc-gzip"', lastModified: 'Sun, 01 Mar 2026 12:00:00 GMT' };

  test.each([
    ['"abc-gzip"', true],
    ['W/"abc-gzip"', true],
    ['"x", "abc-gzip"', true],
    ['*', true],
    ['"abc"', false],
    ['abc-gzip', false],
    ['', false],
  ])('by If-None-Match %j is told so: %s', (ifNoneMatch, isSame) => {
    expect(isNotModified({ ifNoneMatch }, current)).toBe(isSame);
  });

  test('by date is told so only for the very date that we gave', () => {
    expect(isNotModified({ ifModifiedSince: current.lastModified }, current)).toBe(true);
    expect(isNotModified({ ifModifiedSince: 'Sun, 01 Mar 2026 12:00:01 GMT' }, current)).toBe(false);
    expect(isNotModified({}, current)).toBe(false);
  });

  test('is judged by its tag where it sends both', () => {
    expect(isNotModified({ ifNoneMatch: '"old"', ifModifiedSince: current.lastModified }, current)).toBe(false);
    expect(isNotModified({ ifNoneMatch: '"abc-gzip"', ifModifiedSince: 'Thu, 01 Jan 1970 00:00:00 GMT' }, current)).toBe(true);
  });
});

test('Each encoding has a tag of its own, because its bytes differ', () => {
  expect([etagFor('h', 'identity'), etagFor('h', 'gzip'), etagFor('h', 'br')]).toEqual(['"h"', '"h-gzip"', '"h-br"']);
});
