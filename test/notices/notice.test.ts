import { describe, expect, test } from '@jest/globals';
import { judgeAttempt } from '../../src/notices/notice.ts';

const reply = (code: number, text: string) => ({ code, enhanced: `${String(code)[0]}.0.0`, text });

describe('An attempt to send a notice', () => {
  test('that the server takes ends it as sent, with the reply', () => {
    expect(judgeAttempt({ kind: 'accepted', reply: reply(250, 'OK') }, 1, 0)).toEqual({ state: 'sent', reply: '250 2.0.0 OK' });
  });

  test('that the server refuses for good ends it as failed, whatever the reason', () => {
    for (const subject of ['policy', 'address'] as const) {
      expect(judgeAttempt({ kind: 'rejected', reply: reply(550, 'No'), subject }, 1, 0).state).toBe('failed');
    }
  });

  test('that did not come to an end is repeated', () => {
    expect(judgeAttempt({ kind: 'deferred', subject: 'unclear', reason: 'no connection' }, 1, 0)).toEqual({
      state: 'queued',
      reply: 'no connection',
      gapMs: 60_000,
      isCharged: true,
    });
    expect(judgeAttempt({ kind: 'in_doubt', reason: 'connection lost after the data' }, 1, 0).state).toBe('queued');
    expect(judgeAttempt({ kind: 'not_started', reason: 'mailer closed' }, 1, 0).state).toBe('queued');
  });

  test('is followed by ever longer waits', () => {
    const gaps = Array.from({ length: 12 }, (_, index) => {
      const verdict = judgeAttempt({ kind: 'deferred', subject: 'unclear', reason: 'no connection' }, index + 1, 0);
      return verdict.state === 'queued' ? verdict.gapMs : undefined;
    });
    expect(gaps).toEqual([...gaps].sort((a, b) => a! - b!));
    expect(gaps[0]).toBe(60_000);
    expect(gaps.at(-1)).toBe(86_400_000);
  });

  test('that fails again after three days ends it', () => {
    expect(judgeAttempt({ kind: 'deferred', subject: 'unclear', reason: 'no connection' }, 9, 72 * 3_600_000 - 1000).state).toBe('failed');
  });

  test('is repeated at least eight times over at least two days before it fails', () => {
    let ageMs = 0;
    let attempt = 1;
    for (; ; attempt += 1) {
      const verdict = judgeAttempt({ kind: 'deferred', subject: 'unclear', reason: 'no connection' }, attempt, ageMs);
      if (verdict.state !== 'queued') break;
      ageMs += verdict.gapMs;
    }
    expect(attempt).toBeGreaterThanOrEqual(8);
    expect(ageMs).toBeGreaterThan(2 * 86_400_000 - 1);
  });
});
