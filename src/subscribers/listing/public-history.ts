import type { StatedSuppression } from '../../ledger/subscriptions/suppression-store.ts';
import type { HistoryNames, ReceivedPost, StoredPerson, StoredProgress } from './history-store.ts';

/** Everything that is known of one person, as commands and the API show it: what `--json` prints. */
export interface PublicHistory {
  readonly person: PublicPerson;
  readonly subscriptions: readonly PublicHistorySubscription[];
  /** Oldest first. */
  readonly events: readonly PublicHistoryEvent[];
  /** Earlier ones that are not among them. */
  readonly earlierCount: number;
  /** Newest first; `count` is of all. */
  readonly posts: { readonly count: number; readonly latest: readonly ReceivedPost[] };
  /** What the ids in events are called by now. */
  readonly names: HistoryNames;
}

/** What is known of an address that nobody here has: that it is never mailed. */
export interface PublicStranger {
  readonly person: null;
  readonly suppression: StatedSuppression;
}

/** A person. */
export interface PublicPerson extends StoredPerson {
  readonly subscriberId: string;
  /** Why, by whom and since when the address is never mailed; null where it may be. */
  readonly suppression: StatedSuppression | null;
}

/** What a person has or had, with what they chose there. */
export interface PublicHistorySubscription {
  readonly id: string;
  /** Slug. */
  readonly newsletter: string;
  readonly state: string;
  /** By its name. */
  readonly schedule: string;
  /** Slugs; null follows all. */
  readonly topics: readonly string[] | null;
  readonly language: string;
  readonly format: string;
  readonly localHour: number | null;
  readonly timeZone: string | null;
  /** Null: not paused, or until they come back. */
  readonly pausedUntil: Date | null;
  readonly isPausedIndefinitely: boolean;
  /** In which a day begins and ends for them: their own time zone, or else their schedule's. */
  readonly dayZone: string;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  readonly leftAt: Date | null;
  readonly progress: Omit<StoredProgress, 'subscriptionId'>;
  /** Deliveries that were deleted with age, of which only this is kept; null where all are there. */
  readonly deleted: { readonly deliveryCount: number; readonly acceptedCount: number; readonly lastAt: Date } | null;
}

/** Something that happened. */
export interface PublicHistoryEvent {
  readonly at: Date;
  readonly kind: 'consent' | 'delivery' | 'attempt' | 'report' | 'notice' | 'reason' | 'sign_up' | 'request';
  /** Null where it belongs to no subscription. */
  readonly subscriptionId: string | null;
  /** What is stored of it, as in the copy that the person themselves may have. */
  readonly details: Readonly<Record<string, unknown>>;
}
