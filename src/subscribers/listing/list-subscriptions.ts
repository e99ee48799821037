import type { Queryable } from '../../db/db.ts';
import { getNewsletter } from '../../newsletters/newsletter-store.ts';
import { chooseSchedule } from '../../newsletters/choose-schedule.ts';
import { listOfferedTopics } from '../../topics/topic-store.ts';
import { topicIdsOf } from '../../topics/topic.ts';
import { publicSubscription, type PublicSubscriptions } from './public-subscription.ts';
import { countSubscribers, listSubscribers, type SubscriptionFilter } from './subscriber-list-store.ts';
import type { SubscriptionState } from '../subscriber.ts';

/** Which subscriptions somebody wants to see; undefined takes all. */
export interface SubscriptionChoice {
  /** Slug. */
  readonly newsletter?: string;
  /** The name of one of the newsletter's schedules. */
  readonly schedule?: string;
  readonly state?: SubscriptionState;
  /** The slug of a topic: only who follows it, also by following all. */
  readonly topic?: string;
  /** Only people whose address is suppressed. */
  readonly isSuppressed?: boolean;
}

/** One page of them. */
export interface SubscriptionPage {
  readonly limit: number;
  /** The last id of the page before. */
  readonly afterId?: string;
}

/** A page of subscriptions in the order of their ids, and how many there are of each state on all pages. @throws NotFoundError */
export async function listPublicSubscriptions(
  db: Queryable,
  choice: SubscriptionChoice,
  page: SubscriptionPage,
): Promise<PublicSubscriptions> {
  const filter = await filterOf(db, choice);
  const rows = await listSubscribers(db, filter, page);
  return { counts: await countSubscribers(db, filter), subscriptions: rows.map(publicSubscription) };
}

/** What a choice is among what there is. @throws NotFoundError; InvalidInputError for a topic that is not offered */
export async function filterOf(
  db: Queryable,
  { newsletter: slug, schedule: name, topic, ...choice }: SubscriptionChoice,
): Promise<SubscriptionFilter> {
  const newsletter = slug === undefined ? undefined : await getNewsletter(db, slug);
  const schedule = newsletter && name !== undefined ? await chooseSchedule(db, newsletter, name) : undefined;
  const topicId = topic === undefined ? undefined : topicIdsOf([topic], await listOfferedTopics(db))[0];
  return {
    ...choice,
    ...(newsletter && { newsletterId: newsletter.id }),
    ...(schedule && { scheduleId: schedule.id }),
    ...(topicId !== undefined && { topicId }),
  };
}
