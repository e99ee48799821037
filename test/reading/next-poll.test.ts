import { describe, expect, test } from '@jest/globals';
import { nextPollAt, type PollFacts } from '../../src/reading/next-poll.ts';

const policy = { usualSeconds: 1_800, floorSeconds: 900, ceilingSeconds: 86_400, jitter: 0.1 };
const now = new Date('2026-01-05T12:00:00Z'); // a Monday

function gap(facts: Partial<PollFacts>, random = 0): number {
  return (nextPollAt({ now, failureCount: 0, ...facts }, policy, random).getTime() - now.getTime()) / 1000;
}

describe('the next poll comes', () => {
  test.each([
    ['after the usual time where the source says nothing', {}, 1_800],
    ['later where max-age says so', { maxAgeSeconds: 7_200 }, 7_200],
    ['later where ttl says so', { ttlMinutes: 180 }, 10_800],
    ['after the longer of both', { maxAgeSeconds: 7_200, ttlMinutes: 60 }, 7_200],
    ['no sooner where the source allows it', { maxAgeSeconds: 1, ttlMinutes: 1 }, 1_800],
    ['no later than the ceiling', { ttlMinutes: 1_000_000 }, 86_400],
    ['after Retry-After', { failureCount: 1, retryAfterSeconds: 20_000 }, 20_000],
    ['no later than twice the ceiling, whatever Retry-After says', { failureCount: 1, retryAfterSeconds: 10_000_000 }, 172_800],
    ['after twice the time when it failed once', { failureCount: 1 }, 3_600],
    ['after twice as much with each failure', { failureCount: 3 }, 14_400],
    ['at the ceiling after many failures', { failureCount: 100 }, 86_400],
  ])('%s', (_name, facts, seconds) => {
    expect(gap(facts)).toBe(seconds);
  });

  test('never before the floor', () => {
    expect((nextPollAt({ now, failureCount: 0 }, { ...policy, usualSeconds: 10 }, 0).getTime() - now.getTime()) / 1000).toBe(900);
  });

  test('up to a tenth later at random', () => {
    expect([gap({}, 0.5), gap({}, 0.999)]).toEqual([1_890, expect.closeTo(1_979.82, 1)]);
  });
});

describe('hours and days that the source wants to itself', () => {
  test('are passed over', () => {
    expect(nextPollAt({ now, failureCount: 0, skipHoursUtc: [12, 13, 14] }, policy, 0).toISOString()).toMatch(/^2026-01-05T15:/);
    expect(nextPollAt({ now, failureCount: 0, skipDaysUtc: [1, 2] }, policy, 0).toISOString()).toMatch(/^2026-01-07T00:/);
    expect(nextPollAt({ now, failureCount: 0, skipDaysUtc: [1], skipHoursUtc: [0, 1] }, policy, 0).toISOString()).toMatch(
      /^2026-01-06T02:/,
    );
  });

  test('count for nothing when they are all', () => {
    expect(gap({ skipDaysUtc: [0, 1, 2, 3, 4, 5, 6] })).toBe(1_800);
  });
});
