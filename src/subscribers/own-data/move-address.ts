/*
 * A person has another address from now on: the one way for them and for staff. Cursors and choices stay; digests that wait go to the new address, other mail
 * that waits goes nowhere. Invariants: nobody who complained is mailed anywhere (P3); what a server answered about the old address never counts for the new
 * one; and nothing that was asked for at the old one holds any more.
 */
import type { Tx } from '../../db/db.ts';
import { beginAnew } from '../../ledger/change-subscription.ts';
import { holdQueuedDeliveries } from '../../ledger/queue/held-delivery-store.ts';
import { redactReplies } from '../../ledger/redact-replies.ts';
import { lockSuppressions } from '../../ledger/subscriptions/suppression-store.ts';
import { isRefusing, type SuppressionReason } from '../../ledger/subscriptions/suppression.ts';
import { cancelNotices } from '../../notices/notice-store.ts';
import { lockSubscriptionsOf } from '../choices/choice-store.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import type { NewConsentEvent } from '../consent/consent.ts';
import { deleteSignUpsOf } from '../joining/sign-up-store.ts';
import { findKeptAddress, keepFormerAddress } from '../kept-address-store.ts';
import { deleteLinkRequestsOf } from '../links/link-request-store.ts';
import { findLinkedSubscriber, lockLinkedSubscriber, updateAddress, type LinkedSubscriber } from '../subscriber-store.ts';
import type { Subscription } from '../subscriber.ts';

/** Whose address changes to which. */
export interface WantedMove {
  readonly subscriberId: string;
  readonly to: { readonly address: string; readonly addressKey: string };
  /** The owner of the new address agreed by a link that went there: then it may be one that was kept for its owner's own word. */
  readonly isConfirmed: boolean;
}

/**
 * Why an address cannot change. `nobody`: the person was erased; `complained`, `staff`: so the old one is suppressed, and no other is mailed for them;
 * `suppressed`: the new one is; `erased`, `former`: its owner was erased, or has another one since, and comes back alone by their own word; `taken`: somebody has
 * it; `sending`: a digest is on its way to the old one, whose answer would be taken for one of the new; `meanwhile`: somebody else changed it a moment ago.
 */
export type MoveObstacle = 'nobody' | 'complained' | 'staff' | 'suppressed' | 'erased' | 'former' | 'taken' | 'sending' | 'meanwhile';

/** A move that may be, with everything locked that it needs. */
export interface HeldMove extends WantedMove {
  readonly person: LinkedSubscriber;
  readonly subscriptions: readonly Subscription[];
  /** Digests that wait. */
  readonly queuedCount: number;
  /** Why the old address was never mailed; null where it could be. */
  readonly wasSuppressed: SuppressionReason | null;
}

/** Looks whether a move may be, and locks until commit what it needs; changes nothing. */
export async function holdMove(tx: Tx, wanted: WantedMove): Promise<HeldMove | MoveObstacle> {
  const { subscriberId, to } = wanted;
  const known = await findLinkedSubscriber(tx, subscriberId);
  if (!known) return 'nobody';
  const suppressions = await lockSuppressions(tx, [known.addressKey, to.addressKey]);
  const wasSuppressed = suppressions.get(known.addressKey);
  if (isRefusing(wasSuppressed)) return wasSuppressed;
  if (to.addressKey !== known.addressKey && suppressions.has(to.addressKey)) return 'suppressed';
  const person = await lockLinkedSubscriber(tx, subscriberId);
  if (!person || person.addressKey !== known.addressKey) return 'meanwhile';
  const kept = wanted.isConfirmed ? undefined : await findKeptAddress(tx, to.addressKey);
  if (kept && !(kept.kind === 'former' && kept.subscriberId === subscriberId)) return kept.kind;
  const subscriptions = await lockSubscriptionsOf(tx, subscriberId, undefined);
  const { isSending, queuedCount } = await holdQueuedDeliveries(
    tx,
    subscriptions.map(({ id }) => id),
  );
  if (isSending && person.addressKey !== to.addressKey) return 'sending';
  return { ...wanted, person, subscriptions, queuedCount, wasSuppressed: wasSuppressed ?? null };
}

/**
 * Carries out a move, and the log of each subscription says so. Stored replies lose the old address, which an erasure would not know any more. Who was
 * never mailed at the old one begins at the last release. False where another person has the new one.
 */
export async function carryOutMove(
  tx: Tx,
  { person, subscriptions, to, wasSuppressed }: HeldMove,
  event: Pick<NewConsentEvent, 'at' | 'source' | 'details'>,
): Promise<boolean> {
  if (!(await updateAddress(tx, person.id, to))) return false;
  const ids = subscriptions.map(({ id }) => id);
  for (const id of ids) await insertConsentEvent(tx, { subscriptionId: id, kind: 'address_changed', ...event });
  if (person.addressKey === to.addressKey) return true;
  await keepFormerAddress(tx, person, event.at);
  await redactReplies(tx, ids, person.address);
  await cancelNotices(tx, ...ids);
  for (const key of [person.addressKey, to.addressKey]) await deleteLinkRequestsOf(tx, { id: person.id, key });
  await deleteSignUpsOf(tx, person.addressKey);
  if (wasSuppressed !== null)
    for (const { id } of subscriptions.filter(({ state }) => state === 'active')) await beginAnew(tx, id, event.at);
  return true;
}
