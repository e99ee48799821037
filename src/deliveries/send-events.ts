/*
 * What happens to the send state: each event is a function that changes the state and does nothing else. Pure: time comes in, nothing here waits, writes or
 * sends.
 * Invariant: every delivery that was offered is decided exactly once: recorded, back in the queue, passed over, or left to others.
 */
import type { Block } from '../ledger/accounts/account-rate.ts';
import type { AttemptOutcome } from '../ledger/queue/attempt.ts';
import type { TickResult } from '../ledger/queue/claim-store.ts';
import { learnStart } from './account/account-state.ts';
import { given, spend, usedUpUntil } from './account/allowance.ts';
import { receivingDomain } from '../mail/accounts/receiving-domain.ts';
import { type ByDomain, domainsAnswered, domainsBegun, type DomainsTold } from './domain/lane-domains.ts';
import { type Candidate, decisionOf, domainHeldMs, type Flight, type Lane, type RangeRun } from './lane.ts';
import { type Answer, type Return, type SendState, standsStill, type Tick } from './send-state.ts';

/** What a tick brought. */
export interface Ticked {
  /** To be sent now. */
  readonly flights: readonly Flight[];
  /** Not to be had: they are decided when those among them that may not be sent have been ended. */
  readonly passed: readonly Candidate[];
}

/** The tick that `next` told a moment ago is under way. */
export function begun(state: SendState, tick: Tick): void {
  const claimed = new Set(tick.claim);
  for (const lane of new Set(tick.claim.map(({ run }) => run.lane))) {
    const own = tick.claim.filter(({ run }) => run.lane === lane);
    // Spent, whatever comes of the claim: at most as many as a tick asks for.
    spend(lane.allowance, own.length, tick.at);
    if (lane.domains)
      domainsBegun(
        lane.domains,
        own.flatMap(({ domain }) => domain?.group ?? []),
        tick.at,
      );
    lane.lastServed = own.at(-1)?.run.editionId;
    lane.candidates = lane.candidates.filter((one) => !claimed.has(one));
    // The last of a day was used: what is left of it waits no longer here.
    if (usedUpUntil(lane.allowance, tick.at) > tick.at) supplyAgain(state, lane, tick.at);
  }
  state.tick = tick;
  state.lastTickAt = tick.at;
  state.answers = [];
  state.returns = [];
}

/**
 * The tick was carried out: what is recorded is decided, what is claimed is on its way. For a worker that others took for dead nothing was claimed, which says
 * nothing about what was asked for: it is asked for again.
 */
export function ticked(
  state: SendState,
  result: Pick<TickResult, 'claimed' | 'isWorkerAlive'>,
  facts: Pick<Flight, 'workerId' | 'claimedAt' | 'startBefore'>,
): Ticked {
  const { claim, record, giveUp } = endTick(state);
  for (const { flight } of record) settled(state, flight);
  putBack(state, giveUp, facts.claimedAt);
  if (!result.isWorkerAlive) {
    for (const candidate of claim) supply(state, candidate, facts.claimedAt);
    return { flights: [], passed: [] };
  }
  const passed = new Map(claim.map((candidate) => [candidate.id, candidate]));
  const flights: Flight[] = [];
  for (const delivery of result.claimed) {
    const candidate = passed.get(delivery.id);
    if (!candidate) continue;
    passed.delete(delivery.id);
    const group = candidate.domain && { group: receivingDomain(delivery.address) };
    flights.push(takeOff({ delivery, run: candidate.run, ...group, ...facts, startedAt: undefined, phase: 'open', hasLanded: false }));
  }
  return { flights, passed: [...passed.values()] };
}

function takeOff(flight: Flight): Flight {
  const { run, claimedAt } = flight;
  run.claimedCount += 1;
  run.lane.flights.add(flight);
  learnStart(run.lane.account, claimedAt);
  return flight;
}

/** Nobody knows whether the tick was carried out: what it may have claimed was not sent and goes back, what it may have recorded is recorded again. */
export function tickLost(state: SendState, worker: { readonly id: string; readonly isAlive: boolean }, now: number): void {
  const { claim, record, giveUp } = endTick(state);
  const lost = claim.map((candidate): Return => ({ kind: 'lost', id: candidate.id, workerId: worker.id, candidate }));
  state.answers = [...record, ...state.answers];
  state.returns = [...giveUp, ...lost, ...state.returns];
  if (!worker.isAlive) keepOnlyAccepted(state, now);
}

function endTick(state: SendState): Tick {
  const { tick } = state;
  if (!tick) throw new Error('Expected a tick under way, found none');
  state.tick = undefined;
  return tick;
}

/** Takes what is to be ended, for whoever does that and tells when it is `passedOver`. */
export function takeDrops(state: SendState): Candidate[] {
  return state.drops.splice(0);
}

/** Those that a tick did not get are decided: others have them, or they have been ended. */
export function passedOver(state: SendState, passed: readonly Candidate[]): void {
  for (const candidate of passed) decide(state, candidate);
}

/** Ids of a run were read ahead, with their domains where its account spares the hosts of its readers. */
export function offered(
  state: SendState,
  run: RangeRun,
  ids: readonly string[],
  now: number,
  domains?: ReadonlyMap<string, ByDomain>,
): void {
  for (const id of ids) {
    if (state.undecided.has(id)) continue;
    state.undecided.add(id);
    run.pendingCount += 1;
    const domain = domains?.get(id);
    supply(state, { id, run, ...(domain ? { domain } : {}) }, now);
  }
}

/** More is known of what stands still: what does for long is not waited for. */
export function outagesChanged(state: SendState, now: number): void {
  for (const lane of state.lanes) supplyAgain(state, lane, now);
}

function supplyAgain(state: SendState, lane: Lane, now: number): void {
  const waiting = lane.candidates;
  lane.candidates = [];
  for (const candidate of waiting) supply(state, candidate, now);
}

/** A block of what an account may be given has come, after so long; what an hour or a day holds up for long is not waited for. */
export function blockGiven(state: SendState, lane: Lane, block: Block, tookMs: number, now: number): void {
  given(lane.allowance, block, tookMs, now);
  if (block.isUsedUp) outagesChanged(state, now);
}

/** What was asked of the domains of a lane's readers has come: what stands still for long is not waited for. */
export function domainsTold(state: SendState, lane: Lane, told: DomainsTold, now: number): void {
  if (!lane.domains) return;
  domainsAnswered(lane.domains, told, now);
  supplyAgain(state, lane, now);
}

/** The mailer has answered: the place on its connection is free, once the outcome is written down. */
export function landed(flight: Flight): void {
  flight.hasLanded = true;
  if (flight.phase === 'settled') flight.run.lane.flights.delete(flight);
}

/**
 * The outcome of a message is known. Written down with the next tick, or `aside`, in a transaction of its own; then whoever does that calls `settled`. False where it no
 * longer counts: of what was given up or belonged to a dead worker only an acceptance does.
 */
export function answered(state: SendState, answer: Answer, kind: AttemptOutcome['kind'], place: 'tick' | 'aside'): boolean {
  const { flight } = answer;
  if (flight.phase !== 'open' && kind !== 'accepted') return false;
  if (flight.phase === 'open') flight.phase = 'over';
  flight.run.counts[kind] += 1;
  if (place === 'tick') state.answers.push(answer);
  return true;
}

/** The outcome of a message was written down, or nobody waits for it any more. */
export function settled(state: SendState, flight: Flight): void {
  if (flight.phase === 'settled') return;
  flight.phase = 'settled';
  decide(state, { id: flight.delivery.id, run: flight.run });
  if (flight.hasLanded) flight.run.lane.flights.delete(flight);
}

/** A message was not sent: its first byte did not go out in time, or its account was refused. It goes back to the queue as if nothing had been. */
export function givenUp(state: SendState, flight: Flight): void {
  if (flight.phase !== 'open') return;
  flight.phase = 'over';
  state.returns.push({ kind: 'unsent', id: flight.delivery.id, workerId: flight.workerId, flight });
}

/** The worker is dead: what it had on its way is forgotten, for a sweep finds it, except that what was accepted is still written down. */
export function workerDied(state: SendState, now: number): void {
  keepOnlyAccepted(state, now);
  const recording = new Set(state.answers.map(({ flight }) => flight));
  for (const { flights } of state.lanes) for (const flight of flights) if (!recording.has(flight)) settled(state, flight);
}

/** What was offered and not yet claimed is taken back, for good. */
export function withdrawn(state: SendState): void {
  state.isWithdrawn = true;
  for (const lane of state.lanes) for (const candidate of lane.candidates.splice(0)) decide(state, candidate);
}

/** What a run offered and was not yet claimed is taken back: another job goes on with it. */
export function runWithdrawn(state: SendState, run: RangeRun): void {
  const { lane } = run;
  const own = lane.candidates.filter((candidate) => candidate.run === run);
  lane.candidates = lane.candidates.filter((candidate) => candidate.run !== run);
  for (const candidate of own) decide(state, candidate);
}

/** There will be no other worker: nothing can be written down any more. */
export function workerGone(state: SendState, now: number): void {
  for (const { flight } of state.answers.splice(0)) settled(state, flight);
  withdrawn(state);
  workerDied(state, now);
}

function keepOnlyAccepted(state: SendState, now: number): void {
  const dropped = state.answers.filter(({ outcome }) => outcome.record.state !== 'accepted');
  state.answers = state.answers.filter(({ outcome }) => outcome.record.state === 'accepted');
  for (const { flight } of dropped) settled(state, flight);
  const { returns } = state;
  state.returns = [];
  putBack(state, returns, now);
}

function putBack(state: SendState, returns: readonly Return[], now: number): void {
  for (const one of returns) {
    if (one.kind === 'unsent') settled(state, one.flight);
    else supply(state, one.candidate, now);
  }
}

/** It waits for its turn; what stands still for long is left instead, be it everything of a sender or this one alone: a sweep makes a new job of it. */
function supply(state: SendState, candidate: Candidate, now: number): void {
  if (state.isWithdrawn || isLeft(state, candidate, now)) decide(state, candidate);
  else if (isDropped(candidate, now)) state.drops.push(candidate);
  else candidate.run.lane.candidates.push(candidate);
}

function isLeft(state: SendState, candidate: Candidate, now: number): boolean {
  const { id, run } = candidate;
  if (standsStill(state, run, now)) run.standsStill = true;
  // Of a domain only what waits for it is left: others of the job go on.
  const isOfDomain = domainHeldMs(candidate, now) > state.patientPauseMs && !isDropped(candidate, now);
  const isLeaving = run.standsStill || isOfDomain || standsStill(state, run, now, id);
  run.hasLeft ||= isLeaving;
  return isLeaving;
}

function isDropped(candidate: Candidate, now: number): boolean {
  return domainHeldMs(candidate, now) > 0 && decisionOf(candidate, now).kind === 'drop';
}

function decide(state: SendState, { id, run }: Candidate): void {
  state.undecided.delete(id);
  run.pendingCount -= 1;
}
