import type { Queryable } from '../db/db.ts';
import { publicCategory, publicTopic, type PublicCategory, type PublicTopic } from './public-topic.ts';
import { listCategories, listTopics } from './topic-store.ts';

/** Topics and the categories beside them. */
export interface PublicTopics {
  /** In their order. */
  readonly topics: readonly PublicTopic[];
  /** Those that wait for a decision first, then by how many posts they have. */
  readonly categories: readonly PublicCategory[];
}

/** All topics, and the categories that wait for a decision; decided ones too when asked. */
export async function listPublicTopics(
  db: Queryable,
  { withDecided = false }: { readonly withDecided?: boolean } = {},
): Promise<PublicTopics> {
  const topics = await listTopics(db);
  const categories = await listCategories(db, withDecided ? undefined : 'pending');
  return { topics: topics.map(publicTopic), categories: categories.map(publicCategory) };
}
