import type { Queryable } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import { isSameSender, type Newsletter } from '../../newsletters/newsletter.ts';
import { listSchedules } from '../../newsletters/schedule-store.ts';
import type { Schedule } from '../../newsletters/schedule.ts';
import { listTopicsOfNewsletter } from '../../topics/topic-store.ts';
import type { OfferedTopic } from '../../topics/topic.ts';
import { findLinkedSubscriber, type LinkedSubscriber } from '../subscriber-store.ts';
import { readToken, type KeyRing } from '../tokens/token.ts';
import { findSubscription } from './choice-store.ts';
import { listPausable, type PausableSubscription } from './preference-store.ts';

/** What looking at preferences needs. */
export interface FindPreferencesPorts {
  readonly database: Queryable;
  readonly tokenKeys: KeyRing;
  readonly clock: Clock;
}

/** One subscription of a person with what can be chosen. */
export interface PreferenceSection {
  readonly subscription: PausableSubscription;
  readonly newsletter: Newsletter;
  readonly schedules: readonly Schedule[];
  /** Those that are offered: who follows another keeps it. */
  readonly topics: readonly OfferedTopic[];
}

/** A person's subscriptions to the newsletters of one sender, that of the link first. */
export interface Preferences {
  readonly person: LinkedSubscriber;
  readonly sections: readonly [PreferenceSection, ...PreferenceSection[]];
}

/** What a preferences link leads to: the newsletters whose sender is that of the link's; undefined for one that is forged, outdated or of somebody erased. Changes nothing. */
export async function findPreferences(ports: FindPreferencesPorts, token: string): Promise<Preferences | undefined> {
  const now = ports.clock();
  const reading = readToken(ports.tokenKeys, token, 'preferences', now);
  if (reading.kind !== 'valid') return undefined;
  const own = await findSubscription(ports.database, reading.subjectId);
  if (!own || String(own.tokenVersion) !== reading.version) return undefined;
  const person = await findLinkedSubscriber(ports.database, own.subscriberId);
  if (!person) return undefined;
  const subscriptions = await listPausable(ports.database, person.id, now);
  const ordered = [...subscriptions.filter(({ id }) => id === own.id), ...subscriptions.filter(({ id }) => id !== own.id)];
  const sections: PreferenceSection[] = [];
  for (const subscription of ordered) sections.push(await loadSection(ports.database, subscription));
  const [first, ...others] = sections;
  // A digest is forwarded: what the reader has from others is nobody's to see there.
  return first && { person, sections: [first, ...others.filter(({ newsletter }) => isSameSender(newsletter, first.newsletter))] };
}

async function loadSection(db: Queryable, subscription: PausableSubscription): Promise<PreferenceSection> {
  const { newsletterId } = subscription;
  return {
    subscription,
    newsletter: await getNewsletterById(db, newsletterId),
    schedules: await listSchedules(db, newsletterId),
    topics: await listTopicsOfNewsletter(db, newsletterId),
  };
}
