import type { Database } from '../../db/db.ts';
import { applyOffers } from '../../ledger/apply-offers.ts';
import { composeEdition } from '../../ledger/drafts/compose-edition.ts';
import { skipEdition } from '../../ledger/drafts/decide-edition.ts';
import { findReplacement, getEdition } from '../../ledger/drafts/edition-store.ts';
import { editionReasons, isDraft } from '../../ledger/drafts/edition.ts';
import { closedReason, requireOpen } from '../../newsletters/newsletter.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Schedule } from '../../newsletters/schedule.ts';
import { checkOrHold, type CheckedDraft, type Held } from '../check-draft.ts';
import { withDraftLock } from '../draft-lock-store.ts';
import type { EditionPorts } from '../edition-ports.ts';
import { approveUnlessClosed, skipClosed } from '../skip-closed.ts';

/** An edition composed outside the schedule, for a person to look at. */
export type HandSend =
  | { readonly kind: 'nothing_due'; readonly waitingCount: number }
  /** The schedule's own draft waits for staff; nothing was stored. */
  | { readonly kind: 'draft_waits'; readonly editionId: string }
  /** A gate failed: the edition is held, and the reason says what to do. */
  | (Held & { readonly editionId: string })
  /** Somebody decided, or composed another in its place, before it was checked. */
  | (HandConflict & { readonly editionId: string })
  | { readonly kind: 'ready'; readonly editionId: string; readonly draft: CheckedDraft; readonly replacedEditionId: string | undefined };

/**
 * Composes an edition by hand and renders it, so that a person sees what would go before they agree. What waits to be applied is before: a correction
 * that was released a moment ago goes too. The schedule's draft is replaced only when asked.
 */
export async function composeByHand(ports: EditionPorts, schedule: Schedule, replacesDraft = false): Promise<HandSend> {
  requireOpen(await getNewsletterById(ports.database, schedule.newsletterId));
  const { newlyHeldCount } = await applyOffers(ports.database, { now: ports.clock() });
  if (newlyHeldCount > 0) ports.log.warn('offers.held', { count: newlyHeldCount });
  const composed = await composeEdition(ports.database, {
    newsletterId: schedule.newsletterId,
    scheduleId: schedule.id,
    slotAt: null,
    byHand: true,
    replacesDraft,
    now: ports.clock(),
  });
  if (composed.kind === 'nothing_due') return { kind: 'nothing_due', waitingCount: composed.waitingCount };
  if (composed.kind === 'draft_waits') return composed;
  const { editionId } = composed;
  const checked = await withDraftLock(ports.database, editionId, () => checkOrHold(ports, editionId));
  if (checked.kind === 'held') return { ...checked, editionId };
  if (checked.kind === 'decided')
    return { kind: 'conflict', editionId, state: checked.state, ...(await replacementOf(ports.database, editionId)) };
  const { draft } = checked;
  return { kind: 'ready', editionId, draft, replacedEditionId: composed.kind === 'composed' ? composed.replacedEditionId : undefined };
}

/** How long an approval waits for another edition of the newsletter to be frozen. */
const busyTimeoutMs = 120_000;
const busyPollMs = 250;

/** The edition that took the place of a draft, as it is now. */
export interface Successor {
  readonly editionId: string;
  readonly state: string;
  readonly approvedBy: string | null;
}

/** It is no draft any more. */
export interface HandConflict {
  readonly kind: 'conflict';
  readonly state: string;
  /** Why, where its newsletter was closed. */
  readonly reason?: string;
  readonly replacedBy?: Successor;
}

/** What a person's decision came to. */
export type HandDecision =
  | { readonly kind: 'approved' }
  | HandConflict
  /** It was edited after it was shown: it has to be looked at again. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'busy' };

/** Approves a draft as it was shown; waits while another edition of the newsletter is being frozen, up to two minutes. */
export async function approveByHand(
  ports: EditionPorts,
  shown: CheckedDraft,
  by: string,
  wait: (ms: number) => Promise<void>,
): Promise<HandDecision> {
  const editionId = shown.edition.id;
  for (let waitedMs = 0; ; waitedMs += busyPollMs) {
    const result = await withDraftLock(ports.database, editionId, () => approveAsShown(ports, shown, by));
    if (result.kind !== 'busy') return result;
    if (waitedMs >= busyTimeoutMs) return { kind: 'busy' };
    await wait(busyPollMs);
  }
}

async function approveAsShown(ports: EditionPorts, shown: CheckedDraft, by: string): Promise<HandDecision> {
  const { database } = ports;
  const { state, archiveRenditionId } = await getEdition(database, shown.edition.id);
  const isClosed = isDraft(state) && (await skipClosed(ports, shown.edition));
  if (!isClosed && isDraft(state) && archiveRenditionId !== shown.archiveRenditionId) return { kind: 'changed' };
  const result = await approveUnlessClosed(ports, shown.edition, by);
  return result.kind === 'conflict' ? { ...result, ...(await whyDecided(database, shown.edition.id)) } : result;
}

/** What staff are told of an edition that somebody, or the closing of its newsletter, decided before. */
async function whyDecided(database: Database, editionId: string): Promise<Pick<HandConflict, 'reason' | 'replacedBy'>> {
  const { state, reason } = await getEdition(database, editionId);
  return state === 'skipped' && reason === closedReason ? { reason } : replacementOf(database, editionId);
}

async function replacementOf(database: Database, editionId: string): Promise<{ readonly replacedBy?: Successor }> {
  const edition = await getEdition(database, editionId);
  if (edition.state !== 'skipped' || edition.reason !== editionReasons.replaced) return {};
  const successor = await findReplacement(database, edition);
  return successor ? { replacedBy: { editionId: successor.id, state: successor.state, approvedBy: successor.approvedBy } } : {};
}

/** The person said no: the posts wait for the next edition, and so does what staff edited. */
export async function declineByHand(ports: EditionPorts, editionId: string): Promise<void> {
  await skipEdition(ports.database, editionId, { reason: editionReasons.declined, now: ports.clock() });
}
