/*
 * What the outcome of a message teaches: of its account, and whether it is the message's own after all. Decided with the state of the account, before
 * anything is written down. Pure.
 */
import { type AccountRefusal, gapMs, type OutagePolicy } from '../ledger/accounts/account-outage.ts';
import { type AccountRefused, deferredByReader, hasServerSpoken, type SendOutcome } from '../mail/message.ts';
import { isOfReaderAlone, isRefusedAlone, learnAnswer, learnOwnRefusal, learnRefusal, learnRest } from './account/account-state.ts';
import { hostWordOf } from '../mail/accounts/host-words.ts';
import { hearAnswer, hearTrouble } from './domain/lane-domains.ts';
import { replyText } from '../mail/reply-text.ts';
import { type Flight, hasOther } from './lane.ts';
import type { Scope } from './account/standing.ts';

/** What is to be written down of an account. */
export type Lesson =
  | { readonly kind: 'nothing' }
  /** It was refused, and stands still. */
  | { readonly kind: 'refused'; readonly refusal: Omit<AccountRefusal, 'account'> }
  /** It was answered: of these an outage is over. */
  | { readonly kind: 'goes_on'; readonly scopes: readonly Scope[] }
  /** A server answered, and no outage was known here: what others know may be disproved. */
  | { readonly kind: 'answered' };

/** What an outcome means. */
export interface Learned {
  /** As it is of its delivery: what is the reader's server's alone is a deferral, although it names the account. */
  readonly outcome: SendOutcome;
  readonly lesson: Lesson;
}

/** What has to be known to learn. */
export interface LearningFacts {
  readonly now: number;
  readonly outages: OutagePolicy;
  /** Whether the worker that claimed the message lives. */
  readonly isWorkerAlive: boolean;
}

/** A mailer that turned a message away is asked again after this. */
const restMs = 1_000;
const nothing: Lesson = { kind: 'nothing' };

/** Learns from the outcome of a message that has landed. */
export function learnFrom(flight: Flight, outcome: SendOutcome, facts: LearningFacts): Learned {
  const { account } = flight.run.lane;
  const { now } = facts;
  const ofDomain = learnOfDomain(flight, outcome, facts);
  if (ofDomain) return ofDomain;
  if (outcome.kind === 'account') return learnFromRefusal(flight, outcome, facts);
  if (outcome.kind === 'not_started') {
    if (wasTurnedAway(flight, facts)) learnRest(account, restMs, now);
    return { outcome, lesson: nothing };
  }
  const hasSpoken = hasServerSpoken(outcome);
  const over = learnAnswer(account, flight, hasSpoken, now);
  return { outcome, lesson: over.length > 0 ? { kind: 'goes_on', scopes: over } : hasSpoken ? { kind: 'answered' } : nothing };
}

/**
 * What the host of a reader says in words about us is of its domain, and not of our account; where that is to be charged it is this message's. Undefined
 * where there is more to learn.
 */
function learnOfDomain(
  { run, group, delivery, claimedAt }: Flight,
  outcome: SendOutcome,
  { now, outages }: LearningFacts,
): Learned | undefined {
  const { domains } = run.lane;
  const word = hostWordOf(outcome);
  if (!domains || group === undefined || word === undefined) return undefined;
  if (word === 'answered') {
    hearAnswer(domains, group, claimedAt, now);
    return undefined;
  }
  const heard = { deliveryId: delivery.id, claimedAt, trouble: word, reply: replyText(outcome), pauseMs: outages.domainGapsMs[0] ?? 0 };
  const whose = hearTrouble(domains, group, heard, now);
  if (outcome.kind !== 'account') return undefined;
  return { outcome: whose === 'domain' ? { kind: 'not_started', reason: outcome.reason } : deferredByReader(outcome), lesson: nothing };
}

function learnFromRefusal(flight: Flight, outcome: AccountRefused, { now, outages }: LearningFacts): Learned {
  const { run, delivery } = flight;
  const { account } = run.lane;
  const { trouble, isAfterReader } = outcome;
  if (isOfReaderAlone(account, flight, outcome, now)) {
    learnOwnRefusal(account, flight, outcome, now);
    return { outcome: deferredByReader(outcome), lesson: nothing };
  }
  const isAlone = isAfterReader && isRefusedAlone(account, flight, trouble);
  const verdict = learnRefusal(account, flight, outcome, {
    pauseMs: gapMs(trouble, 1, outages),
    hasOther: (scope) => hasOther(run.lane, scope, now),
    now,
  });
  if (verdict === 'nothing') return { outcome, lesson: nothing };
  const refusal = {
    trouble,
    sender: trouble === 'sender' ? run.sender : null,
    onlyAt: verdict.onlyAt,
    reply: `${replyText(outcome)}${isAlone ? ` (for delivery ${delivery.id} again, while others went)` : ''}`,
  };
  return { outcome, lesson: { kind: 'refused', refusal } };
}

/** The mailer had no connection to give although there was time: the next message would fare no better. */
function wasTurnedAway({ phase, startBefore }: Flight, { now, isWorkerAlive }: LearningFacts): boolean {
  return phase === 'open' && now < startBefore && isWorkerAlive;
}
