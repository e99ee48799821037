import type { Queryable } from '../src/db/db.ts';
import { NotFoundError, UsageError } from '../src/kernel/errors.ts';
import { addressKey, parseKnownAddress } from '../src/mail/address.ts';
import { getNewsletter, listNewsletters } from '../src/newsletters/newsletter-store.ts';
import { findSubscriptionId } from '../src/subscribers/choice-store.ts';
import type { Newsletter } from '../src/newsletters/newsletter.ts';

/** The newsletter that staff mean: the named one, or the only one. @throws UsageError where several exist and none is named. */
export async function chooseNewsletter(db: Queryable, slug: string | undefined): Promise<Newsletter> {
  if (slug !== undefined) return getNewsletter(db, slug);
  const newsletters = await listNewsletters(db);
  if (newsletters.length > 1)
    throw new UsageError(`Expected --newsletter with one of ${newsletters.map((each) => each.slug).join(', ')}, since there are several`);
  if (!newsletters[0]) throw new NotFoundError('Expected a newsletter, found none yet', { remedy: { kind: 'add', what: 'newsletter' } });
  return newsletters[0];
}

/** The id of a person's subscription to a newsletter. @throws NotFoundError when nobody has the address, InvalidInputError for no address */
export async function getSubscriptionId(db: Queryable, newsletter: Newsletter, address: string, addressKeySecret: Buffer): Promise<string> {
  const id = await findSubscriptionId(db, newsletter.id, addressKey(parseKnownAddress(address).normal, addressKeySecret));
  if (id === undefined) throw new NotFoundError(`Expected a subscriber of "${newsletter.slug}", found none with this address`);
  return id;
}
