import type { Log } from '../kernel/log.ts';
import type { Job } from '../kernel/job.ts';
import { readAhead } from '../ledger/queue/claim-store.ts';
import { settleRanges } from '../ledger/queue/open-range-store.ts';
import { closeEdition } from '../ledger/sweep/close-edition.ts';
import type { Mailer } from '../mail/message.ts';
import { isSuspect } from './account/account-state.ts';
import { type Lane, newRangeRun, type RangeRun } from './lane.ts';
import { openRange, type OpenRangePorts } from './messages/open-range.ts';
import type { RenditionCache } from './messages/load-renditions.ts';
import type { SendLoop } from './send-loop.ts';

/** Which deliveries: of an edition, in a range of ids. */
export type DeliveryRange = Omit<Extract<Job, { name: 'deliver' }>, 'name'>;

/**
 * What became of a range of deliveries. `stopped`: the worker was closed; `stands_still`: the account was refused, what is left stays queued and
 * a sweep makes a new job of it.
 */
export interface DeliveryRunResult {
  readonly kind: 'finished' | 'stopped' | 'stands_still';
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
}

const readAheadCount = 200;

/**
 * Sends what is due in the range, and what comes due meanwhile: it is read through again until nothing more of it was claimed. Those for which the account was
 * refused before have their turn after all others.
 */
export async function deliverRange(ports: DeliverRangePorts, range: DeliveryRange): Promise<DeliveryRunResult> {
  const { database, log, loop, isClosing } = ports;
  const { sender, work } = await openRange(ports, ports.renditions, range.editionId);
  const run = newRangeRun(ports.laneOf(work.mailer), sender, work);
  await loop.follow(run.lane);
  const mustStop = (): boolean => isClosing() || loop.standsStill(run);
  for (let before = -1; run.claimedCount > before && !mustStop();) {
    before = run.claimedCount;
    const suspects = await offerAhead(ports, run, range, mustStop);
    await loop.decided(run);
    if (mustStop()) break;
    loop.offer(run, suspects);
    await loop.decided(run);
  }
  // What stands still is still due, all of it: there is nothing to write down.
  if (!isClosing() && (run.claimedCount > 0 || !loop.standsStill(run))) await settleRanges(database, range);
  if (await closeEdition(database, range.editionId)) log.info('edition.done', { editionId: range.editionId });
  return resultOf(run, isClosing() ? 'stopped' : run.hasLeft || loop.standsStill(run) ? 'stands_still' : 'finished');
}

/** Reads the range once, no faster than it is sent. Returns those that were not offered, because the account was refused for them. */
async function offerAhead(
  { database, loop }: DeliverRangePorts,
  run: RangeRun,
  { editionId, fromId, toId }: DeliveryRange,
  mustStop: () => boolean,
): Promise<string[]> {
  const { account } = run.lane;
  const suspects: string[] = [];
  let afterId = String(BigInt(fromId) - 1n);
  while (!mustStop()) {
    const ids = await readAhead(database, { editionId, afterId, toId, limit: readAheadCount });
    const lastId = ids.at(-1);
    if (lastId === undefined || mustStop()) break;
    afterId = lastId;
    suspects.push(...ids.filter((id) => isSuspect(account, id)));
    loop.offer(
      run,
      ids.filter((id) => !isSuspect(account, id)),
    );
    await loop.hungry(run.lane);
  }
  return suspects;
}

function resultOf(run: RangeRun, kind: DeliveryRunResult['kind']): DeliveryRunResult {
  const { accepted, deferred, rejected, in_doubt: inDoubtCount } = run.counts;
  return { kind, acceptedCount: accepted, deferredCount: deferred, rejectedCount: rejected, inDoubtCount };
}
