import type { Category, CategoryDecision, ListedTopic } from './topic.ts';

/** A topic as programs see it: what `--json` prints. */
export interface PublicTopic {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly ordinal: number;
  readonly isHidden: boolean;
  readonly categories: readonly string[];
  readonly postCount: number;
  readonly followerCount: number;
  /** Slug of the topic that it is becoming, while that lasts. */
  readonly mergesInto: string | null;
}

/** A category of the sources as programs see it. */
export interface PublicCategory {
  readonly id: string;
  readonly kind: 'category' | 'tag';
  readonly slug: string;
  readonly name: string;
  readonly decision: CategoryDecision;
  /** Where it leads, null where it leads nowhere. */
  readonly topicSlug: string | null;
  readonly postCount: number;
}

/** Topics and the categories beside them. */
export interface PublicTopics {
  /** In their order. */
  readonly topics: readonly PublicTopic[];
  /** Those that wait for a decision first, then by how many posts they have. */
  readonly categories: readonly PublicCategory[];
}

/** The same of a row. */
export function publicTopic(topic: ListedTopic): PublicTopic {
  const { id, slug, name, ordinal, isHidden, categories, postCount, followerCount, mergesInto } = topic;
  return { id, slug, name, ordinal, isHidden, categories, postCount, followerCount, mergesInto };
}

/** The same of a row. */
export function publicCategory({ id, kind, slug, name, decision, topicSlug, postCount }: Category): PublicCategory {
  return { id, kind, slug, name, decision, topicSlug, postCount };
}
