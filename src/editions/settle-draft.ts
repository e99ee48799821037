import { approveEdition, type ApprovalResult } from '../ledger/approve-edition.ts';
import { holdEdition, skipEdition } from '../ledger/decide-edition.ts';
import { setEditionChecks } from '../ledger/edition-store.ts';
import { getScheduleById } from '../newsletters/schedule-store.ts';
import { nextStep } from './approval.ts';
import { checkDraft, describeGates } from './check-draft.ts';
import { hasApprovedEdition } from './edition-content-store.ts';
import type { EditionPorts } from './edition-ports.ts';

/** What became of a draft. */
export type Settled =
  | { readonly kind: 'approved' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'waiting'; readonly decideBy: Date | null }
  /** Another edition of the newsletter is being frozen: ask again. */
  | { readonly kind: 'busy' }
  /** Somebody else decided meanwhile. */
  | { readonly kind: 'decided'; readonly state: string };

/** Takes a draft as far as it goes by itself: rendered, checked, then approved, held, skipped or left for a person. Safe to repeat. */
export async function settleDraft(ports: EditionPorts, editionId: string): Promise<Settled> {
  const draft = await checkDraft(ports, editionId);
  const { edition } = draft;
  if (edition.state !== 'draft') return { kind: 'decided', state: edition.state };
  if (draft.failedGates.length > 0) return hold(ports, editionId, describeGates(draft.failedGates));
  const schedule = await getScheduleById(ports.database, edition.scheduleId);
  const hasApprovedBefore = await hasApprovedEdition(ports.database, edition.scheduleId);
  const step = nextStep(edition, { schedule, hasApprovedBefore, catchUpHours: ports.catchUpHours, now: ports.clock() });
  switch (step.kind) {
    case 'approve':
      return settled(await approveEdition(ports.database, editionId, { by: step.by, now: ports.clock(), enqueue: ports.enqueue }));
    case 'hold':
      return hold(ports, editionId, step.reason);
    case 'skip': {
      const change = await skipEdition(ports.database, editionId, { reason: step.reason, now: ports.clock() });
      return change.kind === 'changed' ? { kind: 'skipped', reason: step.reason } : { kind: 'decided', state: change.state };
    }
    case 'wait': {
      await setEditionChecks(ports.database, editionId, { decideBy: step.decideBy });
      await ports.notifyStaff(editionId, { kind: 'approval', decideBy: step.decideBy, atDeadline: schedule.deadlinePolicy });
      return { kind: 'waiting', decideBy: step.decideBy };
    }
  }
}

async function hold(ports: EditionPorts, editionId: string, reason: string): Promise<Settled> {
  const change = await holdEdition(ports.database, editionId, { reason, now: ports.clock() });
  if (change.kind === 'conflict') return { kind: 'decided', state: change.state };
  ports.log.warn('edition.held', { editionId });
  await ports.notifyStaff(editionId, { kind: 'held', reason });
  return { kind: 'held', reason };
}

function settled(result: ApprovalResult): Settled {
  if (result.kind === 'conflict') return { kind: 'decided', state: result.state };
  return { kind: result.kind };
}
