import { expect, test } from '@jest/globals';
import { sendingTime } from '../../src/mail/accounts/sending-time.ts';

const minute = 60;
const day = 24 * 3_600;

test.each([
  [300, { perMinute: 30 }, { seconds: 10 * minute, dayCount: 1 }],
  [300, { perSecond: 14, perMinute: 30, perDay: 10_000 }, { seconds: 10 * minute, dayCount: 1 }],
  [300, { perSecond: 1 }, { seconds: 300, dayCount: 1 }],
  [0, { perSecond: 1 }, { seconds: 0, dayCount: 0 }],
  // As many as an hour lets through go at once, the rest waits for it.
  [200, { perHour: 200 }, { seconds: 0, dayCount: 1 }],
  [500, { perHour: 200, perSecond: 10 }, { seconds: 2 * 3_600 + 10, dayCount: 1 }],
  [900, { perDay: 400, perSecond: 1 }, { seconds: 2 * day + 100, dayCount: 3 }],
  [800, { perDay: 400 }, { seconds: day, dayCount: 2 }],
  [400, { perDay: 400, perSecond: 1 }, { seconds: 400, dayCount: 1 }],
])('%d messages at %j take %j', (count, rates, expected) => {
  expect(sendingTime(count, rates)).toEqual(expected);
});

test('without a rate nobody can say', () => {
  expect(sendingTime(300, {})).toBeUndefined();
});
