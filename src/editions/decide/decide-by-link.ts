import { releaseHeldEdition, skipEdition } from '../../ledger/drafts/decide-edition.ts';
import { editionReasons, isDraft, type Edition } from '../../ledger/drafts/edition.ts';
import { getEdition } from '../../ledger/drafts/edition-store.ts';
import { findRendition } from '../../ledger/drafts/rendition-store.ts';
import type { NothingReason } from '../../ledger/drafts/judgement.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import { withoutPersonalParts } from '../../content/text/placeholder.ts';
import { checkOrHold, holdDraft, type Decided, type Held } from '../check-draft.ts';
import { renderAnew } from './decide-by-staff.ts';
import { recordAction } from '../../staff/record-action.ts';
import { withDraftLock } from '../draft-lock-store.ts';
import type { EditionPorts } from '../edition-ports.ts';
import { approveUnlessClosed, skipClosed } from '../skip-closed.ts';
import { loadDecidedPlan } from './load-decided-plan.ts';
import { findOpenStaffLink, findStaffLink, findUsedLink, useStaffLink } from './staff-link-store.ts';
import { takenDecision, type TakenDecision } from './taken-decision.ts';

/** What a link asks a person to decide. */
export interface LinkedDecision {
  readonly newsletter: string;
  readonly language: string;
  readonly colour: string;
  readonly subject: string;
  readonly postCount: number;
  readonly recipientCount: number;
  /** How many get nothing of it, by why. */
  readonly nothing: readonly { readonly reason: NothingReason; readonly count: number }[];
  /** What the edition is now, where it is no draft any more: nothing is left to decide. */
  readonly state?: string;
  /** What was decided, when and how; undefined while nothing was, or where that was not kept. */
  readonly taken?: TakenDecision;
  /** This link took the decision: it can be used no more. */
  readonly isUsed: boolean;
  /** Why it is held. */
  readonly reason?: string;
  /** Something is wrong with it: an approval checks it again first, and lets a person look at what came of that. */
  readonly mustBeChecked: boolean;
  /** Names the digests as they are now; undefined while none are rendered. */
  readonly shown?: string;
  /** The rendition that most readers would get; undefined while it is not rendered. */
  readonly renditionId?: string;
}

/** Why a decision was not taken, and may be once the page has been looked at again. */
export type Undecided = 'failed_again' | 'passes_now' | 'changed' | 'busy';

/** How it was decided; `conflict`: the edition is no draft any more. */
export type LinkOutcome =
  | { readonly kind: 'decided' }
  | { readonly kind: 'conflict'; readonly state: string }
  | { readonly kind: 'undecided'; readonly why: Undecided };

/** What a mailed link would decide; or, where one was taken, what it was; undefined when it expired or names nothing. Changes nothing. */
export async function findLinkedDecision(
  ports: EditionPorts,
  linkId: string,
  action: 'approve' | 'skip',
): Promise<LinkedDecision | undefined> {
  const link = await findStaffLink(ports.database, linkId, action, ports.clock());
  if (!link) return undefined;
  const edition = await getEdition(ports.database, link.editionId);
  const taken = takenDecision(edition, await findUsedLink(ports.database, edition.id));
  const { rendition, postCount, recipientCount, nothing } = await loadDecidedPlan(ports.database, edition, ports.clock());
  const newsletter = await getNewsletterById(ports.database, edition.newsletterId);
  return {
    newsletter: newsletter.name,
    language: newsletter.language,
    colour: newsletter.colour,
    subject: rendition?.subject ?? newsletter.name,
    postCount,
    recipientCount,
    nothing,
    mustBeChecked: mustBeChecked(edition),
    isUsed: link.usedAt !== null,
    ...(isDraft(edition.state) ? {} : { state: edition.state }),
    ...(taken === undefined ? {} : { taken }),
    ...(edition.state === 'held' && edition.reason !== null ? { reason: edition.reason } : {}),
    ...(edition.archiveRenditionId === null ? {} : { shown: edition.archiveRenditionId }),
    ...(rendition === undefined ? {} : { renditionId: rendition.id }),
  };
}

/** The html of a digest of the link's edition, without what is for one reader; undefined like the decision, or when it is of another edition or gone. */
export async function findLinkedDigest(
  ports: EditionPorts,
  linkId: string,
  action: 'approve' | 'skip',
  renditionId: string,
): Promise<string | undefined> {
  const link = await findOpenStaffLink(ports.database, linkId, action, ports.clock());
  const rendition = link && (await findRendition(ports.database, renditionId));
  return rendition && rendition.editionId === link.editionId ? withoutPersonalParts(rendition.html, 'html') : undefined;
}

/**
 * Takes the decision of a link, once; undefined when it was used, expired or names nothing. An approval is one of what `shown` names: where
 * the digests are others by now, nothing is decided and the link can still be used (P5). One that failed its gates is rendered and checked again.
 */
export async function decideByLink(
  ports: EditionPorts,
  linkId: string,
  action: 'approve' | 'skip',
  shown: string | undefined,
): Promise<LinkOutcome | undefined> {
  const { database, clock } = ports;
  const link = await findOpenStaffLink(database, linkId, action, clock());
  if (!link) return undefined;
  const { editionId } = link;
  const outcome =
    action === 'approve'
      ? await withDraftLock(database, editionId, () => approve(ports, editionId, shown))
      : await skipEdition(database, editionId, { reason: 'skipped by staff', isByStaff: true, now: clock() });
  if (outcome.kind === 'conflict') return { kind: 'conflict', state: outcome.state };
  if (outcome.kind === 'undecided') return outcome;
  // The state of the edition lets one decision through; the link is used up by the one that it took.
  await useStaffLink(database, link, clock());
  await recordAction(database, {
    by: 'whoever has the mailed link',
    action: `decision by link: ${action}`,
    subjects: { edition: [editionId], staff_link: [linkId] },
  });
  return { kind: 'decided' };
}

type Approval = { readonly kind: 'approved' } | Extract<LinkOutcome, { kind: 'conflict' | 'undecided' }>;

async function approve(ports: EditionPorts, editionId: string, shown: string | undefined): Promise<Approval> {
  const { database, clock } = ports;
  const edition = await getEdition(database, editionId);
  if (!isDraft(edition.state)) return { kind: 'conflict', state: edition.state };
  if (await skipClosed(ports, edition)) return { kind: 'conflict', state: 'skipped' };
  if (mustBeChecked(edition)) return checkAgain(ports, editionId);
  const checked = await checkOrHold(ports, editionId);
  if (checked.kind !== 'passed') return notPassed(checked);
  if (checked.draft.archiveRenditionId !== shown) return undecided('changed');
  // Held without a fault, because it is late or was mended: it may go once a person says so, as it was shown to them.
  if (edition.state === 'held') await releaseHeldEdition(database, editionId, clock());
  const result = await approveUnlessClosed(ports, edition, 'link');
  return result.kind === 'busy' ? undecided('busy') : result;
}

/** It stays held until somebody has seen what it looks like now: a draft could go by itself meanwhile. */
async function checkAgain(ports: EditionPorts, editionId: string): Promise<Approval> {
  const checked = await renderAnew(ports, editionId);
  if (checked.kind !== 'passed') return notPassed(checked);
  const held = await holdDraft(ports, editionId, editionReasons.passesNow);
  return held.kind === 'held' ? undecided('passes_now') : notPassed(held);
}

function notPassed(outcome: Held | Decided): Approval {
  return outcome.kind === 'held' ? undecided('failed_again') : { kind: 'conflict', state: outcome.state };
}

function undecided(why: Undecided): Approval {
  return { kind: 'undecided', why };
}

/** True for one whose gates failed, or that could not be rendered at all, when it was looked at last. */
function mustBeChecked(edition: Edition): boolean {
  return edition.state === 'held' && (edition.gates.length > 0 || edition.archiveRenditionId === null);
}
