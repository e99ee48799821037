import type { Tx } from '../../db/db.ts';
import { redactReplies } from '../../ledger/subscriptions/subscription-store.ts';
import type { Subscription } from '../subscriber.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import type { NewConsentEvent } from '../consent/consent.ts';
import { updateAddress, type LinkedSubscriber } from '../subscriber-store.ts';

/**
 * A person has another address from now on, in this transaction, and the log of each of their subscriptions says so. Stored replies lose the old one, which an
 * erasure would not know any more. False where another person has it, or this one was erased.
 */
export async function moveAddress(
  tx: Tx,
  person: LinkedSubscriber,
  subscriptions: readonly Pick<Subscription, 'id'>[],
  to: { readonly address: string; readonly addressKey: string },
  event: Pick<NewConsentEvent, 'at' | 'source' | 'details'>,
): Promise<boolean> {
  if (!(await updateAddress(tx, person.id, to))) return false;
  const ids = subscriptions.map(({ id }) => id);
  if (person.addressKey !== to.addressKey) await redactReplies(tx, ids, person.address);
  for (const id of ids) await insertConsentEvent(tx, { subscriptionId: id, kind: 'address_changed', ...event });
  return true;
}
