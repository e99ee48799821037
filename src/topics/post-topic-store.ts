import type { Queryable, Tx } from '../db/db.ts';

/** A topic that a post has from now on. */
export interface GainedTopic {
  readonly postId: string;
  readonly topicId: string;
  /** It was released before: who follows the topic and passed it is to be offered it. */
  readonly isReleased: boolean;
  /** It gained it because a topic that it has is being merged into this one. */
  readonly isMerged: boolean;
}

/** Topics that posts ($1) are to have by their categories and the map; while one is being merged into another, both. */
const wantedTopics = `
  select distinct pc.post_id, led.topic_id
  from post_category pc join category c on c.id = pc.category_id
  cross join lateral (
    select c.topic_id
    union all
    select m.into_topic_id from topic_merge m where m.from_topic_id = c.topic_id and m.ended_at is null) as led
  where pc.post_id = any($1::bigint[]) and c.decision = 'mapped' and c.topic_id is not null`;

/** Brings the topics of posts in line with their categories and the map; returns what was gained. */
export async function derivePostTopics(tx: Tx, postIds: readonly string[]): Promise<GainedTopic[]> {
  const { rows } = await tx.query<GainedTopic>(
    `with wanted as (${wantedTopics}),
     lost as (
       delete from post_topic t where t.post_id = any($1::bigint[])
         and not exists (select from wanted w where w.post_id = t.post_id and w.topic_id = t.topic_id)),
     gained as (
       insert into post_topic (post_id, topic_id) select post_id, topic_id from wanted
       on conflict on constraint post_topic_pkey do nothing
       returning post_id, topic_id)
     select g.post_id as "postId", g.topic_id as "topicId", p.state = 'released' as "isReleased",
       exists (select from wanted w join topic_merge m on m.from_topic_id = w.topic_id
               where w.post_id = g.post_id and m.into_topic_id = g.topic_id and m.ended_at is null) as "isMerged"
     from gained g join post p on p.id = g.post_id order by g.post_id, g.topic_id`,
    [postIds],
  );
  return rows;
}

/** Those of the posts that no reader can have: their topics may change at any time. */
export async function listUnreleased(tx: Tx, postIds: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(`select id from post where id = any($1::bigint[]) and state <> 'released'`, [postIds]);
  return rows.map((row) => row.id);
}

/** Records those of the posts that are released and whose topics are not what their categories say. */
export async function recordTopicChanges(tx: Tx, postIds: readonly string[], now: Date): Promise<void> {
  await tx.query(
    `with wanted as (${wantedTopics}),
     had as (select post_id, topic_id from post_topic where post_id = any($1::bigint[])),
     differing as (
       select post_id from ((table wanted except table had) union all (table had except table wanted)) as either)
     insert into topic_change (post_id, recorded_at)
     select distinct d.post_id, $2::timestamptz from differing d join post p on p.id = d.post_id where p.state = 'released'
     on conflict on constraint topic_change_pkey do nothing`,
    [postIds, now],
  );
}

/** Which recorded changes to list. */
export interface TopicChangeQuery {
  /** Only of these posts; of all where undefined. */
  readonly postIds?: readonly string[] | undefined;
  /** Not of posts that a source of one of these newsletters states. */
  readonly exceptNewsletterIds: readonly string[];
  readonly limit: number;
}

/** Posts whose change of topics was recorded and not carried out, in id order. */
export async function listTopicChanges(db: Queryable, query: TopicChangeQuery): Promise<string[]> {
  const { rows } = await db.query<{ postId: string }>(
    `select c.post_id as "postId" from topic_change c
     where ($1::bigint[] is null or c.post_id = any($1))
       and not exists (select from post_source ps join newsletter_source ns on ns.source_id = ps.source_id
                       where ps.post_id = c.post_id and ns.newsletter_id = any($2::bigint[]))
     order by c.post_id limit $3`,
    [query.postIds ?? null, query.exceptNewsletterIds, query.limit],
  );
  return rows.map((row) => row.postId);
}

/** Forgets changes that were carried out. */
export async function deleteTopicChanges(tx: Tx, postIds: readonly string[]): Promise<void> {
  await tx.query(`delete from topic_change where post_id = any($1::bigint[])`, [postIds]);
}

/** The newsletters that have a source which states one of the posts, whatever their rules say. */
export async function listNewslettersStating(tx: Tx, postIds: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ newsletterId: string }>(
    `select distinct ns.newsletter_id as "newsletterId"
     from post_source ps join newsletter_source ns on ns.source_id = ps.source_id where ps.post_id = any($1::bigint[])`,
    [postIds],
  );
  return rows.map((row) => row.newsletterId);
}
