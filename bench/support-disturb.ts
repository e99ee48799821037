/*
 * The other processes of a bench, as one: started by compose.ts beside its freeze, so that what is measured is the database and not the wait
 * for the freeze's own event loop.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, openDatabase } from '../src/db/db.ts';
import { activateSubscription, leaveSubscription } from '../src/ledger/change-subscription.ts';
import { giveBack } from '../src/ledger/queue/give-back-store.ts';
import type { Audience } from './support-audience.ts';

/** What to disturb. */
export interface DisturbTask {
  readonly url: string;
  readonly audience: Audience;
  readonly size: number;
}

/** Milliseconds of each transaction. */
export type Waits = Readonly<Record<'sign-up' | 'unsubscribe' | 'give-back', readonly number[]>>;

/** Between two rounds: some hundred changes a second in all. */
const pauseMs = 5;

process.once('message', (task: DisturbTask) => void disturb(task));

/** Signs up, unsubscribes and gives back, one after the other, until the parent says stop. */
async function disturb(task: DisturbTask): Promise<void> {
  const database = openDatabase(task.url, { maxConnections: 1 });
  const waits = { 'sign-up': [] as number[], unsubscribe: [] as number[], 'give-back': [] as number[] };
  let isStopped = false;
  process.once('message', () => {
    isStopped = true;
  });
  // Its one connection: whatever would wait longer for a lock fails, and the bench with it.
  await database.query(`set lock_timeout = '100ms'`);
  process.send?.('ready');
  const timed = async (kind: keyof Waits, work: () => Promise<void>): Promise<void> => {
    const start = performance.now();
    await work();
    waits[kind].push(performance.now() - start);
  };
  for (let n = 1; !isStopped; n += 1) {
    // A prime step walks over the whole audience, before and behind the freeze.
    const place = (n * 7_919) % task.size;
    await timed('sign-up', async () => signUp(database, task.audience, task.size + n));
    await timed('unsubscribe', async () => leaveOne(database, 1 + place));
    await timed('give-back', async () => giveOneBack(database, task.audience.pausedEditionId, place));
    await delay(pauseMs);
  }
  await database.close();
  process.send?.(waits, () => process.disconnect());
}

async function signUp(database: Database, audience: Audience, number: number): Promise<void> {
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `with person as (insert into subscriber (address, address_key) values ($3, md5($3)) returning id)
       insert into subscription (subscriber_id, newsletter_id, schedule_id, state, language)
       select id, $1, $2, 'pending', 'en' from person returning id`,
      [audience.newsletterId, audience.scheduleId, `reader-${number}@example.org`],
    );
    await activateSubscription(tx, rows[0]?.id ?? '', new Date());
  });
}

async function leaveOne(database: Database, subscriptionId: number): Promise<void> {
  await database.transaction(async (tx) => leaveSubscription(tx, String(subscriptionId), new Date()));
}

/** What a worker does with a delivery that expired: lock and end it, give its posts back, in one transaction. */
async function giveOneBack(database: Database, editionId: string, afterSubscriptionId: number): Promise<void> {
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `update delivery set state = 'expired', ended_at = now()
       where state = 'queued' and id = (select id from delivery where edition_id = $1 and subscription_id > $2 and state = 'queued'
                                        order by subscription_id limit 1)
       returning id`,
      [editionId, afterSubscriptionId],
    );
    await giveBack(
      tx,
      rows.map((row) => row.id),
    );
  });
}
