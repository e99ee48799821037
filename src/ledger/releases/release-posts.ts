import type { Tx } from '../../db/db.ts';
import { ConflictError } from '../../kernel/errors.ts';
import type { Position } from '../position.ts';
import { findPostPositions, insertReleases, lockReleaseCounter, markPostsReleased } from './release-store.ts';

/** A post to be released, with the revision that it has now. */
export interface PostToRelease {
  readonly postId: string;
  readonly revision: number;
}

/**
 * Releases posts in the order given and returns the position of each. A post has one release for life: one already released keeps its
 * position. A retracted post is passed over and is absent from the result. Keep the transaction short: it holds the release counter.
 */
export async function releasePosts(tx: Tx, posts: readonly PostToRelease[], now: Date): Promise<Map<string, Position>> {
  if (posts.length === 0) return new Map();
  let position = await lockReleaseCounter(tx);
  const postIds = [...new Set(posts.map((post) => post.postId))];
  const releasable = await markPostsReleased(tx, postIds);
  const positions = await findPostPositions(tx, [...releasable]);
  const releases = [];
  for (const { postId, revision } of posts) {
    if (!releasable.has(postId) || positions.has(postId)) continue;
    position += 1n;
    positions.set(postId, position);
    releases.push({ position, postId, kind: 'post' as const, revision });
  }
  await insertReleases(tx, releases, now);
  return positions;
}

/** A correction that staff mark: the post went out, and its readers are to be told once, in a short line. */
export interface NewCorrection {
  readonly postId: string;
  readonly revision: number;
  readonly note: string | undefined;
  readonly now: Date;
}

/**
 * Releases a correction of a post and returns its position.
 * @throws ConflictError when the post was never released: then its readers will see the new revision anyway.
 */
export async function releaseCorrection(tx: Tx, correction: NewCorrection): Promise<Position> {
  const { postId, revision, note, now } = correction;
  const position = (await lockReleaseCounter(tx)) + 1n;
  if ((await findPostPositions(tx, [postId])).size === 0) {
    throw new ConflictError('Expected a post that was released before it is corrected, got one that never was', { details: { postId } });
  }
  await insertReleases(tx, [{ position, postId, kind: 'correction', revision, ...(note === undefined ? {} : { note }) }], now);
  return position;
}
