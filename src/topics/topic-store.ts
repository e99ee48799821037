import type { Queryable, Tx } from '../db/db.ts';
import { ConflictError, NotFoundError } from '../kernel/errors.ts';
import { describeNoTopic, type Category, type CategoryDecision, type ListedTopic, type OfferedTopic, type Topic } from './topic.ts';

const topicColumns = `id, slug, name, ordinal, is_hidden as "isHidden"`;

/** The topic with this slug, undefined when there is none. */
export async function findTopic(db: Queryable, slug: string): Promise<Topic | undefined> {
  const { rows } = await db.query<Topic>(`select ${topicColumns} from topic where slug = $1`, [slug]);
  return rows[0];
}

/** The topic with this slug. @throws NotFoundError that lists the ones that exist. */
export async function getTopic(db: Queryable, slug: string): Promise<Topic> {
  const topic = await findTopic(db, slug);
  if (topic) return topic;
  const { rows } = await db.query<{ slug: string }>(`select slug from topic order by ordinal, id`);
  const known = rows.map((row) => row.slug);
  throw new NotFoundError(...describeNoTopic(slug, known));
}

/** All topics in their order, or the one with this id. */
export async function listTopics(db: Queryable, topicId?: string): Promise<ListedTopic[]> {
  const { rows } = await db.query<ListedTopic>(
    `select ${topicColumns},
       array(select case c.kind when 'tag' then 'tag:' || c.slug else c.slug end from category c where c.topic_id = topic.id order by c.kind, c.slug) as categories,
       (select count(*)::int from post_topic p where p.topic_id = topic.id) as "postCount",
       (select count(*)::int from subscription s where s.state = 'active' and s.topics @> array[topic.id]) as "followerCount",
       (select i.slug from topic_merge m join topic i on i.id = m.into_topic_id where m.from_topic_id = topic.id and m.ended_at is null) as "mergesInto"
     from topic where $1::bigint is null or id = $1 order by ordinal, id`,
    [topicId ?? null],
  );
  return rows;
}

/** Stores a topic after the others. */
export async function insertTopic(tx: Tx, topic: { slug: string; name: string }): Promise<Topic> {
  const { rows } = await tx.query<Topic>(
    `insert into topic (slug, name, ordinal) select $1, $2, coalesce(max(ordinal) + 1, 0) from topic returning ${topicColumns}`,
    [topic.slug, topic.name],
  );
  return rows[0]!;
}

/** Changes a topic. */
export async function updateTopic(db: Queryable, topicId: string, topic: Pick<Topic, 'name' | 'isHidden'>): Promise<void> {
  await db.query(`update topic set name = $2, is_hidden = $3 where id = $1`, [topicId, topic.name, topic.isHidden]);
}

/** Puts topics in this order for all newsletters that have none of their own. */
export async function setTopicOrder(tx: Tx, topicIds: readonly string[]): Promise<void> {
  await tx.query(
    `update topic t set ordinal = u.ordinal - 1 from unnest($1::bigint[]) with ordinality as u (id, ordinal) where t.id = u.id`,
    [topicIds],
  );
}

/** Puts topics in this order for one newsletter. */
export async function setNewsletterTopicOrder(tx: Tx, newsletterId: string, topicIds: readonly string[]): Promise<void> {
  await tx.query(
    `insert into newsletter_topic (newsletter_id, topic_id, ordinal)
     select $2, u.id, u.ordinal - 1 from unnest($1::bigint[]) with ordinality as u (id, ordinal)
     on conflict on constraint newsletter_topic_pkey do update set ordinal = excluded.ordinal`,
    [topicIds, newsletterId],
  );
}

/** Categories with what was decided about them: those that wait first, then by how many posts they have. */
export async function listCategories(db: Queryable, decision?: CategoryDecision): Promise<Category[]> {
  const { rows } = await db.query<Category>(
    `select c.id, c.kind, c.slug, c.name, c.decision, t.slug as "topicSlug",
       (select count(*)::int from post_category p where p.category_id = c.id) as "postCount"
     from category c left join topic t on t.id = c.topic_id
     where $1::text is null or c.decision = $1
     order by c.decision <> 'pending', "postCount" desc, c.kind, c.slug`,
    [decision ?? null],
  );
  return rows;
}

/** A category's row. @throws NotFoundError */
export async function getCategory(db: Queryable, category: { kind: string; slug: string }): Promise<{ id: string; name: string }> {
  const { rows } = await db.query<{ id: string; name: string }>(`select id, name from category where kind = $1 and slug = $2`, [
    category.kind,
    category.slug,
  ]);
  if (!rows[0])
    throw new NotFoundError(`Expected a ${category.kind} that a source has stated, got "${category.slug}"`, {
      remedy: { kind: 'list', of: 'topics' },
    });
  return rows[0];
}

/** Records what staff decided about a category. */
export async function decideCategory(tx: Tx, categoryId: string, decision: 'mapped' | 'ignored', topicId: string | null): Promise<void> {
  await tx.query(`update category set decision = $2, topic_id = $3 where id = $1`, [categoryId, decision, topicId]);
}

/** The topics that readers are offered, in their order; none that is being merged into another, or its followers would never all have moved. */
export async function listOfferedTopics(db: Queryable): Promise<OfferedTopic[]> {
  const { rows } = await db.query<OfferedTopic>(
    `select id, slug, name from topic t
     where not is_hidden and not exists (select from topic_merge m where m.from_topic_id = t.id and m.ended_at is null)
     order by ordinal, slug`,
  );
  return rows;
}

/** Those of them that posts of a newsletter's sources have, in its own order. */
export async function listTopicsOfNewsletter(db: Queryable, newsletterId: string): Promise<OfferedTopic[]> {
  const { rows } = await db.query<OfferedTopic>(
    `select t.id, t.slug, t.name from topic t left join newsletter_topic o on o.topic_id = t.id and o.newsletter_id = $1
     where not t.is_hidden and not exists (select from topic_merge m where m.from_topic_id = t.id and m.ended_at is null)
       and exists (
         select from newsletter_source n join post_source s on s.source_id = n.source_id join post_topic p on p.post_id = s.post_id
         where n.newsletter_id = $1 and p.topic_id = t.id)
     order by o.ordinal nulls last, t.ordinal, t.slug`,
    [newsletterId],
  );
  return rows;
}

/**
 * Holds topics that a reader is choosing until commit: whoever deletes one waits, and finds that it was chosen.
 * @throws ConflictError when one is gone by now
 */
export async function holdTopics(tx: Tx, topicIds: readonly string[] | null): Promise<void> {
  if (topicIds === null) return;
  const { rows } = await tx.query(`select from topic where id = any($1::bigint[]) order by id for key share`, [topicIds]);
  if (rows.length < new Set(topicIds).size)
    throw new ConflictError('Expected topics that are there, got one that was merged into another a moment ago');
}
