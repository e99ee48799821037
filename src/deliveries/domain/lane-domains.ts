/*
 * What a worker knows of the receiving domains of one account, where that delivers to the hosts of the readers itself. A value and its transitions: it belongs to
 * one lane, and the functions here are all that change it.
 * Invariants: no more messages are on their way to a domain than it has connections; what one domain is told holds up no other; what was heard is said
 * to the others once.
 */
import type { DomainAnswer } from '../../ledger/accounts/ask-domains.ts';
import type { DomainNews, DomainRequest, DomainTrouble } from '../../ledger/accounts/receiving-standing.ts';
import type { DomainLimits } from '../../mail/sending-limits.ts';
import {
  type Allowance,
  allowedNow,
  asked,
  given,
  newAllowance,
  nextAllowedInMs,
  notGiven,
  spend,
  wantsBlock,
} from '../account/allowance.ts';
import { mayStartNow, newPace, nextStartInMs, type Pace, paceAfterAnswer, paceAfterRefusal, paceAfterStart } from '../account/pace.ts';
import { decideByDomain, type DomainDecision } from './domain-decision.ts';

/** The domains of an account. */
export interface LaneDomains {
  readonly limits: DomainLimits;
  /** Those of which there is something to know. */
  readonly byGroup: Map<string, DomainState>;
  /** When it was last told what the others know. */
  toldAt: number;
  /** They are being asked for. */
  isAsking: boolean;
  /** Nothing is asked for before that, but what was heard is said at once. */
  askAgainAt: number;
  /** Nor is anything said: the database did not answer. */
  sayAgainAt: number;
}

/** What is known of one domain; all instants are on the worker's own clock. */
interface DomainState {
  standing: { readonly since: number; readonly until: number } | undefined;
  pace: Pace;
  readonly allowance: Allowance;
  /** Messages in a row that nobody came through with. */
  readonly unreachableIds: Set<string>;
  /** Which message its host refused last, in words that named us. */
  refusedId: string | undefined;
  /** To be said to the others. */
  news: HeardNews[];
}

type HeardNews =
  | { readonly kind: 'answered'; readonly claimedAt: number }
  | {
      readonly kind: 'refused';
      readonly claimedAt: number;
      readonly trouble: DomainTrouble;
      readonly reply: string;
      readonly perSecond: number;
    };

/** A message, by its domain. */
export interface ByDomain {
  readonly group: string;
  readonly expiresAt: number;
}

/** What a message heard of its domain. */
export interface HeardWord {
  readonly deliveryId: string;
  readonly claimedAt: number;
  readonly trouble: DomainTrouble;
  /** Without the address. */
  readonly reply: string;
  /** Until the others say for how long. */
  readonly pauseMs: number;
}

/** One lost message may be one server of many; with so many in a row nobody comes through. */
const unreachableCount = 3;
const askEveryMs = 1_000;
/** What others know was told longer ago than this: they are asked first. */
const staleMs = 10_000;
/** Those of which nothing is to be known are forgotten when there are more. */
const mostKept = 1_000;
/** A rate is measured from what started of late. */
const recentMs = 60_000;

/** The domains of an account of which nothing is known; undefined where its server hides them. */
export function newLaneDomains(limits: DomainLimits | undefined): LaneDomains | undefined {
  return limits && { limits, byGroup: new Map(), toldAt: -Infinity, isAsking: false, askAgainAt: -Infinity, sayAgainAt: -Infinity };
}

function stateOf({ limits, byGroup }: LaneDomains, group: string): DomainState {
  const known = byGroup.get(group);
  if (known) return known;
  const { connections, perMinute } = limits;
  const state: DomainState = {
    standing: undefined,
    pace: newPace(connections),
    allowance: newAllowance(perMinute === undefined ? {} : { perMinute }),
    unreachableIds: new Set(),
    refusedId: undefined,
    news: [],
  };
  byGroup.set(group, state);
  return state;
}

/** Decides message by message, and knows which it has let go: one round. */
export interface DomainRound {
  decide(message: ByDomain): DomainDecision;
  /** One that was to be sent goes. */
  go(message: ByDomain): void;
}

/** A round of decisions, with what is on its way now. */
export function domainRound(
  domains: LaneDomains,
  onTheirWay: Iterable<{ readonly group?: string | undefined; readonly hasLanded: boolean }>,
  now: number,
): DomainRound {
  const counts = new Map<string, { onWay: number; going: number }>();
  const countOf = (group: string): { onWay: number; going: number } => {
    const count = counts.get(group) ?? { onWay: 0, going: 0 };
    counts.set(group, count);
    return count;
  };
  for (const { group, hasLanded } of onTheirWay) if (group !== undefined && !hasLanded) countOf(group).onWay += 1;
  return {
    decide({ group, expiresAt }) {
      const { onWay, going } = countOf(group);
      if (now - domains.toldAt > staleMs) return { kind: 'hold', until: Infinity };
      const state = domains.byGroup.get(group);
      const facts = {
        heldUntil: state?.standing?.until,
        expiresAt,
        onTheirWayCount: onWay + going,
        connectionCount: state?.pace.connectionCount ?? domains.limits.connections,
        nextStartInMs: startsInMs(domains, state, going, now),
      };
      return decideByDomain(facts, now);
    },
    go: ({ group }) => void (countOf(group).going += 1),
  };
}

/** In how many milliseconds one more may start than are going already; undefined where it is not known yet. */
function startsInMs({ limits }: LaneDomains, state: DomainState | undefined, going: number, now: number): number | undefined {
  if (!state) return limits.perMinute === undefined ? 0 : undefined;
  const { pace, allowance } = state;
  if (Math.min(mayStartNow(pace, now), allowedNow(allowance, now)) > going) return 0;
  if (going > 0) return undefined;
  const allowedInMs = allowance.isCounted ? nextAllowedInMs(allowance, now) : 0;
  return allowedInMs === undefined ? undefined : Math.max(allowedInMs, nextStartInMs(pace, now));
}

/** Until when a domain stands still; -Infinity where it does not. */
export function domainHeldUntil(domains: LaneDomains, group: string): number {
  return domains.byGroup.get(group)?.standing?.until ?? -Infinity;
}

/** Messages were claimed; what they were given is spent, whatever comes of them. */
export function domainsBegun(domains: LaneDomains, groups: readonly string[], now: number): void {
  for (const group of groups) {
    const state = stateOf(domains, group);
    spend(state.allowance, 1, now);
    state.pace = paceAfterStart(state.pace, now);
  }
}

/** Something was answered to a message of a domain: it goes on, where that was claimed since it stood still. */
export function hearAnswer(domains: LaneDomains, group: string, claimedAt: number, now: number): void {
  const state = domains.byGroup.get(group);
  if (!state) return;
  state.unreachableIds.clear();
  state.refusedId = undefined;
  state.pace = paceAfterAnswer(state.pace, claimedAt, now);
  if (state.standing === undefined || claimedAt < state.standing.since) return;
  state.standing = undefined;
  state.news.push({ kind: 'answered', claimedAt });
}

/**
 * The host of a domain wants less, or nobody came through to it. Returns whose that is: the `domain`'s, so that nothing is charged to the message, or the
 * `message`'s own: one that is refused each time must not hold up the others for ever, and one of which nobody knows the host has been tried.
 */
export function hearTrouble(domains: LaneDomains, group: string, word: HeardWord, now: number): 'domain' | 'message' {
  const { deliveryId, claimedAt, trouble, reply, pauseMs } = word;
  const state = stateOf(domains, group);
  const isAgain = state.refusedId === deliveryId;
  if (trouble === 'limit') state.refusedId = deliveryId;
  else state.unreachableIds.add(deliveryId);
  const whose = trouble === 'limit' && !isAgain ? 'domain' : 'message';
  if (state.standing !== undefined && claimedAt < state.standing.since) return whose;
  if (trouble === 'unreachable' && state.standing === undefined && state.unreachableIds.size < unreachableCount) return whose;
  const slower = trouble === 'limit' ? paceAfterRefusal(state.pace, 'rate', claimedAt, now) : state.pace;
  state.pace = slower;
  state.standing = { since: now, until: now + pauseMs };
  state.news.push({ kind: 'refused', claimedAt, trouble, reply, perSecond: slower.perSecond ?? Infinity });
  return whose;
}

/** In how many milliseconds the domains are to be asked for, where somebody waits; Infinity while they are. */
export function asksDomainsInMs(domains: LaneDomains, isWaiting: boolean, now: number): number {
  if (domains.isAsking) return Infinity;
  if (hasNews(domains)) return Math.max(0, domains.sayAgainAt - now);
  return isWaiting ? Math.max(0, domains.askAgainAt - now) : Infinity;
}

function hasNews({ byGroup }: LaneDomains): boolean {
  for (const { news } of byGroup.values()) if (news.length > 0) return true;
  return false;
}

/** What is to be said and asked for, with how many messages wait for each; it is on its way from now on. */
export function domainsAsked(domains: LaneDomains, waiting: ReadonlyMap<string, number>, now: number): DomainRequest[] {
  domains.isAsking = true;
  const requests = new Map<string, DomainRequest>();
  for (const [group, state] of domains.byGroup) {
    if (state.news.length === 0) continue;
    const news = state.news.map(({ claimedAt, ...one }): DomainNews => ({ ...one, claimedAgoMs: Math.max(0, now - claimedAt) }));
    requests.set(group, { group, news, mostCount: 0 });
  }
  for (const [group, count] of waiting) {
    const state = domains.limits.perMinute === undefined ? domains.byGroup.get(group) : stateOf(domains, group);
    if (
      !state?.allowance.isCounted ||
      requests.has(group) ||
      (state.standing?.until ?? -Infinity) > now ||
      !wantsBlock(state.allowance, now)
    )
      continue;
    const { answeredAt } = state.pace;
    const answeredAgoMs = answeredAt === -Infinity ? undefined : Math.max(0, now - answeredAt);
    requests.set(group, { group, news: [], mostCount: asked(state.allowance, count, now), answeredAgoMs });
  }
  return [...requests.values()];
}

/** What came of asking: what was said and asked for, what was answered, after so long. */
export interface DomainsTold {
  readonly requests: readonly DomainRequest[];
  readonly answers: readonly DomainAnswer[];
  readonly tookMs: number;
}

/** What was asked for has come. */
export function domainsAnswered(domains: LaneDomains, { requests, answers, tookMs }: DomainsTold, now: number): void {
  endAsking(domains, now);
  domains.toldAt = now;
  for (const { group, news } of requests) stateOf(domains, group).news.splice(0, news.length);
  const byGroup = new Map(answers.map((answer) => [answer.group, answer]));
  for (const { group, hold, isLearned } of answers) if (hold !== null || isLearned) stateOf(domains, group);
  for (const [group, state] of domains.byGroup) {
    const answer = byGroup.get(group);
    takeBlock(state, answer, tookMs, now);
    // What was heard since is newer.
    if (state.news.length > 0) continue;
    const hold = answer?.hold ?? null;
    state.standing = hold === null ? undefined : { since: now - hold.refusedAgoMs, until: now + hold.untilInMs };
  }
  forgetOthers(domains, now);
}

function takeBlock({ allowance }: DomainState, answer: DomainAnswer | undefined, tookMs: number, now: number): void {
  if (answer?.block) given(allowance, answer.block, tookMs, now);
  else if (allowance.isAsking) notGiven(allowance, now);
  if (answer?.isLearned) allowance.isCounted = true;
}

/** What was asked for has not come: what was to be said is said the next time. */
export function domainsNotAnswered(domains: LaneDomains, now: number): void {
  endAsking(domains, now);
  domains.sayAgainAt = now + askEveryMs;
  for (const { allowance } of domains.byGroup.values()) if (allowance.isAsking) notGiven(allowance, now);
}

function endAsking(domains: LaneDomains, now: number): void {
  domains.isAsking = false;
  domains.askAgainAt = now + askEveryMs;
}

function forgetOthers({ byGroup, limits }: LaneDomains, now: number): void {
  if (byGroup.size <= mostKept) return;
  for (const [group, { standing, news, pace, allowance, unreachableIds }] of byGroup) {
    const isPlain = pace.perSecond === undefined && (limits.perMinute !== undefined || !allowance.isCounted) && !allowance.isAsking;
    const isRecent = now - (pace.recentStarts.at(-1) ?? -Infinity) < recentMs;
    if (standing === undefined && news.length === 0 && isPlain && !isRecent && unreachableIds.size === 0) byGroup.delete(group);
  }
}
