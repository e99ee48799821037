import type { Queryable } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { listPausable, type PausableSubscription } from '../choices/preference-store.ts';
import { findLinkedSubscriber, type LinkedSubscriber } from '../subscriber-store.ts';
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
  const now = ports.clock();
  const reading = readToken(ports.tokenKeys, token, 'fresh', now);
  if (reading.kind !== 'valid') return undefined;
  const person = await findLinkedSubscriber(ports.database, reading.subjectId);
  if (!person || String(person.tokenVersion) !== reading.version) return undefined;
  const all = await listPausable(ports.database, person.id, now);
  const own: OwnSubscription[] = [];
  for (const subscription of [...all.filter(({ state }) => state === 'active'), ...all.filter(({ state }) => state !== 'active')])
    own.push({ subscription, newsletter: await getNewsletterById(ports.database, subscription.newsletterId) });
  const [first, ...others] = own;
  return first && { person, subscriptions: [first, ...others] };
}
