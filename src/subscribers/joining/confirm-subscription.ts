import type { Database, Queryable, Tx } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { activateSubscription, beginAnew } from '../../ledger/change-subscription.ts';
import { liftSuppression } from '../../ledger/suppress-address.ts';
import { isLiftable, lockLiftable } from '../../ledger/subscriptions/suppression-store.ts';
import { holdNewsletter } from '../../newsletters/closing/closing-store.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { confirmationKey } from './ask-for-confirmation.ts';
import { insertConsentEvent, isRequestOpen } from '../consent/consent-store.ts';
import type { Subscription } from '../subscriber.ts';
import { freeAddress } from '../kept-address-store.ts';
import { findSubscription, lockSubscriptionById } from '../choices/choice-store.ts';
import { leaveRemovedSchedule } from '../choices/move-from-removed-schedule.ts';
import { readToken, type KeyRing } from '../tokens/token.ts';
import { confirmationDays } from './sign-up.ts';

/** What acting on a link needs. */
export interface LinkActionPorts {
  readonly database: Database;
  readonly tokenKeys: KeyRing;
  readonly clock: Clock;
  /** How far back who joins gets what was released, in days. Default: 35. */
  readonly joinReachDays?: number;
  /** Queues the welcome, in the transaction of the first confirmation; `editionId` is the edition after which they begin, if one is. */
  readonly welcome?: (tx: Tx, subscriptionId: string, editionId: string | undefined) => Promise<void>;
}

/** What a link leads to. `dead` covers forged, expired and outdated links alike: a page must not tell them apart. */
export type LinkTarget =
  { readonly kind: 'found'; readonly subscription: Subscription; readonly newsletter: Newsletter } | { readonly kind: 'dead' };

/** What a confirmation link leads to. `isConfirmed`: a click would change nothing any more. */
export type ConfirmationTarget = (Extract<LinkTarget, { kind: 'found' }> & { readonly isConfirmed: boolean }) | { readonly kind: 'dead' };

/** What a confirmation link leads to; changes nothing. */
export async function findConfirmation(ports: LinkActionPorts, token: string): Promise<ConfirmationTarget> {
  const reading = readToken(ports.tokenKeys, token, 'confirm', ports.clock());
  if (reading.kind !== 'valid') return { kind: 'dead' };
  const subscription = await findSubscription(ports.database, reading.subjectId);
  if (!subscription || !(await isOpen(ports.database, subscription.id, reading.version, ports.clock()))) return { kind: 'dead' };
  const newsletter = await getNewsletterById(ports.database, subscription.newsletterId);
  const isConfirmed =
    subscription.state === 'active' && !(await isLiftable(ports.database, subscription.subscriberId, confirmationKey(reading.version)));
  return { kind: 'found', subscription, newsletter, isConfirmed };
}

/**
 * The person confirms: the subscription becomes active, and where this is the one confirmation after a bounce the suppression of their address is
 * lifted. A second click finds both done and changes nothing; so does one of a newsletter that was closed. `wordingOf` gives the sentence that stood beside the button.
 */
export async function confirmSubscription(
  ports: LinkActionPorts,
  token: string,
  wordingOf: (language: string, newsletter: Newsletter) => string,
): Promise<ConfirmationTarget> {
  const target = await findConfirmation(ports, token);
  if (target.kind === 'dead') return target;
  if (!target.isConfirmed && target.newsletter.closedAt !== null) return { kind: 'dead' };
  const now = ports.clock();
  const requestEventId = (readToken(ports.tokenKeys, token, 'confirm', now) as { version: string }).version;
  return ports.database.transaction(async (tx) => {
    // Nobody joins what is being closed; who confirmed before is not asked.
    const held = await holdNewsletter(tx, target.newsletter.id);
    if (!target.isConfirmed && held?.closedAt !== null) return { kind: 'dead' };
    // Before the subscription's lock, as an add takes them.
    const suppressedKey = await lockLiftable(tx, target.subscription.subscriberId, confirmationKey(requestEventId));
    const subscription = await lockSubscriptionById(tx, target.subscription.id);
    // Asked again under the lock: the person may have left a moment ago.
    if (!subscription || !(await isOpen(tx, subscription.id, requestEventId, now))) return { kind: 'dead' };
    if (subscription.state !== 'active' || suppressedKey !== undefined) {
      const wording = wordingOf(subscription.language, target.newsletter);
      await insertConsentEvent(tx, { subscriptionId: subscription.id, kind: 'confirmed', at: now, source: 'confirmation link', wording });
      if (suppressedKey !== undefined) await liftSuppression(tx, suppressedKey, now);
      if (subscription.state !== 'active') await begin(tx, ports, { subscription, isLifted: suppressedKey !== undefined, now });
    }
    return { ...target, subscription: { ...subscription, state: 'active' }, isConfirmed: true };
  });
}

async function isOpen(db: Queryable, subscriptionId: string, requestEventId: string, now: Date): Promise<boolean> {
  return isRequestOpen(db, { subscriptionId, requestEventId }, { now, days: confirmationDays });
}

async function begin(
  tx: Tx,
  ports: LinkActionPorts,
  { subscription, isLifted, now }: { readonly subscription: Subscription; readonly isLifted: boolean; readonly now: Date },
): Promise<void> {
  await leaveRemovedSchedule(tx, subscription);
  const editionId = await activateSubscription(tx, subscription.id, now, ports.joinReachDays);
  // With a lifted suppression everything of theirs begins at the last release.
  if (isLifted) await beginAnew(tx, subscription.id, now);
  await freeAddress(tx, subscription.subscriberId);
  await ports.welcome?.(tx, subscription.id, isLifted ? undefined : editionId);
}
