import { describe, expect, test } from '@jest/globals';
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
