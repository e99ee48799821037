import type { Database } from '../db/db.ts';
import { listPostsOfCategory } from './category-store.ts';
import { getPublicTopic } from './change-topics.ts';
import { offerGainedTopics } from './offer-topics.ts';
import { lockPosts } from './posts-lock-store.ts';
import type { PublicTopic } from './public-topic.ts';
import { decideCategory, findTopic, getCategory, insertTopic } from './topic-store.ts';
import { parseCategoryName, parseTopicName, parseTopicSlug } from './topic.ts';

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

/** What a decision about categories came to. */
export interface MappingResult {
  readonly topic: PublicTopic;
  readonly isNewTopic: boolean;
  readonly postCount: number;
  /** Released posts that gained the topic: recorded as offers, applied later; more than the guard's limit wait for staff. */
  readonly offeredCount: number;
}

/** Lets a category lead to a topic. @throws NotFoundError for a category that no source ever stated, InvalidInputError */
export async function mapCategory(database: Database, mapping: CategoryMapping): Promise<MappingResult> {
  const slug = parseTopicSlug(mapping.topic);
  return database.transaction(async (tx) => {
    await lockPosts(tx);
    const category = await getCategory(tx, parseCategoryName(mapping.category));
    const known = await findTopic(tx, slug);
    const topic = known ?? (await insertTopic(tx, { slug, name: parseTopicName(mapping.name ?? category.name) }));
    await decideCategory(tx, category.id, 'mapped', topic.id);
    const postIds = await listPostsOfCategory(tx, category.id);
    const offeredCount = await offerGainedTopics(tx, postIds, mapping.now);
    return { topic: await getPublicTopic(tx, topic), isNewTopic: !known, postCount: postIds.length, offeredCount };
  });
}

/** Sets a category aside: it leads to no topic and is not asked about again. Returns how many posts are filed under it. */
export async function ignoreCategory(database: Database, category: string, now: Date): Promise<number> {
  return database.transaction(async (tx) => {
    await lockPosts(tx);
    const { id } = await getCategory(tx, parseCategoryName(category));
    await decideCategory(tx, id, 'ignored', null);
    const postIds = await listPostsOfCategory(tx, id);
    await offerGainedTopics(tx, postIds, now);
    return postIds.length;
  });
}
