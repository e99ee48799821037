import type { Database, Tx } from '../../db/db.ts';
import type { EditionState } from './edition.ts';
import { editionReasons } from './edition.ts';
import {
  copyEdits,
  findUndecidedDraft,
  findWaitingDraft,
  hasLaterSlot,
  insertEdition,
  insertEditionPosts,
  replaceDraft,
} from './draft-store.ts';
import { findEditionOfSlot, lockNewsletter } from './edition-store.ts';
import { type EditionPlan, planNewEdition } from './plan-edition.ts';

/** Which run of which schedule to compose. */
export interface ComposeRequest {
  readonly newsletterId: string;
  readonly scheduleId: string;
  /** The slot that is due; null outside the schedule. */
  readonly slotAt: Date | null;
  /** True for a send that staff asked for: everything is due at once. */
  readonly byHand: boolean;
  /** By hand: replace the draft of the schedule that waits for staff; what they edited comes along. A slot always does. */
  readonly replacesDraft?: boolean;
  readonly now: Date;
}

/** A draft with its groups. */
export interface ComposedEdition extends EditionPlan {
  readonly kind: 'composed';
  readonly editionId: string;
  readonly replacedEditionId: string | undefined;
}

/** What composing came to. `exists`: the slot has its edition already (the job ran before). */
export type ComposeResult =
  | ComposedEdition
  | { readonly kind: 'nothing_due'; readonly editionId: string; readonly reason: string; readonly waitingCount: number }
  | { readonly kind: 'exists'; readonly editionId: string; readonly state: EditionState }
  /** By hand only: the schedule's own draft waits for staff. Nothing was stored. */
  | { readonly kind: 'draft_waits'; readonly editionId: string }
  /** Its slot came too late: a later one of the schedule was composed before. */
  | { readonly kind: 'overtaken'; readonly editionId: string };

/**
 * Composes an edition: fixes its cutoff, pins what somebody is to be sent, and says who would get what. A draft owns nothing: no cursor moves,
 * and what is in it is decided again, for each reader, when it is frozen. The schedule's draft, where there is one, is replaced, but never that
 * of a later slot; what staff edited in it comes along, also out of a send by hand to which nobody agreed.
 */
export async function composeEdition(database: Database, request: ComposeRequest): Promise<ComposeResult> {
  return database.transaction(async (tx) => {
    // Composings and approvals of one newsletter take turns, so that a replaced draft cannot be approved at the same moment.
    await lockNewsletter(tx, request.newsletterId);
    const existing = request.slotAt === null ? undefined : await findEditionOfSlot(tx, request.scheduleId, request.slotAt);
    if (existing !== undefined) return { kind: 'exists', editionId: existing.id, state: existing.state };
    const waiting = request.byHand && !request.replacesDraft ? await findWaitingDraft(tx, request.scheduleId) : undefined;
    if (waiting !== undefined) return { kind: 'draft_waits', editionId: waiting };
    const plan = await planNewEdition(tx, request);
    if (request.slotAt !== null && (await hasLaterSlot(tx, request.scheduleId, request.slotAt))) {
      return { kind: 'overtaken', editionId: await insertEdition(tx, { ...request, ...plan }, editionReasons.overtaken) };
    }
    const replacedEditionId = await replaceDraft(tx, request.scheduleId, request.now);
    if (plan.groups.length === 0) return storeSkipped(tx, request, plan);
    // Whoever edits the old draft at this moment was waited for, or finds that it is none any more.
    const editedId = await findUndecidedDraft(tx, request.scheduleId);
    const editionId = await insertEdition(tx, { ...request, ...plan }, null);
    await insertEditionPosts(tx, editionId, plan.pins);
    if (editedId !== undefined) await copyEdits(tx, editedId, editionId);
    return { kind: 'composed', editionId, replacedEditionId, ...plan };
  });
}

async function storeSkipped(tx: Tx, request: ComposeRequest, plan: EditionPlan): Promise<ComposeResult> {
  const reason = plan.waitingCount > 0 ? editionReasons.belowMinimum : editionReasons.nothingDue;
  const editionId = await insertEdition(tx, { ...request, ...plan }, reason);
  return { kind: 'nothing_due', editionId, reason, waitingCount: plan.waitingCount };
}
