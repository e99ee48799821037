import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AccountRate,
  type Block,
  blockFrom,
  newAccountRate,
  rateAfterRefusal,
  type RateLimits,
} from '../../src/ledger/accounts/account-rate.ts';

const windows = { perSecond: 1_000, perMinute: 60_000, perHour: 3_600_000, perDay: 86_400_000 } as const;
const start = 1_800_000_000_000;

/** Starts that one window of each kind holds at most, wherever it begins. */
function mostInWindow(starts: readonly number[], ms: number): number {
  const sorted = starts.toSorted((a, b) => a - b);
  let most = 0;
  for (let from = 0, to = 0; to < sorted.length; to += 1) {
    while (sorted[to]! - sorted[from]! >= ms) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

function broken(starts: readonly number[], limits: RateLimits): string[] {
  return Object.entries(windows).flatMap(([name, ms]) => {
    const limit = limits[name as keyof RateLimits];
    const most = mostInWindow(starts, ms);
    return limit !== undefined && most > limit ? [`${most} ${name} of ${limit}`] : [];
  });
}

/** When the messages of a block start, each as late as this share of what it may. */
function startsOf({ count, startsInMs, spacingMs, keepMs }: Block, now: number, late: number): number[] {
  return Array.from({ length: count }, (_none, index) => now + startsInMs + index * spacingMs + late * keepMs * 0.999);
}

const limitsArbitrary: fc.Arbitrary<RateLimits> = fc
  .record(
    {
      perSecond: fc.integer({ min: 1, max: 40 }),
      perMinute: fc.integer({ min: 1, max: 200 }),
      perHour: fc.integer({ min: 1, max: 900 }),
      perDay: fc.integer({ min: 1, max: 2_000 }),
    },
    { requiredKeys: [] },
  )
  .filter((limits) => Object.keys(limits).length > 0);

describe('what an account is given', () => {
  test('is never more than a limit in any window, by however many workers, whenever they ask and however late they start', () => {
    const step = fc.record({
      gapMs: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 4_000_000 })),
      mostCount: fc.integer({ min: 1, max: 50 }),
      isNotice: fc.boolean(),
      late: fc.float({ min: 0, max: 1, noNaN: true }),
      answeredAgoMs: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
      isRefused: fc.boolean(),
    });
    fc.assert(
      fc.property(limitsArbitrary, fc.array(step, { minLength: 1, maxLength: 150 }), (limits, steps) => {
        let rate: AccountRate = newAccountRate();
        let now = start;
        const starts: number[] = [];
        for (const { gapMs, late, isRefused, ...request } of steps) {
          now += gapMs;
          if (isRefused && late < 0.1) rate = rateAfterRefusal(rate, limits, { claimedAgoMs: 100, perSecond: 5 }, now);
          const taken = blockFrom(rate, limits, request, now);
          rate = taken.rate;
          starts.push(...startsOf(taken.block, now, late));
        }
        return broken(starts, limits).length === 0;
      }),
      { numRuns: 500 },
    );
  });

  test.each<[RateLimits, number, number]>([
    [{ perSecond: 1 }, 600_000, 600],
    [{ perSecond: 14 }, 60_000, 840],
    [{ perSecond: 5_000 }, 10_000, 50_000],
    [{ perMinute: 30 }, 3_600_000, 1_800],
    [{ perSecond: 10, perMinute: 30 }, 3_600_000, 1_800],
    [{ perHour: 500 }, 5 * 3_600_000, 2_500],
    [{ perSecond: 5, perDay: 1_600 }, 4 * 86_400_000, 6_400],
  ])('of %j is nearly all of it while several workers ask', (limits, forMs, most) => {
    let rate = newAccountRate();
    let count = 0;
    // Whoever is given nothing asks again when told; three workers take turns.
    for (let now = start; now < start + forMs;) {
      const taken = blockFrom(rate, limits, { mostCount: 10_000 }, now);
      rate = taken.rate;
      count += taken.block.count;
      now += taken.block.count > 0 ? 0 : Math.max(1, taken.block.retryInMs);
    }
    expect(count).toBeLessThanOrEqual(most + (limits.perHour ?? limits.perDay ?? Math.ceil(most / 10)));
    expect(count).toBeGreaterThanOrEqual(most * 0.9);
  });

  test('is a block of about a second and reaches no further ahead, so that a notice, which takes the next moment, hardly waits', () => {
    let rate = newAccountRate();
    const limits = { perSecond: 20 };
    const ask = (isNotice: boolean) => {
      const taken = blockFrom(rate, limits, { mostCount: 1_000, isNotice }, start);
      rate = taken.rate;
      return taken.block;
    };
    const counts = Array.from({ length: 5 }, () => ask(false).count);
    expect(counts[0]).toBeLessThanOrEqual(20);
    expect(counts.reduce((total, count) => total + count)).toBeLessThanOrEqual(32);
    expect(counts.at(-1)).toBe(0);
    const notice = blockFrom(rate, limits, { mostCount: 1, isNotice: true }, start).block;
    expect(notice.count).toBe(1);
    expect(notice.startsInMs).toBeLessThan(1_700);
  });

  test('of an hour or a day leaves something for notices, and says until when it is used up', () => {
    let rate = newAccountRate();
    const limits = { perDay: 400 };
    const take = (mostCount: number, isNotice: boolean, now = start) => {
      const taken = blockFrom(rate, limits, { mostCount, isNotice }, now);
      rate = taken.rate;
      return taken.block;
    };
    expect(take(1_000, false).count).toBe(380);
    const none = take(10, false);
    expect(none).toMatchObject({ count: 0, isUsedUp: true });
    expect(rate.usedUpUntil).toBe(start + none.retryInMs);
    expect(none.retryInMs).toBeGreaterThan(86_400_000);
    expect(none.retryInMs).toBeLessThan(86_400_000 + 1_900_000);
    expect(take(1, true).count).toBe(1);
    expect(take(10, false, start + none.retryInMs).count).toBe(10);
    expect(rate.usedUpUntil).toBeNull();
  });

  test('keeps so many numbers of a day and no more', () => {
    let rate = newAccountRate();
    for (let now = start; now < start + 3 * 86_400_000; now += 600_000)
      rate = blockFrom(rate, { perDay: 1_000_000 }, { mostCount: 1 }, now).rate;
    expect([rate.hour.counts.length, rate.day.counts.length].map((length) => length <= 51)).toEqual([true, true]);
  });

  test('has no limit where none is stated, and then nothing is written down', () => {
    const rate = newAccountRate();
    const { rate: after, block } = blockFrom(rate, {}, { mostCount: 7 }, start);
    expect([after === rate, block.count, block.isCounted]).toEqual([true, 7, false]);
  });

  test('goes on where the clock was set back', () => {
    const { rate } = blockFrom(newAccountRate(), { perSecond: 10, perDay: 100 }, { mostCount: 5 }, start);
    const hourBefore = start - 3_600_000;
    expect(blockFrom(rate, { perSecond: 10, perDay: 100 }, { mostCount: 5 }, hourBefore).block).toMatchObject({ count: 5, startsInMs: 0 });
  });
});

describe('a rate that was refused', () => {
  const limits = { perSecond: 20 };
  const refuse = (rate: AccountRate, now: number, claimedAgoMs = 0, of: RateLimits = limits) =>
    rateAfterRefusal(rate, of, { claimedAgoMs, perSecond: 8 }, now);
  const takeAt = (rate: AccountRate, now: number, answeredAgoMs?: number, of: RateLimits = limits) =>
    blockFrom(rate, of, { mostCount: 1, answeredAgoMs }, now).rate;

  test('is halved for all, also where no limit is stated, and from the limit where whoever met it was faster', () => {
    expect(refuse(newAccountRate(), start).learnedPerSecond).toBe(8);
    expect(rateAfterRefusal(newAccountRate(), limits, { claimedAgoMs: 0, perSecond: 50 }, start).learnedPerSecond).toBeCloseTo(9.26, 1);
    const learned = refuse(newAccountRate(), start, 0, {});
    expect(blockFrom(learned, {}, { mostCount: 100 }, start + 2_000).block).toMatchObject({ count: 8, spacingMs: 125, isCounted: true });
  });

  test('is halved once for what was refused together, and again when something was let through in between', () => {
    const once = refuse(newAccountRate(), start);
    expect(refuse(once, start + 10, 20)).toBe(once);
    expect(refuse(once, start + 2_000, 100)).toBe(once);
    const answered = takeAt(once, start + 2_000, 500);
    expect(refuse(answered, start + 3_000, 100).learnedPerSecond).toBe(4);
  });

  test('recovers slowly while messages go, and is forgotten at the limit', () => {
    let rate = refuse(newAccountRate(), start);
    expect(takeAt(rate, start + 6_000).learnedPerSecond).toBe(8);
    const grown: (number | null)[] = [];
    for (let now = start + 1_000; now < start + 30_000; now += 1_000) {
      rate = takeAt(rate, now, 100);
      grown.push(rate.learnedPerSecond);
    }
    expect([...new Set(grown)].map((each) => each && Math.round(each * 100) / 100)).toEqual([8, 10, 12.5, 15.63, null]);
  });
});
