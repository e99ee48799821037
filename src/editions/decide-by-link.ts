import { planDraft } from '../ledger/plan-edition.ts';
import { approveEdition, type ApprovalResult } from '../ledger/approve-edition.ts';
import { releaseHeldEdition, skipEdition } from '../ledger/decide-edition.ts';
import { getEdition } from '../ledger/edition-store.ts';
import { isDraft } from '../ledger/edition.ts';
import { findRenditionOfGroup } from '../ledger/rendition-store.ts';
import { getNewsletterById } from '../newsletters/newsletter-store.ts';
import { checkDraft } from './check-draft.ts';
import { withDraftLock } from './draft-lock-store.ts';
import type { EditionPorts } from './edition-ports.ts';
import { findOpenStaffLink, useStaffLink } from './staff-link-store.ts';

/** What a link asks a person to decide. */
export interface LinkedDecision {
  readonly newsletter: string;
  readonly language: string;
  readonly colour: string;
  readonly subject: string;
  readonly postCount: number;
  readonly recipientCount: number;
  /** What the edition is now, where it is no draft any more: nothing is left to decide. */
  readonly state?: string;
}

/** How it was decided; `conflict`: the edition is no draft any more, or another one is being frozen just now. */
export type LinkOutcome = { readonly kind: 'decided' } | { readonly kind: 'conflict'; readonly state: string };

/** What a mailed link would decide; undefined when it was used, expired or names nothing. Changes nothing. */
export async function findLinkedDecision(
  ports: EditionPorts,
  linkId: string,
  action: 'approve' | 'skip',
): Promise<LinkedDecision | undefined> {
  const link = await findOpenStaffLink(ports.database, linkId, action, ports.clock());
  if (!link) return undefined;
  const plan = await planDraft(ports.database, { editionId: link.editionId, now: ports.clock() });
  const newsletter = await getNewsletterById(ports.database, plan.edition.newsletterId);
  const group = plan.groups[0] ?? plan.archive;
  const rendition = await findRenditionOfGroup(ports.database, {
    editionId: link.editionId,
    language: group.language,
    positions: group.positions,
    releases: group.releases,
  });
  return {
    newsletter: newsletter.name,
    language: newsletter.language,
    colour: newsletter.colour,
    subject: rendition?.subject ?? newsletter.name,
    postCount: group.releases.length,
    recipientCount: plan.recipientCount,
    ...(isDraft(plan.edition.state) ? {} : { state: plan.edition.state }),
  };
}

/** Takes the decision of a link, once; undefined when it was used, expired or names nothing. */
export async function decideByLink(ports: EditionPorts, linkId: string, action: 'approve' | 'skip'): Promise<LinkOutcome | undefined> {
  const { database, clock } = ports;
  const link = await findOpenStaffLink(database, linkId, action, clock());
  if (!link) return undefined;
  const { editionId } = link;
  const outcome =
    action === 'approve'
      ? await withDraftLock(database, editionId, () => approve(ports, editionId))
      : await skipEdition(database, editionId, { reason: 'skipped by staff', now: clock() });
  // The state of the edition lets one decision through; the link is used up by the one that it took.
  if (outcome.kind === 'conflict') return { kind: 'conflict', state: outcome.state };
  if (outcome.kind === 'busy') return { kind: 'conflict', state: 'waiting for another edition of this newsletter; try again in a minute' };
  await useStaffLink(database, link, clock());
  return { kind: 'decided' };
}

/** An edition that is held without a fault, because it is late, may go once a person says so, as it was shown to them. */
async function approve(ports: EditionPorts, editionId: string): Promise<ApprovalResult> {
  const { database, clock, enqueue } = ports;
  const { state } = await getEdition(database, editionId);
  if (isDraft(state) && (await checkDraft(ports, editionId)).fault !== undefined) return { kind: 'conflict', state: 'held' };
  if (state === 'held') await releaseHeldEdition(database, editionId, clock());
  return approveEdition(database, editionId, { by: 'link', now: clock(), enqueue });
}
