import type { Queryable } from '../../db/db.ts';
import { publicHold, type PublicSending } from './public-sending.ts';
import { findOpenHold } from './sending-hold-store.ts';

/** Whether sending goes on, and if not why. */
export async function readSending(db: Queryable): Promise<PublicSending> {
  const hold = await findOpenHold(db);
  return { hold: hold ? publicHold(hold) : null };
}
