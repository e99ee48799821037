import type { Database, Queryable, Tx } from '../../db/db.ts';
import { type CountedCohort, countReaders } from './cohort-store.ts';
import { cohortKey, cohortState } from './cohort.ts';
import type { Edition, EditionPost } from './edition.ts';
import { findPreviousCutoff, getComposingSchedule, getNewsletterLanguage } from './draft-store.ts';
import { getEdition, listEditionPosts, listOpenEditionIds } from './edition-store.ts';
import { listCorrectionsAmong, listHoldings } from './holding-store.ts';
import { type Position, comparePositions, parsePositions } from '../position.ts';
import { type CarriedRelease, type ReleaseFact, ReleaseIndex } from '../releases/release.ts';
import { listRetractedPositions, loadReleaseFacts } from '../releases/release-facts-store.ts';
import { lastPosition, lastPositionAt } from '../releases/release-store.ts';
import { loadRenditionContents } from './rendition-store.ts';
import { renditionKey } from './rendition.ts';
import { type JudgedEdition, type Judgement, type NothingCounts, carriedTopics, judgeCohort, noNothing } from './judgement.ts';
import { type CohortState, type Pin, type SelectionFrame, listToBeSent } from './selection.ts';

/** Everybody who is to get the same digest. */
export interface PlannedGroup {
  readonly language: string;
  readonly positions: readonly Position[];
  /** The same with posts and revisions. A correction whose post is among them has no line of its own. */
  readonly releases: readonly CarriedRelease[];
  readonly recipientCount: number;
}

/** What an edition would do if it were frozen now. */
export interface EditionPlan {
  readonly cutoff: Position;
  readonly previousCutoff: Position;
  /** What a draft has to pin, ascending. */
  readonly pins: readonly Omit<EditionPost, 'rank' | 'isPinnedFirst' | 'isLeftOut'>[];
  /** Largest first; of equal ones that in the newsletter's language, then the one with most posts. */
  readonly groups: readonly PlannedGroup[];
  /** The archive page: the posts above the previous cutoff, in the newsletter's language. */
  readonly archive: PlannedGroup;
  readonly recipientCount: number;
  /** Subscriptions with something to come that wait for the minimum. */
  readonly waitingCount: number;
  /** Active subscriptions that get nothing, by why: with the recipients they are all that the schedule has. */
  readonly nothing: NothingCounts;
  /** How many queued deliveries of each rendition of other editions its freeze would supersede: their posts travel in the new ones. */
  readonly takenOver: ReadonlyMap<string, number>;
}

/** For whom and as of when to plan. */
export interface PlanQuery {
  readonly newsletterId: string;
  readonly scheduleId: string;
  readonly now: Date;
  /** Only for this subscription. */
  readonly subscriptionId?: string;
  /** For a send by hand: corrections go also where there are fewer posts than the minimum. Default: false. */
  readonly byHand?: boolean;
  /** Only what was released by then: a look at an earlier moment. */
  readonly releasedUntil?: Date;
}

/** Plans an edition without storing anything: what a preview shows. */
export async function planEdition(database: Database, query: PlanQuery): Promise<EditionPlan> {
  return database.transaction(async (tx) => planNewEdition(tx, query));
}

/** The same inside the transaction that stores it. */
export async function planNewEdition(db: Tx, query: PlanQuery): Promise<EditionPlan> {
  const schedule = await getComposingSchedule(db, query.newsletterId, query.scheduleId);
  const cutoff = query.releasedUntil === undefined ? await lastPosition(db) : await lastPositionAt(db, query.releasedUntil);
  const previousCutoff = await findPreviousCutoff(db, query.newsletterId, query.scheduleId);
  const audience = await loadAudience(db, query, { cutoff, previousCutoff, exceptEditionId: null });
  const pins = pinsOf(audience, { cutoff, previousCutoff });
  const frame = {
    cutoff,
    pins: new Map(pins.map((pin) => [pin.position, { revision: pin.revision, isLeftOut: false }])),
    minimum: schedule.minimum,
    maxWaitMs: schedule.maxWaitMs,
    now: query.now,
    sendsCorrectionsAlone: query.byHand ?? false,
  };
  const language = await getNewsletterLanguage(db, query.newsletterId);
  const { index } = audience;
  const judged = { frame, index, postTopics: carriedTopics(pins, index) };
  const summary = summarise(audience, judged, language);
  const page = { newsletterId: query.newsletterId, previousCutoff, language };
  const archive = correctionsAlone(summary.groups, language) ?? (await archiveGroup(db, pins, page));
  return { cutoff, previousCutoff, pins, ...summary, archive };
}

/** Plans a stored draft again, with what it pinned and what staff changed: what its freeze would do now. */
export async function planDraft(
  database: Database,
  query: { readonly editionId: string; readonly now: Date; readonly subscriptionId?: string },
): Promise<EditionPlan & { readonly edition: Edition }> {
  return database.transaction(async (tx) => {
    const edition = await getEdition(tx, query.editionId);
    const { cutoff, previousCutoff, newsletterId, scheduleId } = edition;
    const pins = await listEditionPosts(tx, edition.id);
    const bounds = { cutoff, previousCutoff, exceptEditionId: edition.id };
    const audience = await loadAudience(tx, { ...query, newsletterId, scheduleId }, bounds, pins);
    const { index } = audience;
    const judged = { frame: selectionFrameOf(edition, pins, query.now), index, postTopics: carriedTopics(pins, index) };
    const language = await getNewsletterLanguage(tx, newsletterId);
    const summary = summarise(audience, judged, language);
    const archive = correctionsAlone(summary.groups, language) ?? (await planArchive(tx, edition.id));
    return { edition, cutoff, previousCutoff, pins, ...summary, archive };
  });
}

/** What a stored edition fixed, as of a moment. */
export function selectionFrameOf(edition: Edition, pins: readonly EditionPost[], now: Date): SelectionFrame {
  return { cutoff: edition.cutoff, pins: new Map<Position, Pin>(pins.map((pin) => [pin.position, pin])), ...limitsOf(edition), now };
}

/** The archive page of a stored edition that brings posts, with what it pinned and what is not retracted now. */
export async function planArchive(db: Queryable, editionId: string): Promise<PlannedGroup> {
  const edition = await getEdition(db, editionId);
  const pins = await listEditionPosts(db, editionId);
  const retracted = await listRetractedPositions(
    db,
    pins.map((pin) => pin.position),
  );
  const shown = pins.filter((pin) => !pin.isLeftOut && !retracted.has(pin.position));
  return archiveGroup(db, shown, { ...edition, language: await getNewsletterLanguage(db, edition.newsletterId) });
}

/** A correction stands on the page beside its post, or where that went out before: of what staff left out nobody has read what it corrects. */
async function withoutUnheard(db: Queryable, newsletterId: string, pins: EditionPlan['pins']): Promise<EditionPlan['pins']> {
  const postIds = new Set(pins.filter((pin) => pin.kind === 'post').map((pin) => pin.postId));
  const isAlone = (pin: EditionPlan['pins'][number]): boolean => pin.kind === 'correction' && !postIds.has(pin.postId);
  const holdings = await listHoldings(
    db,
    newsletterId,
    pins.filter(isAlone).map((pin) => pin.position),
  );
  const heard = new Set(holdings.map((holding) => holding.position));
  return pins.filter((pin) => !isAlone(pin) || heard.has(pin.position));
}

/** Whether an edition left somebody of its schedule waiting for the minimum. */
export async function leftSomebodyWaiting(tx: Tx, edition: Edition, now: Date): Promise<boolean> {
  const { id, newsletterId, scheduleId, cutoff } = edition;
  const audience = await loadAudience(tx, { newsletterId, scheduleId, now }, { cutoff, previousCutoff: cutoff, exceptEditionId: id });
  return audience.cohorts.some(({ selectable }) => hasPostsToCome(selectable, cutoff, audience.index));
}

/** A correction that waits for an edition keeps nobody from beginning behind it. */
function hasPostsToCome(cohort: CohortState, cutoff: Position, index: ReleaseIndex): boolean {
  return listToBeSent(cohort, cutoff, index).some((release) => release.kind === 'post');
}

interface Audience {
  readonly cohorts: readonly (CountedCohort & { readonly selectable: CohortState })[];
  readonly index: ReleaseIndex;
  readonly suppressed: number;
  readonly paused: number;
}

async function loadAudience(
  db: Tx,
  query: PlanQuery,
  bounds: { cutoff: Position; previousCutoff: Position; exceptEditionId: string | null },
  pins: readonly { readonly position: Position }[] = [],
): Promise<Audience> {
  const openEditionIds = await listOpenEditionIds(db, query.newsletterId, bounds.exceptEditionId);
  const first = await countReaders(db, { ...query, openEditionIds, holdings: [] });
  const contents = await loadRenditionContents(db, [...new Set(first.cohorts.flatMap((row) => row.queuedRenditionIds))]);
  const owedOrQueued = [
    ...[...new Set(first.cohorts.map((row) => row.owed))].flatMap(parsePositions),
    ...[...contents.values()].flatMap((content) => content.positions),
  ];
  // Only where somebody may be sent a correction is it asked whose posts have arrived.
  const corrections = await listCorrectionsAmong(db, [...new Set(owedOrQueued)]);
  const holdings = await listHoldings(db, query.newsletterId, corrections);
  const counted = holdings.length === 0 ? first : await countReaders(db, { ...query, openEditionIds, holdings });
  const { cohorts: rows, ...unreachable } = counted;
  const later = rows.flatMap((row) => row.queuedRenditionIds).filter((id) => !contents.has(id));
  for (const [id, content] of await loadRenditionContents(db, [...new Set(later)])) contents.set(id, content);
  const cohorts = rows.map((row) => ({ ...row, selectable: cohortState(row, contents) }));
  const lowest = cohorts.reduce((low, { selectable }) => (selectable.cursor < low ? selectable.cursor : low), bounds.previousCutoff);
  const positions = new Set([
    ...cohorts.flatMap(({ selectable }) => [...selectable.owed, ...selectable.queued.flatMap((content) => content.positions)]),
    ...pins.map((pin) => pin.position),
  ]);
  const index = new ReleaseIndex(
    await loadReleaseFacts(db, query.newsletterId, { above: lowest, upto: bounds.cutoff, positions: [...positions] }),
  );
  return { cohorts, index, ...unreachable };
}

/** What somebody is to be sent, and what the archive page shows. */
function pinsOf(audience: Audience, bounds: { cutoff: Position; previousCutoff: Position }): EditionPlan['pins'] {
  const pinned = new Map<Position, ReleaseFact>();
  const archived = audience.index
    .between(bounds.previousCutoff, bounds.cutoff)
    .filter((release) => release.isAdmitted && !release.isRetracted);
  for (const release of archived) pinned.set(release.position, release);
  for (const { selectable } of audience.cohorts) {
    for (const release of listToBeSent(selectable, bounds.cutoff, audience.index)) pinned.set(release.position, release);
  }
  return [...pinned.values()]
    .sort((a, b) => comparePositions(a.position, b.position))
    .map(({ position, postId, kind, revision, topics }) => ({ position, postId, kind, revision, topics }));
}

function summarise(
  audience: Audience,
  judged: JudgedEdition,
  language: string,
): Pick<EditionPlan, 'groups' | 'recipientCount' | 'waitingCount' | 'nothing' | 'takenOver'> {
  const takenOver = new Map<string, number>();
  const groups = new Map<string, PlannedGroup>();
  const decided = new Map<string, Judgement>();
  const nothing = { ...noNothing(), suppressed: audience.suppressed, paused: audience.paused };
  let waitingCount = 0;
  for (const cohort of audience.cohorts) {
    const key = cohortKey(cohort);
    const judgement = decided.get(key) ?? judgeCohort(cohort.selectable, judged);
    decided.set(key, judgement);
    if (judgement.kind === 'nothing') {
      nothing[judgement.why] += cohort.count;
      if (hasPostsToCome(cohort.selectable, judged.frame.cutoff, audience.index)) waitingCount += cohort.count;
      continue;
    }
    const { selection } = judgement;
    for (const id of cohort.queuedRenditionIds) takenOver.set(id, (takenOver.get(id) ?? 0) + cohort.count);
    const group = renditionKey({ language: cohort.language, releases: selection.releases });
    groups.set(group, {
      language: cohort.language,
      positions: selection.releases.map((release) => release.position),
      releases: selection.releases,
      recipientCount: (groups.get(group)?.recipientCount ?? 0) + cohort.count,
    });
  }
  const sorted = [...groups.values()].sort(
    (a, b) =>
      b.recipientCount - a.recipientCount ||
      Number(b.language === language) - Number(a.language === language) ||
      b.positions.length - a.positions.length ||
      (renditionKey(a) < renditionKey(b) ? -1 : 1),
  );
  const recipientCount = sorted.reduce((sum, group) => sum + group.recipientCount, 0);
  return { groups: sorted, recipientCount, waitingCount, nothing, takenOver };
}

/**
 * The releases of the archive page: what was pinned above the schedule's previous cutoff. An edition of owed posts only has none there, and
 * shows what it pinned.
 */
async function archiveGroup(
  db: Queryable,
  pins: EditionPlan['pins'],
  { newsletterId, previousCutoff, language }: { newsletterId: string; previousCutoff: Position; language: string },
): Promise<PlannedGroup> {
  const fresh = await withoutUnheard(
    db,
    newsletterId,
    pins.filter((pin) => pin.position > previousCutoff),
  );
  const shown = fresh.length > 0 ? fresh : await withoutUnheard(db, newsletterId, pins);
  const releases = shown.map(({ position, postId, kind, revision }) => ({ position, postId, kind, revision }));
  return { language, positions: releases.map((release) => release.position), releases, recipientCount: 0 };
}

/** The archive page of a send by hand that brings corrections and no post: the posts that it pinned wait for the minimum, and stand on the page of what brings them. */
function correctionsAlone(groups: EditionPlan['groups'], language: string): PlannedGroup | undefined {
  const carried = groups.flatMap((group) => group.releases);
  if (carried.length === 0 || carried.some((release) => release.kind === 'post')) return undefined;
  const releases = [...new Map(carried.map((release) => [release.position, release])).values()].sort((a, b) =>
    comparePositions(a.position, b.position),
  );
  return { language, positions: releases.map((release) => release.position), releases, recipientCount: 0 };
}

function limitsOf(edition: Edition): Pick<SelectionFrame, 'minimum' | 'maxWaitMs' | 'sendsCorrectionsAlone'> {
  return { minimum: edition.minimum, maxWaitMs: edition.maxWaitMs, sendsCorrectionsAlone: edition.byHand };
}
