import type { Tx } from '../db/db.ts';
import { beginAnew } from './change-subscription.ts';
import { rememberErasedSubscriptions } from './drafts/joining-base-store.ts';
import { deliveryEnds } from './queue/delivery.ts';
import { endQueuedDeliveries } from './queue/give-back-store.ts';
import { redactReplies } from './redact-replies.ts';
import { findAddressOfSubscriber, listSubscriptionsOfAddress, markAllLeft } from './subscriptions/subscription-store.ts';
import { deleteSuppression, upsertSuppression } from './subscriptions/suppression-store.ts';
import type { SuppressionReason } from './subscriptions/suppression.ts';

/** Why, from where and when an address is suppressed. */
export interface NewSuppression {
  readonly reason: SuppressionReason;
  /** Where the news came from, for staff to read: "smtp" for a reply of the mail server. */
  readonly source: string;
  readonly now: Date;
}

/** An address is never to be mailed again: queued deliveries end at once, nothing is given back. A second call keeps a reason that is as strong, and dates a new bounce. */
export async function suppressAddress(tx: Tx, addressKey: string, suppression: NewSuppression): Promise<void> {
  await upsertSuppression(tx, addressKey, suppression);
  const subscriptions = await listSubscriptionsOfAddress(tx, addressKey);
  if (subscriptions.length === 0) return;
  await endQueuedDeliveries(
    tx,
    subscriptions.map((subscription) => subscription.id),
    { ...deliveryEnds.suppressed, now: suppression.now, endsDoubted: true },
  );
}

/** Lifts a suppression: active subscriptions begin anew at the last release, no state is raised (P3). False when there was none. */
export async function liftSuppression(tx: Tx, addressKey: string, now: Date): Promise<boolean> {
  if (!(await deleteSuppression(tx, addressKey))) return false;
  for (const subscription of await listSubscriptionsOfAddress(tx, addressKey)) {
    if (subscription.state === 'active') await beginAnew(tx, subscription.id, now);
  }
  return true;
}

/**
 * The ledger's part of an erasure: every subscription is left and remembered by the address's key, queued deliveries end, and stored replies lose
 * the address. Call it before the
 * subscriber's row loses address and key, in the same transaction.
 */
export async function eraseSubscriber(tx: Tx, subscriberId: string, now: Date): Promise<void> {
  await rememberErasedSubscriptions(tx, subscriberId, now);
  const subscriptionIds = await markAllLeft(tx, subscriberId, now);
  if (subscriptionIds.length === 0) return;
  await endQueuedDeliveries(tx, subscriptionIds, { ...deliveryEnds.erased, now, endsDoubted: true });
  const address = await findAddressOfSubscriber(tx, subscriberId);
  if (address !== null) await redactReplies(tx, subscriptionIds, address);
}
