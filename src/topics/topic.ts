/*
 * Topics and the categories that lead to them. What a source files a post under is its own affair: a category becomes a topic only
 * by a decision of staff, and readers are never offered one that nobody decided on.
 */
import { InvalidInputError, type Remedy } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/text/near-name.ts';
import { cleanLine } from '../kernel/text/clean-text.ts';

/** A topic as staff see it. */
export interface Topic {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly ordinal: number;
  /** Not offered to readers any more; who follows it keeps it. */
  readonly isHidden: boolean;
}

/** A topic with what staff want to see beside it. */
export interface ListedTopic extends Topic {
  /** Slugs of the categories that lead to it, tags as `tag:slug`. */
  readonly categories: readonly string[];
  readonly postCount: number;
  /** Active subscriptions that chose it; those that follow everything are not counted. */
  readonly followerCount: number;
  /** Slug of the topic that it is becoming, while that lasts. */
  readonly mergesInto: string | null;
}

/** What staff decided about a category. */
export type CategoryDecision = 'pending' | 'mapped' | 'ignored';

/** A category as staff see it. */
export interface Category {
  readonly id: string;
  readonly kind: 'category' | 'tag';
  readonly slug: string;
  readonly name: string;
  readonly decision: CategoryDecision;
  readonly topicSlug: string | null;
  readonly postCount: number;
}

/** A category as staff name it: its slug, with `tag:` before it for a tag. */
export function parseCategoryName(text: string): { readonly kind: 'category' | 'tag'; readonly slug: string } {
  const match = /^(?:(tag|category):)?(\S+)$/.exec(text.trim());
  if (!match)
    throw new InvalidInputError(`Expected a category by its slug (such as leadership-development, or tag:homework), got "${text}"`);
  return { kind: match[1] === 'tag' ? 'tag' : 'category', slug: match[2]! };
}

/** The slug of a new topic. @throws InvalidInputError */
export function parseTopicSlug(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text;
  throw new InvalidInputError(
    `Expected a topic by its slug (lower-case letters, digits and hyphens, such as leadership-development), got "${text}"`,
  );
}

/** The name of a topic as readers see it. @throws InvalidInputError */
export function parseTopicName(text: string): string {
  const name = cleanLine(text);
  if (name !== '' && name.length <= 100) return name;
  throw new InvalidInputError(`Expected the name of a topic in 1 to 100 characters, got ${name.length}`);
}

/** A topic as readers are offered it. */
export type OfferedTopic = Pick<Topic, 'id' | 'slug' | 'name'>;

/** What was expected and came where no topic is called so, and what helps: where there is none yet, nothing that is typed can be right. */
export function describeNoTopic(
  text: string,
  slugs: readonly string[],
  names: readonly string[] = [],
): [string, { readonly remedy?: Remedy }] {
  if (slugs.length === 0) return [`Expected a topic, found none yet, got "${text}"`, { remedy: { kind: 'map_category' } }];
  const hint = didYouMean(text, [...slugs, ...names]);
  return [`Expected a topic (${slugs.join(', ')}), got "${text}"${hint}`, hint === '' ? { remedy: { kind: 'map_category' } } : {}];
}

/** Topic ids for what staff or readers typed: slugs or names, upper and lower case alike. Sorted. @throws InvalidInputError that lists what is offered */
export function topicIdsOf(texts: readonly string[], offered: readonly OfferedTopic[]): string[] {
  const ids = texts.map((text) => {
    const wanted = text.trim().toLowerCase();
    const topic = offered.find((each) => each.slug === wanted || each.name.toLowerCase() === wanted);
    if (topic) return topic.id;
    const [slugs, names] = [offered.map(({ slug }) => slug), offered.map(({ name }) => name)];
    throw new InvalidInputError(...describeNoTopic(text, slugs, names));
  });
  return [...new Set(ids)].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}
