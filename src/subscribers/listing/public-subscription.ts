import type { ListedSubscription, SubscriptionCounts } from './subscriber-list-store.ts';
import type { MailFormat, SubscriptionState } from '../subscriber.ts';

/** A person in one newsletter, as commands, pages and the API show it. */
export interface PublicSubscription {
  readonly subscriptionId: string;
  readonly subscriberId: string;
  /** Slug. */
  readonly newsletter: string;
  /** Null once the person is erased. */
  readonly address: string | null;
  readonly name: string | null;
  readonly state: SubscriptionState;
  /** By its name. */
  readonly schedule: string;
  /** Slugs; null follows all. */
  readonly topics: readonly string[] | null;
  readonly language: string;
  readonly format: MailFormat;
  readonly localHour: number | null;
  readonly timeZone: string | null;
  readonly isPaused: boolean;
  /** Why the address is never mailed; null when it may be. */
  readonly suppression: string | null;
  readonly createdAt: Date;
}

/** What is shown of a page: what `--json` prints. */
export interface PublicSubscriptions {
  /** On all pages. */
  readonly counts: SubscriptionCounts;
  readonly subscriptions: readonly PublicSubscription[];
}

/** The public shape of a row; a column that is added stays inside until it is named here. */
export function publicSubscription(row: ListedSubscription): PublicSubscription {
  return {
    subscriptionId: row.subscriptionId,
    subscriberId: row.subscriberId,
    newsletter: row.newsletter,
    address: row.address,
    name: row.name,
    state: row.state,
    schedule: row.schedule,
    topics: row.topics,
    language: row.language,
    format: row.format,
    localHour: row.localHour,
    timeZone: row.timeZone,
    isPaused: row.isPaused,
    suppression: row.suppression,
    createdAt: row.createdAt,
  };
}
