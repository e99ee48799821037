import type { Database } from '../../src/db/db.ts';
import { insertRangesSql } from '../../src/ledger/queue/open-range-store.ts';

/** What was deferred or doubted waits for minutes to hours: it becomes due now, as if they had passed. */
export async function hasten(database: Database): Promise<void> {
  await database.query(
    `with d as (update delivery set due_at = now() where state = 'queued' and due_at > now() returning edition_id, id, due_at)
     ${insertRangesSql('d')}`,
  );
  await database.query(`update notice set next_attempt_at = now() where state = 'queued' and next_attempt_at > now()`);
  // One whose process was killed is left alone for five minutes; so long as this no process of the run takes for a message.
  await database.query(
    `update notice set worker_until = now() where state = 'sending' and worker_until between now() and now() + interval '4 minutes 30 seconds'`,
  );
}
