import { leaveSubscription } from '../../ledger/change-subscription.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import { cancelNotices } from '../../notices/notice-store.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import type { LinkActionPorts, LinkTarget } from '../joining/confirm-subscription.ts';
import { findSubscription, lockSubscriptionById } from '../choices/choice-store.ts';
import { readToken } from '../tokens/token.ts';

/** What an unsubscribe link leads to; changes nothing. */
export async function findUnsubscribe(ports: LinkActionPorts, token: string): Promise<LinkTarget> {
  const reading = readToken(ports.tokenKeys, token, 'unsubscribe', ports.clock());
  if (reading.kind !== 'valid') return { kind: 'dead' };
  const subscription = await findSubscription(ports.database, reading.subjectId);
  if (!subscription || String(subscription.tokenVersion) !== reading.version) return { kind: 'dead' };
  return { kind: 'found', subscription, newsletter: await getNewsletterById(ports.database, subscription.newsletterId) };
}

/** The person leaves, by the button of a mail program (RFC 8058) or by the page. A second time finds them gone and changes nothing. */
export async function unsubscribe(ports: LinkActionPorts, token: string, source: 'one-click' | 'page'): Promise<LinkTarget> {
  const target = await findUnsubscribe(ports, token);
  if (target.kind === 'dead') return target;
  const now = ports.clock();
  return ports.database.transaction(async (tx) => {
    const subscription = await lockSubscriptionById(tx, target.subscription.id);
    if (!subscription) return { kind: 'dead' };
    if (subscription.state !== 'left') {
      await insertConsentEvent(tx, { subscriptionId: subscription.id, kind: 'left', at: now, source });
      await leaveSubscription(tx, subscription.id, now);
      await cancelNotices(tx, subscription.id);
    }
    return { ...target, subscription: { ...subscription, state: 'left' } };
  });
}
