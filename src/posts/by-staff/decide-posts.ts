import type { Database, Tx } from '../../db/db.ts';
import { ConflictError, NotFoundError } from '../../kernel/errors.ts';
import { releasePosts } from '../../ledger/releases/release-posts.ts';
import { chronological } from '../flood-guard.ts';
import { listPosts } from '../list-posts.ts';
import { setUnsentStates } from '../post-store.ts';
import { lockPosts } from '../../ledger/exclusion/posts-lock-store.ts';
import { holdReasonText, isProtectedReason } from '../post.ts';
import type { PublicPost } from '../public-post.ts';
import { lockPostStates } from '../staff-store.ts';

/**
 * Staff make posts sendable: held ones, or known ones that were there when their source was first read. All or none, oldest first.
 * @throws NotFoundError, ConflictError for a post that is released already, retracted, or protected by its source.
 */
export async function releaseByStaff(database: Database, postIds: readonly string[], now: Date): Promise<PublicPost[]> {
  await database.transaction(async (tx) => {
    const posts = await lockChosen(tx, postIds);
    for (const { id, state, reason } of posts) {
      if (state === 'released') throw new ConflictError(`Post ${id} is released already`);
      if (state === 'retracted') throw new ConflictError(`Post ${id} is retracted; undo that first`);
      if (isProtectedReason(reason))
        throw new ConflictError(`Post ${id} is protected by a password at its source; remove that there first`);
    }
    const oldestFirst = chronological(posts.toReversed().map((post) => ({ ...post, publishedAt: post.publishedAt ?? undefined })));
    await releasePosts(
      tx,
      oldestFirst.map(({ id, revision }) => ({ postId: id, revision })),
      now,
    );
  });
  return listPosts(database, { ids: postIds, limit: postIds.length });
}

/**
 * Staff keep posts back: out of mails and feeds until they are released.
 * @throws NotFoundError, ConflictError for a post that is released (retract it instead) or retracted.
 */
export async function holdByStaff(database: Database, postIds: readonly string[], reason: string): Promise<PublicPost[]> {
  await database.transaction(async (tx) => {
    const posts = await lockChosen(tx, postIds);
    for (const { id, state } of posts) {
      if (state === 'released') throw new ConflictError(`Post ${id} is released: it may be on its way. Retract it instead`);
      if (state === 'retracted') throw new ConflictError(`Post ${id} is retracted already`);
    }
    const unprotected = posts.filter((post) => !isProtectedReason(post.reason));
    await setUnsentStates(
      tx,
      unprotected.map(({ id }) => ({ postId: id, state: 'held', reason: holdReasonText({ kind: 'staff', text: reason }) })),
    );
  });
  return listPosts(database, { ids: postIds, limit: postIds.length });
}

async function lockChosen(tx: Tx, postIds: readonly string[]): ReturnType<typeof lockPostStates> {
  await lockPosts(tx);
  const posts = await lockPostStates(tx, postIds);
  const missing = postIds.find((id) => !posts.some((post) => post.id === id));
  if (missing !== undefined)
    throw new NotFoundError(`Expected a post, found none with id ${missing}`, { remedy: { kind: 'list', of: 'posts' } });
  return posts;
}
