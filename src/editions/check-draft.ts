import { InvalidInputError } from '../kernel/errors.ts';
import { setArchiveRendition, setEditionChecks } from '../ledger/edition-store.ts';
import { planDraft, type EditionPlan, type PlannedGroup } from '../ledger/plan-edition.ts';
import type { Edition } from '../ledger/edition.ts';
import { findRenditionOfGroup, storeRendition } from '../ledger/rendition-store.ts';
import { checkGates, type Gate } from '../render/gates.ts';
import type { EditionPorts } from './edition-ports.ts';
import { loadDigestModel, loadDigestSubject } from './render-releases.ts';

/** A draft with all its digests rendered and checked. */
export interface CheckedDraft {
  readonly edition: Edition;
  readonly plan: EditionPlan;
  /** Gates that failed in at least one digest. */
  readonly failedGates: readonly Gate[];
  /** Why it may not be approved and what to do about it; undefined when it may. */
  readonly fault: string | undefined;
  readonly repairs: readonly string[];
  /** The subject of the digest that most readers get. */
  readonly subject: string;
  /** The archive page as it was rendered: while the edition still has this one, what was seen is what goes. Null with a fault in rendering. */
  readonly archiveRenditionId: string | null;
}

/**
 * Renders every digest of a draft that is not rendered yet, stores the renditions (what is approved later is what is seen now, P5), and
 * checks the gates of each. Stores what gates and repairs said. A draft that cannot be rendered is one with a fault. Call it under the draft's
 * lock (`withDraftLock`).
 */
export async function checkDraft(ports: EditionPorts, editionId: string): Promise<CheckedDraft> {
  const { edition, ...plan } = await planDraft(ports.database, { editionId, now: ports.clock() });
  const draft = { edition, plan };
  if (plan.groups.length === 0) return { ...draft, ...unsendable(nobodyText) };
  try {
    return { ...draft, ...(await checkDigests(ports, editionId, plan)) };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return {
      ...draft,
      ...unsendable(
        `It cannot be rendered: ${error.message}. Correct the template, the newsletter's settings or the words of the edition.`,
      ),
    };
  }
}

type Findings = Omit<CheckedDraft, 'edition' | 'plan'>;

const nobodyText =
  'Nobody is to get anything: every post of it is left for the next edition, retracted, or for nobody. Take a post in again, or skip it.';

function unsendable(fault: string): Findings {
  return { failedGates: [], fault, repairs: [], subject: '', archiveRenditionId: null };
}

async function checkDigests(ports: EditionPorts, editionId: string, plan: EditionPlan): Promise<Findings> {
  const { database, renderer } = ports;
  const subject = await loadDigestSubject(database, editionId);
  const failed = new Map<string, Gate>();
  const repairs = new Set<string>();
  let firstSubject: string | undefined;
  const check = async (group: PlannedGroup): Promise<string> => {
    const digestGroup = { editionId, language: group.language, positions: group.positions, releases: group.releases };
    const model = await loadDigestModel(ports, subject, group.releases, group.language);
    const stored = await findRenditionOfGroup(database, digestGroup);
    const rendered = stored ?? (await renderer.render(model));
    for (const gate of checkGates(rendered, model)) if (!gate.ok) failed.set(gate.name, gate);
    for (const repair of rendered.repairs) repairs.add(repair);
    firstSubject ??= rendered.subject;
    return stored?.id ?? (await storeRendition(database, digestGroup, rendered));
  };
  for (const group of plan.groups) await check(group);
  const archiveRenditionId = await check(plan.archive);
  const failedGates = [...failed.values()];
  await setEditionChecks(database, editionId, { gates: failedGates, repairs: [...repairs] });
  // Last: a draft with an archive page is one that was rendered and checked.
  await setArchiveRendition(database, editionId, archiveRenditionId);
  return {
    failedGates,
    fault: failedGates.length > 0 ? describeGates(failedGates) : undefined,
    repairs: [...repairs],
    subject: firstSubject ?? '',
    archiveRenditionId,
  };
}

/** What failed, in a sentence or two for the edition's reason and for staff. */
function describeGates(gates: readonly Gate[]): string {
  return gates.map((gate) => `${gate.what} ${gate.remedy}`).join(' ');
}
