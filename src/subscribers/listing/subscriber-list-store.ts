import type { Queryable } from '../../db/db.ts';
import type { MailFormat, SubscriptionState } from '../subscriber.ts';

/** Which subscriptions to list. */
export interface SubscriptionFilter {
  readonly newsletterId?: string;
  readonly state?: SubscriptionState;
  readonly scheduleId?: string;
  readonly topicId?: string;
  /** Only people whose address is suppressed, or only those whose is not. */
  readonly isSuppressed?: boolean;
}

/** One line of the list. */
export interface ListedSubscription {
  readonly subscriptionId: string;
  readonly subscriberId: string;
  readonly newsletter: string;
  /** Null once the person is erased. */
  readonly address: string | null;
  readonly name: string | null;
  readonly state: SubscriptionState;
  readonly schedule: string;
  /** Slugs; null follows all. */
  readonly topics: readonly string[] | null;
  readonly language: string;
  readonly format: MailFormat;
  readonly localHour: number | null;
  readonly timeZone: string | null;
  readonly isPaused: boolean;
  /** Why the address is never mailed; null when it may be. */
  readonly suppression: string | null;
  readonly createdAt: Date;
}

/** How many subscriptions there are in each state; a suppressed one counts in its state too. */
export interface SubscriptionCounts {
  readonly pending: number;
  readonly active: number;
  readonly left: number;
  readonly paused: number;
  readonly suppressed: number;
}

/** What lists and exports alike say of a subscription, as SQL beside `filteredSubscriptions`. */
export const shownColumns = `subscriber.address, subscriber.name,
  (select slug from newsletter where newsletter.id = subscription.newsletter_id) as newsletter,
  subscription.state, suppression.reason as suppression,
  (select schedule.name from schedule where schedule.id = subscription.schedule_id) as schedule,
  case when subscription.topics is not null then
    array(select slug from topic where topic.id = any (subscription.topics) order by ordinal, slug)
  end as topics,
  subscription.language, subscription.format, subscription.local_hour as "localHour", subscription.time_zone as "timeZone",
  subscription.created_at as "createdAt"`;

/** What a filter takes, as SQL: one text, so that the counts, the list and an export can never mean different things. $1 to $5 are `filterValues`. */
export function filteredSubscriptions(joins = ''): string {
  return `
  from subscription
    join subscriber on subscriber.id = subscription.subscriber_id
    left join suppression on suppression.address_key = subscriber.address_key
    ${joins}
  where ($1::bigint is null or subscription.newsletter_id = $1)
    and ($2::text is null or subscription.state = $2)
    and ($3::bigint is null or subscription.schedule_id = $3)
    and ($4::bigint is null or subscription.topics is null or $4 = any (subscription.topics))
    and ($5::boolean is null or (suppression.address_key is not null) = $5)`;
}

const isPaused = `(subscription.paused_until is not null and subscription.paused_until > now())`;

/** The first five values of a statement with `filteredSubscriptions`. */
export function filterValues(filter: SubscriptionFilter): unknown[] {
  return [
    filter.newsletterId ?? null,
    filter.state ?? null,
    filter.scheduleId ?? null,
    filter.topicId ?? null,
    filter.isSuppressed ?? null,
  ];
}

/** One page of subscriptions in id order; `afterId` is the last id of the page before. */
export async function listSubscribers(
  db: Queryable,
  filter: SubscriptionFilter,
  page: { readonly limit: number; readonly afterId?: string },
): Promise<ListedSubscription[]> {
  const { rows } = await db.query<ListedSubscription>(
    `select subscription.id as "subscriptionId", subscriber.id as "subscriberId", ${shownColumns}, ${isPaused} as "isPaused"
     ${filteredSubscriptions()} and subscription.id > $6
     order by subscription.id limit $7`,
    [...filterValues(filter), page.afterId ?? '0', page.limit],
  );
  return rows;
}

/** Counts of what the same filter lists. */
export async function countSubscribers(db: Queryable, filter: SubscriptionFilter): Promise<SubscriptionCounts> {
  const { rows } = await db.query<SubscriptionCounts>(
    `select count(*) filter (where subscription.state = 'pending')::int as pending,
       count(*) filter (where subscription.state = 'active')::int as active,
       count(*) filter (where subscription.state = 'left')::int as "left",
       count(*) filter (where subscription.state = 'active' and ${isPaused})::int as paused,
       count(*) filter (where suppression.address_key is not null)::int as suppressed
     ${filteredSubscriptions()}`,
    filterValues(filter),
  );
  return rows[0]!;
}
