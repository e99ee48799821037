import { describe, expect, test } from '@jest/globals';
import { findVanished, hasNewHead, isBeyondAll, isOlderThanAll, type ListedPost } from '../../src/sources/collecting/find-vanished.ts';

type Dating = (number: number) => Date | undefined;
const byNumber: Dating = (number) => new Date(Date.UTC(2026, 3, number));
const undated: Dating = () => undefined;

const listOf = (numbers: readonly number[], dating: Dating): ListedPost[] =>
  numbers.map((number) => ({ postId: String(number), statedAt: dating(number) }));
/** The numbers that are missing; those that are not sure with a mark. */
const missing = (before: readonly number[], now: readonly number[], dating: Dating = byNumber): string[] =>
  findVanished(before.map(String), listOf(now, dating)).map(({ postId, isSure }) => (isSure ? postId : `${postId}?`));

describe('A post vanished from amid a list', () => {
  test.each<[string, number[], number[], string[]]>([
    ['newest first', [9, 8, 7, 6, 5], [9, 8, 6, 5], ['7']],
    ['oldest first', [5, 6, 7, 8, 9], [5, 6, 8, 9], ['7']],
    ['with a new one above', [8, 7, 6, 5, 4], [9, 8, 6, 5, 4], ['7']],
    ['the newest, under a new one', [7, 6, 5, 4], [8, 6, 5, 4], ['7']],
    ['where an older one takes its place at the end', [9, 8, 7, 6, 5], [9, 8, 6, 5, 4], ['7']],
    ['of a short list', [3, 2, 1], [4, 2, 1], ['3']],
    ['the last but one of a list that has become shorter', [9, 8, 7, 6, 5, 4], [9, 8, 7, 6, 4], ['5']],
    ['several', [9, 8, 7, 6, 5, 4], [9, 7, 5, 4], ['8', '6']],
    ['beside a notice that is kept on top', [1, 9, 8, 7, 6, 5], [1, 9, 7, 6, 5], ['8']],
  ])('%s', (_, before, now, expected) => {
    expect(missing(before, now)).toEqual(expected);
  });

  test('without dates, when posts before and behind it stay', () => {
    expect(missing([9, 8, 7, 6, 5, 4], [9, 8, 6, 5, 4], undated)).toEqual(['7']);
    expect(missing([5, 6, 7, 8, 9], [5, 6, 8, 9, 10], undated)).toEqual(['7']);
    expect(missing([9, 8, 7, 6, 5], [9, 8, 7, 5, 4], undated)).toEqual([]);
  });
});

describe('It is not sure yet', () => {
  test('when nothing newer is listed: a cache may show yesterday', () => {
    expect(missing([7, 6, 5, 4], [6, 5, 4])).toEqual(['7?']);
  });

  test('when half of the list is missing', () => {
    expect(missing([9, 8, 7, 6, 5, 4, 3], [9, 4, 3])).toEqual(['8?', '7?', '6?', '5?']);
  });

  test('until something new stands at the head of the list', () => {
    expect(hasNewHead(['7', '6'], listOf([8, 7, 6], byNumber))).toBe(true);
    expect(hasNewHead(['6', '7'], listOf([6, 7, 8], byNumber))).toBe(true);
    expect(hasNewHead(['7', '6'], listOf([7, 6, 5], byNumber))).toBe(false);
  });
});

describe('Nothing vanished', () => {
  test.each<[string, number[], number[]]>([
    ['when posts drop off the end', [9, 8, 7, 6, 5], [11, 10, 9, 8, 7]],
    ['of a list that has its newest at its end', [5, 6, 7, 8, 9], [7, 8, 9, 10, 11]],
    ['before a notice that is kept at the end', [9, 8, 7, 6, 1], [10, 9, 8, 7, 1]],
    ['when an old one that was edited goes up, and others off the end', [9, 8, 7, 6, 5, 4], [4, 10, 9, 8, 7, 6]],
    ['when all of it is another list', [9, 8, 7, 6, 5], [4, 3, 2, 1]],
    ['when next to nothing is left', [9, 8, 7, 6, 5], [9]],
    ['of a list that is empty', [9, 8, 7], []],
    ['of what was never listed', [], [3, 2, 1]],
    ['of a list in no order', [9, 3, 7, 1, 8, 2, 6], [1, 6, 9, 2, 4, 3, 5]],
    ['of a list whose order is mostly another', [9, 8, 7, 6, 5, 4, 3, 2], [2, 3, 9, 8, 4, 6, 5]],
  ])('%s', (_, before, now) => {
    expect(missing(before, now)).toEqual([]);
  });

  test('without dates, when it stood at one of the ends: things drop off there', () => {
    expect(missing([9, 8, 7, 6, 5], [8, 7, 6, 5, 4], undated)).toEqual([]);
    expect(missing([5, 6, 7, 8, 9], [6, 7, 8, 9], undated)).toEqual([]);
  });

  test('where it is older than all that is listed, such as a notice that was kept on top', () => {
    const listed = listOf([9, 8, 7, 6, 5], byNumber);
    expect(isOlderThanAll(byNumber(1)!, listed)).toBe(true);
    expect(isOlderThanAll(byNumber(5)!, listed)).toBe(false);
    expect(isOlderThanAll(null, listed)).toBe(false);
    expect(isOlderThanAll(byNumber(1)!, listOf([9, 8], undated))).toBe(false);
  });

  test('where it is an event to come, beyond all of those that are next', () => {
    const calendar = { beforeCount: 5, today: byNumber(8)! };
    expect(isBeyondAll(byNumber(22)!, listOf([9, 10, 11, 14, 20], byNumber), calendar)).toBe(true);
    expect(isBeyondAll(byNumber(15)!, listOf([9, 10, 11, 14, 20], byNumber), calendar)).toBe(false);
    expect(isBeyondAll(byNumber(22)!, listOf([9, 10, 14, 20], byNumber), calendar)).toBe(false);
    expect(isBeyondAll(byNumber(7)!, listOf([6, 5, 4, 3, 2], byNumber), calendar)).toBe(false);
  });

  test('of a list by last change, when posts of any age drop off its end', () => {
    expect(missing([4, 9, 2, 7, 1, 8, 3], [6, 4, 9, 2, 7, 1, 8])).toEqual([]);
    expect(missing([4, 9, 2, 7, 1, 8, 3], [6, 1, 4, 9, 2, 7])).toEqual([]);
  });
});
