import type { Database, Tx } from '../db/db.ts';
import type { AttemptRecord } from './queue/attempt.ts';
import type { RecordedOutcome } from './queue/claim-store.ts';
import { endAtClaim, endOfDelivery, isUnreachable } from './queue/delivery.ts';
import {
  endLocked,
  findReader,
  type HeldDelivery,
  listRecentEnds,
  lockOverdue,
  lockQueuedWithFacts,
  recordEnd,
} from './queue/end-delivery-store.ts';
import { giveBack } from './queue/give-back-store.ts';
import { insertRefusal } from './queue/refusal-count-store.ts';
import { suppressAddress } from './suppress-address.ts';

/**
 * Ends what a claim found ineligible, by the table of ends, and gives back where the table says so, in one transaction. Looks again under the lock:
 * whoever was resumed or lifted meanwhile keeps the delivery. Returns how many ended.
 */
export async function endIneligible(database: Database, deliveryIds: readonly string[]): Promise<number> {
  return database.transaction(async (tx) => {
    const locked = await lockQueuedWithFacts(tx, deliveryIds);
    const ends = locked.flatMap((delivery) => {
      const name = endAtClaim(delivery);
      return name === undefined ? [] : [{ id: delivery.id, ...endOfDelivery(name, delivery.isDoubted) }];
    });
    if (ends.length === 0) return 0;
    await endLocked(tx, ends);
    await giveBack(
      tx,
      ends.filter((end) => end.givesBack).map((end) => end.id),
    );
    return ends.length;
  });
}

/**
 * Ends as expired what would be tried only when its time is over, because the host of its reader wants nothing for so long, and gives back. Looks again under the
 * lock, with the time for which accounts stood still taken off. Returns how many ended.
 */
export async function expireHeld(database: Database, held: readonly HeldDelivery[], patienceMs: number): Promise<number> {
  return database.transaction(async (tx) => {
    const ends = (await lockOverdue(tx, held, patienceMs)).map(({ id, isDoubted }) => {
      const end = endOfDelivery('expired', isDoubted);
      // Its host, which says nothing about the reader.
      return { ...end, id, reason: isDoubted ? end.reason : 'host' };
    });
    if (ends.length === 0) return 0;
    await endLocked(tx, ends);
    await giveBack(
      tx,
      ends.filter((end) => end.givesBack).map((end) => end.id),
    );
    return ends.length;
  });
}

/** True when an outcome touches more than its own row, so that it may not be part of a tick. */
export function needsTransaction({ record }: RecordedOutcome): boolean {
  return record.givesBack || record.isSoftBounce || record.refusal !== null;
}

/**
 * Writes down an end that gives back, or that says something about the address: a mailbox that does not exist is suppressed at once, one that could
 * not be reached for two weeks too; a refusal is counted. Returns false for a late result, which changes nothing.
 */
export async function recordEndOfAttempt(database: Database, outcome: RecordedOutcome, now: Date): Promise<boolean> {
  const { deliveryId, record } = outcome;
  return database.transaction(async (tx) => {
    const ended = await recordEnd(tx, outcome);
    if (ended === undefined) return false;
    if (record.givesBack) await giveBack(tx, [deliveryId]);
    const reader = await findReader(tx, ended.subscriptionId);
    if (reader !== undefined) await judgeAddress(tx, record, reader.addressKey, now);
    if (record.refusal !== null) {
      const addressKey = record.refusal === 'address' ? (reader?.addressKey ?? null) : null;
      await insertRefusal(tx, { deliveryId, subject: record.refusal, domain: reader?.domain ?? null, addressKey });
    }
    return true;
  });
}

async function judgeAddress(tx: Tx, record: AttemptRecord, addressKey: string, now: Date): Promise<void> {
  if (record.refusal === 'address') await suppressAddress(tx, addressKey, { reason: 'bounced', source: 'smtp', now });
  else if (record.isSoftBounce && isUnreachable(await listRecentEnds(tx, addressKey))) {
    await suppressAddress(tx, addressKey, { reason: 'unreachable', source: 'smtp', now });
  }
}
