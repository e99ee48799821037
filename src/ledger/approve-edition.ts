import type { Database, Tx } from '../db/db.ts';
import type { Enqueue } from '../kernel/job.ts';
import type { Edition, EditionState } from './drafts/edition.ts';
import { tryOutagesNow } from './accounts/account-outage-store.ts';
import { queueDueWork } from './sweep/sweep-deliveries.ts';
import { findApprovedEdition, getEdition, lockEdition, lockNewsletter, setEditionState } from './drafts/edition-store.ts';

/** Who approves, and what else happens with it. */
export interface EditionApproval {
  /** Who or what decided: "staff", "schedule", "deadline", "link". */
  readonly by: string;
  readonly now: Date;
  /** Queues the freeze in the same transaction: approved and queued, or neither. */
  readonly enqueue?: Enqueue;
}

/**
 * What an approval came to. `conflict`: somebody decided otherwise before. `busy`: another edition of the newsletter is being frozen
 * (`byEditionId`); try again when it is sending.
 */
export type ApprovalResult =
  | { readonly kind: 'approved' }
  | { readonly kind: 'conflict'; readonly state: EditionState }
  | { readonly kind: 'busy'; readonly byEditionId: string };

/** The same of a draft. `closed`: nothing new goes out in its newsletter; whoever asked skips the draft. */
export type DraftApproval = ApprovalResult | { readonly kind: 'closed' };

/**
 * Approves a draft: what was seen is what goes (P5). At most one edition of a newsletter is approved at a time, because two freezes would
 * each see half of what the other does to a cursor; this is checked under the lock of the newsletter's row, and so is that it is open: closing takes
 * that lock too, so that what it calls under way is all that still goes.
 */
export async function approveEdition(database: Database, editionId: string, approval: EditionApproval): Promise<DraftApproval> {
  return database.transaction(async (tx) => {
    const { newsletterId } = await getEdition(tx, editionId);
    const { isClosed } = await lockNewsletter(tx, newsletterId);
    const { state } = await lockEdition(tx, editionId);
    return isClosed && state === 'draft'
      ? { kind: 'closed' }
      : enterApproved(tx, { id: editionId, newsletterId, state }, 'draft', approval);
  });
}

/** Resumes a paused edition where it stopped: its freeze, under the same exclusion as an approval, or its sending. */
export async function resumeEdition(database: Database, editionId: string, approval: Omit<EditionApproval, 'by'>): Promise<ApprovalResult> {
  const { newsletterId } = await getEdition(database, editionId);
  const { goesOnSending, ...result } = await database.transaction(async (tx): Promise<ApprovalResult & { goesOnSending: boolean }> => {
    await lockNewsletter(tx, newsletterId);
    // Of the locked row: somebody may have paused it a moment ago, in a freeze that has to go on before anything is sent.
    const { state, stateBeforePause } = await lockEdition(tx, editionId);
    if (state !== 'paused') return { kind: 'conflict', state, goesOnSending: false };
    if (stateBeforePause === 'approved')
      return { ...(await enterApproved(tx, { id: editionId, newsletterId, state }, 'paused', approval)), goesOnSending: false };
    await setEditionState(tx, editionId, { to: 'sending', reason: null, now: approval.now }, ['paused']);
    // Whoever resumes has mended what an account was refused for.
    await tryOutagesNow(tx, null, ['login', 'sender']);
    return { kind: 'approved', goesOnSending: true };
  });
  if (goesOnSending && approval.enqueue) await queueDueWork(database, editionId, approval.enqueue);
  return result;
}

/** Under the locks of the newsletter and of the edition. */
async function enterApproved(
  tx: Tx,
  { id: editionId, newsletterId, state }: Pick<Edition, 'id' | 'newsletterId' | 'state'>,
  from: EditionState,
  approval: Omit<EditionApproval, 'by'> & { by?: string },
): Promise<ApprovalResult> {
  if (state !== from) return { kind: 'conflict', state };
  const byEditionId = await findApprovedEdition(tx, newsletterId);
  if (byEditionId !== undefined) return { kind: 'busy', byEditionId };
  await setEditionState(
    tx,
    editionId,
    { to: 'approved', reason: null, now: approval.now, ...(approval.by === undefined ? {} : { approvedBy: approval.by }) },
    [from],
  );
  await approval.enqueue?.(tx, { name: 'freeze', editionId });
  return { kind: 'approved' };
}
