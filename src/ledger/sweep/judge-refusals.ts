import type { Database } from '../../db/db.ts';
import { closeEdition } from './close-edition.ts';
import { stopForStaff } from '../drafts/decide-edition.ts';
import { findReasonsToStop } from './find-reasons-to-stop.ts';
import { markRefusedAlike } from './mark-refused-alike.ts';

/**
 * Pauses editions of which too much was refused; one with nothing left to pause ends, and keeps the reason. Safe to repeat and to run in several processes;
 * returns those that it paused.
 */
export async function judgeRefusals(database: Database, now: Date): Promise<string[]> {
  const pausedIds: string[] = [];
  for (const [editionId, reason] of await findReasonsToStop(database)) {
    if (await closeEdition(database, editionId)) continue;
    const change = await stopForStaff(database, editionId, { reason, now });
    if (change.kind !== 'changed') continue;
    await markRefusedAlike(database, editionId);
    pausedIds.push(editionId);
  }
  return pausedIds;
}
