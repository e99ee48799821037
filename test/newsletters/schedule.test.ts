import { describe, expect, test } from '@jest/globals';
import { cronFromInput, newestSlot, nextSlot, parseTimeZone } from '../../src/newsletters/schedule.ts';

const timeZone = 'Europe/Madrid';

describe('a cadence in words', () => {
  test.each([
    [{ every: 'friday', at: '08:00' }, '0 8 * * 5'],
    [{ every: 'Fri', at: '8:00' }, '0 8 * * 5'],
    [{ every: 'thursday, monday', at: '17:45' }, '45 17 * * 1,4'],
    [{ every: 'day', at: '00:05' }, '5 0 * * *'],
    [{ every: 'weekday', at: '07:00' }, '0 7 * * 1-5'],
    [{ every: 'month', at: '09:00' }, '0 9 1 * *'],
    [{ cron: ' 0  7 * * 1-5 ' }, '0 7 * * 1-5'],
  ])('%j becomes %s', (input, cron) => {
    expect(cronFromInput({ ...input, timeZone })).toBe(cron);
  });

  test.each([
    [{ every: 'fryday', at: '08:00' }, /fryday/],
    [{ every: '', at: '08:00' }, /the days as day, weekday/],
    [{ every: 'friday', at: '8 am' }, /HH:MM/],
    [{ every: 'friday', at: '24:00' }, /HH:MM/],
    [{ every: 'friday' }, /days with a time of day, or a cron/],
    [{ every: 'friday', at: '08:00', cron: '0 8 * * 5' }, /got both/],
    [{ cron: '0 8 * *' }, /five fields/],
    [{ cron: '0 8 30 2 *' }, /some day/],
    [{ cron: '* * * * * *' }, /five fields/],
    [{ cron: '61 8 * * *' }, /five fields/],
  ])('%j is refused with what is expected', (input, message) => {
    expect(() => cronFromInput({ ...input, timeZone })).toThrow(message);
  });
});

describe('a time zone', () => {
  test('is stored in its canonical spelling', () => expect(parseTimeZone('europe/madrid')).toBe('Europe/Madrid'));
  test.each(['Mars/Olympus', '+02:00', '', 'GMT+25'])('"%s" is refused', (text) => expect(() => parseTimeZone(text)).toThrow(/time zone/));
});

describe('slots', () => {
  const schedule = { cron: cronFromInput({ cron: '30 2 * * *', timeZone }), timeZone, cadenceSince: new Date('2026-01-01T00:00:00Z') };

  test('a local time that daylight saving skips fires once, at the end of the gap', () => {
    expect(newestSlot(schedule, new Date('2026-03-29T12:00:00Z'))).toEqual(new Date('2026-03-29T01:00:00Z'));
    expect(newestSlot(schedule, new Date('2026-03-29T00:59:59Z'))).toEqual(new Date('2026-03-28T01:30:00Z'));
  });

  test('a local time that daylight saving repeats fires once', () => {
    expect(newestSlot(schedule, new Date('2026-10-25T12:00:00Z'))).toEqual(new Date('2026-10-25T00:30:00Z'));
    expect(nextSlot(schedule, new Date('2026-10-25T00:30:00Z'))).toEqual(new Date('2026-10-26T01:30:00Z'));
  });

  test.each([
    ['a day later, in Nuuk', '30 23 * * 6', 'America/Nuuk', '2027-03-27T12:00:00Z', '2027-03-28T01:00:00Z'],
    ['at midnight, in Havana', '30 0 * * 0', 'America/Havana', '2026-03-07T12:00:00Z', '2026-03-08T05:00:00Z'],
    ['half an hour later, on Lord Howe', '15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', '2026-10-03T15:30:00Z'],
  ])('one in a gap that ends %s fires at the end of the gap', (_where, cron, zone, before, slotAt) => {
    const gap = { cron, timeZone: zone, cadenceSince: new Date(0) };
    expect(nextSlot(gap, new Date(before))).toEqual(new Date(slotAt));
    expect(newestSlot(gap, new Date(slotAt))).toEqual(new Date(slotAt));
    expect(newestSlot(gap, new Date(new Date(slotAt).getTime() - 1))).not.toEqual(new Date(slotAt));
    expect(newestSlot(gap, new Date(new Date(slotAt).getTime() + 3_600_000))).toEqual(new Date(slotAt));
  });

  test('in an hour that comes twice none fires again, nor is one of the first time missed in the second', () => {
    const hourly = { ...schedule, cron: '45 * * * *' };
    // 00:45 UTC is 02:45 for the first time, 01:45 UTC for the second.
    expect(newestSlot(hourly, new Date('2026-10-25T01:20:00Z'))).toEqual(new Date('2026-10-25T00:45:00Z'));
    expect(newestSlot(hourly, new Date('2026-10-25T01:50:00Z'))).toEqual(new Date('2026-10-25T00:45:00Z'));
    expect(nextSlot(hourly, new Date('2026-10-25T00:45:00Z'))).toEqual(new Date('2026-10-25T02:45:00Z'));
  });

  test('a moment belongs to its own slot', () => {
    expect(newestSlot(schedule, new Date('2026-02-01T01:30:00Z'))).toEqual(new Date('2026-02-01T01:30:00Z'));
  });

  test('none is from before the schedule got its cadence', () => {
    expect(newestSlot({ ...schedule, cadenceSince: new Date('2026-02-01T01:30:00Z') }, new Date('2026-02-01T10:00:00Z'))).toBeUndefined();
  });

  test('every day of a year has exactly one', () => {
    const seen = new Set<number>();
    for (let hour = 0; hour < 365 * 24; hour += 1) {
      const slot = newestSlot(schedule, new Date(Date.UTC(2026, 0, 2) + hour * 3_600_000));
      if (slot) seen.add(slot.getTime());
    }
    expect(seen.size).toBe(366);
  });
});
