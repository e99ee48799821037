import type { Database, Tx } from '../../db/db.ts';
import { lockSuppressions } from '../../ledger/subscriptions/suppression-store.ts';
import { isRefusing } from '../../ledger/subscriptions/suppression.ts';
import { findLinkedSubscriber, findSubscriber, lockLinkedSubscriber } from '../subscriber-store.ts';
import { addressUrl } from '../tokens/signed-links.ts';
import { deleteLinkRequest, lockLinkRequest, markMailed } from './link-request-store.ts';
import type { LinkRequest } from './link-request.ts';
import { mailPersonalLink, queueLinkNotice, type PersonalLinkPorts } from './send-personal-link.ts';

/** What answering a request needs. */
export interface LinkRequestPorts extends PersonalLinkPorts {
  readonly database: Database;
}

/**
 * Answers what somebody asked for on a page: mails them their link, or mails a new address whether it may be used. Where that one belongs to a person
 * already, that person is mailed their own link instead. A second call finds it answered.
 */
export async function handleLinkRequest(ports: LinkRequestPorts, requestId: string): Promise<void> {
  await ports.database.transaction(async (tx) => {
    const request = await lockLinkRequest(tx, requestId);
    if (!request) return;
    const noticeId = request.kind === 'address' ? await askNewAddress(tx, ports, request) : await mailLink(tx, ports, request);
    if (noticeId === undefined) await deleteLinkRequest(tx, request.id);
    else await markMailed(tx, request.id, noticeId);
  });
}

async function mailLink(tx: Tx, ports: LinkRequestPorts, request: LinkRequest): Promise<undefined> {
  const { addressKey, newsletterId } = request;
  const subscriberId = request.subscriberId ?? (addressKey === null ? undefined : (await findSubscriber(tx, addressKey))?.id);
  if (subscriberId !== undefined) await mailPersonalLink(tx, ports, subscriberId, { id: newsletterId });
  return undefined;
}

async function askNewAddress(tx: Tx, ports: LinkRequestPorts, request: LinkRequest): Promise<string | undefined> {
  const { subscriberId, address, addressKey, newsletterId } = request;
  if (subscriberId === null || address === null || addressKey === null) return undefined;
  const known = await findLinkedSubscriber(tx, subscriberId);
  if (!known || known.address === address) return undefined;
  const suppressions = await lockSuppressions(tx, [known.addressKey, addressKey]);
  if (addressKey !== known.addressKey && suppressions.has(addressKey)) return undefined;
  const owner = await findSubscriber(tx, addressKey);
  if (owner && owner.id !== subscriberId) {
    await mailPersonalLink(tx, ports, owner.id, { id: newsletterId });
    return undefined;
  }
  // Who complained is mailed nowhere (P3). That of who bounced is what a new address mends.
  if (isRefusing(suppressions.get(known.addressKey))) return undefined;
  const person = await lockLinkedSubscriber(tx, subscriberId);
  if (!person) return undefined;
  const url = addressUrl(ports, person.id, request.id, ports.clock());
  return queueLinkNotice(tx, ports, person, { id: newsletterId }, { matter: 'address', url, to: { address, addressKey } });
}
