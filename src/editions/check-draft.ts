import { InvalidInputError } from '../kernel/errors.ts';
import { holdEdition } from '../ledger/drafts/decide-edition.ts';
import { setEditionChecks } from '../ledger/drafts/draft-store.ts';
import { countedReasons } from '../ledger/drafts/judgement.ts';
import { setArchiveRendition, setCheckedPlan } from '../ledger/drafts/edition-store.ts';
import { planDraft, type EditionPlan, type PlannedGroup } from '../ledger/drafts/plan-edition.ts';
import { faultText, type Edition, type Fault } from '../ledger/drafts/edition.ts';
import { findRenditionOfGroup, storeRendition } from '../ledger/drafts/rendition-store.ts';
import type { Gate } from '../render/digest/gates.ts';
import type { EditionPorts } from './edition-ports.ts';
import { loadDigestSubject, renderChecked } from './digests/render-releases.ts';

/** A draft with all its digests rendered and checked. */
export interface CheckedDraft {
  readonly edition: Edition;
  readonly plan: EditionPlan;
  /** What keeps it from being approved: gates that failed in at least one digest, or that there is no digest at all; empty when it may be. */
  readonly faults: readonly Fault[];
  /** The same in a sentence or two, for the edition's reason; undefined when there is none. */
  readonly fault: string | undefined;
  readonly repairs: readonly string[];
  /** The subject of the digest that most readers get. */
  readonly subject: string;
  /** The archive page as it was rendered: while the edition still has this one, what was seen is what goes. Null with a fault in rendering. */
  readonly archiveRenditionId: string | null;
  /** The digest that most readers get; null with a fault in rendering. */
  readonly renditionId: string | null;
}

/**
 * Renders every digest of a draft that is not rendered yet, stores the renditions (what is approved later is what is seen now, P5), and
 * checks the gates of each. Stores what gates and repairs said. A draft that cannot be rendered is one with a fault. Call it under the draft's
 * lock (`withDraftLock`).
 */
export async function checkDraft(ports: EditionPorts, editionId: string): Promise<CheckedDraft> {
  const { edition, ...plan } = await planDraft(ports.database, { editionId, now: ports.clock() });
  const findings = await checkDigests(ports, editionId, plan);
  const { faults, repairs, archiveRenditionId, renditionId } = findings;
  await setEditionChecks(ports.database, editionId, { gates: faults, repairs });
  // Last: a draft with an archive page is one that was rendered and checked.
  if (archiveRenditionId !== null) {
    const { recipientCount, groups, archive } = plan;
    const postCount = (groups[0] ?? archive).releases.length;
    if (renditionId !== null)
      await setCheckedPlan(ports.database, editionId, {
        archiveRenditionId,
        recipientCount,
        renditionId,
        postCount,
        nothing: countedReasons(plan.nothing),
      });
    await setArchiveRendition(ports.database, editionId, archiveRenditionId);
  }
  const fault = faults.length > 0 ? faults.map(faultText).join(' ') : undefined;
  return { edition, plan, ...findings, fault };
}

/** An edition that waits for a person. */
export interface Held {
  readonly kind: 'held';
  readonly reason: string;
}

/** Somebody decided meanwhile: it is no draft any more. */
export interface Decided {
  readonly kind: 'decided';
  readonly state: string;
}

/** A draft that passed its gates, or what became of one that did not. */
export type CheckOutcome = { readonly kind: 'passed'; readonly draft: CheckedDraft } | Held | Decided;

/** Checks a draft as `checkDraft` does, and holds one with a fault. */
export async function checkOrHold(ports: EditionPorts, editionId: string): Promise<CheckOutcome> {
  const draft = await checkDraft(ports, editionId);
  return draft.fault === undefined ? { kind: 'passed', draft } : holdDraft(ports, editionId, draft.fault);
}

/** Holds a draft, or gives one that is held another reason. Nobody is told: whoever is not at the screen is (`settleDraft`). */
export async function holdDraft({ database, clock }: EditionPorts, editionId: string, reason: string): Promise<Held | Decided> {
  const change = await holdEdition(database, editionId, { reason, now: clock() });
  return change.kind === 'changed' ? { kind: 'held', reason } : { kind: 'decided', state: change.state };
}

type Findings = Omit<CheckedDraft, 'edition' | 'plan' | 'fault'>;

const nobody = {
  what: 'Nobody is to get anything: every post of it is left for the next edition, retracted, or for nobody.',
  remedy: 'Take a post in again, or skip it.',
};

function unsendable(fault: Fault): Findings {
  return { faults: [fault], repairs: [], subject: '', archiveRenditionId: null, renditionId: null };
}

async function checkDigests(ports: EditionPorts, editionId: string, plan: EditionPlan): Promise<Findings> {
  if (plan.groups.length === 0) return unsendable(nobody);
  try {
    return await renderDigests(ports, editionId, plan);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const remedy = "Correct the template, the newsletter's settings or the words of the edition.";
    return unsendable({ what: `It cannot be rendered: ${error.message}.`, remedy });
  }
}

async function renderDigests(ports: EditionPorts, editionId: string, plan: EditionPlan): Promise<Findings> {
  const { database } = ports;
  const subject = await loadDigestSubject(database, editionId);
  const failed = new Map<string, Gate>();
  const repairs = new Set<string>();
  let firstSubject: string | undefined;
  const check = async (group: PlannedGroup): Promise<string> => {
    const digestGroup = { editionId, language: group.language, positions: group.positions, releases: group.releases };
    const stored = await findRenditionOfGroup(database, digestGroup);
    const { rendered, ...checked } = await renderChecked(ports, subject, group, stored);
    for (const gate of checked.failed) failed.set(gate.name, gate);
    for (const repair of rendered.repairs) repairs.add(repair);
    firstSubject ??= rendered.subject;
    return stored?.id ?? (await storeRendition(database, digestGroup, rendered));
  };
  const renditionIds: string[] = [];
  for (const group of plan.groups) renditionIds.push(await check(group));
  const archiveRenditionId = await check(plan.archive);
  return {
    faults: [...failed.values()],
    repairs: [...repairs],
    subject: firstSubject ?? '',
    archiveRenditionId,
    renditionId: renditionIds[0] ?? null,
  };
}
