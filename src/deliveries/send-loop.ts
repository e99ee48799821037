import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/db.ts';
import { recordOfAttempt, type RetryPolicy } from '../ledger/queue/attempt.ts';
import type { AccountOutage } from '../ledger/accounts/account-outage.ts';
import { claimAndRecord, type RecordedOutcome, type TickResult } from '../ledger/queue/claim-store.ts';
import { endIneligible, needsTransaction, recordEndOfAttempt } from '../ledger/end-delivery.ts';
import { deferredByReader, hasServerSpoken, type SendOutcome } from '../mail/message.ts';
import { attemptOutcomeOf } from './attempt-outcome.ts';
import { type AccountWatchPorts, createAccountWatch } from './account-watch.ts';
import { type Flight, type FlightPorts, launch, newFlight } from './send-flight.ts';
import type { Lane } from './lane.ts';
import type { RangeRun } from './deliver-range.ts';
import { createRefusalJudge } from './refusal-judge.ts';
import { createSideWork } from './side-work.ts';
import { createSignal } from './signal.ts';
import type { WorkerLife } from './worker-life.ts';

/** What the loop needs. */
export interface SendLoopPorts extends FlightPorts, AccountWatchPorts {
  readonly database: Database;
  readonly retry: RetryPolicy;
  /** Refusals are judged no more often than this. */
  readonly judgeEveryMs: number;
  /** A pause of an account that is no longer than this is waited for; for a longer one the job ends, and a sweep makes a new one. */
  readonly patientPauseMs: number;
  readonly startWithinMs: number;
  /** The life to send under; waits for one, undefined when the worker is closed. */
  readonly currentLife: () => Promise<WorkerLife | undefined>;
}

/** Claims, sends and records, in ticks: one statement for what was answered and what goes next. */
export interface SendLoop {
  /** Hands over ids that were read ahead. */
  offer(lane: Lane, run: RangeRun, ids: readonly string[]): void;
  /** Resolves when little is left of what was offered to a lane. */
  hungry(lane: Lane): Promise<void>;
  /** Resolves when everything that a run offered is decided. */
  decided(run: RangeRun): Promise<void>;
  /** Takes back what was offered and not yet claimed, for good: nothing is claimed from now on. */
  withdraw(): void;
  /** Forgets what a dead worker had on its way, except that what was accepted is still written down. */
  abandon(): void;
  /** Resolves when nothing is on its way and everything is written down. */
  idle(): Promise<void>;
  /** Reads what others know of a lane's account. */
  follow(lane: Lane): Promise<void>;
  /** True when nothing of this sender is to be expected of a lane for longer than a job should wait. */
  standsStill(lane: Lane, sender: string): boolean;
}

interface Answer {
  readonly flight: Flight;
  readonly outcome: RecordedOutcome;
}

/** Claimed, or perhaps claimed by a tick whose answer was lost, and not sent. */
interface GivenUp {
  readonly id: string;
  readonly workerId: string;
  readonly flight?: Flight;
  /** For the lost tick: whose turn it is again once nothing claims it any more. */
  readonly plan?: Plan;
}

interface Plan {
  readonly run: RangeRun;
  readonly lane: Lane;
}

type Taken = ReadonlyMap<string, Plan>;

// How far ahead of its connections a lane is kept supplied.
const suppliesPerConnection = 4;
const firstRetryMs = 50;
const longestRetryMs = 5_000;
/** A mailer that turned a message away is asked again after this. */
const restMs = 1_000;
/** Timers take no longer. */
const longestTimerMs = 2 ** 31 - 1;

/** Creates the loop over the lanes of one worker. */
export function createSendLoop(ports: SendLoopPorts, lanes: readonly Lane[]): SendLoop {
  const { database, log, monotonic } = ports;
  const signal = createSignal();
  const sideWork = createSideWork(log, signal);
  const watch = createAccountWatch({ ...ports, onOutage: heardOfOutage }, sideWork);
  const judge = createRefusalJudge(ports, ports.judgeEveryMs);
  const offered = new Set<string>();
  const answers: Answer[] = [];
  const givenUp: GivenUp[] = [];
  let isPumping = false;
  let isWithdrawn = false;
  let alarm: NodeJS.Timeout | undefined;

  function decide(id: string, run: RangeRun): void {
    offered.delete(id);
    run.pendingCount -= 1;
  }

  function settle(flight: Flight): void {
    if (flight.isSettled) return;
    flight.isSettled = true;
    decide(flight.delivery.id, flight.run);
    if (flight.hasLanded) leave(flight);
  }

  /** Its place is free: nothing else may be on its way whose answer would tell. */
  function leave(flight: Flight): void {
    if (flight.lane.flights.delete(flight)) void pump();
  }

  function wantsTick(): boolean {
    const now = monotonic();
    return (
      answers.length > 0 ||
      givenUp.length > 0 ||
      lanes.some((lane) => lane.room(now) > 0 && lane.candidates.some((candidate) => lane.mayGo(candidate, now)))
    );
  }

  /** What only waits for time to pass is looked at again then: no answer will tell. */
  function setAlarm(): void {
    clearTimeout(alarm);
    const now = monotonic();
    const waits = lanes.flatMap((lane) => lane.candidates.map((candidate) => lane.roomInMs(candidate, now) ?? Infinity));
    const soonest = Math.min(...waits);
    // That it has come since it was asked for a moment ago is a wait too.
    if (soonest <= longestTimerMs) alarm = setTimeout(() => void pump(), Math.max(1, Math.ceil(soonest))).unref();
  }

  async function pump(): Promise<void> {
    if (isPumping) return;
    isPumping = true;
    for (let failureCount = 0; wantsTick();) {
      const life = await ports.currentLife();
      if (!life) {
        forgetAll();
        break;
      }
      if (await tick(life)) failureCount = 0;
      else await delay(Math.min(longestRetryMs, firstRetryMs * 2 ** failureCount++));
      signal.changed();
      // What is answered meanwhile goes into the same statement.
      await nextTurn();
    }
    isPumping = false;
    setAlarm();
    signal.changed();
  }

  async function tick(life: WorkerLife): Promise<boolean> {
    const taken = takeCandidates();
    const recording = answers.splice(0);
    const returning = givenUp.splice(0);
    const startBefore = monotonic() + ports.startWithinMs;
    try {
      const result = await life.withSession(async (session) =>
        claimAndRecord(session, {
          workerId: life.id,
          record: recording.map(({ outcome }) => outcome),
          giveUp: returning.filter(({ workerId }) => workerId === life.id).map(({ id }) => id),
          claimIds: [...taken.keys()],
        }),
      );
      for (const answer of recording) finish(answer, result.recordedIds.has(answer.outcome.deliveryId));
      putBack(returning);
      if (result.isWorkerAlive) takeOff(life, result, taken, startBefore);
      else {
        for (const [id, plan] of taken) supplyAgain(id, plan);
        life.disown();
      }
      return true;
    } catch (error) {
      log.warn('delivery.tick_failed', { workerId: life.id, error });
      answers.unshift(...recording);
      // Nobody knows whether the statement was carried out: what it may have claimed was not sent and goes back.
      givenUp.unshift(...returning, ...[...taken].map(([id, plan]) => ({ id, workerId: life.id, plan })));
      if (!life.isAlive()) keepOnlyAccepted();
      return false;
    }
  }

  function putBack(returning: readonly GivenUp[]): void {
    for (const { id, flight, plan } of returning) {
      if (flight) settle(flight);
      if (plan) supplyAgain(id, plan);
    }
  }

  function standsStill(lane: Lane, sender: string, deliveryId?: string): boolean {
    return lane.pausedUntil(sender, deliveryId) - monotonic() > ports.patientPauseMs;
  }

  /** What stands still for long is not waited for, be it everything of a sender or this delivery alone; a sweep makes a new job of it. */
  function isLeft(id: string, { run, lane }: Plan): boolean {
    if (standsStill(lane, run.sender)) run.standsStill = true;
    const isLeaving = run.standsStill || standsStill(lane, run.sender, id);
    run.hasLeft ||= isLeaving;
    return isLeaving;
  }

  function supplyAgain(id: string, plan: Plan): void {
    const { run, lane } = plan;
    if (isWithdrawn || isLeft(id, plan)) decide(id, run);
    else lane.candidates.push({ id, run });
  }

  function takeCandidates(): Taken {
    const taken = new Map<string, Plan>();
    const now = monotonic();
    for (const lane of lanes) {
      let room = lane.room(now);
      if (room === 0) continue;
      const left = lane.candidates.splice(0).filter((candidate) => {
        if (room === 0 || !lane.mayGo(candidate, now)) return true;
        taken.set(candidate.id, { run: candidate.run, lane });
        room -= 1;
        return false;
      });
      lane.candidates.push(...left);
    }
    return taken;
  }

  function heardOfOutage(outage: AccountOutage): void {
    lookAgain();
    ports.onOutage(outage);
  }

  /** What stands still for long is not waited for, and what goes on goes on at once. */
  function lookAgain(): void {
    for (const lane of lanes) {
      for (const candidate of lane.candidates.splice(0)) {
        if (isLeft(candidate.id, { run: candidate.run, lane })) decide(candidate.id, candidate.run);
        else lane.candidates.push(candidate);
      }
    }
    void pump();
    signal.changed();
  }

  function takeOff(life: WorkerLife, result: TickResult, taken: Taken, startBefore: number): void {
    const passed = new Map(taken);
    const claimedAt = monotonic();
    for (const delivery of result.claimed) {
      const plan = taken.get(delivery.id);
      if (!plan) continue;
      passed.delete(delivery.id);
      const flight = newFlight({ delivery, life, ...plan, claimedAt, startBefore });
      flight.run.claimedCount += 1;
      flight.lane.flights.add(flight);
      flight.lane.started(claimedAt);
      launch(ports, flight, { onTooLate: giveUp, onLanded: land });
    }
    void passOver(passed, result.ineligibleIds);
  }

  async function passOver(passed: Taken, ineligibleIds: readonly string[]): Promise<void> {
    if (ineligibleIds.length > 0) {
      await sideWork.run(async () => log.info('delivery.ended_at_claim', { count: await endIneligible(database, ineligibleIds) }));
    }
    for (const [id, { run }] of passed) decide(id, run);
    signal.changed();
  }

  function land(flight: Flight, outcome: SendOutcome): void {
    if (flight.isSettled) leave(flight);
    const isOfReader = outcome.kind === 'account' && flight.lane.isOfReaderAlone(flight, outcome, monotonic());
    if (isOfReader) flight.lane.refusedAlone(flight, outcome, monotonic());
    else learn(flight, outcome);
    // Of what was given up or belonged to a dead worker, only an acceptance still counts.
    if (!flight.isOver || outcome.kind === 'accepted') conclude(flight, isOfReader ? deferredByReader(outcome) : outcome);
    // There may be room for a claim although nothing is to be written down.
    void pump();
    signal.changed();
  }

  /** What an outcome says of the account. */
  function learn(flight: Flight, outcome: SendOutcome): void {
    if (outcome.kind === 'account') watch.refused(flight, outcome);
    else if (outcome.kind !== 'not_started') watch.answered(flight, hasServerSpoken(outcome));
    else if (wasTurnedAway(flight, monotonic())) flight.lane.rest(restMs, monotonic());
  }

  function conclude(flight: Flight, sent: SendOutcome): void {
    const attempt = attemptOutcomeOf(sent);
    if (!attempt) {
      giveUp(flight);
      return;
    }
    flight.isOver = true;
    flight.run.counts[attempt.kind] += 1;
    const record = recordOfAttempt(attempt, flight.delivery, ports.retry, ports.random());
    const answer = { flight, outcome: { deliveryId: flight.delivery.id, workerId: flight.life.id, record } };
    if (needsTransaction(answer.outcome)) {
      void concludeAside(answer);
    } else {
      answers.push(answer);
      void pump();
    }
  }

  async function concludeAside(answer: Answer): Promise<void> {
    // A sweep finds it only once its worker is dead; until then it would stand as being sent.
    await sideWork.run(
      async () => finish(answer, await recordEndOfAttempt(database, answer.outcome, ports.clock())),
      () => !isWithdrawn && answer.flight.life.isAlive(),
    );
    if (answer.outcome.record.refusal !== null) judge.poke();
    settle(answer.flight);
    signal.changed();
  }

  function finish({ flight, outcome }: Answer, isRecorded: boolean): void {
    const { deliveryId, workerId, record } = outcome;
    const event = record.state === 'queued' ? (record.isDoubt ? 'doubted' : 'deferred') : record.state;
    if (isRecorded) log.debug(`delivery.${event}`, { deliveryId, workerId });
    else log.warn('delivery.late_result', { deliveryId, workerId });
    settle(flight);
  }

  function giveUp(flight: Flight): void {
    if (flight.isOver) return;
    flight.isOver = true;
    givenUp.push({ id: flight.delivery.id, workerId: flight.life.id, flight });
    void pump();
  }

  function keepOnlyAccepted(): void {
    const kept = answers.filter(({ outcome }) => outcome.record.state === 'accepted');
    for (const answer of answers.splice(0, answers.length, ...kept)) if (!kept.includes(answer)) settle(answer.flight);
    putBack(givenUp.splice(0));
  }

  function abandon(): void {
    keepOnlyAccepted();
    const recording = new Set(answers.map(({ flight }) => flight));
    for (const lane of lanes) {
      for (const flight of lane.flights) {
        if (recording.has(flight)) continue;
        flight.isOver = true;
        settle(flight);
      }
    }
    signal.changed();
  }

  function forgetAll(): void {
    for (const { flight } of answers.splice(0)) settle(flight);
    withdraw();
    abandon();
  }

  function withdraw(): void {
    isWithdrawn = true;
    clearTimeout(alarm);
    for (const lane of lanes) for (const { id, run } of lane.candidates.splice(0)) decide(id, run);
    signal.changed();
  }

  return {
    offer(lane, run, ids) {
      // Two jobs may name overlapping ranges.
      for (const id of ids.filter((one) => !offered.has(one))) {
        offered.add(id);
        run.pendingCount += 1;
        supplyAgain(id, { run, lane });
      }
      void pump();
    },
    hungry: async (lane) => signal.until(() => lane.candidates.length < lane.mailer.maxConnections * suppliesPerConnection),
    decided: async (run) => signal.until(() => run.pendingCount === 0),
    withdraw,
    abandon,
    async follow(lane) {
      await watch.follow(lane);
      lookAgain();
    },
    standsStill,
    idle: async () => signal.until(() => !isPumping && sideWork.isIdle() && !wantsTick() && lanes.every((lane) => lane.flights.size === 0)),
  };
}

/** The mailer had no connection to give although there was time: the next message would fare no better. */
function wasTurnedAway(flight: Flight, now: number): boolean {
  return !flight.isOver && now < flight.startBefore && flight.life.isAlive();
}
