/*
 * What the clock makes happen, each minute, in every process: due slots become jobs, due sources are read, what was forgotten is found.
 * All of it may run in any number of processes at once: a slot is a row, everything else is safe to repeat.
 */
import { InvalidInputError } from '../kernel/errors.ts';
import { settleFreeDraft, tellHeld } from '../editions/decide/settle-draft.ts';
import type { EditionPorts } from '../editions/edition-ports.ts';
import { pruneEditions } from '../editions/prune-editions.ts';
import { createGroupRenderer } from '../editions/digests/render-releases.ts';
import { listOpenOutages } from '../ledger/accounts/account-outage-store.ts';
import { applyOffers } from '../ledger/apply-offers.ts';
import type { RetryPolicy } from '../ledger/queue/attempt.ts';
import { listEditions, listStoppedEditions } from '../ledger/drafts/edition-store.ts';
import { listTouchedEditions, repointRetracted } from '../ledger/freeze/repoint-retracted.ts';
import { sweepDeliveries } from '../ledger/sweep/sweep-deliveries.ts';
import { listRunningSchedules } from '../newsletters/schedule-store.ts';
import { newestSlot } from '../newsletters/schedule.ts';
import { listDueNotices } from '../notices/notice-store.ts';
import { readDocumentSizes } from '../sources/collecting/read-document-sizes.ts';
import type { SourceReader } from '../reading/source-reader.ts';
import { listDueSources } from '../sources/source-store.ts';
import { expireSignUps } from '../subscribers/joining/expire-sign-ups.ts';
import { deleteOldLeavingSlots } from '../subscribers/leaving/leaving-burst-store.ts';
import { deleteOldLinkRequests, findForgottenLinkRequests } from '../subscribers/links/link-request-store.ts';
import { findForgottenSignUps } from '../subscribers/joining/sign-up-store.ts';
import { applyTopicChanges } from '../topics/change-post-topics.ts';
import { continueMerges } from '../topics/merge-topics.ts';
import { beginWatching, listWatchedSlots } from './heartbeat-store.ts';
import { judgeSlot, type HeartbeatPatience } from './heartbeat.ts';
import { databaseNow, listForgottenSlots, takeHour, takeSlot } from './slot-store.ts';
import type { Aside } from './aside.ts';
import type { Clock } from '../kernel/clock.ts';

/** What a tick needs. */
export interface TickPorts extends EditionPorts {
  readonly retry: RetryPolicy;
  /** By what time slots are due. Default: the database's, so that a process whose clock runs ahead takes none early. */
  readonly slotClock?: Clock;
  /** Takes over what may take long. Default: the tick waits for it. */
  readonly aside?: Aside['run'];
  /** Where an outside watch hears of every slot; without it none does. */
  readonly heartbeat?: HeartbeatPatience;
  /** Asks how long a document is; without it nobody does. */
  readonly readLength?: SourceReader['readLength'];
  /** For how many days deliveries of editions that ended are kept. Default: for ever. */
  readonly keepDeliveriesDays?: number;
}

/** At most one draft of each schedule and one approved edition of each newsletter exist: more than anybody has. */
const editionsPerTick = 10_000;

/** So many notices are queued in one minute; the rest in the next. */
const noticesPerTick = 2_000;

/** Runs everything that is due now. One part that fails does not keep the others from running; the first error is thrown at the end. */
export async function runTick(ports: TickPorts): Promise<void> {
  const parts = [
    // Before everything that may take long: somebody waits for a confirmation.
    queueDueNotices,
    queueForgottenSignUps,
    queueForgottenLinkRequests,
    queueDueSlots,
    queueForgottenSlots,
    queueDueSources,
    sweep,
    queueFreezes,
    repoint,
    changeTopics,
    offer,
    settleDrafts,
    tellHeldEditions,
    tellStoppedEditions,
    tellOutages,
    tellHeldSending,
    tellGonePosts,
    queuePings,
    expire,
    prune,
    measure,
  ];
  await runAll(parts.map((part) => () => part(ports)));
}

/** What renders, or walks many readers: of one newsletter, and no other waits for it. */
async function runAside({ aside }: TickPorts, key: string, work: () => Promise<unknown>): Promise<void> {
  await (aside ? aside(key, work) : work());
}

/** One after the other, each whatever became of those before; the first error is thrown at the end. */
async function runAll(works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const work of works) await work().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** The newest slot of each schedule that nobody took yet; older ones that everything slept through are not made up for. */
async function queueDueSlots({ database, enqueue, slotClock, log }: TickPorts): Promise<void> {
  const now = slotClock?.() ?? (await databaseNow(database));
  for (const schedule of await listRunningSchedules(database)) {
    const slotAt = newestSlot(schedule, now);
    if (!slotAt) continue;
    const isTaken = await database.transaction(async (tx) => {
      if (!(await takeSlot(tx, `compose:${schedule.id}`, slotAt, now))) return false;
      await enqueue(tx, { name: 'compose', scheduleId: schedule.id, slotAt: slotAt.toISOString() });
      return true;
    });
    if (isTaken) log.info('slot.taken', { scheduleId: schedule.id, slotAt: slotAt.toISOString() });
  }
}

/** A slot is taken with its job, but a job can be lost with the queue's patience; what has no edition yet is queued again. */
async function queueForgottenSlots({ database, enqueue, slotClock }: TickPorts): Promise<void> {
  for (const slot of await listForgottenSlots(database, slotClock?.() ?? (await databaseNow(database)))) {
    await enqueue(database, { name: 'compose', scheduleId: slot.scheduleId, slotAt: slot.slotAt.toISOString() });
  }
}

async function queueDueSources({ database, enqueue, clock }: TickPorts): Promise<void> {
  // No slot: a source says itself when it is due, under its own lock, so that a job too many reads nothing.
  for (const sourceId of await listDueSources(database, clock())) await enqueue(database, { name: 'collect', sourceId });
}

async function sweep({ database, enqueue, clock, log, retry }: TickPorts): Promise<void> {
  const swept = await sweepDeliveries(database, { policy: retry, enqueue, now: clock() });
  if (swept.doubtedCount > 0) log.warn('delivery.orphans_found', { count: swept.doubtedCount });
  for (const editionId of swept.pausedEditionIds) log.error('edition.stopped', { editionId });
}

async function queueFreezes({ database, enqueue }: TickPorts): Promise<void> {
  const approved = await listEditions(database, { states: ['approved'], limit: editionsPerTick });
  for (const edition of approved) await enqueue(database, { name: 'freeze', editionId: edition.id });
}

async function repoint(ports: TickPorts): Promise<void> {
  const onFault = async (editionId: string, error: unknown): Promise<void> => {
    if (!(error instanceof InvalidInputError)) throw error;
    ports.log.error('edition.stuck', { editionId, error });
    await ports.notifyStaff(editionId, { kind: 'stuck', reason: error.message });
  };
  const repointPorts = { renderRendition: createGroupRenderer(ports), now: ports.clock(), onFault };
  const touched = await listTouchedEditions(ports.database);
  await runAll(touched.map((id) => () => runAside(ports, `repoint:${id}`, () => repointRetracted(ports.database, repointPorts, id))));
}

/** What waited for a freeze, and merges whose process died. Before offers, which it makes. */
async function changeTopics(ports: TickPorts): Promise<void> {
  const { database, clock, log } = ports;
  await runAside(ports, 'topics', async () => {
    await applyTopicChanges(database, { now: clock(), waits: false });
    for (const { id, followerCount } of await continueMerges(database, clock())) log.info('topics.merged', { mergeId: id, followerCount });
  });
}

async function offer(ports: TickPorts): Promise<void> {
  const { database, clock, log } = ports;
  await runAside(ports, 'offers', async () => {
    const offers = await applyOffers(database, { now: clock() });
    // Once for each: staff may leave them for as long as they like.
    if (offers.newlyHeldCount > 0) log.warn('offers.held', { count: offers.newlyHeldCount });
  });
}

/** Drafts that a schedule composed: one whose process died before it was settled, whose deadline has come or was changed, or whose links have expired. */
async function settleDrafts(ports: TickPorts): Promise<void> {
  const drafts = await listEditions(ports.database, { states: ['draft'], limit: editionsPerTick });
  const waiting = drafts.filter((edition) => !edition.byHand);
  await runAll(waiting.map((edition) => () => runAside(ports, `draft:${edition.id}`, () => settleFreeDraft(ports, edition.id))));
}

/** Held ones of which nobody was told, because a process died in between, or whose links have expired. */
async function tellHeldEditions(ports: TickPorts): Promise<void> {
  const held = await listEditions(ports.database, { states: ['held'], limit: editionsPerTick });
  await runAll(held.map((edition) => () => tellHeld(ports, edition.id)));
}

/** Editions that paused themselves because of what the mail server said, or that had ended before they could. */
async function tellStoppedEditions(ports: TickPorts): Promise<void> {
  const stopped = await listStoppedEditions(ports.database);
  await runAll(
    stopped.map(
      ({ id, state, reason }) =>
        () =>
          ports.notifyStaff(id, { kind: state === 'paused' ? 'paused' : 'refused', reason }),
    ),
  );
}

/** Outages of which nobody was told: a process died in between, or they have outlasted the quiet time after one before. */
async function tellOutages({ database, tellOutage }: TickPorts): Promise<void> {
  const open = await listOpenOutages(database);
  await runAll(open.map((outage) => () => tellOutage(outage)));
}

async function tellHeldSending({ tellHold }: TickPorts): Promise<void> {
  await tellHold();
}

async function tellGonePosts({ tellGone }: TickPorts): Promise<void> {
  await tellGone();
}

async function queueDueNotices({ database, enqueue }: TickPorts): Promise<void> {
  for (const noticeId of await listDueNotices(database, noticesPerTick)) await enqueue(database, { name: 'notice', noticeId });
}

/** A sign-up is stored with its job, but a job can be lost. */
async function queueForgottenSignUps({ database, enqueue, clock }: TickPorts): Promise<void> {
  for (const signUpId of await findForgottenSignUps(database, clock())) await enqueue(database, { name: 'sign_up', signUpId });
}

async function queueForgottenLinkRequests({ database, enqueue, clock }: TickPorts): Promise<void> {
  for (const requestId of await findForgottenLinkRequests(database, clock())) await enqueue(database, { name: 'link', requestId });
}

/** Nobody waits for what is forgotten: once in an hour, in one of the processes. */
async function expire({ database, clock, log }: TickPorts): Promise<void> {
  if (!(await takeHour(database, 'expire', clock()))) return;
  await deleteOldLinkRequests(database, clock());
  await deleteOldLeavingSlots(database, clock());
  const count = await expireSignUps(database, clock());
  if (count > 0) log.info('sign_ups.expired', { count });
}

/** Deliveries that one hour deletes: some ten seconds of work. The rest goes with the next. */
const prunedPerHour = 200_000;

/** What is older than the policy: once in an hour, in one of the processes. */
async function prune(ports: TickPorts): Promise<void> {
  const { database, clock, log, keepDeliveriesDays } = ports;
  if (keepDeliveriesDays === undefined || !(await takeHour(database, 'prune', clock()))) return;
  await runAside(ports, 'prune', async () => {
    const pruned = await pruneEditions(database, { olderThanDays: keepDeliveriesDays, now: clock(), mostCount: prunedPerHour });
    if (pruned.prunedCount > 0) log.info('editions.pruned', { editionIds: pruned.editionIds, count: pruned.prunedCount });
  });
}

/** Sizes that cards show: never needed, so last, and beside everything else. */
async function measure(ports: TickPorts): Promise<void> {
  const { database, clock, readLength } = ports;
  if (readLength) await runAside(ports, 'documents', () => readDocumentSizes({ database, clock, readLength }));
}

/** Slots of which the watch has not heard yet how they stand now; its job looks again. */
async function queuePings({ database, enqueue, clock, heartbeat }: TickPorts): Promise<void> {
  if (!heartbeat) return;
  const now = clock();
  await beginWatching(database, now);
  for (const slot of await listWatchedSlots(database, { now, stalledAfterMs: heartbeat.stalledAfterMs })) {
    const verdict = judgeSlot(slot, now, heartbeat);
    if (verdict === undefined || verdict === slot.pinged) continue;
    await enqueue(database, { name: 'ping', scheduleId: slot.scheduleId, slotAt: slot.slotAt.toISOString() });
  }
}
