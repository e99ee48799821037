/*
 * What a cohort is to get from an edition: the heart of P1 and P2, decided by pure code over rows that are locked.
 * To be sent are the unretracted releases in `owed` (posts only while they match) and the matching posts in (cursor, cutoff]. A freeze sends what of
 * it the draft pinned, and what it supersedes; whatever else is to be sent goes to, or stays in, `owed`: so the cursor may pass everything up to the
 * cutoff. What becomes of corrections stands in `corrections.ts`.
 */
import { correctionsToCarry, owedWithCorrections } from './corrections.ts';
import { type Position, laterPosition, sortedPositions } from '../position.ts';
import { type CarriedRelease, type ReleaseFact, type ReleaseIndex, isSendable } from '../releases/release.ts';

/** The content of a queued, never doubted delivery, that something new may supersede. */
export interface QueuedContent {
  readonly positions: readonly Position[];
  /** The revision that its edition pinned, for each position. */
  readonly revisions: readonly number[];
}

/** What all subscriptions of a cohort have in common, the language apart. */
export interface CohortState {
  /** Sorted topic ids; null follows all. */
  readonly topics: readonly string[] | null;
  readonly cursor: Position;
  readonly owed: readonly Position[];
  readonly queued: readonly QueuedContent[];
  /** Corrections, owed or queued, of posts that they have, or may have: accepted, or ever in doubt. */
  readonly arrived: readonly Position[];
}

/** What a draft pinned for one position. */
export interface Pin {
  readonly revision: number;
  readonly isLeftOut: boolean;
}

/** What an edition fixed when it was composed, and the moment of asking. */
export interface SelectionFrame {
  readonly cutoff: Position;
  readonly pins: ReadonlyMap<Position, Pin>;
  readonly minimum: number;
  /** How long the oldest matching post may wait for the minimum, from its release; null waits for ever. */
  readonly maxWaitMs: number | null;
  readonly now: Date;
  /** By hand: corrections go also where there are fewer posts than the minimum, which wait on. */
  readonly sendsCorrectionsAlone: boolean;
}

/** The decision for a cohort. `wait` leaves `owed` and older deliveries as they are. */
export type Selection =
  | { readonly kind: 'wait'; readonly cursor: Position }
  | {
      readonly kind: 'send';
      /** Ascending. Every older queued, never doubted delivery is superseded. */
      readonly releases: readonly CarriedRelease[];
      readonly cursor: Position;
      readonly owed: readonly Position[];
    };

/** Decides what a cohort gets. */
export function selectForCohort(cohort: CohortState, frame: SelectionFrame, index: ReleaseIndex): Selection {
  const toBeSent = listToBeSent(cohort, frame.cutoff, index);
  const isPinned = (release: ReleaseFact): boolean => frame.pins.get(release.position)?.isLeftOut === false;
  // The minimum counts what would be sent before superseding: an older digest that waits in the queue is no reason to send a new one.
  const isDue = isEnough(
    toBeSent.filter((release) => release.kind === 'post' && isPinned(release)),
    frame,
  );
  const superseded = supersededRevisions(cohort.queued);
  const candidates = withSuperseded(toBeSent, superseded, cohort.topics, index);
  // Staff's "leave it for the next edition" holds for what an older delivery brings along too.
  const isCarriable = (release: ReleaseFact): boolean =>
    (isPinned(release) && (isDue || release.kind === 'correction')) ||
    (superseded.has(release.position) && frame.pins.get(release.position)?.isLeftOut !== true);
  const chosen = carriedOf(candidates.filter(isCarriable), cohort, index);
  const hasNewCorrection = chosen.some((release) => release.kind === 'correction' && !superseded.has(release.position));
  if (!isDue && !(frame.sendsCorrectionsAlone && hasNewCorrection))
    return { kind: 'wait', cursor: cursorWhileWaiting(cohort, frame.cutoff, index) };
  const carried = chosen.map((release) => withRevision(release, chosen, frame, superseded));
  return {
    kind: 'send',
    releases: carried,
    cursor: laterPosition(cohort.cursor, frame.cutoff),
    owed: owedAfter(cohort, { candidates, carried, superseded, cutoff: frame.cutoff }, index),
  };
}

interface Decided {
  readonly candidates: readonly ReleaseFact[];
  readonly carried: readonly CarriedRelease[];
  readonly superseded: ReadonlyMap<Position, number>;
  readonly cutoff: Position;
}

function owedAfter(cohort: CohortState, { candidates, carried, superseded, cutoff }: Decided, index: ReleaseIndex): Position[] {
  const carriedPositions = new Set(carried.map((release) => release.position));
  const mayWait = ({ kind, position }: ReleaseFact): boolean =>
    kind === 'post' || cohort.owed.includes(position) || cohort.arrived.includes(position);
  const left = [
    ...candidates.filter(mayWait).map((release) => release.position),
    // What an edition with a later cutoff left owing is not this one's to judge.
    ...cohort.owed.filter((position) => position > cutoff),
  ].filter((position) => !carriedPositions.has(position));
  const takenOut = [...superseded.keys()].filter((position) => !carriedPositions.has(position) && index.find(position)?.kind === 'post');
  return sortedPositions(owedWithCorrections(left, { carried, takenOut }, index));
}

/** Every position that a cohort is to be sent at or below a cutoff: what a draft has to pin. Ascending. */
export function listToBeSent(
  cohort: Pick<CohortState, 'topics' | 'cursor' | 'owed'>,
  cutoff: Position,
  index: ReleaseIndex,
): ReleaseFact[] {
  const owed = cohort.owed.filter((position) => position <= cutoff).map((position) => knownRelease(index, position));
  const passed = new Set(cohort.owed);
  const fresh = index.between(cohort.cursor, cutoff).filter((release) => release.kind === 'post' && !passed.has(release.position));
  return [...owed, ...fresh].filter((release) => isSendable(release, cohort.topics)).sort(byPosition);
}

/** Just below the first post that is to be sent in (cursor, cutoff]; the cutoff where there is none. Never back. */
function cursorWhileWaiting(cohort: CohortState, cutoff: Position, index: ReleaseIndex): Position {
  const first = index.between(cohort.cursor, cutoff).find((release) => release.kind === 'post' && isSendable(release, cohort.topics));
  return laterPosition(cohort.cursor, first === undefined ? cutoff : first.position - 1n);
}

/** At least the minimum of posts, or one that waited long enough. Corrections do not count. */
function isEnough(posts: readonly ReleaseFact[], frame: SelectionFrame): boolean {
  if (posts.length >= frame.minimum) return true;
  if (frame.maxWaitMs === null || posts.length === 0) return false;
  const oldest = Math.min(...posts.map((release) => release.releasedAt.getTime()));
  return frame.now.getTime() - oldest >= frame.maxWaitMs;
}

/** What of the carriable goes: all posts, and the corrections of those that have arrived or go along. */
function carriedOf(carriable: readonly ReleaseFact[], cohort: CohortState, index: ReleaseIndex): ReleaseFact[] {
  const posts = new Set(carriable.filter((release) => release.kind === 'post').map((release) => release.position));
  const corrections = carriable.filter((release) => release.kind === 'correction');
  const going = new Set(correctionsToCarry(corrections, new Set(cohort.arrived), posts, index));
  return carriable.filter((release) => release.kind === 'post' || going.has(release));
}

function supersededRevisions(queued: readonly QueuedContent[]): ReadonlyMap<Position, number> {
  const revisions = new Map<Position, number>();
  for (const content of queued) {
    for (const [i, position] of content.positions.entries()) {
      revisions.set(position, Math.max(revisions.get(position) ?? 0, content.revisions[i] ?? 0));
    }
  }
  return revisions;
}

/** Posts of older deliveries that no longer match, or are retracted, are dropped here. */
function withSuperseded(
  toBeSent: readonly ReleaseFact[],
  superseded: ReadonlyMap<Position, number>,
  topics: readonly string[] | null,
  index: ReleaseIndex,
): ReleaseFact[] {
  const known = new Set(toBeSent.map((release) => release.position));
  const added = [...superseded.keys()].filter((position) => !known.has(position)).map((position) => knownRelease(index, position));
  return [...toBeSent, ...added.filter((release) => isSendable(release, topics))].sort(byPosition);
}

/**
 * The revision that its edition pinned: this draft's for what it pinned, the older edition's for what was superseded, unless a correction of
 * the post that this draft pinned travels along, which would otherwise be swallowed.
 */
function withRevision(
  release: ReleaseFact,
  carried: readonly Pick<ReleaseFact, 'kind' | 'postId' | 'position'>[],
  frame: SelectionFrame,
  superseded: ReadonlyMap<Position, number>,
): CarriedRelease {
  const { position, postId, kind } = release;
  const correction = carried.findLast((other) => other.kind === 'correction' && other.postId === postId && frame.pins.has(other.position));
  const ownPin = frame.pins.get(position);
  const revision = superseded.has(position)
    ? ((correction === undefined ? undefined : frame.pins.get(correction.position)?.revision) ?? superseded.get(position))
    : ownPin?.revision;
  return { position, postId, kind, revision: revision ?? release.revision };
}

function knownRelease(index: ReleaseIndex, position: Position): ReleaseFact {
  const release = index.find(position);
  if (release === undefined) throw new Error(`Expected the facts of release ${position} to be loaded, found none`);
  return release;
}

function byPosition(a: ReleaseFact, b: ReleaseFact): number {
  return a.position < b.position ? -1 : 1;
}
