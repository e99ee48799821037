/*
 * Posts with topics as sources give them: filed under a category that leads there.
 */
import { randomBytes } from 'node:crypto';
import type { Database } from '../../src/db/db.ts';
import type { Position } from '../../src/ledger/position.ts';
import { releasePosts } from '../../src/ledger/releases/release-posts.ts';
import { changePostTopics } from '../../src/topics/change-post-topics.ts';
import { lockPosts } from '../../src/ledger/exclusion/posts-lock-store.ts';
import { insertPost, one, type TestNewsletter } from '../ledger/fixture.ts';

export interface FiledTopic {
  readonly id: string;
  readonly slug: string;
  readonly categoryId: string;
  readonly category: string;
}

/** A topic with a category of its own that leads to it. */
export async function insertFiledTopic(database: Database): Promise<FiledTopic> {
  const slug = `t${randomBytes(6).toString('hex')}`;
  const { rows } = await database.query<{ id: string; categoryId: string }>(
    `with t as (insert into topic (slug, name) values ($1, $1) returning id)
     insert into category (slug, name, decision, topic_id) select 'c-' || $1, $1, 'mapped', id from t returning topic_id as id, id as "categoryId"`,
    [slug],
  );
  return { ...one(rows), slug, category: `c-${slug}` };
}

/** Collects and releases a post that is filed under these categories. */
export async function releaseFiled(
  database: Database,
  newsletter: TestNewsletter,
  topics: readonly FiledTopic[],
): Promise<{ postId: string; position: Position }> {
  return database.transaction(async (tx) => {
    await lockPosts(tx);
    const postId = await insertPost(tx, newsletter);
    await tx.query(`insert into post_category (post_id, category_id) select $1, unnest($2::bigint[])`, [
      postId,
      topics.map((topic) => topic.categoryId),
    ]);
    await changePostTopics(tx, [postId], new Date());
    return { postId, position: (await releasePosts(tx, [{ postId, revision: 1 }], new Date())).get(postId)! };
  });
}

/** Files a post that is there otherwise, as whoever collects it does. */
export async function refile(database: Database, postId: string, topics: readonly FiledTopic[]): Promise<void> {
  await database.transaction(async (tx) => {
    await lockPosts(tx);
    await tx.query(`delete from post_category where post_id = $1`, [postId]);
    await tx.query(`insert into post_category (post_id, category_id) select $1, unnest($2::bigint[])`, [
      postId,
      topics.map((topic) => topic.categoryId),
    ]);
    await changePostTopics(tx, [postId], new Date());
  });
}

/** The topics of a post. */
export async function topicIdsOfPost(database: Database, postId: string): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(`select topic_id as id from post_topic where post_id = $1 order by topic_id`, [
    postId,
  ]);
  return rows.map((row) => row.id);
}

/** What a subscription follows. */
export async function topicsOfReader(database: Database, subscriptionId: string): Promise<string[] | null> {
  const { rows } = await database.query<{ topics: string[] | null }>(`select topics from subscription where id = $1`, [subscriptionId]);
  return one(rows).topics;
}
