/*
 * People and their subscriptions: what may be asked of one, and what an add may do to it.
 * Invariant (P3): only the person's own confirmation, or an add with proof of consent for an address that we have never seen,
 * makes a subscription active; no add raises the state of one that is pending, left or suppressed.
 * Order: subscriber, subscriber-store, kept-address-store · consent/ · tokens/ · choices/ · links/ · joining/ · leaving/ · own-data/ · listing/ · importing/ · exporting/ · the rest.
 */
import { InvalidInputError } from '../kernel/errors.ts';
import { cleanLine } from '../kernel/text/clean-text.ts';

/** Every state of a subscription; pausing stands beside it, suppression goes by address. */
export const subscriptionStates = ['pending', 'active', 'left'] as const;

/** How far a person's consent goes. */
export type SubscriptionState = (typeof subscriptionStates)[number];

/** `text` for readers who want no html part. */
export type MailFormat = 'html' | 'text';

/** Subscriber × newsletter. */
export interface Subscription {
  readonly id: string;
  readonly subscriberId: string;
  readonly newsletterId: string;
  readonly scheduleId: string;
  readonly state: SubscriptionState;
  /** Sorted topic ids; null follows all. */
  readonly topicIds: readonly string[] | null;
  readonly language: string;
  readonly format: MailFormat;
  readonly localHour: number | null;
  readonly timeZone: string | null;
  readonly tokenVersion: number;
}

/** What a person may choose about the digests they get. */
export interface Choices {
  readonly scheduleId: string;
  readonly topicIds: readonly string[] | null;
  readonly language: string;
  readonly format: MailFormat;
  readonly localHour: number | null;
  readonly timeZone: string | null;
}

/** What an add does, by what is known about the address. */
export type AddDecision = 'activate' | 'ask' | 'already_active' | 'stays_pending' | 'stays_left';

/** Decides an add. `state` is undefined where the person has no subscription to the newsletter yet. */
export function decideAdd(state: SubscriptionState | undefined, facts: { isConfirmed: boolean }): AddDecision {
  if (state === 'active') return 'already_active';
  if (!facts.isConfirmed) return 'ask';
  if (state === undefined) return 'activate';
  return state === 'pending' ? 'stays_pending' : 'stays_left';
}

/** A person's name on one line without control characters; undefined when nothing is left. @throws InvalidInputError over 200 characters */
export function parsePersonName(text: string): string | undefined {
  const name = cleanLine(text);
  if (name.length > 200) throw new InvalidInputError(`Expected a name of at most 200 characters, got ${name.length}`);
  return name === '' ? undefined : name;
}

/** The hour at which a reader wants digests, with the zone that it is meant in. @throws InvalidInputError */
export function parseLocalHour(
  hour: number | undefined,
  timeZone: string | undefined,
): { localHour: number | null; timeZone: string | null } {
  if (hour === undefined) return { localHour: null, timeZone: timeZone ?? null };
  if (!Number.isInteger(hour) || hour < 0 || hour > 23) throw new InvalidInputError(`Expected an hour from 0 to 23, got ${hour}`);
  if (timeZone === undefined) throw new InvalidInputError('Expected a time zone beside the hour (such as Europe/Madrid), got none');
  return { localHour: hour, timeZone };
}
