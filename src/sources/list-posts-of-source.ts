import type { Queryable } from '../db/db.ts';
import { listPosts, type PostQuery } from '../posts/list-posts.ts';
import type { PublicPost } from '../posts/public-post.ts';
import { chooseSource } from './source-store.ts';

/** Posts that a source states, by its id or address, newest first. @throws NotFoundError */
export async function listPostsOfSource(db: Queryable, source: string, query: Omit<PostQuery, 'sourceId'>): Promise<PublicPost[]> {
  return listPosts(db, { ...query, sourceId: (await chooseSource(db, source)).id });
}
