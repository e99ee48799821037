import type { Database } from '../../db/db.ts';
import { publicHold, type PublicHold } from '../../ledger/hold/public-sending.ts';
import { findOpenHold, insertHold } from '../../ledger/hold/sending-hold-store.ts';

/** Holds sending, for all newsletters and workers. `isNew` false: it is held already, and stands as it was. */
export async function holdSending(database: Database, reason: string): Promise<{ readonly hold: PublicHold; readonly isNew: boolean }> {
  return database.transaction(async (tx) => {
    const isNew = await insertHold(tx, { cause: 'staff', reason });
    const hold = await findOpenHold(tx);
    if (!hold) throw new Error('Expected a hold of sending, found none');
    return { hold: publicHold(hold), isNew };
  });
}
