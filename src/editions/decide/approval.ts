import type { Edition } from '../../ledger/drafts/edition.ts';
import type { Schedule } from '../../newsletters/schedule.ts';

/** What happens to a draft whose gates hold. */
export type NextStep =
  | { readonly kind: 'approve'; readonly by: 'schedule' | 'deadline' }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'hold'; readonly reason: string }
  /** A person decides; at `decideBy` the deadline's policy does. */
  | { readonly kind: 'wait'; readonly decideBy: Date | null };

/** What the decision depends on beside the draft itself. */
export interface ApprovalFacts {
  readonly schedule: Pick<Schedule, 'approval' | 'deadlineHours' | 'deadlinePolicy'>;
  readonly hasApprovedBefore: boolean;
  readonly catchUpHours: number;
  readonly now: Date;
}

const hourMs = 3_600_000;

/**
 * Who decides about a draft. What a person composed by hand, only a person approves. A slot or a deadline that everything slept through goes
 * by itself only while it is not too late: Friday's digest does not go out on Monday night, at whatever step it was interrupted.
 */
export function nextStep(edition: Pick<Edition, 'byHand' | 'slotAt' | 'composedAt'>, facts: ApprovalFacts): NextStep {
  const { schedule, now } = facts;
  if (edition.byHand) return { kind: 'wait', decideBy: null };
  const slotAt = edition.slotAt ?? edition.composedAt;
  if (isTooLate(slotAt, edition.composedAt, facts)) return holdAsLate('it was due', slotAt, edition.composedAt);
  if (schedule.approval === 'auto' || (schedule.approval === 'first' && facts.hasApprovedBefore))
    return isTooLate(slotAt, now, facts) ? holdAsLate('it was due', slotAt, now) : { kind: 'approve', by: 'schedule' };
  if (schedule.deadlineHours === null) return { kind: 'wait', decideBy: null };
  const decideBy = new Date(edition.composedAt.getTime() + schedule.deadlineHours * hourMs);
  if (now < decideBy) return { kind: 'wait', decideBy };
  if (schedule.deadlinePolicy !== 'send') return { kind: 'skip', reason: 'deadline: nobody decided in time' };
  return isTooLate(decideBy, now, facts) ? holdAsLate('its deadline was', decideBy, now) : { kind: 'approve', by: 'deadline' };
}

function isTooLate(dueAt: Date, at: Date, { catchUpHours }: ApprovalFacts): boolean {
  return at.getTime() - dueAt.getTime() > catchUpHours * hourMs;
}

function holdAsLate(what: string, dueAt: Date, at: Date): NextStep {
  const hours = Math.floor((at.getTime() - dueAt.getTime()) / hourMs);
  return { kind: 'hold', reason: `late: ${what} ${hours} hours before it could go; approve it or skip it` };
}
