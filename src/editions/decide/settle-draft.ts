import type { ApprovalResult } from '../../ledger/approve-edition.ts';
import { skipEdition } from '../../ledger/drafts/decide-edition.ts';
import { editionReasons, type Edition } from '../../ledger/drafts/edition.ts';
import { setEditionChecks } from '../../ledger/drafts/draft-store.ts';
import { getEdition } from '../../ledger/drafts/edition-store.ts';
import { getScheduleById } from '../../newsletters/schedule-store.ts';
import { closedReason } from '../../newsletters/newsletter.ts';
import type { Schedule } from '../../newsletters/schedule.ts';
import { nextStep, type NextStep } from './approval.ts';
import { checkDraft, holdDraft, type Decided, type Held } from '../check-draft.ts';
import { tryDraftLock, withDraftLock } from '../draft-lock-store.ts';
import { hasApprovedEdition } from '../digests/edition-content-store.ts';
import type { EditionPorts } from '../edition-ports.ts';
import { approveUnlessClosed, skipClosed } from '../skip-closed.ts';

/** What became of a draft. */
export type Settled =
  | { readonly kind: 'approved' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | Held
  | { readonly kind: 'waiting'; readonly decideBy: Date | null }
  /** Another edition of the newsletter is being frozen: ask again. */
  | { readonly kind: 'busy' }
  | Decided;

/** Takes a draft as far as it goes by itself: rendered, checked, then approved, held, skipped or left for a person. Safe to repeat. */
export async function settleDraft(ports: EditionPorts, editionId: string): Promise<Settled> {
  return withDraftLock(ports.database, editionId, () => settle(ports, editionId));
}

/** The same, unless somebody renders, edits or decides the draft at this moment; then undefined, and the next look takes it up. */
export async function settleFreeDraft(ports: EditionPorts, editionId: string): Promise<Settled | undefined> {
  return (await tryDraftLock(ports.database, editionId, () => settle(ports, editionId)))?.result;
}

async function settle(ports: EditionPorts, editionId: string): Promise<Settled> {
  const edition = await getEdition(ports.database, editionId);
  if (edition.state !== 'draft') return { kind: 'decided', state: edition.state };
  if (await skipClosed(ports, edition)) return { kind: 'skipped', reason: closedReason };
  const schedule = await getScheduleById(ports.database, edition.scheduleId);
  const step = await findNextStep(ports, edition, schedule);
  // What waits was looked at when it began to wait: each minute's look at a million readers would be for nothing.
  if (step.kind !== 'wait' || edition.archiveRenditionId === null) {
    const { fault, plan } = await checkDraft(ports, editionId);
    if (plan.groups.length === 0)
      return skip(ports, editionId, plan.waitingCount > 0 ? editionReasons.belowMinimum : editionReasons.nothingDue);
    if (fault !== undefined) return holdAndTell(ports, editionId, fault);
  }
  switch (step.kind) {
    case 'approve':
      return settled(await approveUnlessClosed(ports, edition, step.by));
    case 'hold':
      return holdAndTell(ports, editionId, step.reason);
    case 'skip':
      return skip(ports, editionId, step.reason);
    case 'wait':
      return wait(ports, edition, schedule, step.decideBy);
  }
}

/** Who decides about a draft, and when. */
export async function findNextStep(ports: EditionPorts, edition: Edition, schedule: Schedule): Promise<NextStep> {
  const hasApprovedBefore = await hasApprovedEdition(ports.database, edition.scheduleId);
  return nextStep(edition, { schedule, hasApprovedBefore, catchUpHours: ports.catchUpHours, now: ports.clock() });
}

async function holdAndTell(ports: EditionPorts, editionId: string, reason: string): Promise<Settled> {
  const held = await holdDraft(ports, editionId, reason);
  if (held.kind === 'decided') return held;
  ports.log.warn('edition.held', { editionId });
  await tellHeld(ports, editionId);
  return held;
}

/** Tells staff of a held edition, once for each reason: also of one whose process died before it could. Safe to repeat. */
export async function tellHeld(ports: EditionPorts, editionId: string): Promise<void> {
  const { state, reason, gates } = await getEdition(ports.database, editionId);
  if (state !== 'held') return;
  await ports.notifyStaff(editionId, { kind: 'held', reason: reason ?? '', ...(gates.length > 0 ? { faults: gates } : {}) });
}

async function skip(ports: EditionPorts, editionId: string, reason: string): Promise<Settled> {
  const change = await skipEdition(ports.database, editionId, { reason, now: ports.clock() });
  return change.kind === 'changed' ? { kind: 'skipped', reason } : { kind: 'decided', state: change.state };
}

async function wait(ports: EditionPorts, edition: Edition, schedule: Schedule, decideBy: Date | null): Promise<Settled> {
  if (edition.decideBy?.getTime() !== decideBy?.getTime()) await setEditionChecks(ports.database, edition.id, { decideBy });
  await ports.notifyStaff(edition.id, { kind: 'approval', decideBy, atDeadline: schedule.deadlinePolicy });
  return { kind: 'waiting', decideBy };
}

function settled(result: ApprovalResult): Settled {
  if (result.kind === 'conflict') return { kind: 'decided', state: result.state };
  return { kind: result.kind };
}
