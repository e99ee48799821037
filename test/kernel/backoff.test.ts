import { expect, test } from '@jest/globals';
import { doublingGap, gapOfTable } from '../../src/kernel/backoff.ts';

test('a table of gaps is gone through once, and its last gap repeats', () => {
  expect([0, 1, 2, 3, 4, 99].map((tryNumber) => gapOfTable([10, 20, 50], tryNumber))).toEqual([10, 10, 20, 50, 50, 50]);
});

test('a doubling gap grows from the first to the longest, however often it fails', () => {
  expect([0, 1, 2, 3, 4, 10_000].map((count) => doublingGap({ first: 200, longest: 1_500 }, count))).toEqual([
    200, 400, 800, 1_500, 1_500, 1_500,
  ]);
});
