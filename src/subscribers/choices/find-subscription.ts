import type { Queryable } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { addressKey, parseKnownAddress } from '../../mail/address.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { findSubscriptionId, findSubscriptionOf, findSubscription } from './choice-store.ts';
import { findSubscriber } from '../subscriber-store.ts';

/** Somebody as staff name them, and the subscription by whose id they did. */
export interface NamedPerson {
  readonly subscriberId: string;
  /** Undefined where they were named by their address. */
  readonly subscription?: { readonly id: string; readonly newsletterId: string };
}

/**
 * Who is meant by an address, in any spelling of its normal form, or by the id of a subscription, as lists show it; erased people have their ids alone.
 * @throws NotFoundError when there is nobody; InvalidInputError for what is neither
 */
export async function getPerson(db: Queryable, person: string, addressKeySecret: Buffer): Promise<NamedPerson> {
  const id = subscriptionIdOf(person);
  if (id !== undefined) {
    const subscription = await findSubscription(db, id);
    if (!subscription) throw new NotFoundError(`Expected the id of a subscription, found none with id ${id}`);
    return { subscriberId: subscription.subscriberId, subscription };
  }
  const known = await findSubscriber(db, addressKey(parseKnownAddress(person).normal, addressKeySecret));
  if (!known) throw new NotFoundError('Expected a subscriber, found none with this address');
  return { subscriberId: known.id };
}

/**
 * The id of a person's subscription to a newsletter, whom staff name by their address or by the id of any subscription of theirs.
 * @throws NotFoundError when there is none, InvalidInputError for no address
 */
export async function getSubscriptionId(
  db: Queryable,
  newsletter: Pick<Newsletter, 'id' | 'slug'>,
  person: string,
  addressKeySecret: Buffer,
): Promise<string> {
  const isId = subscriptionIdOf(person) !== undefined;
  const id = isId
    ? await findSubscriptionOf(db, newsletter.id, (await getPerson(db, person, addressKeySecret)).subscriberId)
    : await findSubscriptionId(db, newsletter.id, addressKey(parseKnownAddress(person).normal, addressKeySecret));
  if (id === undefined)
    throw new NotFoundError(`Expected a subscriber of "${newsletter.slug}", found none with this ${isId ? 'id' : 'address'}`);
  return id;
}

// Postgres has no larger ones; no address is a number.
const idText = /^[1-9]\d{0,17}$/;

function subscriptionIdOf(text: string): string | undefined {
  return idText.test(text.trim()) ? text.trim() : undefined;
}
