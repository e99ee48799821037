import { describe, expect, test } from '@jest/globals';
import {
  mayStartNow,
  newPace,
  nextStartInMs,
  type Pace,
  paceAfterAnswer,
  paceAfterRefusal,
  paceAfterStart,
} from '../../src/deliveries/account/pace.ts';

/** A pace after messages at a rate: one started and answered each so many milliseconds. */
function afterMessages(pace: Pace, everyMs: number, from: number, count: number): Pace {
  let next = pace;
  for (let i = 0; i < count; i += 1) {
    const at = from + i * everyMs;
    next = paceAfterAnswer(paceAfterStart(next, at), at, at);
  }
  return next;
}

describe('the pace of a mailer', () => {
  test('has no limit until one is met', () => {
    expect(mayStartNow(newPace(4), 0)).toBe(Infinity);
    expect(nextStartInMs(newPace(4), 0)).toBe(0);
  });

  test('is half of the rate that was refused, and half again where that is refused too', () => {
    const fast = afterMessages(newPace(4), 50, 0, 40);
    const half = paceAfterRefusal(fast, 'rate', 2_000, 2_000);
    expect(half.perSecond).toBeCloseTo(10, 0);
    const quarter = paceAfterRefusal(afterMessages(half, 100, 2_100, 5), 'rate', 2_600, 2_600);
    expect(quarter.perSecond).toBeCloseTo(5, 0);
  });

  test('is taken down once for what was refused together, and for a limit that is not over yet', () => {
    const half = paceAfterRefusal(afterMessages(newPace(4), 50, 0, 40), 'rate', 2_000, 2_000);
    // On their way when the first was refused.
    expect(paceAfterRefusal(half, 'rate', 1_990, 2_001)).toBe(half);
    const answered = paceAfterAnswer(half, 1_990, 2_002);
    // Tried later, with nothing taken in between.
    expect(paceAfterRefusal(answered, 'rate', 3_000, 3_000)).toBe(answered);
  });

  test('lets messages start one after the other, however long it stood still', () => {
    const slow: Pace = { ...newPace(4), perSecond: 4, tokens: 0, countedAt: 0 };
    expect(mayStartNow(slow, 200)).toBe(0);
    expect(nextStartInMs(slow, 200)).toBe(50);
    expect(mayStartNow(slow, 250)).toBe(1);
    expect(mayStartNow(slow, 60_000)).toBe(1);
    expect(mayStartNow(paceAfterStart(slow, 60_000), 60_000)).toBe(0);
  });

  test('gives up one connection for each that was refused, never the last', () => {
    let pace = newPace(3);
    for (let at = 1; at < 5; at += 1) pace = paceAfterRefusal(afterMessages(pace, 1, at * 10, 1), 'connections', at * 10 + 5, at * 10 + 5);
    expect(pace.connectionCount).toBe(1);
  });

  test('grows again while nothing is refused', () => {
    const limited: Pace = { ...newPace(4), perSecond: 8, connectionCount: 2, changedAt: 0 };
    expect(paceAfterAnswer(limited, 4_000, 4_000)).toMatchObject({ perSecond: 8, connectionCount: 2 });
    expect(paceAfterAnswer(limited, 6_000, 6_000)).toMatchObject({ perSecond: 10, connectionCount: 3 });
  });

  test.each(['login', 'sender', 'quota', 'unreachable'] as const)('is not slower for a refused %s: that stands still', (trouble) => {
    const pace = newPace(4);
    expect(paceAfterRefusal(pace, trouble, 1, 1)).toBe(pace);
  });
});
