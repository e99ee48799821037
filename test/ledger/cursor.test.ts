import { describe, expect, test } from '@jest/globals';
import {
  cursorAfterActivation,
  cursorAfterCorrection,
  cursorAfterGiveBack,
  cursorAfterOffer,
  cursorWithoutCorrections,
} from '../../src/ledger/subscriptions/cursor.ts';

const before = { cursor: 10n, owed: [4n], since: 3n };

describe('an activation', () => {
  test('starts at the base and owes nothing', () => {
    expect(cursorAfterActivation(undefined, 7n)).toEqual({ cursor: 7n, owed: [], since: 7n });
    expect(cursorAfterActivation(before, 12n)).toEqual({ cursor: 12n, owed: [], since: 12n });
  });

  test('never takes the cursor back, and owes nothing from below it', () => {
    expect(cursorAfterActivation({ ...before, cursor: 12n }, 11n)).toEqual({ cursor: 12n, owed: [], since: 12n });
  });
});

describe('giving back', () => {
  test('adds to what is owed, each position once and in order', () => {
    expect(cursorAfterGiveBack(before, [9n, 4n, 5n], new Set())).toEqual({ ...before, owed: [4n, 5n, 9n] });
  });

  test('leaves out what is from before the activation', () => {
    expect(cursorAfterGiveBack(before, [2n, 3n, 8n], new Set())).toEqual({ ...before, owed: [4n, 8n] });
  });

  test('takes out the corrections of the posts that come back, wherever they were', () => {
    expect(cursorAfterGiveBack({ ...before, owed: [4n, 12n] }, [5n, 8n], new Set([8n, 12n])).owed).toEqual([4n, 5n]);
  });
});

describe('an offer', () => {
  test('adds the post where the cursor has passed it', () => {
    expect(cursorAfterOffer(before, 5n, false)).toEqual({ ...before, owed: [4n, 5n] });
  });

  test.each([
    ['what the cursor has not passed', 11n, false],
    ['what is from before the activation', 3n, false],
    ['what they hold', 5n, true],
  ])('adds nothing of %s', (_, position, isHeld) => {
    expect(cursorAfterOffer(before, position, isHeld)).toBe(before);
  });
});

describe('a correction', () => {
  test('is owed also above the cursor, once', () => {
    expect(cursorAfterCorrection(before, [8n, 12n])).toEqual({ ...before, owed: [4n, 8n, 12n] });
    expect(cursorAfterCorrection(before, [4n])).toBe(before);
  });

  test('from before the activation is not', () => {
    expect(cursorAfterCorrection(before, [3n])).toBe(before);
  });

  test('goes with a post that was retracted', () => {
    expect(cursorWithoutCorrections({ ...before, owed: [4n, 12n] }, new Set([12n])).owed).toEqual([4n]);
    expect(cursorWithoutCorrections(before, new Set([12n]))).toBe(before);
  });
});
