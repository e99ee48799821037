import type { Queryable } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { listPausable, type PausableSubscription } from '../choices/preference-store.ts';
import { findLinkedSubscriber, isErased, type LinkedSubscriber } from '../subscriber-store.ts';
import { readToken, type KeyRing } from '../tokens/token.ts';

/** What looking at a person's own page needs. */
export interface OwnPagePorts {
  readonly database: Queryable;
  readonly tokenKeys: KeyRing;
  readonly clock: Clock;
}

/** A person with what they receive or received, active ones first. */
export interface OwnPage {
  readonly person: LinkedSubscriber;
  readonly subscriptions: readonly [OwnSubscription, ...OwnSubscription[]];
}

/** One subscription with its newsletter. */
export interface OwnSubscription {
  readonly subscription: PausableSubscription;
  readonly newsletter: Newsletter;
}

/** What a fresh link leads to; undefined for one that is forged, older than a day, of somebody erased, or went to an address before this one. */
export async function findOwnPage(ports: OwnPagePorts, token: string): Promise<OwnPage | undefined> {
  const reading = readToken(ports.tokenKeys, token, 'fresh', ports.clock());
  if (reading.kind !== 'valid') return undefined;
  const person = await findLinkedSubscriber(ports.database, reading.subjectId);
  if (!person || String(person.tokenVersion) !== reading.version) return undefined;
  const subscriptions = await listOwnSubscriptions(ports, person.id);
  return subscriptions && { person, subscriptions };
}

/** What somebody who is erased received, where this fresh link of a day went to them; undefined for every other one. */
export async function findErasedPage(ports: OwnPagePorts, token: string): Promise<OwnPage['subscriptions'] | undefined> {
  const reading = readToken(ports.tokenKeys, token, 'fresh', ports.clock());
  if (reading.kind !== 'valid' || !(await isErased(ports.database, reading.subjectId, Number(reading.version)))) return undefined;
  return listOwnSubscriptions(ports, reading.subjectId);
}

async function listOwnSubscriptions(ports: OwnPagePorts, subscriberId: string): Promise<OwnPage['subscriptions'] | undefined> {
  const all = await listPausable(ports.database, subscriberId, ports.clock());
  const own: OwnSubscription[] = [];
  for (const subscription of [...all.filter(({ state }) => state === 'active'), ...all.filter(({ state }) => state !== 'active')])
    own.push({ subscription, newsletter: await getNewsletterById(ports.database, subscription.newsletterId) });
  const [first, ...others] = own;
  return first && [first, ...others];
}
