import type { Queryable } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { addressKey, parseKnownAddress } from '../../mail/address.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { findSubscriptionId } from './choice-store.ts';

/** The id of a person's subscription to a newsletter. @throws NotFoundError when nobody has the address, InvalidInputError for no address */
export async function getSubscriptionId(
  db: Queryable,
  newsletter: Pick<Newsletter, 'id' | 'slug'>,
  address: string,
  addressKeySecret: Buffer,
): Promise<string> {
  const id = await findSubscriptionId(db, newsletter.id, addressKey(parseKnownAddress(address).normal, addressKeySecret));
  if (id === undefined) throw new NotFoundError(`Expected a subscriber of "${newsletter.slug}", found none with this address`);
  return id;
}
