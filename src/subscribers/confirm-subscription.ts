import type { Database, Tx } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import { activateSubscription } from '../ledger/change-subscription.ts';
import { getNewsletterById } from '../newsletters/newsletter-store.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { insertConsentEvent, isRequestOpen } from './consent-store.ts';
import type { Subscription } from './subscriber.ts';
import { forgetErasure } from './subscriber-store.ts';
import { findSubscription, lockSubscriptionById } from './subscription-store.ts';
import { readToken, type KeyRing } from './token.ts';

/** What acting on a link needs. */
export interface LinkActionPorts {
  readonly database: Database;
  readonly tokenKeys: KeyRing;
  readonly clock: Clock;
  /** Queues the welcome, in the transaction of the first confirmation. */
  readonly welcome?: (tx: Tx, subscriptionId: string) => Promise<void>;
}

/** What a link leads to. `dead` covers forged, expired and outdated links alike: a page must not tell them apart. */
export type LinkTarget =
  { readonly kind: 'found'; readonly subscription: Subscription; readonly newsletter: Newsletter } | { readonly kind: 'dead' };

/** What a confirmation link leads to; changes nothing. */
export async function findConfirmation(ports: LinkActionPorts, token: string): Promise<LinkTarget> {
  const reading = readToken(ports.tokenKeys, token, 'confirm', ports.clock());
  if (reading.kind !== 'valid') return { kind: 'dead' };
  const subscription = await findSubscription(ports.database, reading.subjectId);
  if (!subscription || !(await isRequestOpen(ports.database, subscription.id, reading.version))) return { kind: 'dead' };
  return { kind: 'found', subscription, newsletter: await getNewsletterById(ports.database, subscription.newsletterId) };
}

/**
 * The person confirms: the subscription becomes active. A second click finds it active and changes nothing. `wordingOf` gives the sentence that
 * stood beside the button.
 */
export async function confirmSubscription(
  ports: LinkActionPorts,
  token: string,
  wordingOf: (language: string, newsletter: Newsletter) => string,
): Promise<LinkTarget> {
  const target = await findConfirmation(ports, token);
  if (target.kind === 'dead') return target;
  const now = ports.clock();
  const requestEventId = (readToken(ports.tokenKeys, token, 'confirm', now) as { version: string }).version;
  return ports.database.transaction(async (tx) => {
    const subscription = await lockSubscriptionById(tx, target.subscription.id);
    // Asked again under the lock: the person may have left a moment ago.
    if (!subscription || !(await isRequestOpen(tx, subscription.id, requestEventId))) return { kind: 'dead' };
    if (subscription.state !== 'active') {
      const wording = wordingOf(subscription.language, target.newsletter);
      await insertConsentEvent(tx, { subscriptionId: subscription.id, kind: 'confirmed', at: now, source: 'confirmation link', wording });
      await activateSubscription(tx, subscription.id, now);
      await forgetErasure(tx, subscription.subscriberId);
      await ports.welcome?.(tx, subscription.id);
    }
    return { ...target, subscription: { ...subscription, state: 'active' } };
  });
}
