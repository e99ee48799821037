/*
 * How fast a mailer may be fed: as fast as it answers, until its account says that this is too much. Pure: each function returns the next state.
 * Less is tried before nothing: a refused connection takes one away, a refused rate is halved, and both grow again while nothing is refused.
 */
import type { AccountTrouble } from '../../mail/message.ts';

/** What a lane knows of its account's limits, on the worker's own clock. */
export interface Pace {
  readonly maxConnections: number;
  /** Of these, how many are used at present. */
  readonly connectionCount: number;
  /** Messages per second at most; undefined as long as no rate was refused. */
  readonly perSecond: number | undefined;
  /** Messages that may start now, under a rate. */
  readonly tokens: number;
  readonly countedAt: number;
  /** The last time that something was taken away, or grew again. */
  readonly changedAt: number;
  readonly answeredAt: number;
  /** When messages began to go out of late, oldest first: the rate that was refused is read from here. */
  readonly recentStarts: readonly number[];
}

/** What may be saved up: a burst of a whole second's worth is what a limit by the second refuses. */
const savedSeconds = 0.1;
const slowestPerSecond = 0.05;
const fastestUnmeasured = 10;
const growsEveryMs = 5_000;
const growth = 1.25;
const recentCount = 64;
/** Older starts say nothing about the rate of now. */
const recentMs = 10_000;

/** The pace of a mailer of which nothing is known. */
export function newPace(maxConnections: number): Pace {
  return {
    maxConnections,
    connectionCount: maxConnections,
    perSecond: undefined,
    tokens: 0,
    countedAt: -Infinity,
    changedAt: -Infinity,
    answeredAt: -Infinity,
    recentStarts: [],
  };
}

/** How many messages may start now by the rate; Infinity without one. */
export function mayStartNow({ perSecond, tokens, countedAt }: Pace, now: number): number {
  if (perSecond === undefined) return Infinity;
  return Math.floor(savedTokens(perSecond, tokens, countedAt, now));
}

/** In how many milliseconds one more message may start by the rate; 0 where one may now. */
export function nextStartInMs({ perSecond, tokens, countedAt }: Pace, now: number): number {
  if (perSecond === undefined) return 0;
  const missing = 1 - savedTokens(perSecond, tokens, countedAt, now);
  return missing <= 0 ? 0 : Math.ceil((missing / perSecond) * 1000);
}

function savedTokens(perSecond: number, tokens: number, countedAt: number, now: number): number {
  return Math.min(Math.max(1, perSecond * savedSeconds), tokens + (Math.max(0, now - countedAt) / 1000) * perSecond);
}

/** A message started. */
export function paceAfterStart(pace: Pace, now: number): Pace {
  const recentStarts = [...pace.recentStarts, now].slice(-recentCount);
  if (pace.perSecond === undefined) return { ...pace, recentStarts };
  return { ...pace, recentStarts, tokens: savedTokens(pace.perSecond, pace.tokens, pace.countedAt, now) - 1, countedAt: now };
}

/** A message that was claimed then was answered, with something else than a refusal of the account. */
export function paceAfterAnswer(pace: Pace, claimedAt: number, now: number): Pace {
  // What was on its way when something was refused says nothing about now.
  const answered = claimedAt < pace.changedAt ? pace : { ...pace, answeredAt: now };
  const isLimited = pace.perSecond !== undefined || pace.connectionCount < pace.maxConnections;
  if (!isLimited || now - pace.changedAt < growsEveryMs) return answered;
  return {
    ...answered,
    changedAt: now,
    connectionCount: Math.min(pace.maxConnections, pace.connectionCount + 1),
    perSecond: pace.perSecond === undefined ? undefined : pace.perSecond * growth,
  };
}

/**
 * The account was refused for a message that was claimed then. Those that were on their way together take something away once, and so do those of
 * which none was answered since: a limit by the minute refuses everything for the rest of that minute, however slowly it comes.
 */
export function paceAfterRefusal(pace: Pace, trouble: AccountTrouble, claimedAt: number, now: number): Pace {
  if (claimedAt < pace.changedAt || pace.answeredAt < pace.changedAt) return pace;
  if (trouble === 'rate') {
    const perSecond = Math.max(slowestPerSecond, (pace.perSecond ?? measuredRate(pace.recentStarts, now)) / 2);
    return { ...pace, perSecond, tokens: 0, countedAt: now, changedAt: now };
  }
  if (trouble === 'connections') return { ...pace, connectionCount: Math.max(1, pace.connectionCount - 1), changedAt: now };
  return pace;
}

function measuredRate(starts: readonly number[], now: number): number {
  const recent = starts.filter((at) => now - at <= recentMs);
  const first = recent[0];
  if (first === undefined || recent.length < 2) return fastestUnmeasured;
  return (recent.length - 1) / Math.max(0.1, (now - first) / 1000);
}
