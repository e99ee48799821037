/*
 * What waits for an account and what is on its way: plain data with the rules of what may be claimed. Pure.
 * Invariant: at most two unrecorded messages per connection, which is what a kill leaves in doubt (P6).
 */
import type { ClaimedDelivery } from '../ledger/queue/claim-store.ts';
import type { RateLimits } from '../ledger/accounts/account-rate.ts';
import { type Allowance, allowedNow, newAllowance, nextAllowedInMs } from './account/allowance.ts';
import { type AccountState, newAccountState, pausedUntil } from './account/account-state.ts';
import { isInDoubt, scopesInDoubt } from './account/doubts.ts';
import type { Mailer } from '../mail/message.ts';
import type { RangeWork } from './messages/open-range.ts';
import { mayStartNow, nextStartInMs } from './account/pace.ts';
import type { DomainDecision } from './domain/domain-decision.ts';
import { type ByDomain, domainHeldUntil, type DomainRound, domainRound, type LaneDomains, newLaneDomains } from './domain/lane-domains.ts';
import type { Scope } from './account/standing.ts';

/** One account with its traffic. Only events (`send-events.ts`) add and remove, only the rules of `account-state.ts` change what is known of it. */
export interface Lane {
  /** By which others know it. */
  readonly accountName: string;
  readonly maxConnections: number;
  readonly account: AccountState;
  /** What its account was given, for it to use up. */
  readonly allowance: Allowance;
  /** What is known of its readers' domains; undefined where its server hides them. */
  readonly domains: LaneDomains | undefined;
  /** In order; taken out when they are claimed, put back at the end. */
  candidates: Candidate[];
  /** From the claim until it is written down and its place on a connection is free. */
  readonly flights: Set<Flight>;
  /** The edition that had the last turn; only `begun` sets it. */
  lastServed: string | undefined;
}

/** A delivery that was read ahead and waits for its turn. */
export interface Candidate {
  readonly id: string;
  readonly run: RangeRun;
  /** Where its reader's host is ours to spare. */
  readonly domain?: ByDomain;
}

/** One job under way. Only events (`send-events.ts`) change it; whoever waits for the job reads it. */
export interface RangeRun {
  readonly lane: Lane;
  /** Whom the envelope names: a refused sender stands still, others go on. */
  readonly sender: string;
  /** Editions take turns. */
  readonly editionId: string;
  /** What its messages are made of: for whoever sends them, no rule looks into it. */
  readonly work: RangeWork;
  /** Offered and not yet passed over, recorded or given up. */
  pendingCount: number;
  claimedCount: number;
  /** Its sender stands still: nothing more of it is taken in. */
  standsStill: boolean;
  /** Something of it was left because it, or its sender, stands still. */
  hasLeft: boolean;
  readonly counts: { accepted: number; deferred: number; rejected: number; in_doubt: number };
}

/** A claimed message on its way. */
export interface Flight {
  readonly delivery: ClaimedDelivery;
  readonly run: RangeRun;
  /** The domain of its reader, where their host is ours to spare. */
  readonly group?: string;
  readonly workerId: string;
  /** On the worker's own clock. */
  readonly claimedAt: number;
  /** On the worker's own clock: without a first byte by then it goes back to the queue. */
  readonly startBefore: number;
  /** When its first byte went out; set by whoever sends it. */
  startedAt: number | undefined;
  /** `over`: its outcome is known or it was given up. `settled`: that is written down, or nobody waits for it. Only events move it on. */
  phase: 'open' | 'over' | 'settled';
  /** The mailer has answered: its place on a connection is free. */
  hasLanded: boolean;
}

// With a second message at hand a fast connection never waits for a claim; on a slow one it would only go back to the queue after its second.
const slowMs = 400;
// A block is asked for shortly before what stands still may go on.
const soonMs = 500;
// Of a day that has so many it does no harm to lose a second's; of less no more is taken than there are messages.
const plentyPerDay = 20_000;
// How far ahead of its connections a lane is kept supplied.
const suppliesPerConnection = 4;

/** A lane of which nothing is known and for which nothing waits. */
export function newLane(mailer: Pick<Mailer, 'account' | 'maxConnections' | 'direct'> & { readonly rates?: RateLimits }): Lane {
  const { account: accountName, maxConnections, rates = {} } = mailer;
  const domains = newLaneDomains(mailer.direct);
  const [account, allowance] = [newAccountState(maxConnections), newAllowance(rates)];
  return { accountName, maxConnections, account, allowance, domains, candidates: [], flights: new Set(), lastServed: undefined };
}

/** A job of which nothing was offered. */
export function newRangeRun(lane: Lane, sender: string, work: RangeWork, editionId = ''): RangeRun {
  const counts = { accepted: 0, deferred: 0, rejected: 0, in_doubt: 0 };
  return { lane, sender, editionId, work, pendingCount: 0, claimedCount: 0, standsStill: false, hasLeft: false, counts };
}

/**
 * Those of its candidates that may be claimed now, in order, and no more than there is room for: in the place of what the same statement writes down another
 * is claimed, since both are committed or neither.
 */
export function whatMayGo(lane: Lane, now: number, recordedCount = 0): Candidate[] {
  const going: Candidate[] = [];
  const room = Math.min(
    capacity(lane) - lane.flights.size + recordedCount,
    mayStartNow(lane.account.pace, now),
    allowedNow(lane.allowance, now),
  );
  if (room <= 0) return going;
  const round = roundOf(lane, now);
  for (const candidate of inTurns(lane)) {
    if (mayGo(candidate, now) && mayGoByDomain(candidate, round)) going.push(candidate);
    if (going.length >= room) break;
  }
  return going;
}

function roundOf({ domains, flights }: Lane, now: number): DomainRound | undefined {
  return domains && domainRound(domains, flights, now);
}

/** Whether its domain lets it go too; then it counts as gone. */
function mayGoByDomain({ domain }: Candidate, round: DomainRound | undefined): boolean {
  if (!domain || !round) return true;
  if (round.decide(domain).kind !== 'send') return false;
  round.go(domain);
  return true;
}

/** What is to be done with something that waits or is to wait, by the domain of its reader and what is on its way now. */
export function decisionOf({ domain, run: { lane } }: Candidate, now: number): DomainDecision {
  return (domain && roundOf(lane, now)?.decide(domain)) ?? { kind: 'send' };
}

/** For how long the domain of its reader still stands still; 0 or less where it does not. */
export function domainHeldMs({ domain, run: { lane } }: Candidate, now: number): number {
  return domain && lane.domains ? domainHeldUntil(lane.domains, domain.group) - now : -Infinity;
}

/** How many messages of its candidates wait for each domain. */
export function waitingByDomain({ candidates }: Lane): Map<string, number> {
  const waiting = new Map<string, number>();
  for (const { domain } of candidates) if (domain) waiting.set(domain.group, (waiting.get(domain.group) ?? 0) + 1);
  return waiting;
}

/**
 * Editions take turns, each in its own order, beginning after the one that was served last: a small one is through in time of its own size, and what is due at a
 * reader's hour does not stand behind a large one that began before.
 */
function inTurns({ candidates, lastServed }: Lane): Iterable<Candidate> {
  const first = candidates[0]?.run.editionId;
  // Nearly always.
  if (candidates.every(({ run }) => run.editionId === first)) return candidates;
  const byEdition = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const own = byEdition.get(candidate.run.editionId);
    if (own) own.push(candidate);
    else byEdition.set(candidate.run.editionId, [candidate]);
  }
  const editions = [...byEdition.keys()].sort();
  const after = editions.findIndex((id) => lastServed !== undefined && id > lastServed);
  const queues = [...editions.slice(Math.max(0, after)), ...editions.slice(0, Math.max(0, after))].map((id) => byEdition.get(id)!);
  const longest = Math.max(...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_none, at) => queues.flatMap((queue) => queue[at] ?? [])).flat();
}

/**
 * Of how many messages its lane could begin within about a second, as far as its connections go: what is taken of an account and not used is lost to
 * everybody, for a whole day where days are counted.
 */
export function usableCount(lane: Lane, now: number): number {
  const { candidates, flights, allowance, account } = lane;
  if (usableInMs(lane, now) > 0) return 0;
  const most = capacity(lane);
  const landing = account.usualMs > 0 ? (most * 1_000) / account.usualMs : Infinity;
  const { perHour = Infinity, perDay = Infinity } = allowance.limits;
  const isScarce = Math.min(perHour, perDay) < plentyPerDay;
  return Math.floor(Math.min(Math.max(0, most - flights.size) + landing, isScarce ? candidates.length : Infinity));
}

/** In how many milliseconds a block could be used, as far as what stands still goes; Infinity where nobody waits. */
export function usableInMs({ candidates }: Lane, now: number): number {
  let soonest = Infinity;
  for (const candidate of candidates) {
    soonest = Math.min(soonest, Math.max(0, heldUntil(candidate) - now - soonMs));
    if (soonest === 0) break;
  }
  return soonest;
}

/** Whether nothing waits, or each connection has a message and there is another at hand: then nothing has to be claimed at once. */
export function isWellSupplied({ candidates, flights, account: { pace } }: Lane): boolean {
  if (candidates.length === 0) return true;
  let count = 0;
  for (const { hasLanded } of flights) if (!hasLanded) count += 1;
  return count > pace.connectionCount;
}

function capacity({ account: { pace, standing, usualMs } }: Lane): number {
  // After standing still one message is tried, not all connections at once.
  if (standing.get(null)?.isInDoubt === false) return 1;
  const isReduced = pace.connectionCount < pace.maxConnections || pace.perSecond !== undefined;
  return pace.connectionCount * (isReduced || usualMs > slowMs ? 1 : 2);
}

/** Whether it neither stands still nor waits for others to be answered first. */
function mayGo(candidate: Candidate, now: number): boolean {
  return heldUntil(candidate) <= now && !awaitsOthers(candidate);
}

/**
 * In how many milliseconds time alone makes room for one of its candidates; undefined where there is none or a message has to land first, which tells by
 * itself.
 */
export function roomInMs(lane: Lane, now: number): number | undefined {
  if (lane.flights.size >= capacity(lane)) return undefined;
  const allowed = nextAllowedInMs(lane.allowance, now);
  // A block has to come first, which tells by itself.
  if (lane.allowance.isCounted && allowed === undefined) return undefined;
  const nextStart = Math.max(nextStartInMs(lane.account.pace, now), lane.allowance.isCounted ? (allowed ?? 0) : 0);
  const round = roundOf(lane, now);
  let soonest = Infinity;
  for (const candidate of lane.candidates) {
    if (awaitsOthers(candidate)) continue;
    const decision = candidate.domain && round?.decide(candidate.domain);
    const byDomain = decision?.kind === 'hold' ? decision.until : -Infinity;
    soonest = Math.min(soonest, Math.max(heldUntil(candidate) - now, byDomain - now, nextStart, 0));
  }
  return soonest === Infinity ? undefined : soonest;
}

function heldUntil({ id, run, domain }: Candidate): number {
  const paused = pausedUntil(run.lane.account, run.sender, id);
  const { domains } = run.lane;
  return domain && domains ? Math.max(paused, domainHeldUntil(domains, domain.group)) : paused;
}

/** The others that are on their way will tell whether only the server of these says so. */
function awaitsOthers({ id, run: { lane } }: Candidate): boolean {
  const { doubts } = lane.account;
  return doubts.byScope.size > 0 && scopesInDoubt(doubts, id).some((scope) => hasFlightToTell(lane, scope));
}

/** Whether there is another message to ask with, on its way or free to go: one that was not told so itself. */
export function hasOther(lane: Lane, scope: Scope, now: number): boolean {
  const { doubts } = lane.account;
  return (
    hasFlightToTell(lane, scope) ||
    lane.candidates.some((other) => isOn(scope, other) && !isInDoubt(doubts, other.id) && heldUntil(other) <= now)
  );
}

function hasFlightToTell({ flights, account: { doubts } }: Lane, scope: Scope): boolean {
  for (const flight of flights) if (isOn(scope, flight) && !isInDoubt(doubts, flight.delivery.id)) return true;
  return false;
}

function isOn(scope: Scope, { run }: Pick<Candidate, 'run'>): boolean {
  return scope === null || run.sender === scope;
}

/**
 * Whether little is left of what a run offered to its lane: what others have there says nothing, for they take turns. Nor does what waits for its domain: a list
 * of which most read at one host has others further on.
 */
export function isHungry(run: RangeRun, now: number): boolean {
  const { candidates, maxConnections } = run.lane;
  const enough = maxConnections * suppliesPerConnection;
  const round = roundOf(run.lane, now);
  let count = 0;
  for (const candidate of candidates) {
    if (candidate.run !== run || !mayGoByDomain(candidate, round)) continue;
    count += 1;
    if (count >= enough) return false;
  }
  return true;
}
