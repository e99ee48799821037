import type { Database, Tx } from '../../db/db.ts';
import { findApprovedEdition, lockEdition, lockNewsletter } from '../drafts/edition-store.ts';
import { walkOpenRanges } from '../queue/open-range-store.ts';
import type { RenderRendition } from '../drafts/rendition.ts';
import { findRenditionOfGroup, storeRendition } from '../drafts/rendition-store.ts';
import {
  type TouchedRendition,
  findStanding,
  listTouchedRenditions,
  listValidTargets,
  markVacated,
  repointDeliveries,
} from './repoint-store.ts';

/** What re-pointing needs from outside. */
export interface RepointPorts {
  readonly renderRendition: RenderRendition;
  readonly now: Date;
  /** Hears of an edition that could not be re-pointed; the others are, all the same. Without it the first error is thrown at the end. */
  readonly onFault?: (editionId: string, error: unknown) => Promise<void>;
}

/**
 * Takes retracted posts out of what is queued: deliveries go over to a rendition without them, those with nothing left are cancelled. Works under
 * the lock of the newsletter's row and passes over newsletters with an edition that is being frozen: that freeze ends with the same step, and a
 * sweep calls this again (it is safe to repeat). Until then the claim passes over what holds a retracted post. Returns true when nothing waits.
 * An edition whose rendition fails keeps none of the others from it. `onlyEditionId`: of this edition alone.
 */
export async function repointRetracted(database: Database, ports: RepointPorts, onlyEditionId: string | null = null): Promise<boolean> {
  let isComplete = true;
  const errors: unknown[] = [];
  const touched = await listTouchedRenditions(database, onlyEditionId);
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

/** The open editions of which something is to be taken out. */
export async function listTouchedEditions(database: Database): Promise<string[]> {
  return [...new Set((await listTouchedRenditions(database, null)).map(({ editionId }) => editionId))];
}

/** The same for the edition whose freeze is ending: its own row is the exclusion. */
export async function repointEdition(database: Database, editionId: string, ports: RepointPorts): Promise<void> {
  const renditions = await listTouchedRenditions(database, editionId);
  await repointRenditions(database, editionId, renditions, ports, async (tx) => (await lockEdition(tx, editionId)).state === 'approved');
}

/** Walks once through the open deliveries of an edition, whatever the number of its renditions. False when the exclusion was not to be had. */
async function repointRenditions(
  database: Database,
  editionId: string,
  touched: readonly TouchedRendition[],
  ports: RepointPorts,
  lock: (tx: Tx) => Promise<boolean>,
): Promise<boolean> {
  const ids = touched.map((rendition) => rendition.id);
  const standing = ids.length === 0 ? new Map<string, never>() : await findStanding(database, editionId, ids);
  const targets = new Map<string, string | null>();
  for (const rendition of touched) {
    if (standing.get(rendition.id)?.hasQueued)
      targets.set(rendition.id, await renditionWithout(database, rendition, ports.renderRendition));
  }
  if (targets.size > 0) {
    for await (const ranges of walkOpenRanges(database, { editionId })) {
      const isStepped = await database.transaction(async (tx) => {
        if (!(await lock(tx))) return false;
        await repointDeliveries(tx, { editionId, ranges, targets: await listValidTargets(tx, targets), now: ports.now });
        return true;
      });
      if (!isStepped) return false;
    }
  }
  const empty = ids.filter((id) => !standing.has(id));
  return empty.length === 0 || vacate(database, editionId, empty, lock);
}

/** Whatever nothing stands on is not looked at each minute, for as long as its edition is open. What is being sent could still come back to it. */
async function vacate(database: Database, editionId: string, ids: readonly string[], lock: (tx: Tx) => Promise<boolean>): Promise<boolean> {
  return database.transaction(async (tx) => {
    if (!(await lock(tx))) return false;
    const standing = await findStanding(tx, editionId, ids);
    await markVacated(
      tx,
      ids.filter((id) => !standing.has(id)),
    );
    return true;
  });
}

async function renditionWithout(database: Database, rendition: TouchedRendition, render: RenderRendition): Promise<string | null> {
  const { editionId, language, remaining } = rendition;
  if (remaining.length === 0) return null;
  const group = { editionId, language, positions: remaining.map((release) => release.position), releases: remaining };
  return (await findRenditionOfGroup(database, group))?.id ?? storeRendition(database, group, await render(group));
}
