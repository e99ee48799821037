import type { Database, Tx } from '../../db/db.ts';
import { lockSuppressions } from '../../ledger/subscriptions/suppression-store.ts';
import { isRefusing, type SuppressionReason } from '../../ledger/subscriptions/suppression.ts';
import { findLinkedSubscriber, findSubscriber, lockLinkedSubscriber, type LinkedSubscriber } from '../subscriber-store.ts';
import { addressUrl } from '../tokens/signed-links.ts';
import { deleteLinkRequest, findReceivedRequest, lockLinkRequest, markMailed } from './link-request-store.ts';
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
    const received = await findReceivedRequest(tx, requestId);
    if (!received) return;
    // The person before the request, as an erasure or a change of address locks them, which takes the request away.
    const held = await holdMailed(tx, received);
    const request = await lockLinkRequest(tx, requestId);
    if (!request) return;
    const noticeId = held && (await answer(tx, ports, request, held));
    if (noticeId === undefined) await deleteLinkRequest(tx, request.id);
    else await markMailed(tx, request.id, noticeId);
  });
}

/** Who is to be mailed, locked until commit, and which of their addresses are suppressed. */
interface HeldMailed {
  readonly person: LinkedSubscriber;
  readonly suppressions: ReadonlyMap<string, SuppressionReason>;
}

/** Of a new address its owner, where somebody has it; else who asks. Undefined where there is nobody (any more). */
async function holdMailed(tx: Tx, { kind, subscriberId, addressKey }: LinkRequest): Promise<HeldMailed | undefined> {
  const owner = addressKey === null ? undefined : (await findSubscriber(tx, addressKey))?.id;
  const id = kind === 'link' ? (subscriberId ?? owner) : (owner ?? subscriberId ?? undefined);
  const known = id === undefined ? undefined : await findLinkedSubscriber(tx, id);
  if (!known) return undefined;
  const suppressions = await lockSuppressions(tx, [known.addressKey, addressKey ?? known.addressKey]);
  const person = await lockLinkedSubscriber(tx, known.id);
  return person?.addressKey === known.addressKey ? { person, suppressions } : undefined;
}

/** The id of the mail that has to be clicked; undefined where there is none. */
async function answer(
  tx: Tx,
  ports: LinkRequestPorts,
  { id, kind, subscriberId, address, addressKey, newsletterId }: LinkRequest,
  { person, suppressions }: HeldMailed,
): Promise<string | undefined> {
  if (kind === 'link' || person.id !== subscriberId) {
    await mailPersonalLink(tx, ports, person.id, { id: newsletterId });
    return undefined;
  }
  if (address === null || addressKey === null || person.address === address) return undefined;
  // Who complained is mailed nowhere (P3). That of who bounced is what a new address mends.
  if (isRefusing(suppressions.get(person.addressKey))) return undefined;
  if (addressKey !== person.addressKey && suppressions.has(addressKey)) return undefined;
  const url = addressUrl(ports, person.id, id, ports.clock());
  return queueLinkNotice(tx, ports, person, { id: newsletterId }, { matter: 'address', url, to: { address, addressKey } });
}
