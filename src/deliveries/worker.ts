/*
 * Sends the deliveries of frozen editions: reads ahead without locks, claims what its connections send next, sends, records. A job is a hint; the claim decides.
 * Invariants: nothing is sent that was not claimed under a living worker and within the last second (P3); at most two messages per connection are
 * unrecorded, so a kill leaves no more than these in doubt (P6); every attempt of a delivery carries the same Message-ID.
 * Order: messages/ · account/ · domain/ · life/ · report/ · by-staff/ · the rest.
 */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { type AccountOutage, defaultOutagePolicy, type OutagePolicy } from '../ledger/accounts/account-outage.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../ledger/queue/attempt.ts';
import type { Mailer } from '../mail/message.ts';
import { deliverRange, type DeliveryRange, type DeliveryRunResult } from './deliver-range.ts';
import { type Lane, newLane } from './lane.ts';
import type { OpenRangePorts } from './messages/open-range.ts';
import { createRenditionCache } from './messages/load-renditions.ts';
import { createSendLoop, type SendLoop } from './send-loop.ts';
import { beginLife, type LifeSettings } from './life/worker-life.ts';
import { createWorkerLives, type WorkerLives } from './life/worker-lives.ts';
import { noTally, type SendTally } from './send-tally.ts';

/** How a worker behaves. */
export interface DeliverySettings extends LifeSettings {
  readonly retry: RetryPolicy;
  readonly outages: OutagePolicy;
  /** Refusals are judged no more often than this. */
  readonly judgeEveryMs: number;
  /** A pause of an account that is no longer than this is waited for; for a longer one the job ends, and a sweep makes a new one. */
  readonly patientPauseMs: number;
  /** A claimed message whose first byte did not go out within this time goes back to the queue. */
  readonly startWithinMs: number;
  /** A job that took so long lets others have their turn; who calls `deliver` sees to it that it goes on. */
  readonly sliceMs: number;
  /** What is on its way when the worker is closed has so long to end and be written down; then it is left to a sweep. */
  readonly closeWithinMs: number;
}

/** What a worker needs. */
export interface DeliveryPorts extends OpenRangePorts {
  readonly log: Log;
  readonly settings?: Partial<DeliverySettings>;
  readonly clock?: Clock;
  /** Milliseconds that never jump. */
  readonly monotonic?: () => number;
  readonly random?: () => number;
  /** Hears when an account was refused, from the first time on. */
  readonly onOutage?: (outage: AccountOutage) => void;
  /** Hears when an account that was refused goes on. */
  readonly onGoesOn?: () => void;
  /** Counts what is done. Default: nobody does. */
  readonly tally?: SendTally;
}

/** Delivers ranges of editions until it is closed. */
export interface DeliveryWorker {
  /** Sends what is due in the range. Safe to call for any range, any number of times, from any number of workers at once. */
  deliver(range: DeliveryRange): Promise<DeliveryRunResult>;
  /** Claims nothing more, waits for what is on its way, writes it down and signs off. Gives up where that takes too long, as without its database. */
  close(): Promise<void>;
  /** Destroys the sockets and drops everything, for a process that must end at once; a sweep finds what was on its way. */
  abort(): void;
}

/** Thirty seconds bridge a restart of Postgres; five between renewals leave room for several that fail; who stops a service waits thirty, mostly, before it kills. */
const defaultSettings: DeliverySettings = {
  aliveMs: 30_000,
  renewEveryMs: 5_000,
  startWithinMs: 1_000,
  closeWithinMs: 20_000,
  retry: defaultRetryPolicy,
  outages: defaultOutagePolicy,
  judgeEveryMs: 250,
  patientPauseMs: 10_000,
  sliceMs: Infinity,
};

/** A worker with its parts. */
interface Worker {
  readonly log: Log;
  readonly settings: DeliverySettings;
  readonly monotonic: () => number;
  readonly lanes: ReadonlyMap<Mailer, Lane>;
  readonly loop: SendLoop;
  readonly lives: WorkerLives;
  /** No job goes on; set by `close` and `abort`. */
  isClosing: boolean;
  /** No other life begins; set when everything is written down, or will not be. */
  isGone: boolean;
}

/** Creates a worker and registers it at once, so that others see that one lives. */
export function createDeliveryWorker(ports: DeliveryPorts): DeliveryWorker {
  const worker = newWorker(ports);
  const { loop, lanes, lives } = worker;
  const renditions = createRenditionCache(ports.database);
  void lives.current();
  return {
    deliver: async (range) =>
      deliverRange(
        {
          ...ports,
          loop,
          renditions,
          sliceMs: worker.settings.sliceMs,
          patienceMs: worker.settings.retry.patienceMs,
          monotonic: worker.monotonic,
          laneOf: (mailer) => lanes.get(mailer)!,
          isClosing: () => worker.isClosing,
        },
        range,
      ),
    close: async () => close(worker),
    abort: () => abort(worker),
  };
}

function newWorker(ports: DeliveryPorts): Worker {
  const { database, log, mailers } = ports;
  const settings = { ...defaultSettings, ...ports.settings };
  const clock = ports.clock ?? systemClock;
  const monotonic = ports.monotonic ?? (() => performance.now());
  const lanes = new Map(mailers.all.map((mailer) => [mailer, newLane(mailer)]));
  const lives = createWorkerLives({
    log,
    begin: async (onDeath) => beginLife({ database, log, clock, monotonic, host: hostname(), pid: process.pid, settings }, onDeath),
    onDeath() {
      for (const mailer of lanes.keys()) mailer.abort();
      worker.loop.abandon();
    },
    isGone: () => worker.isGone,
  });
  const loopPorts = {
    database,
    log,
    clock,
    monotonic,
    random: ports.random ?? Math.random,
    onOutage: ports.onOutage ?? (() => {}),
    onGoesOn: ports.onGoesOn ?? (() => {}),
    tally: ports.tally ?? noTally,
    ...settings,
    currentLife: async () => lives.current(),
  };
  const worker: Worker = {
    log,
    settings,
    monotonic,
    lanes,
    lives,
    loop: createSendLoop(loopPorts, [...lanes.values()]),
    isClosing: false,
    isGone: false,
  };
  return worker;
}

async function close(worker: Worker): Promise<void> {
  const { log, loop, lives, settings } = worker;
  worker.isClosing = true;
  loop.withdraw();
  const isInTime = await Promise.race([loop.idle().then(() => true), delay(settings.closeWithinMs, false, { ref: false })]);
  if (!isInTime) {
    log.warn('delivery.close_gave_up');
    abort(worker);
    return;
  }
  worker.isGone = true;
  await lives.end();
}

function abort(worker: Worker): void {
  const { lanes, lives, loop } = worker;
  worker.isClosing = true;
  worker.isGone = true;
  for (const mailer of lanes.keys()) mailer.abort();
  lives.drop();
  loop.withdraw();
  loop.abandon();
}
