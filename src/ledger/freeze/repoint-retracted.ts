import type { Database, Tx } from '../../db/db.ts';
import { findApprovedEdition, lockEdition, lockNewsletter } from '../drafts/edition-store.ts';
import type { RenderRendition } from '../drafts/rendition.ts';
import { findRenditionOfGroup, storeRendition } from '../drafts/rendition-store.ts';
import {
  type TouchedRendition,
  listReplaceableRenditions,
  listTouchedRenditions,
  listValidTargets,
  repointDeliveries,
} from './repoint-store.ts';

/** What re-pointing needs from outside. */
export interface RepointPorts {
  readonly renderRendition: RenderRendition;
  readonly now: Date;
  /** Hears of an edition that could not be re-pointed; the others are, all the same. Without it the first error is thrown at the end. */
  readonly onFault?: (editionId: string, error: unknown) => Promise<void>;
}

/** How many deliveries one transaction re-points. */
const repointStepSize = 1_000;

/**
 * Takes retracted posts out of what is queued: deliveries go over to a rendition without them, those with nothing left are cancelled. Works under
 * the lock of the newsletter's row and passes over newsletters with an edition that is being frozen: that freeze ends with the same step, and a
 * sweep calls this again (it is safe to repeat). Until then the claim passes over what holds a retracted post. Returns true when nothing waits.
 * An edition whose rendition fails keeps none of the others from it.
 */
export async function repointRetracted(database: Database, ports: RepointPorts): Promise<boolean> {
  let isComplete = true;
  const errors: unknown[] = [];
  const touched = await listTouchedRenditions(database, null);
  for (const editionId of new Set(touched.map((rendition) => rendition.editionId))) {
    const renditions = touched.filter((rendition) => rendition.editionId === editionId);
    const newsletterId = renditions[0]?.newsletterId ?? '';
    const lock = async (tx: Tx): Promise<boolean> => {
      await lockNewsletter(tx, newsletterId);
      return (await findApprovedEdition(tx, newsletterId)) === undefined;
    };
    try {
      isComplete = (await repointRenditions(database, editionId, renditions, ports, lock)) && isComplete;
    } catch (error) {
      isComplete = false;
      if (ports.onFault) await ports.onFault(editionId, error);
      else errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return isComplete;
}

/** The same for the edition whose freeze is ending: its own row is the exclusion. */
export async function repointEdition(database: Database, editionId: string, ports: RepointPorts): Promise<void> {
  const renditions = await listTouchedRenditions(database, editionId);
  await repointRenditions(database, editionId, renditions, ports, async (tx) => (await lockEdition(tx, editionId)).state === 'approved');
}

/** Walks once through the deliveries of an edition, whatever the number of its renditions. False when the exclusion was not to be had. */
async function repointRenditions(
  database: Database,
  editionId: string,
  touched: readonly TouchedRendition[],
  ports: RepointPorts,
  lock: (tx: Tx) => Promise<boolean>,
): Promise<boolean> {
  const ids = touched.map((rendition) => rendition.id);
  const standing = ids.length === 0 ? new Set() : await listReplaceableRenditions(database, editionId, ids);
  const targets = new Map<string, string | null>();
  for (const rendition of touched) {
    if (standing.has(rendition.id)) targets.set(rendition.id, await renditionWithout(database, rendition, ports.renderRendition));
  }
  let after: string | undefined = targets.size === 0 ? undefined : '0';
  while (after !== undefined) {
    const step = { editionId, afterSubscriptionId: after, limit: repointStepSize, now: ports.now };
    const next: string | false | undefined = await database.transaction(async (tx) =>
      (await lock(tx)) ? repointDeliveries(tx, { ...step, targets: await listValidTargets(tx, targets) }) : false,
    );
    if (next === false) return false;
    after = next;
  }
  return true;
}

async function renditionWithout(database: Database, rendition: TouchedRendition, render: RenderRendition): Promise<string | null> {
  const { editionId, language, remaining } = rendition;
  if (remaining.length === 0) return null;
  const group = { editionId, language, positions: remaining.map((release) => release.position), releases: remaining };
  return (await findRenditionOfGroup(database, group))?.id ?? storeRendition(database, group, await render(group));
}
