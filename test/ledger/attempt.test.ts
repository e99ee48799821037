import { describe, expect, test } from '@jest/globals';
import {
  type AttemptHistory,
  type AttemptOutcome,
  defaultRetryPolicy,
  recordOfAttempt,
  retryPolicyFor,
} from '../../src/ledger/queue/attempt.ts';

const fresh: AttemptHistory = { attempts: 0, doubts: 0, isDoubted: false, firstAttemptAgeMs: null };
const old: AttemptHistory = { ...fresh, attempts: 20, firstAttemptAgeMs: 47 * 3_600_000 };
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
    expect(recordOfAttempt(outcome, history, policy, 0)).toMatchObject({ reply: outcome.reply, ...expected });
  });
});

/** A delivery that is deferred again and again: after how many minutes each attempt begins, and how it ends. */
function schedule(
  random: number,
  policy = defaultRetryPolicy,
  outcome: AttemptOutcome = { kind: 'deferred', reply: '451', subject: 'host' },
) {
  const minutes = [0];
  for (let ageMs = 0, history = fresh; ;) {
    const record = recordOfAttempt(outcome, history, policy, random);
    if (record.gapMs === null) return { minutes, end: record.state, reason: record.reason };
    ageMs += record.gapMs;
    minutes.push(ageMs / 60_000);
    const doubts = history.doubts + Number(record.isDoubt);
    history = { attempts: history.attempts + 1, doubts, isDoubted: doubts > 0, firstAttemptAgeMs: ageMs };
  }
}

describe('a delivery that is deferred again and again', () => {
  test.each([
    [0, [0, 5, 20, 50, 110, 230, 470, 950, 1_430, 1_910, 2_390, 2_870]],
    [0.5, [0, 5.5, 22, 55, 121, 253, 517, 1_045, 1_573, 2_101, 2_629]],
    [1, [0, 6, 24, 60, 132, 276, 564, 1_140, 1_716, 2_292, 2_868]],
  ])('is tried after 5, 15, 30 minutes, 1, 2, 4 and 8 hours, then every 8, up to a fifth later and never sooner: %d', (random, minutes) => {
    expect(schedule(random)).toEqual({ minutes, end: 'expired', reason: 'host' });
  });

  test.each([1, 48, 72, 336])('expires with the last try of %d hours', (hours) => {
    const { minutes, end } = schedule(0, retryPolicyFor(hours, 'resend'));
    expect(end).toBe('expired');
    expect(minutes.at(-1)).toBeLessThanOrEqual(hours * 60);
    const gaps = [5, 15, 30, 60, 120, 240, 480];
    expect(minutes.at(-1)! + (gaps[minutes.length - 1] ?? 480)).toBeGreaterThan(hours * 60);
  });

  test.each([0, 1])('and in doubt each time is repeated after the same gaps, and left with the third doubt: %d', (random) => {
    const minutes = [0, 5, 20].map((minute) => minute * (1 + 0.2 * random));
    const inDoubt = { kind: 'in_doubt', reply: 'cut' } as const;
    expect(schedule(random, defaultRetryPolicy, inDoubt)).toEqual({ minutes, end: 'in_doubt', reason: 'third doubt' });
  });
});
