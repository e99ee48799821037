import type { Queryable, Tx } from '../db/db.ts';
import type { EntryCategory } from '../reading/entry.ts';
import { categoryKey, firstDecision } from './category.ts';

/** Stores the categories that are new, each with the first decision about it, and returns the ids of all. */
export async function upsertCategories(tx: Tx, categories: readonly EntryCategory[], now: Date): Promise<Map<string, string>> {
  const distinct = [...new Map(categories.map((each) => [categoryKey(each), each])).values()];
  if (distinct.length === 0) return new Map();
  const kinds = distinct.map((each) => each.kind);
  const slugs = distinct.map((each) => each.slug);
  await tx.query(
    `insert into category (kind, slug, name, decision, first_seen_at)
     select u.kind, u.slug, u.name, u.decision, $5 from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as u (kind, slug, name, decision)
     order by u.kind, u.slug
     on conflict on constraint category_slug_key do nothing`,
    [kinds, slugs, distinct.map((each) => each.name), distinct.map(firstDecision), now],
  );
  const { rows } = await tx.query<{ id: string; kind: string; slug: string }>(
    `select c.id, c.kind, c.slug from unnest($1::text[], $2::text[]) as u (kind, slug) join category c on c.kind = u.kind and c.slug = u.slug`,
    [kinds, slugs],
  );
  return new Map(rows.map((row) => [categoryKey(row), row.id]));
}

/** The categories of a post as one source states them. */
export interface PostCategories {
  readonly postId: string;
  readonly categoryIds: readonly string[];
  /** The only source of the post: what it no longer states is gone. */
  readonly replaces: boolean;
}

/** Files posts under categories. */
export async function setPostCategories(tx: Tx, posts: readonly PostCategories[]): Promise<void> {
  const pairs = posts.flatMap((post) => post.categoryIds.map((categoryId) => ({ postId: post.postId, categoryId })));
  const postIds = pairs.map((pair) => pair.postId);
  const categoryIds = pairs.map((pair) => pair.categoryId);
  const replacing = posts.filter((post) => post.replaces).map((post) => post.postId);
  if (replacing.length > 0) {
    await tx.query(
      `delete from post_category where post_id = any($1::bigint[])
         and (post_id, category_id) not in (select u.post_id, u.category_id from unnest($2::bigint[], $3::bigint[]) as u (post_id, category_id))`,
      [replacing, postIds, categoryIds],
    );
  }
  await tx.query(
    `insert into post_category (post_id, category_id)
     select u.post_id, u.category_id from unnest($1::bigint[], $2::bigint[]) as u (post_id, category_id)
     on conflict on constraint post_category_pkey do nothing`,
    [postIds, categoryIds],
  );
}

/** The posts that are filed under a category. */
export async function listPostsOfCategory(db: Queryable, categoryId: string): Promise<string[]> {
  const { rows } = await db.query<{ postId: string }>(`select post_id as "postId" from post_category where category_id = $1`, [categoryId]);
  return rows.map((row) => row.postId);
}
