import type { Queryable } from '../db/db.ts';
import { publicCategory, publicTopic, type PublicTopics } from './public-topic.ts';
import { listCategories, listTopics } from './topic-store.ts';

/** All topics, and the categories that wait for a decision; decided ones too when asked. */
export async function listPublicTopics(
  db: Queryable,
  { withDecided = false }: { readonly withDecided?: boolean } = {},
): Promise<PublicTopics> {
  const topics = await listTopics(db);
  const categories = await listCategories(db, withDecided ? undefined : 'pending');
  return { topics: topics.map(publicTopic), categories: categories.map(publicCategory) };
}
