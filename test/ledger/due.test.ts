import { describe, expect, test } from '@jest/globals';
import { dueTimes, firstOccurrence } from '../../src/ledger/subscriptions/due.ts';

describe('the first occurrence of an hour', () => {
  test.each([
    ['later on the same day', 18, 'Europe/Madrid', '2026-02-06T08:00:00Z', '2026-02-06T17:00:00Z'],
    ['on the next day when it is over', 7, 'Europe/Madrid', '2026-02-06T08:00:00Z', '2026-02-07T06:00:00Z'],
    ['at once inside the hour', 9, 'Europe/Madrid', '2026-02-06T08:00:03Z', '2026-02-06T08:00:03Z'],
    ['on the day of the zone, not of UTC', 1, 'Pacific/Auckland', '2026-02-06T10:30:00Z', '2026-02-06T12:00:00Z'],
    ['in zones with half hours', 7, 'Asia/Kolkata', '2026-02-06T00:00:00Z', '2026-02-06T01:30:00Z'],
    ['at the end of the gap when the clock skips it', 2, 'Europe/Madrid', '2026-03-28T22:00:00Z', '2026-03-29T01:00:00Z'],
    ['once when the clock repeats it', 2, 'Europe/Madrid', '2026-10-24T22:00:00Z', '2026-10-25T00:00:00Z'],
    ['the next day, in the second of two such hours', 2, 'Europe/Madrid', '2026-10-25T01:20:00Z', '2026-10-26T01:00:00Z'],
    ['at once, in the first of them', 2, 'Europe/Madrid', '2026-10-25T00:20:00Z', '2026-10-25T00:20:00Z'],
    ['at the end of a gap that ends on the next day', 23, 'America/Nuuk', '2027-03-27T12:00:00Z', '2027-03-28T01:00:00Z'],
    ['before the change of the clock', 7, 'Europe/Madrid', '2026-03-28T23:30:00Z', '2026-03-29T05:00:00Z'],
  ])('comes %s', (_case, hour, timeZone, from, expected) => {
    expect(firstOccurrence({ hour, timeZone }, new Date(from)).toISOString()).toBe(new Date(expected).toISOString());
  });

  test('needs a zone that exists', () => {
    expect(() => firstOccurrence({ hour: 7, timeZone: 'Europe/Nowhere' }, new Date())).toThrow(RangeError);
  });
});

describe('due times of a freeze', () => {
  const frozenAt = new Date('2026-02-06T08:00:00Z');
  const local = { hour: 18, timeZone: 'Europe/Madrid' };

  test('follow the reader’s hour where there is one', () => {
    expect(dueTimes(frozenAt, false)(local)).toEqual(new Date('2026-02-06T17:00:00Z'));
    expect(dueTimes(frozenAt, false)(null)).toEqual(frozenAt);
  });

  test('are now for a send by hand', () => {
    expect(dueTimes(frozenAt, true)(local)).toEqual(frozenAt);
  });

  test('are computed once for each zone and hour', () => {
    const dueAt = dueTimes(frozenAt, false);
    expect(dueAt({ ...local })).toBe(dueAt({ ...local }));
  });
});
