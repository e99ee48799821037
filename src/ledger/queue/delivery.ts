/*
 * A delivery: one edition to one subscriber. `queued → sending → accepted | rejected | in_doubt`; a deferred one returns to `queued`.
 * The table of ends says which end gives the posts back. A delivery that was ever in doubt may have been read: it is never superseded,
 * given back or changed, and ends only accepted, rejected or in doubt (P1).
 */

/** Every state of a delivery; the check constraint of the table says the same. */
export const deliveryStates = [
  'queued',
  'sending',
  'accepted',
  'rejected',
  'in_doubt',
  'superseded',
  'expired',
  'cancelled',
  'suppressed',
] as const;

/** The state of a delivery. */
export type DeliveryState = (typeof deliveryStates)[number];

/** States in which a delivery is still to be decided; an edition with one of these is open. */
const openDeliveryStates = ['queued', 'sending'] as const satisfies readonly DeliveryState[];

/** States that end a delivery. */
export type DeliveryEndState = Exclude<DeliveryState, (typeof openDeliveryStates)[number]>;

/** Deliveries of an edition by their ids, the first and the last included. */
export interface IdRange {
  readonly fromId: string;
  readonly toId: string;
}

/** One way for a delivery to end. `reason` null stands for an end that needs none. */
export interface DeliveryEnd {
  readonly state: DeliveryEndState;
  readonly reason: string | null;
  /** Its posts are owed again. */
  readonly givesBack: boolean;
}

/** How a delivery ends. `in_doubt` may carry other reasons too (the third doubt), `expired` names what its last answer was about. */
export const deliveryEnds = {
  accepted: { state: 'accepted', reason: null, givesBack: false },
  /** 5xx about the address: gone with it, and it is suppressed. Where its host refuses too many at once, both are taken back later. */
  addressRefused: { state: 'rejected', reason: 'address', givesBack: false },
  policyRefused: { state: 'rejected', reason: 'policy', givesBack: true },
  messageRefused: { state: 'rejected', reason: 'message', givesBack: true },
  mailboxRefused: { state: 'rejected', reason: 'mailbox', givesBack: true },
  /** 5xx that says nothing that we understand. */
  unclearlyRefused: { state: 'rejected', reason: 'unclear', givesBack: true },
  superseded: { state: 'superseded', reason: null, givesBack: true },
  expired: { state: 'expired', reason: null, givesBack: true },
  editionCancelled: { state: 'cancelled', reason: 'edition', givesBack: true },
  paused: { state: 'cancelled', reason: 'paused', givesBack: true },
  left: { state: 'cancelled', reason: 'left', givesBack: false },
  erased: { state: 'cancelled', reason: 'erased', givesBack: false },
  retracted: { state: 'cancelled', reason: 'retracted', givesBack: false },
  /** The subscription began anew (re-subscription, fresh start, lifted suppression): what was queued belongs to the time before. */
  activated: { state: 'cancelled', reason: 'activated', givesBack: false },
  suppressed: { state: 'suppressed', reason: null, givesBack: false },
  /** The third doubt, or IN_DOUBT=hold: its reader may have it, so neither sent again nor given back. */
  inDoubt: { state: 'in_doubt', reason: null, givesBack: false },
} as const satisfies Readonly<Record<string, DeliveryEnd>>;

/** The name of an end. */
export type DeliveryEndName = keyof typeof deliveryEnds;

/**
 * The end as it really happens. An ever doubted delivery may already have been read, so that every end but accepted and rejected
 * becomes `in_doubt` with the reason kept, and nothing is given back.
 */
export function endOfDelivery(name: DeliveryEndName, isDoubted: boolean): DeliveryEnd {
  const end: DeliveryEnd = deliveryEnds[name];
  if (!isDoubted) return end;
  if (end.state === 'accepted' || end.state === 'rejected' || end.state === 'in_doubt') return { ...end, givesBack: false };
  return { state: 'in_doubt', reason: end.reason ?? end.state, givesBack: false };
}

/** What a claim looks at, beside consent, before a message goes out. */
export interface ClaimFacts {
  readonly subscriptionState: 'pending' | 'active' | 'left';
  readonly isErased: boolean;
  readonly isSuppressed: boolean;
  readonly isPaused: boolean;
  readonly isEditionCancelled: boolean;
}

/**
 * Why a claimed row may not be sent, undefined where it may: the first of left or erased, suppressed, paused, edition cancelled.
 * The order matters: what is given back to somebody who left would be owed to nobody.
 */
export function endAtClaim(facts: ClaimFacts): DeliveryEndName | undefined {
  if (facts.isErased) return 'erased';
  if (facts.subscriptionState !== 'active') return 'left';
  if (facts.isSuppressed) return 'suppressed';
  if (facts.isPaused) return 'paused';
  if (facts.isEditionCancelled) return 'editionCancelled';
  return undefined;
}

/** True when something newer may replace the delivery, or a retraction change it: nobody can have read it yet. */
export function isReplaceable(delivery: { readonly state: DeliveryState; readonly isDoubted: boolean }): boolean {
  return delivery.state === 'queued' && !delivery.isDoubted;
}

/**
 * True when the posts in it have reached their reader, may have, or still will, or are gone with the address: they are in no other place of
 * the ledger and never offered again. What was given back is not held: that is a stored fact, whatever state and reason say.
 */
export function holdsItsPosts(delivery: {
  readonly state: DeliveryState;
  readonly wasGivenBack: boolean;
  readonly isDoubted: boolean;
}): boolean {
  if (delivery.isDoubted) return true;
  return !delivery.wasGivenBack && (holdingStates as readonly DeliveryState[]).includes(delivery.state);
}

/** States in which a delivery that was not given back is read, or will be. */
export const readStates = ['queued', 'sending', 'accepted'] as const satisfies readonly DeliveryState[];

/** True when its reader has the posts in it, may have them, or still will: they are told when one is corrected. What was refused is not read. */
export function isRead(delivery: { readonly state: DeliveryState; readonly wasGivenBack: boolean; readonly isDoubted: boolean }): boolean {
  return delivery.isDoubted || (!delivery.wasGivenBack && (readStates as readonly DeliveryState[]).includes(delivery.state));
}

/** True when its reader has it, or may have it: a correction of what is only on its way would be read before it. */
export function hasArrived(delivery: { readonly state: DeliveryState; readonly isDoubted: boolean }): boolean {
  return delivery.isDoubted || delivery.state === 'accepted';
}

/** States in which a delivery that was not given back holds its posts. */
export const holdingStates = ['queued', 'sending', 'accepted', 'rejected', 'in_doubt'] as const satisfies readonly DeliveryState[];

/** How a delivery ended, for the rule about dead hosts. */
export interface EndedDelivery {
  readonly state: DeliveryEndState;
  readonly reason: string | null;
  readonly endedAt: Date;
  /** Its server took it and sent it back later. */
  readonly hasBounced: boolean;
  /** Most of its edition ended so: that says nothing about this reader. */
  readonly isAlike: boolean;
}

/** So many soft bounces in a row, over at least so many days, say that nobody reads there. */
const unreachableAfter = { softBounceCount: 5, days: 14 } as const;

/**
 * What a soft bounce is about: the reader's own mailbox or address, or nothing that we understand. Policy, message and the account never: they
 * say nothing about the reader. Null stands for expiries from before the last answer was kept.
 */
export const softBounceReasons: Readonly<Record<'rejected' | 'expired', readonly (string | null)[]>> = {
  rejected: ['mailbox', 'unclear'],
  expired: ['mailbox', 'address', 'unclear', null],
};

/** True for an end that says that the reader could not be reached. */
export function isSoftBounce({ state, reason }: Pick<DeliveryEnd, 'state' | 'reason'>): boolean {
  return (state === 'rejected' || state === 'expired') && softBounceReasons[state].includes(reason);
}

/**
 * True when an address is dead: at least 5 soft bounces in a row, with nothing accepted between that did not bounce later, over at least 14 days.
 * Otherwise a dead host collects ever longer digests, because what expires is given back. What most of an edition met counts for none of its readers.
 */
export function isUnreachable(endedNewestFirst: readonly EndedDelivery[]): boolean {
  const run: EndedDelivery[] = [];
  for (const delivery of endedNewestFirst) {
    if (delivery.state === 'accepted' && !delivery.hasBounced) break;
    if (isSoftBounce(delivery) && !delivery.isAlike) run.push(delivery);
  }
  const newest = run[0];
  const oldest = run.at(-1);
  if (newest === undefined || oldest === undefined || run.length < unreachableAfter.softBounceCount) return false;
  return newest.endedAt.getTime() - oldest.endedAt.getTime() >= unreachableAfter.days * 86_400_000;
}
