import { releaseHeldEdition } from '../../ledger/drafts/decide-edition.ts';
import { isDraft } from '../../ledger/drafts/edition.ts';
import { editEditionPost, editEditionTexts, type EditionPostEdit, type EditionTextEdit } from '../../ledger/drafts/draft-store.ts';
import { getEdition } from '../../ledger/drafts/edition-store.ts';
import type { Position } from '../../ledger/position.ts';
import { discardDraftRenditions } from '../../ledger/drafts/rendition-store.ts';
import { ConflictError, NotFoundError } from '../../kernel/errors.ts';
import { getScheduleById } from '../../newsletters/schedule-store.ts';
import { checkOrHold, holdDraft, type CheckOutcome, type Held } from '../check-draft.ts';
import { withDraftLock } from '../draft-lock-store.ts';
import type { EditionPorts } from '../edition-ports.ts';
import { approveByHand, type HandDecision } from '../by-hand/send-by-hand.ts';
import { publicCheck, type PublicCheck } from './public-check.ts';
import { findNextStep } from './settle-draft.ts';

/**
 * Renders a draft or held edition anew, with the templates and settings of now, and asks its gates again. One that was held for being late
 * stays so: whether it should still go is for a person to say.
 */
export async function recheckEdition(ports: EditionPorts, editionId: string): Promise<PublicCheck> {
  return publicCheck(await withDraftLock(ports.database, editionId, () => recheck(ports, editionId)));
}

async function recheck(ports: EditionPorts, editionId: string): Promise<CheckOutcome> {
  const checked = await renderAnew(ports, editionId);
  if (checked.kind !== 'passed') return checked;
  const { edition } = checked.draft;
  if (edition.state !== 'held') return checked;
  const step = await findNextStep(ports, edition, await getScheduleById(ports.database, edition.scheduleId));
  return step.kind === 'hold' ? holdDraft(ports, editionId, step.reason) : release(ports, editionId, checked);
}

/** Renders anew and asks the gates, without a decision: a held edition stays held. Call it under the draft's lock. */
export async function renderAnew(ports: EditionPorts, editionId: string): Promise<CheckOutcome> {
  const { database } = ports;
  const { state } = await getEdition(database, editionId);
  if (!isDraft(state)) return { kind: 'decided', state };
  await discardDraftRenditions(database, editionId);
  return checkOrHold(ports, editionId);
}

async function release({ database, clock }: EditionPorts, editionId: string, checked: CheckOutcome): Promise<CheckOutcome> {
  const change = await releaseHeldEdition(database, editionId, clock());
  return change.kind === 'changed' || change.state === 'draft' ? checked : { kind: 'decided', state: change.state };
}

/** What came of a person's approval. */
export type StaffDecision = HandDecision | Held;

/** A person approves a draft. One that is held is rendered and checked again first: what a person lets go must still pass its gates. */
export async function approveByStaff(ports: EditionPorts, editionId: string, wait: (ms: number) => Promise<void>): Promise<StaffDecision> {
  const checked = await withDraftLock(ports.database, editionId, () => makeReady(ports, editionId));
  if (checked.kind === 'held') return checked;
  if (checked.kind === 'decided') return { kind: 'conflict', state: checked.state };
  return approveByHand(ports, checked.draft, 'staff', wait);
}

/** A draft is what was seen; a held edition is rendered anew, because something was mended since. */
async function makeReady(ports: EditionPorts, editionId: string): Promise<CheckOutcome> {
  const { state } = await getEdition(ports.database, editionId);
  if (state === 'draft') return checkOrHold(ports, editionId);
  const checked = await renderAnew(ports, editionId);
  return checked.kind === 'passed' ? release(ports, editionId, checked) : checked;
}

/** What staff change about a draft. */
export interface DraftEdit {
  readonly texts: EditionTextEdit;
  readonly posts: readonly { readonly position: Position; readonly edit: EditionPostEdit }[];
}

/** Edits a draft, renders it anew and asks its gates again. @throws NotFoundError; ConflictError when the edition is no draft, or has no such post */
export async function editDraft(ports: EditionPorts, editionId: string, edit: DraftEdit): Promise<PublicCheck> {
  const checked = await withDraftLock(ports.database, editionId, async () => {
    await storeEdit(ports, editionId, edit);
    return recheck(ports, editionId);
  });
  return publicCheck(checked);
}

async function storeEdit(ports: EditionPorts, editionId: string, edit: DraftEdit): Promise<void> {
  await ports.database.transaction(async (tx) => {
    await getEdition(tx, editionId);
    if (!(await editEditionTexts(tx, editionId, edit.texts)))
      throw new ConflictError(`Edition ${editionId} is no draft any more: it cannot be edited`);
    for (const { position, edit: change } of edit.posts) {
      if (!(await editEditionPost(tx, editionId, position, change)))
        throw new NotFoundError(`Edition ${editionId} has no post at position ${position}`, {
          remedy: { kind: 'show_edition', editionId },
        });
    }
    // With the edit: after a crash in between nothing is taken for rendered that is not.
    await discardDraftRenditions(tx, editionId);
  });
}
