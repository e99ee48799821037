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
  /** Gates that failed in at least one digest; empty when the draft may be approved. */
  readonly failedGates: readonly Gate[];
  readonly repairs: readonly string[];
  /** The subject of the digest that most readers get. */
  readonly subject: string;
}

/**
 * Renders every digest of a draft that is not rendered yet, stores the renditions (what is approved later is what is seen now, P5), and
 * checks the gates of each. Stores what gates and repairs said.
 */
export async function checkDraft(ports: EditionPorts, editionId: string): Promise<CheckedDraft> {
  const { edition, ...plan } = await planDraft(ports.database, { editionId, now: ports.clock() });
  const subject = await loadDigestSubject(ports.database, editionId);
  const failed = new Map<string, Gate>();
  const repairs = new Set<string>();
  let firstSubject: string | undefined;
  const check = async (group: PlannedGroup): Promise<string> => {
    const digestGroup = { editionId, language: group.language, positions: group.positions, releases: group.releases };
    const model = await loadDigestModel(ports, subject, group.releases, group.language);
    const stored = await findRenditionOfGroup(ports.database, digestGroup);
    const rendered = stored ?? (await ports.renderer.render(model));
    for (const gate of checkGates(rendered, model)) if (!gate.ok) failed.set(gate.name, gate);
    for (const repair of rendered.repairs) repairs.add(repair);
    firstSubject ??= rendered.subject;
    return stored?.id ?? (await storeRendition(ports.database, digestGroup, rendered));
  };
  for (const group of plan.groups) await check(group);
  if (plan.archive.releases.length > 0) await setArchiveRendition(ports.database, editionId, await check(plan.archive));
  await setEditionChecks(ports.database, editionId, { gates: [...failed.values()], repairs: [...repairs] });
  return { edition, plan, failedGates: [...failed.values()], repairs: [...repairs], subject: firstSubject ?? '' };
}

/** What failed, in a sentence or two for the edition's reason and for staff. */
export function describeGates(gates: readonly Gate[]): string {
  return gates.map((gate) => `${gate.what} ${gate.remedy}`).join(' ');
}
