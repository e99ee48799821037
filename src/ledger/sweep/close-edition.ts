import type { Database } from '../../db/db.ts';
import { findReasonsToStop } from './find-reasons-to-stop.ts';
import { markRefusedAlike } from '../queue/refusal-count-store.ts';
import { endEdition, isEditionAtEnd } from './sweep-store.ts';

/**
 * Closes an edition when nothing of it is queued or being sent: one that is being sent, or had paused itself, is done; a cancelled one stays so. False when
 * it is not at its end. What was refused of it is judged before, because nothing is left to pause afterwards: where that was too much the reason stays with
 * the edition, and staff are told; and where most of it was refused alike none of that is held against its readers.
 */
export async function closeEdition(database: Database, editionId: string): Promise<boolean> {
  if (!(await isEditionAtEnd(database, editionId))) return false;
  const reason = (await findReasonsToStop(database)).get(editionId);
  await markRefusedAlike(database, editionId);
  return endEdition(database, editionId, reason ?? null);
}
