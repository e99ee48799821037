import type { Tx } from '../../db/db.ts';

/**
 * Holds the queued deliveries of subscriptions until commit: no worker claims one meanwhile. Waits for nobody: one that somebody else holds is about to be sent,
 * and counts so.
 */
export async function holdQueuedDeliveries(
  tx: Tx,
  subscriptionIds: readonly string[],
): Promise<{ readonly queuedCount: number; readonly isSending: boolean }> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from delivery where subscription_id = any($1::bigint[]) and state = 'queued' order by id for update skip locked`,
    [subscriptionIds],
  );
  const held = rows.map(({ id }) => id);
  // A second statement, because its snapshot has to be younger than the locks.
  const { rowCount } = await tx.query(
    `select from delivery where subscription_id = any($1::bigint[]) and state in ('queued', 'sending') and id <> all($2::bigint[]) limit 1`,
    [subscriptionIds, held],
  );
  return { queuedCount: held.length, isSending: rowCount === 1 };
}
