import type { Database, Tx } from '../../db/db.ts';
import { isUniqueViolation } from '../../db/sqlstate.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ConflictError, NotFoundError } from '../../kernel/errors.ts';
import { beginAnew } from '../../ledger/change-subscription.ts';
import { holdQueuedDeliveries } from '../../ledger/queue/held-delivery-store.ts';
import { lockSuppression } from '../../ledger/subscriptions/suppression-store.ts';
import type { SuppressionReason } from '../../ledger/subscriptions/suppression.ts';
import { addressKey, parseAddress } from '../../mail/address.ts';
import { cancelNotices } from '../../notices/notice-store.ts';
import { lockSubscriptionsOf } from '../choices/choice-store.ts';
import { byStaff } from '../consent/consent.ts';
import { findLinkedSubscriber, lockLinkedSubscriber, wasErased, type LinkedSubscriber } from '../subscriber-store.ts';
import type { Subscription } from '../subscriber.ts';
import { moveAddress } from './move-address.ts';

/** What correcting an address needs. */
export interface CorrectAddressPorts {
  readonly database: Database;
  readonly addressKeySecret: Buffer;
  readonly clock: Clock;
}

/** An address that staff changed. */
export interface CorrectedAddress {
  readonly from: string;
  readonly to: string;
  /** False where it was that one already, letter by letter: nothing was changed. */
  readonly isChanged: boolean;
  readonly subscriptionIds: readonly string[];
  /** Digests that wait: they go to the new address. */
  readonly queuedCount: number;
  /** Subscriptions whose confirmation was asked for at the old address: what was mailed there confirms nothing any more. */
  readonly unconfirmedIds: readonly string[];
  /** Why the old address was never mailed; null where it could be. Who has a new one then begins at the last release. */
  readonly wasSuppressed: SuppressionReason | null;
}

/**
 * Staff change a person's address at once: a slip of whoever typed it, or what the person asked for elsewhere. Cursor and choices stay; digests that wait go to
 * the new address, other mail that waits goes nowhere. Not to an address that is suppressed, that somebody else has, or whose owner was erased; not of who
 * complained (P3); and not while a digest is on its way to them, whose answer would be taken for one of the new address.
 * @throws InvalidInputError for no address; NotFoundError for nobody; ConflictError where it cannot be
 */
export async function correctAddress(
  ports: CorrectAddressPorts,
  who: { readonly subscriberId: string; readonly source: string; readonly by?: string },
  typed: string,
): Promise<CorrectedAddress> {
  const { typed: address, normal } = parseAddress(typed);
  const to = { address, addressKey: addressKey(normal, ports.addressKeySecret) };
  try {
    return await ports.database.transaction(async (tx) => {
      const known = await findLinkedSubscriber(tx, who.subscriberId);
      if (!known) throw new NotFoundError('Expected somebody with an address, got a person who was erased');
      const wasSuppressed = await checkBoth(tx, known, to.addressKey);
      const subscriptions = await lockSubscriptionsOf(tx, known.id, undefined);
      const person = await lockLinkedSubscriber(tx, known.id);
      if (!person || person.addressKey !== known.addressKey)
        throw new ConflictError('Expected a person whom nobody else changes meanwhile, but somebody was faster');
      return apply(tx, ports.clock(), who, { person, subscriptions, to, wasSuppressed });
    });
  } catch (error) {
    // Somebody signed up with it at the same moment.
    if (isUniqueViolation(error, 'subscriber_address_key_key')) throw taken(error);
    throw error;
  }
}

function taken(cause?: unknown): ConflictError {
  return new ConflictError('Expected an address that nobody here has, got that of another person', { cause });
}

/** Why the old address is suppressed; null where it is not. Suppressions are locked before subscriptions. */
async function checkBoth(tx: Tx, known: LinkedSubscriber, newKey: string): Promise<SuppressionReason | null> {
  const old = await lockSuppression(tx, known.addressKey);
  if (old?.reason === 'complained' || old?.reason === 'staff')
    throw new ConflictError(
      old.reason === 'complained'
        ? 'Expected somebody who may be mailed, got one who complained: no other address is mailed for them'
        : 'Expected somebody who may be mailed, got one whose address staff suppressed',
    );
  if (newKey === known.addressKey) return null;
  const suppressed = await lockSuppression(tx, newKey);
  if (suppressed) throw new ConflictError(`Expected an address that may be mailed, got one that is suppressed (${suppressed.reason})`);
  if (await wasErased(tx, newKey))
    throw new ConflictError('Expected an address that may be mailed, got that of somebody who was erased: they alone come back');
  return old?.reason ?? null;
}

interface Correction {
  readonly person: LinkedSubscriber;
  readonly subscriptions: readonly Subscription[];
  readonly to: { readonly address: string; readonly addressKey: string };
  readonly wasSuppressed: SuppressionReason | null;
}

async function apply(
  tx: Tx,
  at: Date,
  { source, by }: { readonly source: string; readonly by?: string },
  { person, subscriptions, to, wasSuppressed }: Correction,
): Promise<CorrectedAddress> {
  const ids = subscriptions.map(({ id }) => id);
  const result = { from: person.address, to: to.address, subscriptionIds: ids, wasSuppressed };
  if (person.address === to.address) return { ...result, isChanged: false, queuedCount: 0, unconfirmedIds: [] };
  const { isSending, queuedCount } = await holdQueuedDeliveries(tx, ids);
  if (isSending)
    throw new ConflictError('Expected a person to whom nothing is being sent, but a digest is on its way; try again in a moment');
  if (!(await moveAddress(tx, person, subscriptions, to, { at, source, details: byStaff(by) }))) throw taken();
  await cancelNotices(tx, ...ids);
  if (wasSuppressed !== null) for (const { id } of subscriptions.filter(({ state }) => state === 'active')) await beginAnew(tx, id, at);
  const unconfirmedIds = subscriptions.filter(({ state }) => state === 'pending').map(({ id }) => id);
  return { ...result, isChanged: true, queuedCount, unconfirmedIds };
}
