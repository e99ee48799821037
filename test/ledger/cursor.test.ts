import { describe, expect, test } from '@jest/globals';
import { cursorAfterActivation, cursorAfterGiveBack, cursorAfterOffer } from '../../src/ledger/subscriptions/cursor.ts';

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
    expect(cursorAfterGiveBack(before, [9n, 4n, 5n])).toEqual({ ...before, owed: [4n, 5n, 9n] });
  });

  test('leaves out what is from before the activation', () => {
    expect(cursorAfterGiveBack(before, [2n, 3n, 8n])).toEqual({ ...before, owed: [4n, 8n] });
  });
});

describe('an offer', () => {
  const offer = { post: 5n, corrections: [8n, 12n] };

  test('adds the post and its corrections where the cursor has passed them', () => {
    expect(cursorAfterOffer(before, offer, new Set())).toEqual({ ...before, owed: [4n, 5n, 8n] });
  });

  test('leaves to the cursor what it has not passed', () => {
    expect(cursorAfterOffer({ ...before, cursor: 4n }, offer, new Set())).toEqual({ ...before, cursor: 4n });
  });

  test('leaves out what is from before the activation', () => {
    expect(cursorAfterOffer({ ...before, since: 6n }, offer, new Set()).owed).toEqual([4n, 8n]);
  });

  test('gives who has the post a correction that they lack, and nothing else', () => {
    expect(cursorAfterOffer(before, offer, new Set([5n])).owed).toEqual([4n, 8n]);
    expect(cursorAfterOffer(before, offer, new Set([5n, 8n]))).toBe(before);
  });

  test('does not repeat a correction that was told', () => {
    expect(cursorAfterOffer(before, offer, new Set([8n])).owed).toEqual([4n, 5n]);
  });
});
