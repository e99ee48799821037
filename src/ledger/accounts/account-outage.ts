/*
 * An account that was refused, not a message or its reader: it stands still, for all workers, and nothing is charged to a delivery. An outage is an
 * interval, from the first refusal to the first message that went again; the time of it does not count against the patience of deliveries.
 * Invariant: at most one outage is open per account, and per account and refused sender.
 */
import { utcMoment } from '../../kernel/text/utc-moment.ts';
import { gapOfTable } from '../../kernel/backoff.ts';

/** What of an account can be refused. The check constraint of the table says the same. */
export const accountTroubles = ['unreachable', 'connections', 'login', 'sender', 'rate', 'quota'] as const;

/** What of an account was refused. */
export type AccountTrouble = (typeof accountTroubles)[number];

/** What was refused of an account, and in which words. */
export interface AccountRefusal {
  readonly account: string;
  readonly trouble: AccountTrouble;
  /** The From address, for trouble `sender`, where newsletters with another one go on; null otherwise. */
  readonly sender: string | null;
  readonly reply: string;
  /**
   * In doubt: only readers at this domain were told so, once they were named, and it may be their own server that speaks. They wait, others go. Null where
   * it is sure.
   */
  readonly onlyAt: string | null;
}

/** An outage as the table holds it. */
export interface AccountOutage extends AccountRefusal {
  readonly id: string;
  readonly beganAt: Date;
  readonly nextTryAt: Date;
  /** Until then, by the database's clock when it was read; 0 where that has come. */
  readonly waitMs: number;
  /** Since it began, by the same clock. */
  readonly ageMs: number;
  /** How often it was refused, those that were refused together counted once. */
  readonly tryCount: number;
  /** Null while staff have not been told; before it began where they were told of its like, and not yet of this one. */
  readonly toldAt: Date | null;
}

/** How long accounts stand still. */
export interface OutagePolicy {
  /** The wait after the first refusal, the second, …; the last one repeats. */
  readonly gapsMs: readonly number[];
  /** The same for a rate or a number of connections: those are short limits, and less is tried first. */
  readonly limitGapsMs: readonly number[];
  /** When a used-up quota is tried again. */
  readonly quotaEndsAt: (now: Date) => Date;
  /** The wait where it was still used up then. */
  readonly quotaGapMs: number;
  /** So long at most others are tried before those for which the account was refused: editions are looked at each minute. */
  readonly othersFirstMs: number;
  /** The wait for a quota that is in doubt. */
  readonly doubtfulQuotaGapMs: number;
  /** The wait of a receiving domain whose host wants less or is not there, after the first time, the second, …; the last one repeats. */
  readonly domainGapsMs: readonly number[];
  /** A refused log-in or sender pauses editions after this. */
  readonly pausesAfterMs: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** A minute and growing; limits by the second and growing to as much; quotas are counted by the day. */
export const defaultOutagePolicy: OutagePolicy = {
  gapsMs: [minute, 2 * minute, 5 * minute, 10 * minute, 20 * minute, 30 * minute],
  limitGapsMs: [second, 2 * second, 4 * second, 8 * second, 16 * second, 32 * second, minute, 2 * minute, 5 * minute, 10 * minute],
  quotaEndsAt: nextDay,
  quotaGapMs: hour,
  othersFirstMs: 2 * minute,
  doubtfulQuotaGapMs: 10 * minute,
  domainGapsMs: [minute, 2 * minute, 5 * minute, 10 * minute, 20 * minute, 30 * minute, hour],
  pausesAfterMs: hour,
};

/** Where a provider's day begins nobody says; those that roll are asked again each hour from then on. */
function nextDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
}

/** The policy for what is in doubt. */
export function policyInDoubt(policy: OutagePolicy): OutagePolicy {
  const { doubtfulQuotaGapMs: quotaGapMs } = policy;
  return { ...policy, quotaEndsAt: (now) => new Date(now.getTime() + quotaGapMs), quotaGapMs };
}

/** When to try again after the refusal with this number (from 1), up to a tenth later, so that not all workers return at once. */
export function nextTryAt(trouble: AccountTrouble, tryCount: number, now: Date, policy: OutagePolicy, random: number): Date {
  if (trouble === 'quota') return tryCount <= 1 ? policy.quotaEndsAt(now) : new Date(now.getTime() + policy.quotaGapMs);
  return new Date(now.getTime() + Math.round(gapMs(trouble, tryCount, policy) * (1 + 0.1 * random)));
}

/** The wait after the refusal with this number (from 1); for a quota only until it is known when that ends. */
export function gapMs(trouble: AccountTrouble, tryCount: number, policy: OutagePolicy): number {
  return gapOfTable(isLimit(trouble) ? policy.limitGapsMs : policy.gapsMs, tryCount);
}

/** In how many milliseconds an outage may be tried again, by the database's clock; negative where that has come. */
export function dueInMs({ nextTryAt: at, beganAt, ageMs }: Pick<AccountOutage, 'nextTryAt' | 'beganAt' | 'ageMs'>): number {
  return at.getTime() - beganAt.getTime() - ageMs;
}

/**
 * For how long, once an outage may be tried again, others are tried before those for which the account was refused, since it may be their reader's server that
 * speaks. Never longer than it stood still.
 */
export function othersFirstMs({ trouble, tryCount }: Pick<AccountOutage, 'trouble' | 'tryCount'>, policy: OutagePolicy): number {
  return Math.min(policy.othersFirstMs, gapMs(trouble, tryCount, policy));
}

/** A limit ends by itself; whoever is limited sends less at once. */
export function isLimit(trouble: AccountTrouble): trouble is 'rate' | 'connections' {
  return trouble === 'rate' || trouble === 'connections';
}

/** A person has to mend something: it does not end by itself. */
export function needsPerson(trouble: AccountTrouble): boolean {
  return trouble === 'login' || trouble === 'sender';
}

/** True where a limit, which ends soon, has not ended for so long: it is none of the account's, if other messages went meanwhile. */
export function isLongForLimit(ms: number): boolean {
  return ms >= hour;
}

/**
 * True where the server of one reader may be what names the account: it speaks once that reader was named. A rate or a number of connections ends soon
 * whoever says so, and is met by many in turn.
 */
export function mayBeOfReader({ trouble, isAfterReader }: { trouble: AccountTrouble; isAfterReader: boolean }): boolean {
  return isAfterReader && !isLimit(trouble);
}

/**
 * After so many readers of one domain were told the same, with nothing answered in between, it is believed, where other domains were answered before: one
 * server speaks for them all, but a list may end in such a run. Where no other domain is known two are enough.
 */
export const mostOfOneDomain = 20;

/** One worker may meet it where another does not: with an old password, or without a way to the server. What goes elsewhere disproves it there only. */
export function mayDifferBetweenWorkers(trouble: AccountTrouble): boolean {
  return needsPerson(trouble) || trouble === 'unreachable';
}

/**
 * True where a person has to mend something, so that editions pause when it lasts. Quota and rate resume by themselves, and so does a server that is
 * away. What is due to be tried again may be mended: the answer is awaited, however long nobody had a message to ask with. What is in doubt holds
 * up readers at one domain, and no edition.
 */
export function pausesEditions(
  { trouble, beganAt, waitMs, onlyAt }: Pick<AccountOutage, 'trouble' | 'beganAt' | 'waitMs' | 'onlyAt'>,
  now: Date,
  policy: OutagePolicy,
): boolean {
  return needsPerson(trouble) && onlyAt === null && waitMs > 0 && now.getTime() - beganAt.getTime() >= policy.pausesAfterMs;
}

/**
 * For how long nothing more is said of the like, after staff were told: a limit is met again and again by one large edition, and a quota each day of
 * it, whereas what a person mended may break anew. What still stands when it is over is told.
 */
export const quietHours: Readonly<Record<AccountTrouble, number>> = {
  unreachable: 6,
  connections: 6 * 24,
  login: 1,
  sender: 1,
  rate: 6 * 24,
  quota: 6 * 24,
};

/** Whether staff are to be told of it now: once, and where they were told of its like only after the quiet time since then. */
export function isToBeTold({ trouble, beganAt, ageMs, toldAt }: Pick<AccountOutage, 'trouble' | 'beganAt' | 'ageMs' | 'toldAt'>): boolean {
  if (toldAt === null) return true;
  return toldAt < beganAt && beganAt.getTime() - toldAt.getTime() + ageMs >= quietHours[trouble] * hour;
}

const whatHappened: Readonly<Record<AccountTrouble, string>> = {
  unreachable: 'cannot be reached',
  connections: 'refuses more connections',
  login: 'refuses the log-in',
  sender: 'refuses the sender',
  rate: 'wants fewer messages at a time',
  quota: 'says that its quota is used up',
};

/** What stands still with an outage. */
export function whatStandsStill({ onlyAt }: Pick<AccountOutage, 'onlyAt'>): string {
  return onlyAt === null ? 'Mail stands still' : `Mail to ${onlyAt} stands still`;
}

/** An outage in a line of output. */
export function announceOutage(outage: AccountOutage): string {
  return `${whatStandsStill(outage)}: ${describeOutage(outage)}`;
}

/** One sentence about an outage for staff: who refuses what, since when, and when it is tried again. */
export function describeOutage(outage: AccountOutage): string {
  const sender = outage.sender === null ? '' : ` ${outage.sender}`;
  const happened = `${outage.account} ${whatHappened[outage.trouble]}${sender} since ${utcMoment(outage.beganAt)}`;
  const said = `is tried again at ${utcMoment(outage.nextTryAt)}. It said: ${outage.reply}`;
  return outage.onlyAt === null
    ? `${happened} and ${said}`
    : `${happened}, to readers at ${outage.onlyAt} alone: others go, and that ${said}`;
}
