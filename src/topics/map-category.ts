import type { Database } from '../db/db.ts';
import { ConflictError } from '../kernel/errors.ts';
import { listPostsOfCategory } from './category-store.ts';
import { applyTopicChanges, changePostTopics, type TopicChangesResult } from './change-post-topics.ts';
import { getPublicTopic } from './change-topics.ts';
import { lockPosts } from '../ledger/exclusion/posts-lock-store.ts';
import type { PublicTopic } from './public-topic.ts';
import { listOpenTopicMerges } from './topic-merge-store.ts';
import { decideCategory, findTopic, getCategory, insertTopic } from './topic-store.ts';
import { parseCategoryName, parseTopicName, parseTopicSlug, type Topic } from './topic.ts';

/** Which category leads to which topic. */
export interface CategoryMapping {
  /** Its slug; `tag:slug` for a tag. */
  readonly category: string;
  /** Slug of the topic; one that does not exist is made. */
  readonly topic: string;
  /** Name of a topic that is made; the category's when undefined. */
  readonly name?: string | undefined;
  readonly now: Date;
}

/**
 * What a decision about a category came to: `offeredCount` released posts gained the topic, and are offered later; more than the guard's limit wait for
 * staff. Where it is not complete, the rest of its posts follow by themselves.
 */
export interface IgnoredCategory extends TopicChangesResult {
  readonly categoryId: string;
  readonly postCount: number;
}

/** The same with the topic. */
export interface MappedCategory extends IgnoredCategory {
  readonly topic: PublicTopic;
  readonly isNewTopic: boolean;
}

/**
 * Lets a category lead to a topic. Posts that readers may have follow under the exclusion of offers.
 * @throws NotFoundError for a category that no source ever stated, InvalidInputError, ConflictError for a topic that is being merged into another
 */
export async function mapCategory(database: Database, mapping: CategoryMapping): Promise<MappedCategory> {
  const slug = parseTopicSlug(mapping.topic);
  const { categoryId, topic, isNewTopic, postIds } = await database.transaction(async (tx) => {
    await lockPosts(tx);
    const category = await getCategory(tx, parseCategoryName(mapping.category));
    const known = await findTopic(tx, slug);
    if (known && (await listOpenTopicMerges(tx)).some((merge) => merge.fromTopicId === known.id))
      throw new ConflictError(`Expected a topic that stays, got "${slug}", which is being merged into another`);
    const found: Topic = known ?? (await insertTopic(tx, { slug, name: parseTopicName(mapping.name ?? category.name) }));
    await decideCategory(tx, category.id, 'mapped', found.id);
    const filed = await listPostsOfCategory(tx, category.id);
    await changePostTopics(tx, filed, mapping.now);
    return { categoryId: category.id, topic: found, isNewTopic: !known, postIds: filed };
  });
  const applied = await applyTopicChanges(database, { now: mapping.now, postIds, waits: true });
  return { categoryId, topic: await getPublicTopic(database, topic), isNewTopic, postCount: postIds.length, ...applied };
}

/** Sets a category aside: it leads to no topic and is not asked about again. */
export async function ignoreCategory(database: Database, category: string, now: Date): Promise<IgnoredCategory> {
  const { categoryId, postIds } = await database.transaction(async (tx) => {
    await lockPosts(tx);
    const { id } = await getCategory(tx, parseCategoryName(category));
    await decideCategory(tx, id, 'ignored', null);
    const filed = await listPostsOfCategory(tx, id);
    await changePostTopics(tx, filed, now);
    return { categoryId: id, postIds: filed };
  });
  return { categoryId, postCount: postIds.length, ...(await applyTopicChanges(database, { now, postIds, waits: true })) };
}
