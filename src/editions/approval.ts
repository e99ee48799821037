import type { Edition } from '../ledger/edition.ts';
import type { Schedule } from '../newsletters/schedule.ts';

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
 * Who decides about a draft. What a person composed by hand, only a person approves. A slot that everything slept through goes by itself
 * only while it is not too late: Friday's digest does not go out on Monday night.
 */
export function nextStep(edition: Pick<Edition, 'byHand' | 'slotAt' | 'composedAt'>, facts: ApprovalFacts): NextStep {
  const { schedule, now } = facts;
  if (edition.byHand) return { kind: 'wait', decideBy: null };
  const lateHours = edition.slotAt === null ? 0 : (edition.composedAt.getTime() - edition.slotAt.getTime()) / hourMs;
  if (lateHours > facts.catchUpHours)
    return { kind: 'hold', reason: `late: it was due ${Math.floor(lateHours)} hours before it could be composed; approve it or skip it` };
  if (schedule.approval === 'auto' || (schedule.approval === 'first' && facts.hasApprovedBefore))
    return { kind: 'approve', by: 'schedule' };
  if (schedule.deadlineHours === null) return { kind: 'wait', decideBy: null };
  const decideBy = new Date(edition.composedAt.getTime() + schedule.deadlineHours * hourMs);
  if (now < decideBy) return { kind: 'wait', decideBy };
  return schedule.deadlinePolicy === 'send'
    ? { kind: 'approve', by: 'deadline' }
    : { kind: 'skip', reason: 'deadline: nobody decided in time' };
}
