import type { Log } from '../kernel/log.ts';
import type { Job } from '../kernel/job.ts';
import { readAhead, readAheadByDomain, type ReadAhead } from '../ledger/queue/claim-store.ts';
import { settleRanges } from '../ledger/queue/open-range-store.ts';
import { closeEdition } from '../ledger/sweep/close-edition.ts';
import type { Mailer } from '../mail/message.ts';
import { receivingDomain } from '../mail/accounts/receiving-domain.ts';
import { isSuspect } from './account/account-state.ts';
import type { ByDomain } from './domain/lane-domains.ts';
import { type Lane, newRangeRun, type RangeRun } from './lane.ts';
import { openRange, type OpenRangePorts } from './messages/open-range.ts';
import type { RenditionCache } from './messages/load-renditions.ts';
import type { SendLoop } from './send-loop.ts';

/** Which deliveries: of an edition, in a range of ids. */
export type DeliveryRange = Omit<Extract<Job, { name: 'deliver' }>, 'name'>;

/**
 * What became of a range of deliveries. `stopped`: the worker was closed; `stands_still`: the account was refused or is not configured, what is left stays queued and
 * a sweep makes a new job of it; `yielded`: it took its time, and others have their turn before it goes on.
 */
export interface DeliveryRunResult {
  readonly kind: 'finished' | 'stopped' | 'stands_still' | 'yielded';
  readonly acceptedCount: number;
  readonly deferredCount: number;
  readonly rejectedCount: number;
  readonly inDoubtCount: number;
}

/** What delivering takes. */
export interface DeliverRangePorts extends OpenRangePorts {
  readonly log: Log;
  readonly loop: SendLoop;
  readonly renditions: RenditionCache;
  readonly laneOf: (mailer: Mailer) => Lane;
  readonly isClosing: () => boolean;
  /** A job that took so long lets others have their turn. */
  readonly sliceMs: number;
  /** For so long a delivery is tried. */
  readonly patienceMs: number;
  readonly monotonic: () => number;
}

const readAheadCount = 200;

/** What was read ahead. */
interface Ahead {
  readonly ids: string[];
  readonly domains: Map<string, ByDomain> | undefined;
}

/**
 * Sends what is due in the range, and what comes due meanwhile: it is read through again until nothing more of it was claimed. Those for which the account was
 * refused before have their turn after all others.
 */
export async function deliverRange(ports: DeliverRangePorts, range: DeliveryRange): Promise<DeliveryRunResult> {
  const { database, log, loop, isClosing } = ports;
  const opened = await openRange(ports, ports.renditions, range.editionId);
  if (opened.kind === 'no_account') {
    log.error('delivery.account_not_configured', { editionId: range.editionId, newsletterId: opened.newsletterId });
    return { kind: 'stands_still', acceptedCount: 0, deferredCount: 0, rejectedCount: 0, inDoubtCount: 0 };
  }
  const { sender, work } = opened;
  const run = newRangeRun(ports.laneOf(work.mailer), sender, work, range.editionId);
  await loop.follow(run.lane);
  const slice = beginSlice(ports, run);
  const mustStop = (): boolean => isClosing() || loop.standsStill(run) || slice.isOver();
  for (let before = -1; run.claimedCount > before && !mustStop();) {
    before = run.claimedCount;
    const suspects = await offerAhead(ports, run, range, mustStop);
    await loop.decided(run);
    if (mustStop()) break;
    loop.offer(run, suspects.ids, suspects.domains);
    await loop.decided(run);
  }
  slice.end();
  if (slice.isOver() && !isClosing() && !loop.standsStill(run)) return resultOf(run, 'yielded');
  // What stands still is still due, all of it: there is nothing to write down.
  if (!isClosing() && (run.claimedCount > 0 || !loop.standsStill(run))) await settleRanges(database, range);
  if (await closeEdition(database, range.editionId)) log.info('edition.done', { editionId: range.editionId });
  return resultOf(run, isClosing() ? 'stopped' : run.hasLeft || loop.standsStill(run) ? 'stands_still' : 'finished');
}

/** Others wait for a place among the few jobs that run at once: a job of a slow account does not keep its own to the end. */
function beginSlice({ loop, sliceMs }: DeliverRangePorts, run: RangeRun): { isOver(): boolean; end(): void } {
  let isOver = false;
  if (sliceMs === Infinity) return { isOver: () => isOver, end() {} };
  const timer = setTimeout(() => {
    isOver = true;
    loop.withdrawRun(run);
  }, sliceMs);
  return { isOver: () => isOver, end: () => clearTimeout(timer) };
}

/** Reads the range once, no faster than it is sent. Returns those that were not offered, because the account was refused for them. */
async function offerAhead(
  ports: DeliverRangePorts,
  run: RangeRun,
  { editionId, fromId, toId }: DeliveryRange,
  mustStop: () => boolean,
): Promise<Ahead> {
  const { loop } = ports;
  const { account } = run.lane;
  const suspects: Ahead = { ids: [], domains: new Map() };
  let afterId = String(BigInt(fromId) - 1n);
  while (!mustStop()) {
    const { ids, domains } = await lookAhead(ports, run.lane, { editionId, afterId, toId, limit: readAheadCount });
    const lastId = ids.at(-1);
    if (lastId === undefined || mustStop()) break;
    afterId = lastId;
    for (const id of ids) {
      if (!isSuspect(account, id)) continue;
      suspects.ids.push(id);
      const domain = domains?.get(id);
      if (domain) suspects.domains?.set(id, domain);
    }
    loop.offer(
      run,
      ids.filter((id) => !isSuspect(account, id)),
      domains,
    );
    await loop.hungry(run);
  }
  return suspects;
}

/** Only an account that spares the hosts of its readers asks for their domains. */
async function lookAhead({ database, patienceMs, monotonic }: DeliverRangePorts, { domains }: Lane, range: ReadAhead): Promise<Ahead> {
  if (!domains) return { ids: await readAhead(database, range), domains: undefined };
  const due = await readAheadByDomain(database, range);
  const now = monotonic();
  const byDomain = due.map(
    ({ id, domain, ageMs }) => [id, { group: receivingDomain(domain), expiresAt: now + patienceMs - ageMs }] as const,
  );
  return { ids: due.map(({ id }) => id), domains: new Map(byDomain) };
}

function resultOf(run: RangeRun, kind: DeliveryRunResult['kind']): DeliveryRunResult {
  const { accepted, deferred, rejected, in_doubt: inDoubtCount } = run.counts;
  return { kind, acceptedCount: accepted, deferredCount: deferred, rejectedCount: rejected, inDoubtCount };
}
