import { describe, expect, test } from '@jest/globals';
import {
  allowedNow,
  asked,
  given,
  limitMet,
  limitShared,
  newAllowance,
  nextAllowedInMs,
  notGiven,
  spend,
  wantsBlock,
  wantsBlockInMs,
} from '../../src/deliveries/account/allowance.ts';
import type { Block } from '../../src/ledger/accounts/account-rate.ts';

const block = (facts: Partial<Block> = {}): Block => ({
  count: 10,
  startsInMs: 0,
  spacingMs: 100,
  keepMs: 80,
  retryInMs: 0,
  isUsedUp: false,
  isCounted: true,
  ...facts,
});
const limited = () => newAllowance({ perSecond: 10 });

describe('what a lane may start', () => {
  test('is whatever comes where nothing is counted, and nothing before a block is there where something is', () => {
    expect(allowedNow(newAllowance({}), 0)).toBe(Infinity);
    const allowance = limited();
    expect([allowedNow(allowance, 0), nextAllowedInMs(allowance, 0), wantsBlock(allowance, 0)]).toEqual([0, undefined, true]);
  });

  test('of a block is a message at its moment and not long after: what is late is lost, and never made up for', () => {
    const allowance = limited();
    asked(allowance, 100, 0);
    given(allowance, block({ startsInMs: 50 }), 0, 1_000);
    expect([allowedNow(allowance, 1_049), nextAllowedInMs(allowance, 1_000)]).toEqual([0, 50]);
    expect(allowedNow(allowance, 1_050)).toBe(1);
    spend(allowance, 1, 1_050);
    expect([allowedNow(allowance, 1_060), nextAllowedInMs(allowance, 1_060)]).toEqual([0, 90]);
    // Those of 1,150, 1,250 and 1,350 are too late by now.
    expect(allowedNow(allowance, 1_460)).toBe(1);
    spend(allowance, 1, 1_460);
    expect([allowedNow(allowance, 1_460), nextAllowedInMs(allowance, 1_460)]).toEqual([0, 90]);
    expect(allowedNow(allowance, 5_000)).toBe(0);
  });

  test('of a day goes at once', () => {
    const allowance = newAllowance({ perDay: 400 });
    given(allowance, block({ spacingMs: 0, keepMs: 30_000 }), 0, 0);
    expect(allowedNow(allowance, 10)).toBe(10);
    spend(allowance, 4, 10);
    expect([allowedNow(allowance, 29_000), allowedNow(allowance, 30_000)]).toEqual([6, 0]);
  });

  test('is no more than was given, after what the taking of it took', () => {
    const allowance = limited();
    given(allowance, block({ count: 1, keepMs: 80 }), 30, 0);
    expect([allowedNow(allowance, 49), allowedNow(allowance, 50)]).toEqual([1, 0]);
  });
});

describe('a block is asked for', () => {
  test('when half a second is left of the last, and once at a time', () => {
    const allowance = limited();
    expect(asked(allowance, 1_000, 0)).toBe(1_000);
    expect(wantsBlock(allowance, 0)).toBe(false);
    given(allowance, block(), 0, 0);
    expect([wantsBlock(allowance, 399), wantsBlockInMs(allowance, 0), wantsBlock(allowance, 400)]).toEqual([false, 400, true]);
  });

  test('of a day when half of the last is used, and for more where that went quickly', () => {
    const allowance = newAllowance({ perDay: 1_000_000 });
    const first = asked(allowance, 10_000, 0);
    given(allowance, block({ spacingMs: 0, keepMs: 30_000, count: first }), 0, 0);
    spend(allowance, first / 2 - 1, 100);
    expect(wantsBlock(allowance, 100)).toBe(false);
    spend(allowance, 1, 100);
    expect(wantsBlock(allowance, 100)).toBe(true);
    expect(asked(allowance, 10_000, 100)).toBe(first * 2);
    expect(asked(newAllowance({ perDay: 100 }), 3, 0)).toBe(3);
  });

  test('again when the account said, after a failure a second later, and not at all before a refusal was heard by all', () => {
    const allowance = limited();
    given(allowance, block({ count: 0, retryInMs: 700 }), 0, 0);
    expect([wantsBlock(allowance, 699), wantsBlock(allowance, 700)]).toEqual([false, true]);
    notGiven(allowance, 700);
    expect([wantsBlock(allowance, 1_699), wantsBlock(allowance, 1_700)]).toEqual([false, true]);
    given(allowance, block(), 0, 2_000);
    limitMet(allowance, 2_000);
    expect([allowedNow(allowance, 2_000), wantsBlock(allowance, 2_000)]).toEqual([0, false]);
    limitShared(allowance);
    expect(wantsBlock(allowance, 2_000)).toBe(true);
  });

  test('where nothing is counted only to look whether others met a limit, now and then', () => {
    const allowance = newAllowance({});
    expect(asked(allowance, 100, 0)).toBe(0);
    given(allowance, block({ count: 0, isCounted: false, retryInMs: 1 }), 0, 0);
    expect([allowedNow(allowance, 1), wantsBlock(allowance, 4_999), wantsBlock(allowance, 5_000)]).toEqual([Infinity, false, true]);
    given(allowance, block({ count: 0, isCounted: true }), 0, 5_000);
    expect(allowedNow(allowance, 5_000)).toBe(0);
  });
});
