import type { Queryable, Tx } from '../db/db.ts';

/** A merge of topics that was asked for. */
export interface TopicMerge {
  readonly id: string;
  readonly fromTopicId: string;
  readonly intoTopicId: string;
  /** So many moved until now. */
  readonly followerCount: number;
}

const columns = `id, from_topic_id as "fromTopicId", into_topic_id as "intoTopicId", follower_count as "followerCount"`;

/** Stores a merge. */
export async function insertTopicMerge(tx: Tx, merge: { fromTopicId: string; intoTopicId: string; now: Date }): Promise<TopicMerge> {
  const { rows } = await tx.query<TopicMerge>(
    `insert into topic_merge (from_topic_id, into_topic_id, requested_at) values ($1, $2, $3) returning ${columns}`,
    [merge.fromTopicId, merge.intoTopicId, merge.now],
  );
  return rows[0]!;
}

/** The merges that have not ended, oldest first. */
export async function listOpenTopicMerges(db: Queryable): Promise<TopicMerge[]> {
  const { rows } = await db.query<TopicMerge>(`select ${columns} from topic_merge where ended_at is null order by id`);
  return rows;
}

/** A merge, ended or not. */
export async function getTopicMerge(db: Queryable, mergeId: string): Promise<TopicMerge> {
  const { rows } = await db.query<TopicMerge>(`select ${columns} from topic_merge where id = $1`, [mergeId]);
  return rows[0]!;
}

/** Adds to the followers that a merge has moved. */
export async function addMovedFollowers(tx: Tx, mergeId: string, count: number): Promise<void> {
  await tx.query(`update topic_merge set follower_count = follower_count + $2 where id = $1`, [mergeId, count]);
}

/** Ends a merge. */
export async function markMergeEnded(tx: Tx, mergeId: string, now: Date): Promise<void> {
  await tx.query(`update topic_merge set ended_at = $2 where id = $1 and ended_at is null`, [mergeId, now]);
}

/** The posts that a category which leads to the topic files, or that have it still. */
export async function listPostsOfTopic(db: Queryable, topicId: string): Promise<string[]> {
  const { rows } = await db.query<{ postId: string }>(
    `select pc.post_id as "postId" from category c join post_category pc on pc.category_id = c.id where c.topic_id = $1
     union select post_id from post_topic where topic_id = $1`,
    [topicId],
  );
  return rows.map((row) => row.postId);
}

/** Whether a post has the one topic and not the other: then not all of its followers would get it under that. */
export async function hasPostsWithout(db: Queryable, topicId: string, otherTopicId: string): Promise<boolean> {
  const { rows } = await db.query(
    `select from post_topic t where t.topic_id = $1
       and not exists (select from post_topic o where o.post_id = t.post_id and o.topic_id = $2) limit 1`,
    [topicId, otherTopicId],
  );
  return rows.length > 0;
}

/** Lets every category of one topic lead to another, and takes the one from its posts. */
export async function moveCategories(tx: Tx, fromTopicId: string, toTopicId: string): Promise<void> {
  await tx.query(`update category set topic_id = $2 where topic_id = $1`, [fromTopicId, toTopicId]);
  await tx.query(`delete from post_topic where topic_id = $1`, [fromTopicId]);
}

/** Locks a topic so that nobody chooses it any more; who is choosing it is waited for (`holdTopics`). False when it is gone. */
export async function lockTopic(tx: Tx, topicId: string): Promise<boolean> {
  return (await tx.query(`select from topic where id = $1 for update`, [topicId])).rowCount === 1;
}

/** Deletes a topic that nothing leads to any more. */
export async function deleteTopic(tx: Tx, topicId: string): Promise<void> {
  await tx.query(`delete from topic where id = $1`, [topicId]);
}
