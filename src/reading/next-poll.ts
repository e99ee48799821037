/*
 * When a source is read again: as often as its operator wants, never more often than it asks for itself, never so rarely that news is old.
 * Pure: the instant, the randomness and what was learned come in as arguments.
 */
import { doublingGap } from '../kernel/backoff.ts';

/** What the operator wants of every source. */
export interface PollPolicy {
  /** How often a source is read that asks for nothing. */
  readonly usualSeconds: number;
  /** Never sooner than this, whatever the source allows. */
  readonly floorSeconds: number;
  /** Never later than this, whatever it asks for; only Retry-After may go beyond, to twice as much. */
  readonly ceilingSeconds: number;
  /** Share of the interval by which it is stretched at random, so that sources do not stay in step. */
  readonly jitter: number;
}

/** A quarter of an hour is polite without validators, a day is the patience of a daily digest. */
export const defaultPollPolicy: PollPolicy = { usualSeconds: 1_800, floorSeconds: 900, ceilingSeconds: 86_400, jitter: 0.1 };

/** What the last read and the document said. */
export interface PollFacts {
  readonly now: Date;
  /** Reads in a row without a document or a 304; 0 after a good one. */
  readonly failureCount: number;
  readonly maxAgeSeconds?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly ttlMinutes?: number | undefined;
  readonly skipHoursUtc?: readonly number[];
  readonly skipDaysUtc?: readonly number[];
}

const hourMs = 3_600_000;

/** The instant of the next read. `random` is in [0, 1). */
export function nextPollAt(facts: PollFacts, policy: PollPolicy, random: number): Date {
  const jittered = intervalSeconds(facts, policy) * (1 + policy.jitter * random);
  const at = new Date(facts.now.getTime() + Math.round(jittered * 1000));
  return facts.failureCount > 0 ? at : outsideSkipped(at, facts);
}

function intervalSeconds(facts: PollFacts, policy: PollPolicy): number {
  const asked = Math.max(facts.maxAgeSeconds ?? 0, (facts.ttlMinutes ?? 0) * 60);
  const wanted = facts.failureCount > 0 ? backOffSeconds(facts.failureCount, policy) : Math.max(policy.usualSeconds, asked);
  const bounded = Math.min(Math.max(wanted, policy.floorSeconds), policy.ceilingSeconds);
  return Math.max(bounded, Math.min(facts.retryAfterSeconds ?? 0, policy.ceilingSeconds * 2));
}

/** Doubles with each failure: 2, 4, 8 … times the usual gap, up to the ceiling. */
function backOffSeconds(failureCount: number, policy: PollPolicy): number {
  return doublingGap({ first: policy.usualSeconds, longest: policy.ceilingSeconds }, failureCount);
}

/** The first instant that is in no hour and on no day that the source wants to be left alone; as it stands where all are. */
function outsideSkipped(at: Date, { skipHoursUtc = [], skipDaysUtc = [] }: PollFacts): Date {
  if (skipHoursUtc.length === 0 && skipDaysUtc.length === 0) return at;
  let candidate = at;
  for (let hours = 0; hours < 7 * 24; hours++) {
    if (!skipHoursUtc.includes(candidate.getUTCHours()) && !skipDaysUtc.includes(candidate.getUTCDay())) return candidate;
    candidate = new Date((Math.floor(candidate.getTime() / hourMs) + 1) * hourMs + (at.getTime() % hourMs));
  }
  return at;
}
