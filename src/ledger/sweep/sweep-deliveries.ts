import type { Database } from '../../db/db.ts';
import type { Enqueue } from '../../kernel/job.ts';
import { defaultOutagePolicy, type OutagePolicy } from '../accounts/account-outage.ts';
import { pruneReceivingDomains } from '../accounts/receiving-domain-store.ts';
import { endOutagesOfGoneSenders, pruneOutages } from '../accounts/account-outage-store.ts';
import type { RetryPolicy } from '../queue/attempt.ts';
import { findOpenHold, pruneHolds } from '../hold/sending-hold-store.ts';
import { closeEdition } from './close-edition.ts';
import { giveBackCancelled } from '../drafts/decide-edition.ts';
import { judgeRefusals } from './judge-refusals.ts';
import { pruneRefusals } from '../queue/refusal-count-store.ts';
import { pauseRefusedEditions } from './pause-refused-editions.ts';
import { sweepOrphans } from './sweep-orphans.ts';
import { listOpenEditions } from './sweep-store.ts';
import { listDueBlocks } from '../queue/open-range-store.ts';
import { pruneWorkers } from '../queue/worker-store.ts';

/** What a sweep needs. */
export interface SweepPorts {
  readonly policy: RetryPolicy;
  readonly enqueue: Enqueue;
  readonly now: Date;
  /** Default: an hour for a refused log-in or sender. */
  readonly outages?: OutagePolicy;
}

/** What a sweep found. */
export interface SweepResult {
  /** Messages that a dead worker had taken. */
  readonly doubtedCount: number;
  readonly queuedJobCount: number;
  /** Of cancelled editions, ended and given back. */
  readonly cancelledCount: number;
  readonly closedEditionIds: readonly string[];
  /** Of which too much was refused, or whose account stays refused: they wait for staff. */
  readonly pausedEditionIds: readonly string[];
}

const workerRetentionDays = 30;
const refusalRetentionDays = 30;
/** What a host wanted a month ago says nothing of now. */
const domainRetentionDays = 30;
/** No delivery waits longer, by far. */
const outageRetentionDays = 90;

/**
 * Puts right what no send or job does by itself; runs each minute and at start, in any number of processes at once: rows of dead workers become in doubt, what is
 * due has a job, what is cancelled is given back, what is finished is closed, what is refused too much waits for staff. Walks the open editions one by one, and of
 * each only the ranges in which something may be open: a minute in which nothing is due reads next to nothing.
 */
export async function sweepDeliveries(database: Database, ports: SweepPorts): Promise<SweepResult> {
  await endOutagesOfGoneSenders(database);
  const pausedEditionIds = [
    ...(await judgeRefusals(database, ports.now)),
    ...(await pauseRefusedEditions(database, ports.now, ports.outages ?? defaultOutagePolicy)),
  ];
  const total = {
    doubtedCount: await sweepOrphans(database, ports.policy),
    queuedJobCount: 0,
    cancelledCount: 0,
    closedEditionIds: [] as string[],
    pausedEditionIds,
  };
  const isHeld = (await findOpenHold(database)) !== undefined;
  for (const edition of await listOpenEditions(database)) {
    if (edition.state === 'cancelled') total.cancelledCount += await giveBackCancelled(database, edition.id, ports.now);
    if (await closeEdition(database, edition.id)) total.closedEditionIds.push(edition.id);
    else if (edition.state === 'sending' && !isHeld) total.queuedJobCount += await queueDueWork(database, edition.id, ports.enqueue);
  }
  await pruneWorkers(database, workerRetentionDays);
  await pruneRefusals(database, refusalRetentionDays);
  await pruneOutages(database, outageRetentionDays);
  await pruneReceivingDomains(database, domainRetentionDays);
  await pruneHolds(database, outageRetentionDays);
  return total;
}

/** Queues the jobs of what is due in an edition that is being sent, and returns how many. Safe to repeat. */
export async function queueDueWork(database: Database, editionId: string, enqueue: Enqueue): Promise<number> {
  return database.transaction(async (tx) => {
    const blocks = await listDueBlocks(tx, editionId);
    for (const [turn, block] of blocks.entries()) await enqueue(tx, { name: 'deliver', editionId, ...block, turn });
    return blocks.length;
  });
}
