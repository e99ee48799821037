import { isUniqueViolation } from '../../db/sqlstate.ts';
import type { Database, Tx } from '../../db/db.ts';
import { lockSuppression } from '../../ledger/subscriptions/suppression-store.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { maskedAddress } from '../../mail/address.ts';
import { lockSubscriptionsOf } from '../choices/choice-store.ts';
import { deleteLinkRequest, findAddressRequest } from '../links/link-request-store.ts';
import type { LinkRequest } from '../links/link-request.ts';
import { queueLinkNotice, type PersonalLinkPorts } from '../links/send-personal-link.ts';
import { findLinkedSubscriber, lockLinkedSubscriber } from '../subscriber-store.ts';
import { readToken } from '../tokens/token.ts';
import { moveAddress } from './move-address.ts';

/** What changing an address needs. */
export interface ChangeAddressPorts extends PersonalLinkPorts {
  readonly database: Database;
}

/** A change that waits for the click of the new address's owner. */
export interface WaitingAddress {
  readonly request: LinkRequest & { readonly address: string; readonly addressKey: string };
  readonly newsletter: Newsletter;
}

/** What the link to a new address leads to; undefined for one that is forged, older than a day, or was used. Changes nothing. */
export async function findWaitingAddress(
  ports: Pick<ChangeAddressPorts, 'database' | 'tokenKeys' | 'clock'>,
  token: string,
): Promise<WaitingAddress | undefined> {
  const reading = readToken(ports.tokenKeys, token, 'address', ports.clock());
  if (reading.kind !== 'valid') return undefined;
  const request = await findAddressRequest(ports.database, reading.version, reading.subjectId);
  if (!request || request.address === null || request.addressKey === null) return undefined;
  const { address, addressKey } = request;
  return { request: { ...request, address, addressKey }, newsletter: await getNewsletterById(ports.database, request.newsletterId) };
}

/**
 * The owner of the new address agrees, as that of the old one did by a link of theirs: what is queued goes there from now on, and the old one is told.
 * Undefined as `findWaitingAddress`, and where the new address is suppressed or somebody else's by now.
 */
export async function changeAddress(ports: ChangeAddressPorts, token: string): Promise<WaitingAddress | undefined> {
  const waiting = await findWaitingAddress(ports, token);
  if (!waiting) return undefined;
  try {
    return (await ports.database.transaction((tx) => apply(tx, ports, waiting))) ? waiting : undefined;
  } catch (error) {
    // Somebody signed up with it at the same moment.
    if (isUniqueViolation(error, 'subscriber_address_key_key')) return undefined;
    throw error;
  }
}

async function apply(tx: Tx, ports: ChangeAddressPorts, { request, newsletter }: WaitingAddress): Promise<boolean> {
  const { subscriberId, address, addressKey } = request;
  const known = subscriberId === null ? undefined : await findLinkedSubscriber(tx, subscriberId);
  if (!known || (await lockSuppression(tx, addressKey))) return false;
  const subscriptions = await lockSubscriptionsOf(tx, known.id, undefined);
  const person = await lockLinkedSubscriber(tx, known.id);
  if (!person || !(await deleteLinkRequest(tx, request.id))) return false;
  const event = { at: ports.clock(), source: 'address link' };
  if (!(await moveAddress(tx, person, subscriptions, { address, addressKey }, event))) return false;
  const told = { matter: 'changed', address: maskedAddress(address), to: person.address } as const;
  if (person.addressKey !== addressKey) await queueLinkNotice(tx, ports, person, newsletter, told);
  return true;
}
