import { describe, expect, test } from '@jest/globals';
import type { UnlistedPost } from '../../src/posts/listing-store.ts';
import { findGone } from '../../src/sources/collecting/find-gone.ts';

const day = (number: number): Date => new Date(Date.UTC(2026, 3, number));
const post = (number: number, publishedAt: Date | null = day(number)): UnlistedPost => ({
  postId: String(number),
  entryId: `e${number}`,
  title: '',
  url: null,
  publishedAt,
});
const goneFrom = (listed: readonly (number | undefined)[], ...missing: UnlistedPost[]): string[] =>
  findGone(
    listed.map((number) => ({ publishedAt: number === undefined ? undefined : day(number) })),
    missing,
  ).map((each) => each.postId);

describe('A post is gone', () => {
  test('when newer and older ones are listed still', () => {
    expect(goneFrom([9, 8, 6, 5], post(7))).toEqual(['7']);
    expect(goneFrom([5, 6, 8, 9], post(7))).toEqual(['7']);
  });

  test('not when it dropped off the end of the list, also while an old one is kept at its top', () => {
    expect(goneFrom([9, 8, 7], post(6))).toEqual([]);
    expect(goneFrom([1, 9, 8, 7], post(6))).toEqual([]);
  });

  test('not when nothing newer is listed: a cache may show yesterday', () => {
    expect(goneFrom([6, 5, 4], post(7))).toEqual([]);
  });

  test('not when its date, or that of the list, says nothing', () => {
    expect(goneFrom([9, 8, 6], post(7, null))).toEqual([]);
    expect(goneFrom([undefined, undefined], post(7))).toEqual([]);
    expect(goneFrom([9], post(7))).toEqual([]);
  });
});
