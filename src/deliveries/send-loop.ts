import { doublingGap } from '../kernel/backoff.ts';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { claimAndRecord, type ClaimStatement, type TickResult } from '../ledger/queue/claim-store.ts';
import { endIneligible } from '../ledger/end-delivery.ts';
import { type AccountWatchPorts, createAccountWatch } from './account-watch.ts';
import { type Candidate, type Flight, isHungry, type Lane, type RangeRun } from './lane.ts';
import { createRefusalJudge } from './refusal-judge.ts';
import { notGiven } from './account/allowance.ts';
import { createAllowances } from './account/take-allowance.ts';
import {
  begun,
  blockGiven,
  givenUp,
  offered,
  outagesChanged,
  passedOver,
  runWithdrawn,
  ticked,
  tickLost,
  withdrawn,
  workerDied,
  workerGone,
} from './send-events.ts';
import { type FlightPorts, sendFlight } from './send-flight.ts';
import { isIdle, newSendState, next, standsStill, statementOf, whoWantsBlocks } from './send-state.ts';
import { createSideWork } from './side-work.ts';
import { createSignal, type Signal } from './signal.ts';
import { type OutcomeParts, type OutcomePorts, takeOutcome, tellRecorded } from './take-outcome.ts';
import type { WorkerLife } from './life/worker-life.ts';

/** What the loop needs. */
export interface SendLoopPorts extends FlightPorts, AccountWatchPorts, OutcomePorts {
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
  offer(run: RangeRun, ids: readonly string[]): void;
  /** Resolves when little is left of what a run offered. */
  hungry(run: RangeRun): Promise<void>;
  /** Resolves when everything that a run offered is decided. */
  decided(run: RangeRun): Promise<void>;
  /** Takes back what was offered and not yet claimed, for good: nothing is claimed from now on. */
  withdraw(): void;
  /** Takes back what a run offered and not yet claimed. */
  withdrawRun(run: RangeRun): void;
  /** Forgets what a dead worker had on its way, except that what was accepted is still written down. */
  abandon(): void;
  /** Resolves when nothing is on its way and everything is written down. */
  idle(): Promise<void>;
  /** Reads what others know of a lane's account. */
  follow(lane: Lane): Promise<void>;
  /** True when nothing of this run's sender is to be expected for longer than a job should wait. */
  standsStill(run: RangeRun): boolean;
}

/** The loop with its hands: the state decides, the rest carries out. */
interface Loop extends OutcomeParts {
  readonly ports: SendLoopPorts;
  readonly signal: Signal;
  /** Ticks follow each other; only `pump` changes it. */
  isPumping: boolean;
  /** Asks again when time alone makes room. */
  alarm: NodeJS.Timeout | undefined;
}

const retryGapsMs = { first: 50, longest: 5_000 };
/** Timers take no longer. */
const longestTimerMs = 2 ** 31 - 1;

/** Creates the loop over the lanes of one worker. */
export function createSendLoop(ports: SendLoopPorts, lanes: readonly Lane[]): SendLoop {
  const loop = newLoop(ports, lanes);
  const { state, signal, watch, sideWork } = loop;
  const now = ports.monotonic;
  return {
    offer(run, ids) {
      offered(state, run, ids, now());
      void pump(loop);
    },
    hungry: async (run) => signal.until(() => isHungry(run)),
    decided: async (run) => signal.until(() => run.pendingCount === 0),
    withdraw() {
      withdrawn(state);
      clearTimeout(loop.alarm);
      signal.changed();
    },
    withdrawRun(run) {
      runWithdrawn(state, run);
      signal.changed();
    },
    abandon() {
      workerDied(state, now());
      signal.changed();
    },
    idle: async () => signal.until(() => !loop.isPumping && sideWork.isIdle() && isIdle(state, now())),
    async follow(lane) {
      await watch.follow(lane);
      lookAgain(loop);
    },
    standsStill: (run) => standsStill(state, run, now()),
  };
}

function newLoop(ports: SendLoopPorts, lanes: readonly Lane[]): Loop {
  const signal = createSignal();
  const sideWork = createSideWork(ports.log, signal);
  const onOutage: AccountWatchPorts['onOutage'] = (outage) => {
    lookAgain(loop);
    ports.onOutage(outage);
  };
  const loop: Loop = {
    ports,
    state: newSendState(lanes, ports.patientPauseMs),
    signal,
    sideWork,
    watch: createAccountWatch({ ...ports, onOutage }, sideWork),
    judge: createRefusalJudge(ports, ports.judgeEveryMs),
    allowances: createAllowances<Lane>(ports, {
      onBlock(lane, block, tookMs) {
        blockGiven(loop.state, lane, block, tookMs, ports.monotonic());
        loop.goOn();
      },
      onNothing(lane) {
        notGiven(lane.allowance, ports.monotonic());
        loop.goOn();
      },
    }),
    goOn() {
      void pump(loop);
      signal.changed();
    },
    isPumping: false,
    alarm: undefined,
  };
  return loop;
}

/** What stands still for long is not waited for, and what goes on goes on at once. */
function lookAgain(loop: Loop): void {
  outagesChanged(loop.state, loop.ports.monotonic());
  loop.goOn();
}

/** Does what is to be done, tick after tick, until there is nothing. */
async function pump(loop: Loop): Promise<void> {
  if (loop.isPumping) return;
  loop.isPumping = true;
  const { state, ports, signal } = loop;
  askAhead(loop);
  let step = next(state, ports.monotonic());
  for (let lostCount = 0; step.kind === 'tick'; step = next(state, ports.monotonic())) {
    const life = await ports.currentLife();
    if (!life) workerGone(state, ports.monotonic());
    else if (await tick(loop, life)) lostCount = 0;
    else await delay(doublingGap(retryGapsMs, lostCount++));
    signal.changed();
    askAhead(loop);
    // What is answered meanwhile goes into the same statement.
    await nextTurn();
  }
  loop.isPumping = false;
  setAlarm(loop, step.forMs);
  signal.changed();
}

/** Takes blocks of what accounts may be given before they are needed, beside the ticks. */
function askAhead({ state, ports, allowances }: Loop): void {
  for (const { lane, mostCount } of whoWantsBlocks(state, ports.monotonic())) allowances.ask(lane, mostCount);
}

/** What only waits for time to pass is looked at again then: no event will tell. */
function setAlarm(loop: Loop, forMs: number | undefined): void {
  clearTimeout(loop.alarm);
  if (forMs === undefined || forMs > longestTimerMs) return;
  loop.alarm = setTimeout(() => void pump(loop), Math.max(1, Math.ceil(forMs))).unref();
}

/** One statement: records, gives up and claims. False where nobody knows whether it was carried out. */
async function tick(loop: Loop, life: WorkerLife): Promise<boolean> {
  const { state, ports } = loop;
  // Once more, since what came while it waited for a life goes along.
  const step = next(state, ports.monotonic());
  if (step.kind === 'wait') return true;
  begun(state, step);
  const startBefore = ports.monotonic() + ports.startWithinMs;
  const result = await carryOut(loop, life, statementOf(step, life.id));
  if (!result) {
    tickLost(state, { id: life.id, isAlive: life.isAlive() }, ports.monotonic());
    return false;
  }
  for (const answer of step.record) tellRecorded(ports, answer, result.recordedIds.has(answer.outcome.deliveryId));
  const { flights, passed } = ticked(state, result, { workerId: life.id, claimedAt: ports.monotonic(), startBefore });
  for (const flight of flights) launch(loop, flight, life);
  void passOver(loop, passed, result.isWorkerAlive ? result.ineligibleIds : []);
  if (!result.isWorkerAlive) life.disown();
  return true;
}

/** Undefined where its answer was lost. */
async function carryOut({ ports: { log } }: Loop, life: WorkerLife, statement: ClaimStatement): Promise<TickResult | undefined> {
  try {
    return await life.withSession(async (session) => claimAndRecord(session, statement));
  } catch (error) {
    log.warn('delivery.tick_failed', { workerId: life.id, error });
    return undefined;
  }
}

async function passOver(loop: Loop, passed: readonly Candidate[], ineligibleIds: readonly string[]): Promise<void> {
  const { ports, sideWork, state, signal } = loop;
  if (ineligibleIds.length > 0) {
    await sideWork.run(async () =>
      ports.log.info('delivery.ended_at_claim', { count: await endIneligible(ports.database, ineligibleIds) }),
    );
  }
  passedOver(state, passed);
  signal.changed();
}

function launch(loop: Loop, flight: Flight, life: WorkerLife): void {
  sendFlight(loop.ports, flight, {
    isWorkerAlive: () => life.isAlive(),
    onTooLate() {
      givenUp(loop.state, flight);
      void pump(loop);
    },
    onLanded: (outcome) => takeOutcome(loop, flight, life, outcome),
  });
}
