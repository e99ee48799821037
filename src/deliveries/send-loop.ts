import { doublingGap } from '../kernel/backoff.ts';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { claimAndRecord, type ClaimStatement, type TickResult } from '../ledger/queue/claim-store.ts';
import { endIneligible, expireHeld } from '../ledger/end-delivery.ts';
import { type AccountWatchPorts, createAccountWatch } from './account-watch.ts';
import { type Candidate, domainHeldMs, type Flight, isHungry, type Lane, type RangeRun, waitingByDomain } from './lane.ts';
import type { ByDomain } from './domain/lane-domains.ts';
import { createRefusalJudge } from './refusal-judge.ts';
import { notGiven } from './account/allowance.ts';
import { createAllowances } from './account/take-allowance.ts';
import { askLaneDomains } from './domain/ask-lane-domains.ts';
import {
  begun,
  blockGiven,
  domainsTold,
  givenUp,
  offered,
  outagesChanged,
  passedOver,
  runWithdrawn,
  takeDrops,
  ticked,
  tickLost,
  withdrawn,
  workerDied,
  workerGone,
} from './send-events.ts';
import { type FlightPorts, sendFlight } from './send-flight.ts';
import { isIdle, newSendState, next, standsStill, statementOf, whoAsksForDomains, whoWantsBlocks } from './send-state.ts';
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
  offer(run: RangeRun, ids: readonly string[], domains?: ReadonlyMap<string, ByDomain>): void;
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
  /** What is being asked of the domains of a lane's readers; only `tellDomains` changes it. */
  readonly telling: Map<Lane, Promise<void>>;
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
    offer(run, ids, domains) {
      offered(state, run, ids, now(), domains);
      void pump(loop);
    },
    hungry: async (run) => signal.until(() => isHungry(run, now())),
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
      await tellDomains(loop, lane);
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
    telling: new Map(),
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
  void dropHeld(loop);
  setAlarm(loop, step.forMs);
  signal.changed();
}

/** Takes blocks of what accounts may be given before they are needed, beside the ticks. */
function askAhead(loop: Loop): void {
  const { state, ports, allowances } = loop;
  for (const { lane, mostCount } of whoWantsBlocks(state, ports.monotonic())) allowances.ask(lane, mostCount);
  for (const lane of whoAsksForDomains(state, ports.monotonic())) void tellDomains(loop, lane);
}

/** Says and hears what is known of the domains of a lane's readers, and waits for it where that is under way. */
async function tellDomains(loop: Loop, lane: Lane): Promise<void> {
  if (!lane.domains) return;
  const telling = loop.telling.get(lane) ?? ask(loop, lane);
  loop.telling.set(lane, telling);
  await telling;
}

async function ask(loop: Loop, lane: Lane): Promise<void> {
  await askLaneDomains(loop.ports, lane, waitingByDomain(lane), (told) => {
    loop.telling.delete(lane);
    if (told) domainsTold(loop.state, lane, told, loop.ports.monotonic());
    loop.goOn();
  });
}

/** Ends what would be tried only when its time is over, beside the ticks; what is not so by the database is left to a sweep. */
async function dropHeld({ ports, state, sideWork, signal }: Loop): Promise<void> {
  const now = ports.monotonic();
  const drops = takeDrops(state);
  if (drops.length === 0) return;
  const held = drops.map((candidate) => ({ id: candidate.id, forMs: domainHeldMs(candidate, now) }));
  await sideWork.run(async () =>
    ports.log.info('delivery.expired_waiting', { count: await expireHeld(ports.database, held, ports.retry.patienceMs) }),
  );
  for (const { run } of drops) run.hasLeft = true;
  passedOver(state, drops);
  signal.changed();
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
  const beganAt = ports.monotonic();
  const result = await carryOut(loop, life, statementOf(step, life.id));
  ports.tally.tick({ tookMs: ports.monotonic() - beganAt, isAnswered: result !== undefined });
  if (!result) {
    tickLost(state, { id: life.id, isAlive: life.isAlive() }, ports.monotonic());
    return false;
  }
  for (const answer of step.record) tellRecorded(ports, answer, result.recordedIds.has(answer.outcome.deliveryId));
  const { flights, passed } = ticked(state, result, {
    workerId: life.id,
    claimedAt: ports.monotonic(),
    startBefore: beganAt + ports.startWithinMs,
  });
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
