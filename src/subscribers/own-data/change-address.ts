import { isUniqueViolation } from '../../db/sqlstate.ts';
import type { Database, Queryable, Tx } from '../../db/db.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { maskedAddress } from '../../mail/address.ts';
import { findAddressRequest } from '../links/link-request-store.ts';
import type { LinkRequest } from '../links/link-request.ts';
import { queueLinkNotice, type PersonalLinkPorts } from '../links/send-personal-link.ts';
import { readToken } from '../tokens/token.ts';
import { carryOutMove, holdMove } from './move-address.ts';

/** What changing an address needs. */
export interface ChangeAddressPorts extends PersonalLinkPorts {
  readonly database: Database;
}

/** A change that waits for the click of the new address's owner. */
export interface WaitingAddress {
  readonly request: LinkRequest & { readonly subscriberId: string; readonly address: string; readonly addressKey: string };
  readonly newsletter: Newsletter;
}

/** A click on the link. `busy`: a digest is on its way to the old address at this moment, and the click works in a moment. */
export type ChangedAddress = WaitingAddress & { readonly kind: 'changed' | 'busy' };

/** What the link to a new address leads to; undefined for one that is forged, older than a day, or was used. Changes nothing. */
export async function findWaitingAddress(
  ports: Pick<ChangeAddressPorts, 'database' | 'tokenKeys' | 'clock'>,
  token: string,
): Promise<WaitingAddress | undefined> {
  return findWaiting(ports.database, ports, token);
}

async function findWaiting(
  db: Queryable,
  ports: Pick<ChangeAddressPorts, 'tokenKeys' | 'clock'>,
  token: string,
): Promise<WaitingAddress | undefined> {
  const reading = readToken(ports.tokenKeys, token, 'address', ports.clock());
  if (reading.kind !== 'valid') return undefined;
  const request = await findAddressRequest(db, reading.version, reading.subjectId);
  if (!request || request.subscriberId === null || request.address === null || request.addressKey === null) return undefined;
  const { subscriberId, address, addressKey } = request;
  return { request: { ...request, subscriberId, address, addressKey }, newsletter: await getNewsletterById(db, request.newsletterId) };
}

/**
 * The owner of the new address agrees, as that of the old one did by a link of theirs: what is queued goes there from now on, and the old one is told.
 * Undefined as `findWaitingAddress`, and where it cannot be any more: the new address is suppressed or somebody else's by now, or the person complained.
 */
export async function changeAddress(ports: ChangeAddressPorts, token: string): Promise<ChangedAddress | undefined> {
  try {
    return await ports.database.transaction(async (tx) => change(tx, ports, token));
  } catch (error) {
    // Somebody signed up with it at the same moment.
    if (isUniqueViolation(error, 'subscriber_address_key_key')) return undefined;
    throw error;
  }
}

async function change(tx: Tx, ports: ChangeAddressPorts, token: string): Promise<ChangedAddress | undefined> {
  const found = await findWaiting(tx, ports, token);
  if (!found) return undefined;
  const { subscriberId, address, addressKey } = found.request;
  const move = await holdMove(tx, { subscriberId, to: { address, addressKey }, isConfirmed: true });
  if (move === 'sending') return { ...found, kind: 'busy' };
  // Asked again under the locks: of two clicks one changes it, and a change in between takes the others back.
  const waiting = await findWaiting(tx, ports, token);
  if (typeof move === 'string' || !waiting) return undefined;
  if (!(await carryOutMove(tx, move, { at: ports.clock(), source: 'address link' }))) return undefined;
  const { person, wasSuppressed } = move;
  const told = { matter: 'changed', address: maskedAddress(address), to: person } as const;
  // Under the same key somebody only spells it otherwise.
  if (person.addressKey !== addressKey && wasSuppressed === null) await queueLinkNotice(tx, ports, person, waiting.newsletter, told);
  return { ...waiting, kind: 'changed' };
}
