import type { Database } from '../../db/db.ts';
import { countDeliveryEnds, countsByState } from '../queue/delivery-report-store.ts';
import { findLastRange, findRangesFromEnd, insertMissingRanges, settleRanges } from '../queue/open-range-store.ts';
import { findReasonsToStop } from './find-reasons-to-stop.ts';
import { markRefusedAlike } from './mark-refused-alike.ts';
import { endEdition, mayEnd } from './sweep-store.ts';

/** So many ranges that nothing is open in any more are taken away in one statement. */
const rangesAtOnce = 100;

/**
 * Closes an edition when nothing of it is queued or being sent: one that is being sent, or had paused itself, is done; a cancelled one stays so. False when
 * it is not at its end. What was refused of it is judged before, because nothing is left to pause afterwards: where that was too much the reason stays with
 * the edition, and staff are told; and where most of it was refused alike none of that is held against its readers.
 */
export async function closeEdition(database: Database, editionId: string): Promise<boolean> {
  if (!(await mayEnd(database, editionId)) || (await hasOpenRange(database, editionId))) return false;
  // Read through once in its life, step by step: whatever had become of its ranges, nothing open is closed over.
  let isMissed = false;
  const ends = await countDeliveryEnds(database, editionId, async ({ afterId, uptoId, openCount }) => {
    if (openCount === 0) return;
    isMissed = true;
    await insertMissingRanges(database, editionId, afterId, uptoId);
  });
  if (isMissed) return false;
  const reason = (await findReasonsToStop(database)).get(editionId) ?? null;
  await markRefusedAlike(database, editionId, ends);
  return endEdition(database, editionId, { reason, counts: countsByState(ends) });
}

/** Whether a range with something open is left; those with nothing are taken away on the way, so that nobody looks at them again. */
async function hasOpenRange(database: Database, editionId: string): Promise<boolean> {
  for (;;) {
    const last = await findLastRange(database, editionId);
    if (last === undefined) return false;
    if (last.isOpen) return true;
    const fromId = await findRangesFromEnd(database, editionId, rangesAtOnce);
    // Another process settles them at this moment.
    if ((await settleRanges(database, { editionId, fromId, toId: last.toId, isEarly: true })) === 0) return true;
  }
}
