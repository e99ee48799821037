import type { Tx } from '../../db/db.ts';
import { leaveSubscription } from '../../ledger/change-subscription.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import { cancelNotices } from '../../notices/notice-store.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import type { LinkActionPorts, LinkTarget } from '../joining/confirm-subscription.ts';
import { findSubscription, lockSubscriptionById } from '../choices/choice-store.ts';
import type { Subscription } from '../subscriber.ts';
import { readToken } from '../tokens/token.ts';

/** What an unsubscribe link leads to; changes nothing. */
export async function findUnsubscribe(ports: LinkActionPorts, token: string): Promise<LinkTarget> {
  const reading = readToken(ports.tokenKeys, token, 'unsubscribe', ports.clock());
  if (reading.kind !== 'valid') return { kind: 'dead' };
  const subscription = await findSubscription(ports.database, reading.subjectId);
  if (!subscription || String(subscription.tokenVersion) !== reading.version) return { kind: 'dead' };
  return { kind: 'found', subscription, newsletter: await getNewsletterById(ports.database, subscription.newsletterId) };
}

/**
 * The person leaves, by the button of a mail program (RFC 8058) or by the page. A second time finds them gone and changes nothing. `eventId` is the
 * leaving, where it happened now to somebody who was active: by it alone it can be taken back. Who had not confirmed yet signs up again.
 */
export async function unsubscribe(
  ports: LinkActionPorts,
  token: string,
  source: 'one-click' | 'page',
): Promise<LinkTarget & { readonly eventId?: string }> {
  const target = await findUnsubscribe(ports, token);
  if (target.kind === 'dead') return target;
  const now = ports.clock();
  return ports.database.transaction(async (tx) => {
    const subscription = await lockSubscriptionById(tx, target.subscription.id);
    if (!subscription) return { kind: 'dead' };
    const eventId = await leave(tx, subscription, source, now);
    return {
      ...target,
      subscription: { ...subscription, state: 'left' },
      ...(eventId === undefined || subscription.state !== 'active' ? {} : { eventId }),
    };
  });
}

/** The person leaves some of their own newsletters, by a page of theirs. Gives what they left now, with the event that it is. */
export async function leaveNewsletters(
  ports: Pick<LinkActionPorts, 'database' | 'clock'>,
  subscriptionIds: readonly string[],
): Promise<{ readonly subscription: Subscription; readonly eventId: string }[]> {
  return ports.database.transaction(async (tx) => {
    const left: { subscription: Subscription; eventId: string }[] = [];
    for (const id of subscriptionIds.toSorted((a, b) => Number(BigInt(a) - BigInt(b)))) {
      const subscription = await lockSubscriptionById(tx, id);
      const eventId = subscription && (await leave(tx, subscription, 'preferences', ports.clock()));
      if (subscription && eventId !== undefined) left.push({ subscription, eventId });
    }
    return left;
  });
}

/** The id of the event; undefined where they had left. */
async function leave(tx: Tx, { id, state }: Subscription, source: string, now: Date): Promise<string | undefined> {
  if (state === 'left') return undefined;
  const eventId = await insertConsentEvent(tx, { subscriptionId: id, kind: 'left', at: now, source });
  await leaveSubscription(tx, id, now);
  await cancelNotices(tx, id);
  return eventId;
}
