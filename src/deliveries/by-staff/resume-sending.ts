import type { Database } from '../../db/db.ts';
import type { Enqueue } from '../../kernel/job.ts';
import { publicHold, type PublicHold } from '../../ledger/hold/public-sending.ts';
import { endHold } from '../../ledger/hold/sending-hold-store.ts';
import { queueDueWork } from '../../ledger/sweep/sweep-deliveries.ts';
import { listOpenEditions } from '../../ledger/sweep/sweep-store.ts';
import { listDueNotices } from '../../notices/notice-store.ts';

/** So many notices go on at once; the tick of the next minute takes the rest. */
const noticesAtOnce = 2_000;

/** Lets sending go on, and what waits go at once. Returns the hold that ended; undefined where there was none. */
export async function resumeSending(database: Database, enqueue: Enqueue): Promise<PublicHold | undefined> {
  const ended = await database.transaction((tx) => endHold(tx));
  if (!ended) return undefined;
  for (const noticeId of await listDueNotices(database, noticesAtOnce)) await enqueue(database, { name: 'notice', noticeId });
  for (const edition of await listOpenEditions(database)) {
    if (edition.state === 'sending') await queueDueWork(database, edition.id, enqueue);
  }
  return publicHold(ended);
}
