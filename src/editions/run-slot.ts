import { composeEdition } from '../ledger/drafts/compose-edition.ts';
import { getScheduleById } from '../newsletters/schedule-store.ts';
import type { EditionPorts } from './edition-ports.ts';
import { settleDraft, type Settled } from './decide/settle-draft.ts';

/** What became of a due slot. */
export type SlotResult =
  | { readonly kind: 'nothing_due'; readonly editionId: string; readonly waitingCount: number }
  | { readonly kind: 'settled'; readonly editionId: string; readonly settled: Settled }
  /** The slot's edition was there already, and had left the state of a draft. */
  | { readonly kind: 'exists'; readonly editionId: string }
  /** A later slot was composed before: this one is skipped. */
  | { readonly kind: 'overtaken'; readonly editionId: string };

/** Runs one slot of a schedule: composes its edition and takes it as far as it goes by itself. Safe to repeat: a slot has one edition. */
export async function runSlot(ports: EditionPorts, scheduleId: string, slotAt: Date): Promise<SlotResult> {
  const schedule = await getScheduleById(ports.database, scheduleId);
  const composed = await composeEdition(ports.database, {
    newsletterId: schedule.newsletterId,
    scheduleId,
    slotAt,
    byHand: false,
    now: ports.clock(),
  });
  const { editionId } = composed;
  if (composed.kind === 'nothing_due') {
    ports.log.info('edition.nothing_due', { editionId, scheduleId });
    return { kind: 'nothing_due', editionId, waitingCount: composed.waitingCount };
  }
  if (composed.kind === 'overtaken') return { kind: 'overtaken', editionId };
  if (composed.kind === 'exists' && composed.state !== 'draft') return { kind: 'exists', editionId };
  const settled = await settleDraft(ports, editionId);
  ports.log.info('edition.settled', { editionId, scheduleId, outcome: settled.kind });
  return { kind: 'settled', editionId, settled };
}
