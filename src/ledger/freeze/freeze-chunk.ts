import type { Database, Tx } from '../../db/db.ts';
import { cohortKey, cohortState } from '../drafts/cohort.ts';
import { dueTimes } from '../subscriptions/due.ts';
import type { Edition, EditionState } from '../drafts/edition.ts';
import { listEditionPosts } from '../drafts/edition-store.ts';
import {
  type ChunkCohort,
  type ChunkIds,
  type ChunkQuery,
  type CursorMove,
  type LockedDelivery,
  type NewDeliveries,
  type StoredDeliveries,
  beginChunk,
  insertDeliveries,
  findChunkIds,
  listChunkCohorts,
  listSuppressedSubscriptions,
  lockChunkCursors,
  lockQueued,
  moveCursors,
  recordChunk,
  supersedeDeliveries,
} from './freeze-store.ts';
import { type Position, parsePositions } from '../position.ts';
import { type Holding, listCorrectionsAmong, listHoldings } from '../drafts/holding-store.ts';
import { ReleaseIndex } from '../releases/release.ts';
import { loadReleaseFacts } from '../releases/release-facts-store.ts';
import { loadRenditionContents, loadRenditionIds } from '../drafts/rendition-store.ts';
import { type DigestGroup, type Rendition, renditionKey } from '../drafts/rendition.ts';
import { type CohortState, type Selection, type SelectionFrame, selectForCohort } from '../drafts/selection.ts';

/** What a freeze knows for its whole length: what the edition fixed, and what was read or decided once. */
export interface FreezeRun {
  readonly edition: Edition;
  readonly frame: SelectionFrame;
  readonly frozenAt: Date;
  readonly dueAt: ReturnType<typeof dueTimes>;
  /** Subscription ids, ascending. */
  readonly suppressed: readonly bigint[];
  readonly index: ReleaseIndex;
  /** Every release above this, up to the cutoff, is in `index`. */
  loadedAbove: Position;
  /** Decisions by cohort: what it is to get is decided once. */
  readonly decided: Map<string, Decision>;
  /** Ids of this edition's renditions by content. */
  renditionIds: Map<string, string>;
  /** What queued renditions of other editions hold. */
  readonly contents: Map<string, Pick<Rendition, 'positions' | 'revisions'>>;
  /** Renditions of other editions that hold the post of a correction. */
  readonly holdings: Map<Position, readonly Holding[]>;
  /** Which of the releases that were met so far are corrections. */
  readonly corrections: Map<Position, boolean>;
}

/** Reads what holds for the whole freeze. */
export async function openFreezeRun(database: Database, edition: Edition, now: Date): Promise<FreezeRun> {
  const pins = await listEditionPosts(database, edition.id);
  const index = new ReleaseIndex(
    await loadReleaseFacts(database, edition.newsletterId, {
      above: edition.cutoff,
      upto: edition.cutoff,
      positions: pins.map((pin) => pin.position),
    }),
  );
  return {
    edition,
    frame: {
      cutoff: edition.cutoff,
      pins: new Map(pins.map((pin) => [pin.position, pin])),
      minimum: edition.minimum,
      maxWaitMs: edition.maxWaitMs,
      now,
      sendsCorrectionsAlone: edition.byHand,
    },
    frozenAt: now,
    dueAt: dueTimes(now, edition.byHand),
    suppressed: (await listSuppressedSubscriptions(database, edition.scheduleId)).map(BigInt),
    index,
    loadedAbove: edition.cutoff,
    decided: new Map(),
    renditionIds: await loadRenditionIds(database, edition.id),
    contents: new Map(),
    holdings: new Map(),
    corrections: new Map(),
  };
}

/** What a cohort gets, and the key of the rendition that says so. */
interface Decision {
  readonly selection: Selection;
  readonly key: string;
}

/** What a chunk came to. `missing`: it rolled back, because these groups have no rendition yet. */
export type ChunkResult =
  | { readonly kind: 'frozen'; readonly frozenUpto: string; readonly deliveryCount: number }
  | { readonly kind: 'missing'; readonly groups: readonly DigestGroup[] }
  | { readonly kind: 'stopped'; readonly state: EditionState }
  | { readonly kind: 'complete' };

/**
 * Freezes the next subscriptions in one transaction: cursor, owed, superseding and delivery change together or not at all (P1, P2), and how
 * far the freeze came is stored with them (P6). Locks first, in one order; what is locked cannot change, so nothing is checked twice.
 */
export async function freezeChunk(database: Database, run: FreezeRun, size: number): Promise<ChunkResult> {
  try {
    return await database.transaction(async (tx) => {
      const { state, frozenUpto, freezeRun, lastDeliveryId } = await beginChunk(tx, run.edition.id);
      // Resumed after a pause in which an offer may have been made: another freeze goes on, with what holds now.
      if (state !== 'approved' || freezeRun !== run.edition.freezeRun) return { kind: 'stopped', state };
      const ids = await findChunkIds(tx, run.edition.scheduleId, frozenUpto, size);
      if (ids === undefined) return { kind: 'complete' };
      const locked = await lockChunkCursors(tx, ids);
      const queued = await lockQueued(tx, run.edition, locked);
      await loadContents(tx, run, queued);
      const cohorts = await listCohortsOfChunk(tx, run, queued, {
        scheduleId: run.edition.scheduleId,
        ids: locked,
        singleIds: [...new Set(queued.map((delivery) => delivery.subscriptionId))],
        suppressedIds: suppressedIn(run, frozenUpto, ids),
        now: run.frozenAt,
      });
      const stored = await writeChunk(tx, run, cohorts, queued);
      await recordChunk(tx, { editionId: run.edition.id, frozenUpto: ids.lastId, aboveDeliveryId: lastDeliveryId, stored });
      return { kind: 'frozen', frozenUpto: ids.lastId, deliveryCount: stored.count };
    });
  } catch (error) {
    if (error instanceof MissingRenditions) return { kind: 'missing', groups: error.groups };
    throw error;
  }
}

/** Cohorts of a chunk; only where somebody may be sent a correction are they asked again for whose posts have arrived. */
async function listCohortsOfChunk(
  tx: Tx,
  run: FreezeRun,
  queued: readonly LockedDelivery[],
  query: Omit<ChunkQuery, 'holdings'>,
): Promise<ChunkCohort[]> {
  const cohorts = await listChunkCohorts(tx, { ...query, holdings: [] });
  const owed = new Set(cohorts.map((cohort) => cohort.owed));
  const positions = [
    ...[...owed].flatMap(parsePositions),
    ...queued.flatMap(({ renditionId }) => run.contents.get(renditionId)?.positions ?? []),
  ];
  const corrections = await correctionsAmong(tx, run, positions);
  if (corrections.length === 0) return cohorts;
  const unknown = corrections.filter((position) => !run.holdings.has(position));
  const found = await listHoldings(tx, run.edition.newsletterId, unknown);
  for (const position of unknown)
    run.holdings.set(
      position,
      found.filter((holding) => holding.position === position && holding.editionId !== run.edition.id),
    );
  return listChunkCohorts(tx, { ...query, holdings: corrections.flatMap((position) => run.holdings.get(position) ?? []) });
}

/** Those of the positions that are corrections; what a release is never changes, so that each is asked for once. */
async function correctionsAmong(tx: Tx, { corrections }: FreezeRun, positions: readonly Position[]): Promise<Position[]> {
  const unknown = [...new Set(positions)].filter((position) => !corrections.has(position));
  const found = new Set(await listCorrectionsAmong(tx, unknown));
  for (const position of unknown) corrections.set(position, found.has(position));
  return [...new Set(positions)].filter((position) => corrections.get(position));
}

/** Thrown inside a chunk so that it rolls back: MJML does not run while cursors are locked. */
class MissingRenditions extends Error {
  readonly groups: readonly DigestGroup[];

  constructor(groups: readonly DigestGroup[]) {
    super(`${groups.length} groups of the chunk have no rendition yet`);
    this.groups = groups;
  }
}

interface ChunkWrites {
  readonly deliveries: NewDeliveries[];
  readonly moves: CursorMove[];
  readonly supersededIds: string[];
  readonly missing: Map<string, DigestGroup>;
}

async function writeChunk(
  tx: Tx,
  run: FreezeRun,
  cohorts: readonly ChunkCohort[],
  queued: readonly LockedDelivery[],
): Promise<StoredDeliveries> {
  const queuedOf = groupBySubscription(queued);
  const writes: ChunkWrites = { deliveries: [], moves: [], supersededIds: [], missing: new Map() };
  for (const cohort of cohorts) {
    const older = cohort.singleId === null ? [] : (queuedOf.get(cohort.singleId) ?? []);
    addWrites(writes, run, cohort, older, await decide(tx, run, cohort, older));
  }
  if (writes.missing.size > 0) throw new MissingRenditions([...writes.missing.values()]);
  await supersedeDeliveries(tx, writes.supersededIds, run.frozenAt);
  await insertDeliveries(tx, run.edition.id, writes.deliveries);
  await moveCursors(tx, writes.moves);
  return writes.deliveries.reduce<StoredDeliveries>(
    (stored, { count, dueAt }) => ({
      count: stored.count + count,
      dueAt: stored.dueAt === null || dueAt < stored.dueAt ? dueAt : stored.dueAt,
    }),
    { count: 0, dueAt: null },
  );
}

async function decide(tx: Tx, run: FreezeRun, cohort: ChunkCohort, older: readonly LockedDelivery[]): Promise<Decision> {
  const columns = { ...cohort, queuedRenditionIds: older.map((delivery) => delivery.renditionId) };
  const key = cohortKey(columns);
  const known = run.decided.get(key);
  if (known !== undefined) return known;
  const state = cohortState(columns, run.contents);
  await loadFacts(tx, run, state);
  const selection = selectForCohort(state, run.frame, run.index);
  const decision = {
    selection,
    key: selection.kind === 'wait' ? '' : renditionKey({ language: cohort.language, releases: selection.releases }),
  };
  run.decided.set(key, decision);
  return decision;
}

/** Facts are read when a cohort first needs them, and kept: all of a freeze is decided alike; what is retracted meanwhile is re-pointed at its end. */
async function loadFacts(tx: Tx, run: FreezeRun, cohort: CohortState): Promise<void> {
  const wanted = [...cohort.owed, ...cohort.queued.flatMap((content) => content.positions)];
  const positions = wanted.filter((position) => !run.index.has(position));
  if (cohort.cursor >= run.loadedAbove && positions.length === 0) return;
  const above = cohort.cursor < run.loadedAbove ? cohort.cursor : run.loadedAbove;
  run.index.add(await loadReleaseFacts(tx, run.edition.newsletterId, { above, upto: run.loadedAbove, positions }));
  run.loadedAbove = above;
}

async function loadContents(tx: Tx, run: FreezeRun, queued: readonly LockedDelivery[]): Promise<void> {
  const unknown = new Set(queued.map((delivery) => delivery.renditionId).filter((id) => !run.contents.has(id)));
  for (const [id, content] of await loadRenditionContents(tx, [...unknown])) run.contents.set(id, content);
}

function addWrites(
  writes: ChunkWrites,
  run: FreezeRun,
  cohort: ChunkCohort,
  older: readonly LockedDelivery[],
  { selection, key }: Decision,
): void {
  const { ids, count } = cohort;
  if (selection.kind === 'wait') {
    if (String(selection.cursor) !== cohort.cursor) writes.moves.push({ ids, count, cursor: selection.cursor, owed: undefined });
    return;
  }
  const renditionId = run.renditionIds.get(key);
  if (renditionId === undefined) {
    if (!writes.missing.has(key)) writes.missing.set(key, groupOf(run.edition.id, cohort.language, selection.releases));
    return;
  }
  for (const delivery of older) writes.supersededIds.push(delivery.id);
  writes.deliveries.push(newDeliveries(run, cohort, older, renditionId));
  const keepsOwed = cohort.owed === '{}' && selection.owed.length === 0;
  writes.moves.push({ ids, count, cursor: selection.cursor, owed: keepsOwed ? undefined : selection.owed });
}

/** A new delivery goes on where the ones that it replaces stood: attempts, first attempt and the earlier due time are theirs. */
function newDeliveries(run: FreezeRun, cohort: ChunkCohort, older: readonly LockedDelivery[], renditionId: string): NewDeliveries {
  const local = cohort.localHour === null || cohort.timeZone === null ? null : { hour: cohort.localHour, timeZone: cohort.timeZone };
  const firstAttempts = older.flatMap((delivery) => (delivery.firstAttemptAt === null ? [] : [delivery.firstAttemptAt.getTime()]));
  return {
    ids: cohort.ids,
    count: cohort.count,
    renditionId,
    dueAt: older.reduce((earliest, delivery) => (delivery.dueAt < earliest ? delivery.dueAt : earliest), run.dueAt(local)),
    attempts: older.reduce((most, delivery) => Math.max(most, delivery.attempts), 0),
    firstAttemptAt: firstAttempts.length === 0 ? null : new Date(Math.min(...firstAttempts)),
  };
}

/** The suppressed of a chunk: those in (frozenUpto, its last id]. */
function suppressedIn(run: FreezeRun, frozenUpto: string, ids: ChunkIds): string[] {
  const [above, upto] = [BigInt(frozenUpto), BigInt(ids.lastId)];
  return run.suppressed.filter((id) => id > above && id <= upto).map(String);
}

/** The group of everybody with this language who gets exactly these releases. */
export function groupOf(editionId: string, language: string, releases: DigestGroup['releases']): DigestGroup {
  return { editionId, language, positions: releases.map((release) => release.position), releases };
}

function groupBySubscription(queued: readonly LockedDelivery[]): Map<string, LockedDelivery[]> {
  const groups = new Map<string, LockedDelivery[]>();
  for (const delivery of queued) {
    const group = groups.get(delivery.subscriptionId);
    if (group === undefined) groups.set(delivery.subscriptionId, [delivery]);
    else group.push(delivery);
  }
  return groups;
}
