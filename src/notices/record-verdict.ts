import type { Database, Tx } from '../db/db.ts';
import { findReader } from '../ledger/queue/end-delivery-store.ts';
import { suppressAddress } from '../ledger/suppress-address.ts';
import { recordNotice } from './notice-store.ts';
import type { ClaimedNotice, NoticeVerdict } from './notice.ts';

/**
 * Writes down how an attempt ended; false for a late result. A subscriber's address at which nobody is has bounced for good (P3), whichever mail found that
 * out and however late: it is suppressed, or suppressed anew from this day on.
 */
export async function recordVerdict(database: Database, notice: ClaimedNotice, verdict: NoticeVerdict, now: Date): Promise<boolean> {
  return database.transaction(async (tx) => {
    // First, because a sign-up holds the suppression while it waits for rows that somebody who leaves holds while they wait for the notice.
    if (verdict.state === 'failed' && verdict.isDeadAddress) await suppressReader(tx, notice, now);
    return recordNotice(tx, notice, verdict);
  });
}

/** Staff and whoever gets a test are no subscribers: their address is a setting that a person has to mend. */
async function suppressReader(tx: Tx, { subscriptionId, to, recipientKey }: ClaimedNotice, now: Date): Promise<void> {
  const reader = subscriptionId === undefined ? undefined : await findReader(tx, subscriptionId);
  if (!reader) return;
  // What goes to an address that they want to have, or had, says nothing about the one that they have.
  if (recipientKey === undefined ? reader.address === to.address : reader.addressKey === recipientKey)
    await suppressAddress(tx, reader.addressKey, { reason: 'bounced', source: 'smtp', now });
}
