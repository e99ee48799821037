/*
 * What waits for an account and what is on its way: plain data with the rules of what may be claimed. Pure.
 * Invariant: at most two unrecorded messages per connection, which is what a kill leaves in doubt (P6).
 */
import type { ClaimedDelivery } from '../ledger/queue/claim-store.ts';
import { type AccountState, newAccountState, pausedUntil } from './account/account-state.ts';
import { isInDoubt, scopesInDoubt } from './account/doubts.ts';
import type { RangeWork } from './messages/open-range.ts';
import { mayStartNow, nextStartInMs } from './account/pace.ts';
import type { Scope } from './account/standing.ts';

/** One account with its traffic. Only events (`send-events.ts`) add and remove, only the rules of `account-state.ts` change what is known of it. */
export interface Lane {
  /** By which others know it. */
  readonly accountName: string;
  readonly maxConnections: number;
  readonly account: AccountState;
  /** In order; taken out when they are claimed, put back at the end. */
  candidates: Candidate[];
  /** From the claim until it is written down and its place on a connection is free. */
  readonly flights: Set<Flight>;
}

/** A delivery that was read ahead and waits for its turn. */
export interface Candidate {
  readonly id: string;
  readonly run: RangeRun;
}

/** One job under way. Only events (`send-events.ts`) change it; whoever waits for the job reads it. */
export interface RangeRun {
  readonly lane: Lane;
  /** Whom the envelope names: a refused sender stands still, others go on. */
  readonly sender: string;
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
// How far ahead of its connections a lane is kept supplied.
const suppliesPerConnection = 4;

/** A lane of which nothing is known and for which nothing waits. */
export function newLane(mailer: { readonly account: string; readonly maxConnections: number }): Lane {
  const { account: accountName, maxConnections } = mailer;
  return { accountName, maxConnections, account: newAccountState(maxConnections), candidates: [], flights: new Set() };
}

/** A job of which nothing was offered. */
export function newRangeRun(lane: Lane, sender: string, work: RangeWork): RangeRun {
  const counts = { accepted: 0, deferred: 0, rejected: 0, in_doubt: 0 };
  return { lane, sender, work, pendingCount: 0, claimedCount: 0, standsStill: false, hasLeft: false, counts };
}

/** Those of its candidates that may be claimed now, in order, and no more than there is room for. */
export function whatMayGo(lane: Lane, now: number): Candidate[] {
  const going: Candidate[] = [];
  const room = Math.min(capacity(lane) - lane.flights.size, mayStartNow(lane.account.pace, now));
  if (room <= 0) return going;
  for (const candidate of lane.candidates) {
    if (mayGo(candidate, now)) going.push(candidate);
    if (going.length >= room) break;
  }
  return going;
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
  const nextStart = nextStartInMs(lane.account.pace, now);
  let soonest = Infinity;
  for (const candidate of lane.candidates) {
    if (!awaitsOthers(candidate)) soonest = Math.min(soonest, Math.max(heldUntil(candidate) - now, nextStart, 0));
  }
  return soonest === Infinity ? undefined : soonest;
}

function heldUntil({ id, run }: Candidate): number {
  return pausedUntil(run.lane.account, run.sender, id);
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

/** Whether little is left of what was offered to it. */
export function isHungry({ candidates, maxConnections }: Lane): boolean {
  return candidates.length < maxConnections * suppliesPerConnection;
}
