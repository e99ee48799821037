import type { Tx } from '../../db/db.ts';
import { takeBackLeaving } from '../../ledger/change-subscription.ts';
import { lockSuppression } from '../../ledger/subscriptions/suppression-store.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { findSubscription, lockSubscriptionById } from '../choices/choice-store.ts';
import { leaveRemovedSchedule } from '../choices/move-from-removed-schedule.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import type { LinkActionPorts } from '../joining/confirm-subscription.ts';
import type { Subscription } from '../subscriber.ts';
import { findLinkedSubscriber } from '../subscriber-store.ts';
import { readToken } from '../tokens/token.ts';
import { parseLeavingReason } from './leaving-reason.ts';
import { hasLeavingReason, insertLeavingReason, isLastLeaving } from './leaving-store.ts';

/** A leaving of less than an hour ago. */
export interface FreshLeaving {
  readonly subscription: Subscription;
  readonly newsletter: Newsletter;
  readonly eventId: string;
  readonly hasReason: boolean;
}

/** The leaving that a link takes back; undefined where the link is none, is older than an hour, or something happened since. Changes nothing. */
export async function findFreshLeaving(ports: LinkActionPorts, token: string): Promise<FreshLeaving | undefined> {
  const reading = readToken(ports.tokenKeys, token, 'undo', ports.clock());
  if (reading.kind !== 'valid') return undefined;
  const { subjectId, version: eventId } = reading;
  const subscription = await findSubscription(ports.database, subjectId);
  if (!subscription || subscription.state !== 'left' || !(await isLastLeaving(ports.database, subjectId, eventId))) return undefined;
  if (!(await findLinkedSubscriber(ports.database, subscription.subscriberId))) return undefined;
  return {
    subscription,
    newsletter: await getNewsletterById(ports.database, subscription.newsletterId),
    eventId,
    hasReason: await hasLeavingReason(ports.database, eventId),
  };
}

/**
 * Takes a leaving back, by the reader who did it a moment ago: the subscription is active again, with the choices that it had, and goes on where it was: no
 * post is lost or comes twice. Not where the address was suppressed meanwhile. Undefined as `findFreshLeaving`; a second time too.
 */
export async function undoLeaving(ports: LinkActionPorts, token: string): Promise<FreshLeaving | undefined> {
  const found = await findFreshLeaving(ports, token);
  if (!found) return undefined;
  const done = await ports.database.transaction(async (tx) => comeBack(tx, ports, found));
  return done ? found : undefined;
}

async function comeBack(tx: Tx, ports: LinkActionPorts, { subscription: { id, subscriberId }, eventId }: FreshLeaving): Promise<boolean> {
  const now = ports.clock();
  const person = await findLinkedSubscriber(tx, subscriberId);
  if (!person || (await lockSuppression(tx, person.addressKey))) return false;
  const subscription = await lockSubscriptionById(tx, id);
  // Asked again under the lock: of two clicks one takes it back.
  if (subscription?.state !== 'left' || !(await isLastLeaving(tx, id, eventId))) return false;
  await leaveRemovedSchedule(tx, subscription);
  await insertConsentEvent(tx, { subscriptionId: id, kind: 'leaving_undone', at: now, source: 'page', details: { eventId } });
  await takeBackLeaving(tx, id, now);
  return true;
}

/** Notes why somebody left a moment ago, once; a second reason changes nothing. @throws InvalidInputError for a reason that is not offered */
export async function noteLeavingReason(
  ports: LinkActionPorts,
  token: string,
  reason: string,
  words: string,
): Promise<FreshLeaving | undefined> {
  const said = parseLeavingReason(reason, words);
  const found = await findFreshLeaving(ports, token);
  if (!found) return undefined;
  const { subscription, newsletter, eventId } = found;
  const now = ports.clock();
  await ports.database.transaction(async (tx) => {
    if (!(await insertLeavingReason(tx, { newsletterId: newsletter.id, eventId, now }, said))) return;
    // The log holds no words: it outlives an erasure.
    await insertConsentEvent(tx, {
      subscriptionId: subscription.id,
      kind: 'reason_given',
      at: now,
      source: 'page',
      details: { reason: said.reason },
    });
  });
  return { ...found, hasReason: true };
}
