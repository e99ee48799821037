import { releaseHeldEdition } from '../ledger/decide-edition.ts';
import { editEditionPost, editEditionTexts, getEdition, type EditionPostEdit, type EditionTextEdit } from '../ledger/edition-store.ts';
import type { Position } from '../ledger/position.ts';
import { discardDraftRenditions } from '../ledger/rendition-store.ts';
import { ConflictError } from '../kernel/errors.ts';
import { checkDraft, describeGates, type CheckedDraft } from './check-draft.ts';
import type { EditionPorts } from './edition-ports.ts';
import { holdEdition } from '../ledger/decide-edition.ts';
import { approveByHand, type HandDecision } from './send-by-hand.ts';

/** What a recheck came to. */
export type Rechecked =
  | { readonly kind: 'passed'; readonly draft: CheckedDraft }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'decided'; readonly state: string };

/** Renders a draft or held edition anew, with the templates and settings of now, and asks its gates again. */
export async function recheckEdition(ports: EditionPorts, editionId: string): Promise<Rechecked> {
  const { database, clock } = ports;
  await discardDraftRenditions(database, editionId);
  const draft = await checkDraft(ports, editionId);
  const { state } = draft.edition;
  if (state !== 'draft' && state !== 'held') return { kind: 'decided', state };
  if (draft.failedGates.length > 0) {
    const reason = describeGates(draft.failedGates);
    await holdEdition(database, editionId, { reason, now: clock() });
    return { kind: 'held', reason };
  }
  if (state === 'held') await releaseHeldEdition(database, editionId, clock());
  return { kind: 'passed', draft };
}

/** A person approves a draft. One that is held is checked again first: what a person lets go must still pass its gates. */
export async function approveByStaff(
  ports: EditionPorts,
  editionId: string,
  wait: (ms: number) => Promise<void>,
): Promise<HandDecision | { readonly kind: 'held'; readonly reason: string }> {
  const { state } = await getEdition(ports.database, editionId);
  if (state === 'held') {
    const checked = await recheckEdition(ports, editionId);
    if (checked.kind === 'held') return checked;
    if (checked.kind === 'decided') return { kind: 'conflict', state: checked.state };
  } else if (state === 'draft') {
    const draft = await checkDraft(ports, editionId);
    if (draft.failedGates.length > 0) return { kind: 'held', reason: describeGates(draft.failedGates) };
  }
  return approveByHand(ports, editionId, 'staff', wait);
}

/** What staff change about a draft. */
export interface DraftEdit {
  readonly texts: EditionTextEdit;
  readonly posts: readonly { readonly position: Position; readonly edit: EditionPostEdit }[];
}

/** Edits a draft, renders it anew and asks its gates again. @throws ConflictError when the edition is no draft, or has no such post */
export async function editDraft(ports: EditionPorts, editionId: string, edit: DraftEdit): Promise<Rechecked> {
  await ports.database.transaction(async (tx) => {
    if (!(await editEditionTexts(tx, editionId, edit.texts)))
      throw new ConflictError(`Edition ${editionId} is no draft any more: it cannot be edited`);
    for (const { position, edit: change } of edit.posts) {
      if (!(await editEditionPost(tx, editionId, position, change)))
        throw new ConflictError(
          `Edition ${editionId} has no post at position ${position}; "gazette editions show ${editionId}" lists them`,
        );
    }
  });
  return recheckEdition(ports, editionId);
}
