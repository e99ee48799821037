import { describe, expect, test } from '@jest/globals';
import { type AttemptHistory, defaultRetryPolicy, recordOfAttempt } from '../../src/ledger/queue/attempt.ts';

const fresh: AttemptHistory = { attempts: 0, doubts: 0, isDoubted: false, firstAttemptAgeMs: null };
const old: AttemptHistory = { ...fresh, attempts: 20, firstAttemptAgeMs: 4.4 * 86_400_000 };
const doubted: AttemptHistory = { ...fresh, attempts: 1, doubts: 1, isDoubted: true, firstAttemptAgeMs: 1000 };
const hold = { ...defaultRetryPolicy, inDoubt: 'hold' } as const;
const rejected = { kind: 'rejected', reply: '550' } as const;
const deferred = { kind: 'deferred', reply: '450', subject: 'mailbox' } as const;

describe('recordOfAttempt', () => {
  test.each([
    ['2xx', { kind: 'accepted', reply: '250' }, fresh, defaultRetryPolicy, { state: 'accepted', gapMs: null, givesBack: false }],
    [
      '5xx about the address',
      { ...rejected, subject: 'address' },
      fresh,
      defaultRetryPolicy,
      { state: 'rejected', reason: 'address', givesBack: false, isSoftBounce: false, refusal: 'address' },
    ],
    [
      '5xx about policy',
      { ...rejected, subject: 'policy' },
      fresh,
      defaultRetryPolicy,
      { state: 'rejected', reason: 'policy', givesBack: true, isSoftBounce: false, refusal: 'policy' },
    ],
    [
      '5xx about the message',
      { ...rejected, subject: 'message' },
      fresh,
      defaultRetryPolicy,
      { state: 'rejected', reason: 'message', givesBack: true, isSoftBounce: false, refusal: 'message' },
    ],
    [
      '5xx about a full mailbox',
      { ...rejected, subject: 'mailbox' },
      fresh,
      defaultRetryPolicy,
      { state: 'rejected', reason: 'mailbox', givesBack: true, isSoftBounce: true, refusal: 'mailbox' },
    ],
    [
      '5xx that says nothing',
      { ...rejected, subject: 'unclear' },
      fresh,
      defaultRetryPolicy,
      { state: 'rejected', reason: 'unclear', givesBack: true, isSoftBounce: true, refusal: 'unclear' },
    ],
    [
      '5xx about policy, once in doubt',
      { ...rejected, subject: 'policy' },
      doubted,
      defaultRetryPolicy,
      { state: 'rejected', reason: 'policy', givesBack: false },
    ],
    ['4xx', deferred, fresh, defaultRetryPolicy, { state: 'queued', gapMs: 300_000, isDoubt: false, refusal: null }],
    [
      '4xx of a mailbox after all patience',
      deferred,
      old,
      defaultRetryPolicy,
      { state: 'expired', reason: 'mailbox', givesBack: true, isSoftBounce: true },
    ],
    [
      '4xx of a busy host after all patience, which says nothing about its reader',
      { ...deferred, subject: 'host' },
      old,
      defaultRetryPolicy,
      { state: 'expired', reason: 'host', givesBack: true, isSoftBounce: false },
    ],
    [
      '4xx about policy after all patience',
      { ...deferred, subject: 'policy' },
      old,
      defaultRetryPolicy,
      { state: 'expired', reason: 'policy', givesBack: true, isSoftBounce: false },
    ],
    [
      '4xx after all patience, once in doubt',
      deferred,
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
  const gapAfter = (attempt: number, random: number) =>
    recordOfAttempt({ kind: 'deferred', reply: '451', subject: 'host' }, { ...fresh, attempts: attempt - 1 }, defaultRetryPolicy, random)
      .gapMs!;
  const gaps = Array.from({ length: 12 }, (_one, at) => gapAfter(at + 1, 0.5));
  expect([...gaps].sort((a, b) => a - b)).toEqual(gaps);
  expect(gaps.at(-1)).toBe(12 * 3_600_000);
  expect(gapAfter(1, 0)).toBe(270_000);
  expect(gapAfter(1, 0.999_999)).toBe(330_000);
});
