import { describe, expect, test } from '@jest/globals';
import { nextStep, type ApprovalFacts } from '../../src/editions/decide/approval.ts';

const slotAt = new Date('2026-03-06T08:00:00Z');
const hoursLater = (hours: number): Date => new Date(slotAt.getTime() + hours * 3_600_000);
const draft = { byHand: false, slotAt, composedAt: slotAt };

function facts(schedule: Partial<ApprovalFacts['schedule']>, more: Partial<ApprovalFacts> = {}): ApprovalFacts {
  return {
    schedule: { approval: 'required', deadlineHours: null, deadlinePolicy: null, ...schedule },
    hasApprovedBefore: false,
    catchUpHours: 6,
    now: slotAt,
    ...more,
  };
}

describe('a draft of a schedule', () => {
  test('goes by itself where the schedule asks nobody', () => {
    expect(nextStep(draft, facts({ approval: 'auto' }))).toEqual({ kind: 'approve', by: 'schedule' });
  });

  test('waits where it is the first, and goes by itself where one was approved before', () => {
    expect(nextStep(draft, facts({ approval: 'first' }))).toEqual({ kind: 'wait', decideBy: null });
    expect(nextStep(draft, facts({ approval: 'first' }, { hasApprovedBefore: true }))).toEqual({ kind: 'approve', by: 'schedule' });
  });

  test('waits for a person each time where the schedule requires one, for ever without a deadline', () => {
    const required = facts({}, { hasApprovedBefore: true, now: hoursLater(24 * 365) });
    expect(nextStep(draft, required)).toEqual({ kind: 'wait', decideBy: null });
  });

  test.each([
    ['send', { kind: 'approve', by: 'deadline' }],
    ['skip', { kind: 'skip', reason: 'deadline: nobody decided in time' }],
  ] as const)('waits until its deadline, from then on the policy decides: %s', (deadlinePolicy, step) => {
    const schedule = { deadlineHours: 24, deadlinePolicy };
    const wait = { kind: 'wait', decideBy: hoursLater(24) };
    expect(nextStep(draft, facts(schedule))).toEqual(wait);
    expect(nextStep(draft, facts(schedule, { now: new Date(hoursLater(24).getTime() - 1) }))).toEqual(wait);
    expect(nextStep(draft, facts(schedule, { now: hoursLater(24) }))).toEqual(step);
  });

  test('goes by itself up to the hours of catching up, and is held when it is later than that', () => {
    const auto = facts({ approval: 'auto' });
    expect(nextStep({ ...draft, composedAt: hoursLater(6) }, auto).kind).toBe('approve');
    expect(nextStep({ ...draft, composedAt: hoursLater(6.01) }, auto)).toMatchObject({
      kind: 'hold',
      reason: expect.stringMatching(/^late: .*6 hours/),
    });
  });

  test('is held as well when it was composed in time, and everything slept before it could go', () => {
    expect(nextStep(draft, facts({ approval: 'auto' }, { now: hoursLater(6) })).kind).toBe('approve');
    expect(nextStep(draft, facts({ approval: 'auto' }, { now: hoursLater(87) }))).toMatchObject({
      kind: 'hold',
      reason: expect.stringMatching(/^late: it was due 87 hours/),
    });
  });

  test('is held when everything slept through the deadline that would have sent it', () => {
    const schedule = { deadlineHours: 24, deadlinePolicy: 'send' } as const;
    expect(nextStep(draft, facts(schedule, { now: hoursLater(30) })).kind).toBe('approve');
    expect(nextStep(draft, facts(schedule, { now: hoursLater(31) }))).toMatchObject({
      kind: 'hold',
      reason: expect.stringMatching(/^late: its deadline was 7 hours/),
    });
  });
});

test('what a person composed by hand only a person approves', () => {
  const byHand = { byHand: true, slotAt: null, composedAt: slotAt };
  for (const approval of ['auto', 'first', 'required'] as const) {
    const schedule = { approval, deadlineHours: 1, deadlinePolicy: 'send' as const };
    expect(nextStep(byHand, facts(schedule, { now: hoursLater(48), hasApprovedBefore: true }))).toEqual({ kind: 'wait', decideBy: null });
  }
});
