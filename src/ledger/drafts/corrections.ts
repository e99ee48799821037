/*
 * Corrections in a selection. They come from `owed` only, whatever topics and rules say: who has the post in an older text is told, nobody else.
 * A correction goes where its post has arrived, or in one delivery with it, which then shows the newest text. Whatever takes a post out of a delivery
 * before it arrived takes its corrections out of `owed`: the post comes again in its newest text, or not at all.
 */
import type { Position } from '../position.ts';
import type { CarriedRelease, ReleaseFact, ReleaseIndex } from '../releases/release.ts';

/** Those of carriable corrections that may go: their post has arrived, or goes along. */
export function correctionsToCarry(
  corrections: readonly ReleaseFact[],
  arrived: ReadonlySet<Position>,
  carriedPosts: ReadonlySet<Position>,
  index: ReleaseIndex,
): ReleaseFact[] {
  return corrections.filter(({ position, postId }) => {
    const post = index.findPostPosition(postId);
    return arrived.has(position) || (post !== undefined && carriedPosts.has(post));
  });
}

/** What a delivery carries, and the posts of older ones that do not travel in it. */
export interface CarriedAndLeft {
  readonly carried: readonly CarriedRelease[];
  /** Positions of posts that were in a superseded delivery. */
  readonly takenOut: readonly Position[];
}

/**
 * What is owed once the corrections of the posts concerned are: a post that goes in an older text than a correction has it is followed by that
 * correction, one that goes in this text or a newer one needs none, and one that is taken out has none.
 */
export function owedWithCorrections(owed: Iterable<Position>, { carried, takenOut }: CarriedAndLeft, index: ReleaseIndex): Set<Position> {
  const result = new Set(owed);
  const carriedPositions = new Set(carried.map((release) => release.position));
  for (const { postId, kind, revision } of carried) {
    if (kind !== 'post') continue;
    for (const correction of index.correctionsOf(postId)) {
      const isOlder = revision < correction.releasedRevision && !correction.isRetracted && !carriedPositions.has(correction.position);
      if (isOlder) result.add(correction.position);
      else result.delete(correction.position);
    }
  }
  for (const position of takenOut) {
    const postId = index.find(position)?.postId;
    if (postId !== undefined) for (const correction of index.correctionsOf(postId)) result.delete(correction.position);
  }
  return result;
}
