/*
 * A receiving domain by one account, for all workers together: what it is given, and whether it stands still. A value and its transitions: no clock, no
 * database. Its rate follows the rules of an account's (`account-rate.ts`).
 * Invariant: it stands still from the first refusal to the first answer to a message that was claimed since, ever longer; what was refused together counts once.
 */
import { gapOfTable } from '../../kernel/backoff.ts';
import { type AccountRate, type Block, blockFrom, type BlockRequest, newAccountRate, rateAfterRefusal } from './account-rate.ts';

/** Why a domain stands still. The check constraint of the table says the same. `limit`: its host wants less of us. */
export const domainTroubles = ['limit', 'unreachable'] as const;

/** Why a domain stands still. */
export type DomainTrouble = (typeof domainTroubles)[number];

/** That a domain stands still; instants are the database's, in milliseconds. */
export interface DomainHold {
  readonly trouble: DomainTrouble;
  readonly reply: string;
  readonly beganAt: number;
  readonly refusedAt: number;
  /** One message is tried then. */
  readonly until: number;
  readonly tryCount: number;
}

/** All that is kept of a domain. */
export interface ReceivingStanding {
  readonly hold: DomainHold | null;
  readonly rate: Pick<AccountRate, 'nextAt' | 'learnedPerSecond' | 'learnedAt' | 'answeredAt'>;
}

/** What a worker has heard of a domain, with the message that it heard it of. */
export type DomainNews = { readonly claimedAgoMs: number } & (
  | { readonly kind: 'answered' }
  /** Whoever was refused had sent no more than twice `perSecond`. */
  | { readonly kind: 'refused'; readonly trouble: DomainTrouble; readonly reply: string; readonly perSecond: number }
);

/** What a worker says of a domain and wants of it. */
export interface DomainRequest {
  readonly group: string;
  readonly news: readonly DomainNews[];
  /** A block of so many messages at most; 0: none. */
  readonly mostCount: number;
  readonly answeredAgoMs?: number | undefined;
}

/** How all domains of an account are treated. */
export interface DomainRules {
  /** Undefined: no limit of its own. */
  readonly perMinute: number | undefined;
  readonly gapsMs: readonly number[];
}

/** A domain of which nothing is known. */
export function newReceivingStanding(): ReceivingStanding {
  return { hold: null, rate: newAccountRate() };
}

/** What becomes of a domain by what a worker says of it and wants. Unchanged where nothing has to be written. */
export function afterRequest(
  before: ReceivingStanding,
  { news, mostCount, answeredAgoMs }: DomainRequest,
  rules: DomainRules,
  now: number,
  random: number,
): { readonly after: ReceivingStanding; readonly block: Block | undefined } {
  const limits = rules.perMinute === undefined ? {} : { perMinute: rules.perMinute };
  let after = before;
  for (const one of news) after = afterNews(after, one, rules, now, random);
  // One that stands still is given nothing: its moments would pass unused.
  if (mostCount === 0 || (after.hold !== null && after.hold.until > now)) return { after, block: undefined };
  const request: BlockRequest = { mostCount, answeredAgoMs };
  const { rate, block } = blockFrom({ ...newAccountRate(), ...after.rate }, limits, request, now);
  const isChanged = ratesDiffer(rate, after.rate);
  return { after: isChanged ? { ...after, rate } : after, block };
}

function ratesDiffer(one: ReceivingStanding['rate'], other: ReceivingStanding['rate']): boolean {
  return one.nextAt !== other.nextAt || one.learnedPerSecond !== other.learnedPerSecond || one.answeredAt !== other.answeredAt;
}

function afterNews(before: ReceivingStanding, news: DomainNews, rules: DomainRules, now: number, random: number): ReceivingStanding {
  const claimedAt = now - news.claimedAgoMs;
  const { hold } = before;
  // What was on its way when it was refused says the same again, or nothing of now.
  if (hold !== null && claimedAt < hold.refusedAt) return before;
  if (news.kind === 'answered') return hold === null ? before : { ...before, hold: null };
  return { hold: holdAfterRefusal(hold, news, rules, now, random), rate: slower(before, news, rules, now) };
}

/** Up to a tenth later than the gap, so that not all workers and domains return at once. */
function holdAfterRefusal(
  hold: DomainHold | null,
  { trouble, reply }: Extract<DomainNews, { kind: 'refused' }>,
  { gapsMs }: DomainRules,
  now: number,
  random: number,
): DomainHold {
  const tryCount = (hold?.tryCount ?? 0) + 1;
  const until = now + Math.round(gapOfTable(gapsMs, tryCount) * (1 + 0.1 * random));
  return { trouble, reply, beganAt: hold?.beganAt ?? now, refusedAt: now, until, tryCount };
}

function slower(
  { rate }: ReceivingStanding,
  { trouble, claimedAgoMs, perSecond }: Extract<DomainNews, { kind: 'refused' }>,
  { perMinute }: DomainRules,
  now: number,
): ReceivingStanding['rate'] {
  if (trouble !== 'limit') return rate;
  return rateAfterRefusal({ ...newAccountRate(), ...rate }, perMinute === undefined ? {} : { perMinute }, { claimedAgoMs, perSecond }, now);
}
