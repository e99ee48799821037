import type { Database, Queryable } from '../db/db.ts';
import { getNewsletter } from '../newsletters/newsletter-store.ts';
import { publicTopic, type PublicTopic } from './public-topic.ts';
import { getTopic, listTopics, setNewsletterTopicOrder, setTopicOrder, updateTopic } from './topic-store.ts';
import { parseTopicName, type Topic } from './topic.ts';

/** What staff may change of a topic; the slug stays, it is in addresses. */
export interface TopicChanges {
  /** The name that readers see. */
  readonly name?: string;
  /** Not offered to readers any more, or again; who follows it keeps it. */
  readonly isHidden?: boolean;
}

/** Changes what is given of a topic. @throws NotFoundError, InvalidInputError */
export async function changeTopic(db: Queryable, slug: string, { name, isHidden }: TopicChanges): Promise<PublicTopic> {
  const typed = name === undefined ? undefined : parseTopicName(name);
  const topic = await getTopic(db, slug);
  await updateTopic(db, topic.id, { name: typed ?? topic.name, isHidden: isHidden ?? topic.isHidden });
  return getPublicTopic(db, topic);
}

/** Topics in the order that digests are to have: in all newsletters, or in the one with this slug only. */
export interface TopicOrder {
  /** Slugs; topics that are not named follow in their old order. */
  readonly topics: readonly string[];
  readonly newsletter?: string | undefined;
}

/** Puts topics in this order and returns all of them in it. @throws NotFoundError */
export async function orderTopics(database: Database, { topics, newsletter }: TopicOrder): Promise<PublicTopic[]> {
  return database.transaction(async (tx) => {
    const owner = newsletter === undefined ? undefined : await getNewsletter(tx, newsletter);
    const named: Topic[] = [];
    // One after the other: a transaction is one connection.
    for (const slug of topics) named.push(await getTopic(tx, slug));
    const ids = [...new Set([...named, ...(await listTopics(tx))].map((topic) => topic.id))];
    await (owner ? setNewsletterTopicOrder(tx, owner.id, ids) : setTopicOrder(tx, ids));
    const listed = await listTopics(tx);
    return ids.flatMap((id) => listed.filter((topic) => topic.id === id)).map(publicTopic);
  });
}

/** A topic with what stands beside it. */
export async function getPublicTopic(db: Queryable, { id }: Pick<Topic, 'id'>): Promise<PublicTopic> {
  return publicTopic((await listTopics(db, id))[0]!);
}
