import { describe, expect, test } from '@jest/globals';
import { type AttemptHistory, defaultRetryPolicy, recordOfAttempt, retryGapMs } from '../../src/ledger/attempt.ts';

const fresh: AttemptHistory = { attempts: 0, doubts: 0, isDoubted: false, firstAttemptAgeMs: null };
const old: AttemptHistory = { ...fresh, attempts: 20, firstAttemptAgeMs: 4.4 * 86_400_000 };
const doubted: AttemptHistory = { ...fresh, attempts: 1, doubts: 1, isDoubted: true, firstAttemptAgeMs: 1000 };
const hold = { ...defaultRetryPolicy, inDoubt: 'hold' } as const;
const rejected = { kind: 'rejected', reply: '550', isPolicy: false, isDeadAddress: false } as const;

describe('recordOfAttempt', () => {
  test.each([
    ['2xx', { kind: 'accepted', reply: '250' }, fresh, defaultRetryPolicy, { state: 'accepted', gapMs: null, givesBack: false }],
    ['5xx', rejected, fresh, defaultRetryPolicy, { state: 'rejected', reason: null, givesBack: false, isSoftBounce: false }],
    [
      '5.1.1',
      { ...rejected, isDeadAddress: true },
      fresh,
      defaultRetryPolicy,
      { state: 'rejected', isDeadAddress: true, givesBack: false },
    ],
    [
      '5.7.x',
      { ...rejected, isPolicy: true },
      fresh,
      defaultRetryPolicy,
      { state: 'rejected', reason: 'policy', givesBack: true, isSoftBounce: true },
    ],
    [
      '5.7.x once in doubt',
      { ...rejected, isPolicy: true },
      doubted,
      defaultRetryPolicy,
      { state: 'rejected', reason: 'policy', givesBack: false },
    ],
    ['4xx', { kind: 'deferred', reply: '450' }, fresh, defaultRetryPolicy, { state: 'queued', gapMs: 300_000, isDoubt: false }],
    [
      '4xx after all patience',
      { kind: 'deferred', reply: '450' },
      old,
      defaultRetryPolicy,
      { state: 'expired', givesBack: true, isSoftBounce: true },
    ],
    [
      '4xx after all patience, once in doubt',
      { kind: 'deferred', reply: '450' },
      { ...old, isDoubted: true },
      defaultRetryPolicy,
      { state: 'in_doubt', reason: 'expired', givesBack: false },
    ],
    ['a first doubt', { kind: 'in_doubt', reply: 'cut' }, fresh, defaultRetryPolicy, { state: 'queued', isDoubt: true, gapMs: 300_000 }],
    [
      'a first doubt under hold',
      { kind: 'in_doubt', reply: 'cut' },
      fresh,
      hold,
      { state: 'in_doubt', reason: 'hold', isDoubt: true, givesBack: false },
    ],
    [
      'a third doubt',
      { kind: 'in_doubt', reply: 'cut' },
      { ...doubted, doubts: 2 },
      defaultRetryPolicy,
      { state: 'in_doubt', reason: 'third doubt', isDoubt: true, givesBack: false },
    ],
    [
      'a doubt after all patience',
      { kind: 'in_doubt', reply: 'cut' },
      old,
      defaultRetryPolicy,
      { state: 'in_doubt', isDoubt: true, givesBack: false },
    ],
    ['2xx once in doubt', { kind: 'accepted', reply: '250' }, doubted, defaultRetryPolicy, { state: 'accepted' }],
  ] as const)('%s', (_name, outcome, history, policy, expected) => {
    expect(recordOfAttempt(outcome, history, policy, 0.5)).toMatchObject({ reply: outcome.reply, ...expected });
  });
});

test('the gaps grow for days and are spread by a tenth to either side', () => {
  const gaps = Array.from({ length: 12 }, (_one, at) => retryGapMs(at + 1, defaultRetryPolicy, 0.5));
  expect([...gaps].sort((a, b) => a - b)).toEqual(gaps);
  expect(gaps.at(-1)).toBe(12 * 3_600_000);
  expect(retryGapMs(1, defaultRetryPolicy, 0)).toBe(270_000);
  expect(retryGapMs(1, defaultRetryPolicy, 0.999_999)).toBe(330_000);
});
