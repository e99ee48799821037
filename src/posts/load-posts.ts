import type { Queryable } from '../db/db.ts';
import { findPinned } from './revision-content-store.ts';
import type { PostContent, PostRef } from './post.ts';

/** One text for a pinned revision: the key of what `loadPosts` returns. */
export function postRefKey({ postId, revision }: PostRef): string {
  return `${postId}:${revision}`;
}

/** The pinned revisions of posts in one query, by `<post id>:<revision>`; what does not exist is absent. */
export async function loadPosts(db: Queryable, refs: readonly PostRef[]): Promise<Map<string, PostContent>> {
  if (refs.length === 0) return new Map();
  return new Map((await findPinned(db, refs)).map((row) => [postRefKey(row), row]));
}
