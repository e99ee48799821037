/*
 * Sends the deliveries of frozen editions: reads ahead without locks, claims what its connections send next, sends, records. A job is a hint; the claim decides.
 * Invariants: nothing is sent that was not claimed under a living worker and within the last second (P3); at most two messages per connection are
 * unrecorded, so a kill leaves no more than these in doubt (P6); every attempt of a delivery carries the same Message-ID.
 */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/db.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { NotFoundError } from '../kernel/errors.ts';
import type { Job } from '../kernel/job.ts';
import type { Log } from '../kernel/log.ts';
import { type AccountOutage, defaultOutagePolicy, type OutagePolicy } from '../ledger/accounts/account-outage.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../ledger/queue/attempt.ts';
import { readAhead } from '../ledger/queue/claim-store.ts';
import { closeEdition } from '../ledger/sweep/close-edition.ts';
import { findEdition } from '../ledger/drafts/edition-store.ts';
import type { Rendition } from '../ledger/drafts/rendition.ts';
import { findRendition } from '../ledger/drafts/rendition-store.ts';
import { parseKnownAddress } from '../mail/address.ts';
import type { Mailer } from '../mail/message.ts';
import { getNewsletterById } from '../newsletters/newsletter-store.ts';
import type { DeliveryLinks } from './build-message.ts';
import { createLane, type Lane } from './lane.ts';
import { type DeliveryRunResult, type RangeRun, resultOf } from './deliver-range.ts';
import { createSendLoop, type SendLoop } from './send-loop.ts';
import { beginLife, type LifeSettings } from './worker-life.ts';
import { createWorkerLives } from './worker-lives.ts';

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
  /** What is on its way when the worker is closed has so long to end and be written down; then it is left to a sweep. */
  readonly closeWithinMs: number;
}

/** What a worker needs. */
export interface DeliveryPorts {
  readonly database: Database;
  /** `outbox` takes the mail of the sample newsletter, whatever `smtp` is; both may be the same. */
  readonly mailers: { readonly smtp: Mailer; readonly outbox: Mailer };
  readonly log: Log;
  readonly links: DeliveryLinks;
  /** Makes the Message-IDs. A repeat carries the same one only as long as this stays the same. */
  readonly messageIdSecret: Buffer;
  readonly settings?: Partial<DeliverySettings>;
  readonly clock?: Clock;
  /** Milliseconds that never jump. */
  readonly monotonic?: () => number;
  readonly random?: () => number;
  /** Hears when an account was refused, from the first time on. */
  readonly onOutage?: (outage: AccountOutage) => void;
  /** Hears when an account that was refused goes on. */
  readonly onGoesOn?: () => void;
}

/** Delivers ranges of editions until it is closed. */
export interface DeliveryWorker {
  /** Sends what is due in the range. Safe to call for any range, any number of times, from any number of workers at once. */
  deliver(job: Omit<Extract<Job, { name: 'deliver' }>, 'name'>): Promise<DeliveryRunResult>;
  /** Claims nothing more, waits for what is on its way, writes it down and signs off. Gives up where that takes too long, as without its database. */
  close(): Promise<void>;
  /** Destroys the sockets and drops everything, for a process that must end at once; a sweep finds what was on its way. */
  abort(): void;
}

/** Thirty seconds bridge a restart of Postgres; five between renewals leave room for several that fail. */
const defaultSettings: DeliverySettings = {
  aliveMs: 30_000,
  renewEveryMs: 5_000,
  startWithinMs: 1_000,
  closeWithinMs: 30_000,
  retry: defaultRetryPolicy,
  outages: defaultOutagePolicy,
  judgeEveryMs: 250,
  patientPauseMs: 10_000,
};
const readAheadCount = 200;

/** Creates a worker and registers it at once, so that others see that one lives. */
export function createDeliveryWorker(ports: DeliveryPorts): DeliveryWorker {
  const settings = { ...defaultSettings, ...ports.settings };
  const { database, log, mailers } = ports;
  const clock = ports.clock ?? systemClock;
  const monotonic = ports.monotonic ?? (() => performance.now());
  const lanes = [...new Set([mailers.smtp, mailers.outbox])].map(createLane);
  const laneOf = (mailer: Mailer): Lane => lanes.find((lane) => lane.mailer === mailer)!;
  let isClosing = false;
  let isGone = false;

  const lives = createWorkerLives({
    log,
    begin: async (onDeath) => beginLife({ database, log, clock, monotonic, host: hostname(), pid: process.pid, settings }, onDeath),
    onDeath() {
      for (const lane of lanes) lane.mailer.abort();
      loop.abandon();
    },
    isGone: () => isGone,
  });
  const loop: SendLoop = createSendLoop(
    {
      database,
      log,
      clock,
      monotonic,
      random: ports.random ?? Math.random,
      onOutage: ports.onOutage ?? (() => {}),
      onGoesOn: ports.onGoesOn ?? (() => {}),
      ...settings,
      currentLife: async () => lives.current(),
    },
    lanes,
  );
  void lives.current();

  return {
    async deliver({ editionId, fromId, toId }) {
      const { run, isSample } = await openRun(ports, editionId);
      const lane = laneOf(isSample ? mailers.outbox : mailers.smtp);
      await loop.follow(lane);
      const standsStill = (): boolean => loop.standsStill(lane, run.sender);
      const mustStop = (): boolean => isClosing || standsStill();
      for (let before = -1; run.claimedCount > before && !mustStop();) {
        before = run.claimedCount;
        let afterId = String(BigInt(fromId) - 1n);
        const suspects: string[] = [];
        while (!mustStop()) {
          const ids = await readAhead(database, { editionId, afterId, toId, limit: readAheadCount });
          const lastId = ids.at(-1);
          if (lastId === undefined || mustStop()) break;
          afterId = lastId;
          suspects.push(...ids.filter((id) => lane.isSuspect(id)));
          loop.offer(
            lane,
            run,
            ids.filter((id) => !lane.isSuspect(id)),
          );
          await loop.hungry(lane);
        }
        await loop.decided(run);
        if (mustStop()) break;
        loop.offer(lane, run, suspects);
        await loop.decided(run);
      }
      if (await closeEdition(database, editionId)) log.info('edition.done', { editionId });
      return resultOf(run, isClosing ? 'stopped' : run.hasLeft || standsStill() ? 'stands_still' : 'finished');
    },
    async close() {
      isClosing = true;
      loop.withdraw();
      const isInTime = await Promise.race([loop.idle().then(() => true), delay(settings.closeWithinMs, false, { ref: false })]);
      if (isInTime) {
        isGone = true;
        await lives.end();
      } else {
        log.warn('delivery.close_gave_up');
        abort();
      }
    },
    abort,
  };

  function abort(): void {
    isClosing = true;
    isGone = true;
    for (const lane of lanes) lane.mailer.abort();
    lives.drop();
    loop.withdraw();
    loop.abandon();
  }
}

/** The frame of an edition's messages, and its renditions as they are asked for. @throws NotFoundError */
async function openRun(ports: DeliveryPorts, editionId: string): Promise<{ run: RangeRun; isSample: boolean }> {
  const { database, links, messageIdSecret } = ports;
  const edition = await findEdition(database, editionId);
  if (!edition) throw new NotFoundError('Expected an edition, found none', { details: { editionId } });
  const newsletter = await getNewsletterById(database, edition.newsletterId);
  const renditions = new Map<string, Promise<Rendition>>();
  const load = async (renditionId: string): Promise<Rendition> => {
    const rendition = await findRendition(database, renditionId);
    if (!rendition) throw new NotFoundError('Expected a rendition, found none', { details: { renditionId } });
    return rendition;
  };
  const run: RangeRun = {
    sender: newsletter.senderAddress,
    frame: {
      newsletter,
      links,
      messageIdSecret,
      messageIdDomain: parseKnownAddress(edition.approvedSender ?? newsletter.senderAddress).domain,
    },
    async rendition(renditionId) {
      const known = renditions.get(renditionId);
      if (known) return known;
      const loading = load(renditionId);
      renditions.set(renditionId, loading);
      // A failed load is tried again by the next message.
      loading.catch(() => renditions.delete(renditionId));
      return loading;
    },
    pendingCount: 0,
    claimedCount: 0,
    standsStill: false,
    hasLeft: false,
    counts: { accepted: 0, deferred: 0, rejected: 0, in_doubt: 0 },
  };
  return { run, isSample: newsletter.isSample };
}
