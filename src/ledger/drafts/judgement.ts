/*
 * Who gets nothing of an edition, and why: one judgement for previews, notices, pages, lists and explanations.
 * Invariant: every active subscription of the schedule either gets a digest or has exactly one of these reasons.
 */
import { topicsOverlap, type ReleaseIndex } from '../releases/release.ts';
import { type CohortState, type Selection, type SelectionFrame, listToBeSent, selectForCohort } from './selection.ts';

/**
 * Why an active subscription gets nothing, in the order in which it is asked. `minimum`: what is to come is fewer posts than the schedule sends;
 * `left_out`: staff left all of it for the next edition; `later`: all of it came after the edition was composed, or is a correction that waits for its post, or for posts beside it; `topics`: they follow no topic of it;
 * `nothing_new`: they had its posts before, or it had none for anybody who joined when they did.
 */
export const nothingReasons = ['suppressed', 'paused', 'minimum', 'left_out', 'later', 'topics', 'nothing_new'] as const;

/** Why somebody gets nothing. */
export type NothingReason = (typeof nothingReasons)[number];

/** How many get nothing for which reason. */
export type NothingCounts = Readonly<Record<NothingReason, number>>;

/** Nobody, for no reason. */
export function noNothing(): Record<NothingReason, number> {
  return Object.fromEntries(nothingReasons.map((reason) => [reason, 0])) as Record<NothingReason, number>;
}

/** The reasons that anybody has, with how many, for people. */
export function countedReasons(nothing: NothingCounts): { readonly reason: NothingReason; readonly count: number }[] {
  return nothingReasons.filter((reason) => nothing[reason] > 0).map((reason) => ({ reason, count: nothing[reason] }));
}

/** What becomes of a subscription, or of everybody in its cohort. */
export type Judgement =
  | { readonly kind: 'gets'; readonly selection: Extract<Selection, { kind: 'send' }> }
  | { readonly kind: 'nothing'; readonly why: NothingReason };

/** What an edition fixed, as a judgement needs it: the frame, and the topics of each post that it carries to anybody. */
export interface JudgedEdition {
  readonly frame: SelectionFrame;
  readonly index: ReleaseIndex;
  readonly postTopics: readonly (readonly string[])[];
}

/** The topics of what an edition carries: pinned, not left out, and not retracted since. */
export function carriedTopics(
  pins: readonly { readonly position: bigint; readonly topics: readonly string[]; readonly isLeftOut?: boolean }[],
  index: ReleaseIndex,
): JudgedEdition['postTopics'] {
  return pins.flatMap(({ position, topics, isLeftOut }) => {
    const release = index.find(position);
    return isLeftOut === true || release?.isRetracted === true ? [] : [release?.topics ?? topics];
  });
}

/** Judges a cohort of readers who can be reached. */
export function judgeCohort(cohort: CohortState, { frame, index, postTopics }: JudgedEdition): Judgement {
  const selection = selectForCohort(cohort, frame, index);
  if (selection.kind === 'send') return { kind: 'gets', selection };
  return { kind: 'nothing', why: whyNothing(cohort, { frame, index, postTopics }) };
}

/**
 * Whether a post that an edition has for one reader waits for the minimum, by what it would do for them alone: they get nothing of it for that reason, or
 * corrections and not this post.
 */
export function waitsForMinimum(
  { nothing, groups }: { readonly nothing: NothingCounts; readonly groups: readonly { readonly positions: readonly bigint[] }[] },
  position: bigint | undefined,
): boolean {
  return nothing.minimum > 0 || (position !== undefined && groups.some(({ positions }) => !positions.includes(position)));
}

function whyNothing(cohort: CohortState, { frame, index, postTopics }: JudgedEdition): NothingReason {
  const waiting = listToBeSent(cohort, frame.cutoff, index).map(({ kind, position }) => ({ kind, pin: frame.pins.get(position) }));
  if (waiting.some(({ kind, pin }) => kind === 'post' && pin?.isLeftOut === false)) return 'minimum';
  if (waiting.some(({ pin }) => pin?.isLeftOut === true)) return 'left_out';
  if (waiting.length > 0) return 'later';
  return postTopics.length > 0 && !postTopics.some((topics) => topicsOverlap(cohort.topics, topics)) ? 'topics' : 'nothing_new';
}
