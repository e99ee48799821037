/*
 * One SMTP transaction and what it means for its delivery: the end, or the next try. Pure rules over what the claim saw.
 * Invariant: a deferral and a doubt wait ever longer, for days; the third doubt is the last; what was ever in doubt is never given back.
 */
import { gapOfTable } from '../../kernel/backoff.ts';
import { type DeliveryEndName, type DeliveryState, endOfDelivery, isSoftBounce } from './delivery.ts';

/** What a refusal for good is about. The account is none of them: where it was refused there was no attempt. */
export const rejectionSubjects = ['policy', 'message', 'mailbox', 'address', 'unclear'] as const;

/** What a refusal for good is about. */
export type RejectionSubject = (typeof rejectionSubjects)[number];

/** What a refusal for now is about. `host`: the reader's server wants less mail at present, or the connection was lost. */
export type DeferralSubject = RejectionSubject | 'host';

/** How an attempt ended. `reply` is what the server or the network said, in one line. */
export type AttemptOutcome =
  | { readonly kind: 'accepted'; readonly reply: string }
  | { readonly kind: 'deferred'; readonly reply: string; readonly subject: DeferralSubject }
  | { readonly kind: 'rejected'; readonly reply: string; readonly subject: RejectionSubject }
  | { readonly kind: 'in_doubt'; readonly reply: string };

/** What a delivery had been through when it was claimed. */
export interface AttemptHistory {
  readonly attempts: number;
  readonly doubts: number;
  readonly isDoubted: boolean;
  /** Since the first attempt, without the time for which an account stood still; null before it. */
  readonly firstAttemptAgeMs: number | null;
}

/** How patient to be. */
export interface RetryPolicy {
  /** The wait after the first attempt, the second, …; the last one repeats. */
  readonly gapsMs: readonly number[];
  /** No attempt is planned for later than this after the first; with the last one before it the delivery ends. */
  readonly patienceMs: number;
  /** `resend`: what is in doubt is sent again under the same Message-ID; `hold`: it is left for staff. */
  readonly inDoubt: 'resend' | 'hold';
}

const minute = 60_000;
const hour = 60 * minute;

/**
 * The first gaps are short, because greylisting servers take the message after some minutes. RFC 5321 4.5.4.1 asks for four to five days in all, which is right
 * for a letter: by then a weekly digest has been followed by the next, which carries what this one gives back.
 */
export const defaultRetryPolicy: RetryPolicy = {
  gapsMs: [5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 8 * hour],
  patienceMs: 48 * hour,
  inDoubt: 'resend',
};

/** The usual gaps, for so long. */
export function retryPolicyFor(hours: number, inDoubt: RetryPolicy['inDoubt']): RetryPolicy {
  return { ...defaultRetryPolicy, patienceMs: hours * hour, inDoubt };
}

/** With so many doubts a message is no longer repeated: its reader may have it three times. */
export const maxDoubts = 3;

/** What is to be written about an attempt. */
export interface AttemptRecord {
  readonly state: Exclude<DeliveryState, 'sending'>;
  readonly reason: string | null;
  readonly reply: string;
  /** Until the next attempt; null when the delivery ends. */
  readonly gapMs: number | null;
  readonly isDoubt: boolean;
  /** Ends outside the recording tick, in a transaction of its own, because cursors are touched (or the address is suppressed). */
  readonly givesBack: boolean;
  readonly isSoftBounce: boolean;
  /** Set for an end as rejected: refusals are counted. */
  readonly refusal: RejectionSubject | null;
}

const endOfRefusal = {
  policy: 'policyRefused',
  message: 'messageRefused',
  mailbox: 'mailboxRefused',
  address: 'addressRefused',
  unclear: 'unclearlyRefused',
} as const satisfies Readonly<Record<RejectionSubject, DeliveryEndName>>;

/** What an attempt makes of its delivery. `random` in [0, 1) spreads retries, so that a million deferred at once do not return at once. */
export function recordOfAttempt(outcome: AttemptOutcome, history: AttemptHistory, policy: RetryPolicy, random: number): AttemptRecord {
  const { reply } = outcome;
  if (outcome.kind === 'accepted') return ended('accepted', reply, history);
  if (outcome.kind === 'rejected') return { ...ended(endOfRefusal[outcome.subject], reply, history), refusal: outcome.subject };
  const isDoubt = outcome.kind === 'in_doubt';
  const last = isDoubt ? lastDoubt(history.doubts + 1, policy) : undefined;
  if (last !== undefined) return { ...ended('inDoubt', reply, history), reason: last, isDoubt };
  const gapMs = retryGapMs(history.attempts + 1, policy, random);
  if ((history.firstAttemptAgeMs ?? 0) + gapMs > policy.patienceMs) {
    const end = ended('expired', reply, { ...history, isDoubted: history.isDoubted || isDoubt });
    return outcome.kind === 'deferred' && end.state === 'expired' ? expiredOver(outcome.subject, end) : { ...end, isDoubt };
  }
  return { state: 'queued', reason: null, reply, gapMs, isDoubt, givesBack: false, isSoftBounce: false, refusal: null };
}

/** The last answer says whether the reader could not be reached. */
function expiredOver(reason: DeferralSubject, end: AttemptRecord): AttemptRecord {
  return { ...end, reason, isSoftBounce: isSoftBounce({ state: 'expired', reason }) };
}

/**
 * The wait after the attempt with this number (from 1): up to a fifth longer than the table says, and never shorter, since a server that greylists for
 * five minutes defers again whoever comes a moment before.
 */
function retryGapMs(attempt: number, policy: Pick<RetryPolicy, 'gapsMs'>, random: number): number {
  return Math.round(gapOfTable(policy.gapsMs, attempt) * (1 + 0.2 * random));
}

function lastDoubt(doubts: number, policy: RetryPolicy): string | undefined {
  if (policy.inDoubt === 'hold') return 'hold';
  return doubts >= maxDoubts ? 'third doubt' : undefined;
}

function ended(name: DeliveryEndName, reply: string, history: AttemptHistory): AttemptRecord {
  const { state, reason, givesBack } = endOfDelivery(name, history.isDoubted);
  return { state, reason, reply, gapMs: null, isDoubt: false, givesBack, isSoftBounce: isSoftBounce({ state, reason }), refusal: null };
}
