import type { Database, Tx } from '../db/db.ts';
import { findApprovedEdition, lockEdition, lockNewsletter } from './edition-store.ts';
import type { RenderRendition } from './rendition.ts';
import { findRenditionOfGroup, storeRendition } from './rendition-store.ts';
import { type TouchedRendition, hasReplaceableDelivery, listTouchedRenditions, repointDeliveries } from './repoint-store.ts';

/** What re-pointing needs from outside. */
export interface RepointPorts {
  readonly renderRendition: RenderRendition;
  readonly now: Date;
}

/** How many deliveries one transaction re-points. */
const repointStepSize = 1_000;

/**
 * Takes retracted posts out of what is queued: deliveries go over to a rendition without them, those with nothing left are cancelled. Works under
 * the lock of the newsletter's row and passes over newsletters with an edition that is being frozen: that freeze ends with the same step, and a
 * sweep calls this again (it is safe to repeat). Until then the claim passes over what holds a retracted post. Returns true when nothing waits.
 */
export async function repointRetracted(database: Database, ports: RepointPorts): Promise<boolean> {
  let isComplete = true;
  for (const rendition of await listTouchedRenditions(database, null)) {
    const lock = async (tx: Tx): Promise<boolean> => {
      await lockNewsletter(tx, rendition.newsletterId);
      return (await findApprovedEdition(tx, rendition.newsletterId)) === undefined;
    };
    isComplete = (await repointRendition(database, rendition, ports, lock)) && isComplete;
  }
  return isComplete;
}

/** The same for the edition whose freeze is ending: its own row is the exclusion. */
export async function repointEdition(database: Database, editionId: string, ports: RepointPorts): Promise<void> {
  for (const rendition of await listTouchedRenditions(database, editionId)) {
    await repointRendition(database, rendition, ports, async (tx) => (await lockEdition(tx, editionId)).state === 'approved');
  }
}

async function repointRendition(
  database: Database,
  rendition: TouchedRendition,
  ports: RepointPorts,
  lock: (tx: Tx) => Promise<boolean>,
): Promise<boolean> {
  if (!(await hasReplaceableDelivery(database, rendition))) return true;
  const toRenditionId = await renditionWithout(database, rendition, ports.renderRendition);
  let after: string | undefined = '0';
  while (after !== undefined) {
    const afterSubscriptionId: string = after;
    const step = await database.transaction(async (tx) => {
      if (!(await lock(tx))) return 'excluded' as const;
      const { editionId, id: renditionId } = rendition;
      return repointDeliveries(tx, { editionId, renditionId, toRenditionId, afterSubscriptionId, limit: repointStepSize, now: ports.now });
    });
    if (step === 'excluded') return false;
    after = step;
  }
  return true;
}

async function renditionWithout(database: Database, rendition: TouchedRendition, render: RenderRendition): Promise<string | undefined> {
  const { editionId, language, remaining } = rendition;
  if (remaining.length === 0) return undefined;
  const group = { editionId, language, positions: remaining.map((release) => release.position), releases: remaining };
  return (await findRenditionOfGroup(database, group))?.id ?? storeRendition(database, group, await render(group));
}
