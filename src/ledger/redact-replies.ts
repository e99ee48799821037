import type { Tx } from '../db/db.ts';
import { redactAddress } from '../kernel/text/redact-address.ts';
import {
  changeAttemptReplies,
  changeDeliveryReplies,
  listAttemptReplies,
  listDeliveryReplies,
  type ChangedReply,
  type StoredReply,
} from './queue/reply-store.ts';

/** Somebody who had a digest a day for ten years has some thousand rows. */
const pageSize = 500;

/**
 * Takes an address out of the stored replies of deliveries and attempts, by the same judgement by which replies are written: what an older one left in them
 * goes now.
 */
export async function redactReplies(tx: Tx, subscriptionIds: readonly string[], address: string): Promise<void> {
  await redactEach(tx, subscriptionIds, address, { list: listDeliveryReplies, change: changeDeliveryReplies });
  await redactEach(tx, subscriptionIds, address, { list: listAttemptReplies, change: changeAttemptReplies });
}

async function redactEach(
  tx: Tx,
  subscriptionIds: readonly string[],
  address: string,
  { list, change }: { readonly list: typeof listDeliveryReplies; readonly change: typeof changeDeliveryReplies },
): Promise<void> {
  let page: StoredReply[];
  for (let afterId = '0'; ; afterId = page.at(-1)!.id) {
    page = await list(tx, subscriptionIds, { afterId, limit: pageSize });
    const changed = page.flatMap((stored): ChangedReply[] => {
      const reply = redactAddress(stored.reply, address);
      return reply === stored.reply ? [] : [{ ...stored, changed: reply }];
    });
    if (changed.length > 0) await change(tx, changed);
    if (page.length < pageSize) return;
  }
}
