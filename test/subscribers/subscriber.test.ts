import { describe, expect, test } from '@jest/globals';
import { burstsOf, slotOf } from '../../src/subscribers/leaving/leaving-burst.ts';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import { decideAdd, parseLocalHour, parsePersonName } from '../../src/subscribers/subscriber.ts';

describe('Adding somebody', () => {
  test.each([
    [undefined, false, 'ask'],
    [undefined, true, 'activate'],
    ['pending', false, 'ask'],
    ['pending', true, 'stays_pending'],
    ['active', false, 'already_active'],
    ['active', true, 'already_active'],
    ['left', false, 'ask'],
    ['left', true, 'stays_left'],
  ] as const)('who is %s, with consent stated elsewhere: %s, comes to "%s"', (state, isConfirmed, decision) => {
    expect(decideAdd(state, { isConfirmed })).toBe(decision);
  });
});

describe('A name', () => {
  test('is kept on one line without control characters', () => {
    expect(parsePersonName('  Ann\r\n\tBcc: x\u0000 Example\uFDD0 ')).toBe('Ann Bcc: x Example');
  });

  test('of nothing but blanks is none', () => {
    expect(parsePersonName(' \u2028 ')).toBeUndefined();
  });

  test('of more than 200 characters is refused', () => {
    expect(() => parsePersonName('x'.repeat(201))).toThrow(InvalidInputError);
  });
});

describe('A local hour', () => {
  test('needs a time zone', () => {
    expect(() => parseLocalHour(8, undefined)).toThrow('time zone');
    expect(parseLocalHour(8, 'Europe/Madrid')).toEqual({ localHour: 8, timeZone: 'Europe/Madrid' });
    expect(parseLocalHour(undefined, undefined)).toEqual({ localHour: null, timeZone: null });
  });

  test.each([-1, 24, 7.5, Number.NaN])('%d is refused', (hour) => {
    expect(() => parseLocalHour(hour, 'Europe/Madrid')).toThrow(InvalidInputError);
  });
});

describe('Leavings by one click', () => {
  const at = (minute: number, second = 0): Date => new Date(Date.UTC(2026, 2, 6, 9, minute, second));
  const slot = (network: string, minute: number, count: number) => ({ network, beganAt: at(minute), lastAt: at(minute + 2), count });

  test.each<[what: string, slots: ReturnType<typeof slot>[], leftCount: number, counts: number[]]>([
    ['nobody left', [], 0, []],
    ['many left, each from elsewhere', Array.from({ length: 60 }, (_none, each) => slot(`n${each}`, 0, 1)), 60, []],
    ['a few of one office left', [slot('a', 0, 9), slot('b', 0, 1)], 10, []],
    ['one network left at once', [slot('a', 3, 41), slot('b', 0, 19)], 60, [41, 19]],
    ['slots that follow each other are one burst', [slot('a', 3, 6), slot('b', 6, 1), slot('a', 0, 6)], 13, [12]],
    ['slots that lie apart are none', [slot('a', 0, 6), slot('a', 9, 6)], 12, []],
  ])('show a burst only where one network brought many: %s', (_what, slots, leftCount, counts) => {
    const seen = burstsOf(slots);
    expect([seen.leftCount, seen.bursts.map(({ count }) => count)]).toEqual([leftCount, counts]);
  });

  test('are counted in slots of three minutes', () => {
    expect([slotOf(at(3)), slotOf(at(5, 59)), slotOf(at(6))]).toEqual([at(3), at(3), at(6)]);
  });
});
