/*
 * What a worker sends, as a value: what was offered, what is on its way, what is to be written down. `next` tells what is to be done, `send-loop.ts` carries it
 * out, and what happens then is an event (`send-events.ts`) that changes the state and does nothing else. Pure: time comes in, nothing here waits, writes or sends.
 * Invariants, whatever the order of events: nothing is claimed twice, nothing that was answered is forgotten, everything offered is decided once, and what
 * was claimed and is not recorded is at most two messages per connection.
 */
import type { RecordedOutcome, ClaimStatement } from '../ledger/queue/claim-store.ts';
import { pausedUntil } from './account/account-state.ts';
import { asksDomainsInMs } from './domain/lane-domains.ts';
import { usedUpUntil, wantsBlock, wantsBlockInMs } from './account/allowance.ts';
import {
  type Candidate,
  type Flight,
  isWellSupplied,
  type Lane,
  type RangeRun,
  roomInMs,
  usableCount,
  usableInMs,
  whatMayGo,
} from './lane.ts';

/** All that the loop of one worker knows. It belongs to that loop, and the events are all that change it. */
export interface SendState {
  readonly lanes: readonly Lane[];
  /** A pause of an account that is no longer than this is waited for; what stands still for longer is left to a sweep. */
  readonly patientPauseMs: number;
  /** Offered and not decided. Two jobs may name overlapping ranges. */
  readonly undecided: Set<string>;
  /** To be written down, in the order in which it was answered. */
  answers: Answer[];
  /** Whose time is over before their domain may be tried: to be ended, and decided then. */
  drops: Candidate[];
  /** To go back to the queue. */
  returns: Return[];
  /** The tick under way. One at a time: what it claims takes no room yet. */
  tick: Tick | undefined;
  /** When the last tick began, on the worker's own clock. */
  lastTickAt: number;
  /** Nothing is claimed from now on. */
  isWithdrawn: boolean;
}

/** A tick costs the same for one message as for many: while the connections have what they need, the next one waits so long for company. */
const companyMs = 2;

/** An outcome to be written down. */
export interface Answer {
  readonly flight: Flight;
  readonly outcome: RecordedOutcome;
}

/** Claimed by a worker and not sent; `lost`: perhaps claimed, by a tick whose answer was lost. It is its turn again once nothing claims it any more. */
export type Return = { readonly id: string; readonly workerId: string } & (
  { readonly kind: 'unsent'; readonly flight: Flight } | { readonly kind: 'lost'; readonly candidate: Candidate }
);

/** What goes into one statement: what is known is recorded and what the connections send next is claimed. */
export interface Tick {
  readonly kind: 'tick';
  /** When it was decided, on the worker's own clock. */
  readonly at: number;
  readonly claim: readonly Candidate[];
  readonly record: readonly Answer[];
  readonly giveUp: readonly Return[];
}

/** What is to be done now; with nothing to do, in how many milliseconds to ask again: undefined where an event has to come first. */
export type Step = Tick | { readonly kind: 'wait'; readonly forMs: number | undefined };

/** A loop that was offered nothing. */
export function newSendState(lanes: readonly Lane[], patientPauseMs: number): SendState {
  return {
    lanes,
    patientPauseMs,
    undecided: new Set(),
    answers: [],
    drops: [],
    returns: [],
    tick: undefined,
    lastTickAt: -Infinity,
    isWithdrawn: false,
  };
}

/** What is to be done now. Changes nothing: a tick is under way from `begun` on. */
export function next(state: SendState, now: number): Step {
  const { lanes, answers, returns } = state;
  if (state.tick) return { kind: 'wait', forMs: undefined };
  const restMs = state.lastTickAt + companyMs - now;
  if (restMs > 0 && returns.length === 0 && lanes.every(isWellSupplied)) return { kind: 'wait', forMs: restMs };
  const claim = lanes.flatMap((lane) => whatMayGo(lane, now, countOnItsWay(answers, lane)));
  if (claim.length > 0 || answers.length > 0 || returns.length > 0)
    return { kind: 'tick', at: now, claim, record: answers, giveUp: returns };
  const soonest = Math.min(
    ...lanes.map((lane) => Math.min(roomInMs(lane, now) ?? Infinity, asksInMs(lane, now), asksOfDomainsInMs(lane, now))),
  );
  return { kind: 'wait', forMs: soonest === Infinity ? undefined : soonest };
}

/** How many of these answers still take up room of a lane. */
function countOnItsWay(answers: readonly Answer[], { flights }: Lane): number {
  return answers.reduce((count, { flight }) => count + (flight.hasLanded && flights.has(flight) ? 1 : 0), 0);
}

/** The lanes that want a block of what their account may be given: somebody waits, and little is left. */
export function whoWantsBlocks({ lanes }: SendState, now: number): { readonly lane: Lane; readonly mostCount: number }[] {
  return lanes
    .filter(({ allowance }) => wantsBlock(allowance, now))
    .map((lane) => ({ lane, mostCount: usableCount(lane, now) }))
    .filter(({ mostCount }) => mostCount > 0);
}

/** Where nothing is counted nobody has to be woken to look; where nothing can be used something has to land first. */
function asksInMs(lane: Lane, now: number): number {
  const { allowance } = lane;
  const heldMs = usableInMs(lane, now);
  if (!allowance.isCounted || allowance.isAsking || (heldMs === 0 && usableCount(lane, now) === 0)) return Infinity;
  return Math.max(1, heldMs, wantsBlockInMs(allowance, now));
}

/** The lanes that are to ask for the domains of their readers, or to say what they heard of these. */
export function whoAsksForDomains({ lanes }: SendState, now: number): Lane[] {
  return lanes.filter((lane) => asksOfDomainsInMs(lane, now) <= 0);
}

function asksOfDomainsInMs({ domains, candidates }: Lane, now: number): number {
  return domains ? asksDomainsInMs(domains, candidates.length > 0, now) : Infinity;
}

/** A tick as the ledger takes it, of a worker: what a dead one had claimed does not go back, but is for a sweep. */
export function statementOf({ claim, record, giveUp }: Tick, workerId: string): ClaimStatement {
  return {
    workerId,
    record: record.map(({ outcome }) => outcome),
    giveUp: giveUp.filter((one) => one.workerId === workerId).map(({ id }) => id),
    claimIds: claim.map(({ id }) => id),
  };
}

/** Whether nothing of this run's sender, or of this delivery of it, is to be expected for longer than a job should wait. */
export function standsStill(state: SendState, { lane, sender }: RangeRun, now: number, deliveryId?: string): boolean {
  return Math.max(pausedUntil(lane.account, sender, deliveryId), usedUpUntil(lane.allowance, now)) - now > state.patientPauseMs;
}

/** Whether nothing is on its way and everything is written down. */
export function isIdle(state: SendState, now: number): boolean {
  const { tick, answers, returns, lanes } = state;
  return (
    !tick && answers.length + returns.length === 0 && next(state, now).kind === 'wait' && lanes.every(({ flights }) => flights.size === 0)
  );
}
