import { byStaff, type NewConsentEvent } from '../consent/consent.ts';
import type { Database, Tx } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { leaveSubscription } from '../../ledger/change-subscription.ts';
import { eraseSubscriber } from '../../ledger/suppress-address.ts';
import { getNewsletter } from '../../newsletters/newsletter-store.ts';
import { cancelNotices, eraseNotices } from '../../notices/notice-store.ts';
import { deleteSignUpsOf } from '../joining/sign-up-store.ts';
import { forgetIps, insertConsentEvent } from '../consent/consent-store.ts';
import { keepErasedAddresses, listFormerKeys } from '../kept-address-store.ts';
import { clearSubscriber, findLinkedSubscriber, lockForErasure } from '../subscriber-store.ts';
import { deleteLinkRequestsOf } from '../links/link-request-store.ts';
import { undoMs } from '../tokens/signed-links.ts';
import { forgetWhoSaidWhy, listFreshLeavings } from './leaving-store.ts';
import { getPerson } from '../choices/find-subscription.ts';
import { lockSubscriptionsOf } from '../choices/choice-store.ts';

/** What removing somebody needs. */
export interface RemoveSubscriberPorts {
  readonly database: Database;
  readonly addressKeySecret: Buffer;
  readonly clock: Clock;
}

/** Whom to remove. Without a newsletter they leave all; `erase` also forgets name and address, everywhere. */
export interface Removal {
  /** Or the id of a subscription of theirs, as lists show it: without `newsletter` they leave that one alone. */
  readonly address: string;
  /** Slug. */
  readonly newsletter?: string;
  readonly erase?: boolean;
  /** For the consent log. Default: "command line". */
  readonly source?: string;
  /** Who of the staff does it, for the consent log. */
  readonly by?: string;
}

/** What a removal did. `left` counts subscriptions that had not been left before. */
export interface RemovalResult {
  readonly left: number;
  readonly erased: boolean;
  readonly subscriberId: string;
  /** Those that were not left before; of an erasure all. */
  readonly subscriptionIds: readonly string[];
}

/**
 * Takes a person out of one newsletter or all. An erasure empties the person's row, their notices and the replies that quote them; consent
 * log and ledger keep ids only, and a suppression stays as a keyed hash, so that they are never mailed by mistake.
 * @throws NotFoundError when nobody has this address or id
 */
export async function removeSubscriber(ports: RemoveSubscriberPorts, removal: Removal): Promise<RemovalResult> {
  const newsletter = removal.newsletter === undefined ? undefined : await getNewsletter(ports.database, removal.newsletter);
  const now = ports.clock();
  return ports.database.transaction(async (tx) => {
    const named = await getPerson(tx, removal.address, ports.addressKeySecret);
    // Before anything of theirs is looked at: what others are just writing about them is waited for, and seen.
    const subscriber = await (removal.erase ? lockForErasure : findLinkedSubscriber)(tx, named.subscriberId);
    if (!subscriber) throw new NotFoundError('Expected a subscriber, found one who was erased');
    const source = removal.source ?? 'command line';
    const event: StaffEvent = { source, at: now, details: byStaff(removal.by) };
    const left = await leaveAll(tx, subscriber.id, removal.erase ? undefined : (newsletter?.id ?? named.subscription?.newsletterId), event);
    const whose = { left: left.length, subscriberId: subscriber.id };
    if (!removal.erase) return { ...whose, erased: false, subscriptionIds: left };
    return { ...whose, erased: true, subscriptionIds: await erase(tx, { id: subscriber.id, key: subscriber.addressKey }, event) };
  });
}

type StaffEvent = Pick<NewConsentEvent, 'source' | 'at' | 'details'>;

/** The ids of what was not left before. */
async function leaveAll(tx: Tx, subscriberId: string, newsletterId: string | undefined, event: StaffEvent): Promise<string[]> {
  const subscriptions = await lockSubscriptionsOf(tx, subscriberId, newsletterId);
  const open = subscriptions.filter((subscription) => subscription.state !== 'left');
  const left = subscriptions.filter(({ state }) => state === 'left').map(({ id }) => id);
  // Who left by themselves a moment ago takes that back no more: staff say so too.
  for (const id of await listFreshLeavings(tx, left, new Date(event.at.getTime() - undoMs)))
    await insertConsentEvent(tx, { subscriptionId: id, kind: 'removed', ...event });
  for (const { id } of open) {
    await insertConsentEvent(tx, { subscriptionId: id, kind: 'removed', ...event });
    await leaveSubscription(tx, id, event.at);
    await cancelNotices(tx, id);
  }
  return open.map(({ id }) => id);
}

async function erase(tx: Tx, person: { readonly id: string; readonly key: string }, event: StaffEvent): Promise<string[]> {
  const subscriptions = await lockSubscriptionsOf(tx, person.id, undefined);
  for (const { id } of subscriptions) await insertConsentEvent(tx, { subscriptionId: id, kind: 'erased', ...event });
  await forgetIps(tx, person.id);
  // Before the row loses the address: the ledger looks for it in stored replies.
  await eraseSubscriber(tx, person.id, event.at);
  await eraseNotices(tx, person.id);
  await forgetWhoSaidWhy(tx, person.id);
  for (const key of [person.key, ...(await listFormerKeys(tx, person.id))]) {
    await deleteSignUpsOf(tx, key);
    await deleteLinkRequestsOf(tx, { id: person.id, key });
  }
  await keepErasedAddresses(tx, person.id, event.at);
  await clearSubscriber(tx, person.id, event.at);
  return subscriptions.map(({ id }) => id);
}
