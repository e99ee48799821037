import type { Queryable, Tx } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import type { Choices, Subscription } from '../subscriber.ts';

/** What stands in the row of a subscription. */
export const choiceColumns = `id, subscriber_id as "subscriberId", newsletter_id as "newsletterId", schedule_id as "scheduleId", state,
  topics as "topicIds", language, format, local_hour as "localHour", time_zone as "timeZone", token_version as "tokenVersion"`;

/** Stores a pending subscription; undefined when the person has one to this newsletter already. */
export async function insertSubscription(
  tx: Tx,
  person: { readonly subscriberId: string; readonly newsletterId: string; readonly now: Date },
  choices: Choices,
): Promise<Subscription | undefined> {
  const { rows } = await tx.query<Subscription>(
    `insert into subscription (subscriber_id, newsletter_id, state, schedule_id, topics, language, format, local_hour, time_zone, created_at)
     values ($1, $2, 'pending', $3, $4, $5, $6, $7, $8, $9)
     on conflict on constraint subscription_person_key do nothing
     returning ${choiceColumns}`,
    [
      person.subscriberId,
      person.newsletterId,
      choices.scheduleId,
      choices.topicIds,
      choices.language,
      choices.format,
      choices.localHour,
      choices.timeZone,
      person.now,
    ],
  );
  return rows[0];
}

/** Replaces the choices of a subscription that gets no mail yet (pending) or any more (left); an active one is changed through the ledger. */
export async function replaceChoices(tx: Tx, subscriptionId: string, choices: Choices): Promise<void> {
  await tx.query(
    `update subscription
     set schedule_id = $2, topics = $3, language = $4, format = $5, local_hour = $6, time_zone = $7
     where id = $1 and state in ('pending', 'left')`,
    [subscriptionId, choices.scheduleId, choices.topicIds, choices.language, choices.format, choices.localHour, choices.timeZone],
  );
}

/** Locks a person's subscription until commit, so that two changes of one person follow each other; undefined when there is none. */
export async function lockSubscription(tx: Tx, subscriberId: string, newsletterId: string): Promise<Subscription | undefined> {
  // "no key": deliveries and consent events may still refer to the row meanwhile.
  const { rows } = await tx.query<Subscription>(
    `select ${choiceColumns} from subscription where subscriber_id = $1 and newsletter_id = $2 for no key update`,
    [subscriberId, newsletterId],
  );
  return rows[0];
}

/** Locks a subscription by its id, as `lockSubscription` does. */
export async function lockSubscriptionById(tx: Tx, subscriptionId: string): Promise<Subscription | undefined> {
  const { rows } = await tx.query<Subscription>(`select ${choiceColumns} from subscription where id = $1 for no key update`, [
    subscriptionId,
  ]);
  return rows[0];
}

/** The subscription with this id, undefined when there is none. */
export async function findSubscription(db: Queryable, subscriptionId: string): Promise<Subscription | undefined> {
  const { rows } = await db.query<Subscription>(`select ${choiceColumns} from subscription where id = $1`, [subscriptionId]);
  return rows[0];
}

/** The subscription with this id. @throws NotFoundError */
export async function getSubscription(db: Queryable, subscriptionId: string): Promise<Subscription> {
  const subscription = await findSubscription(db, subscriptionId);
  if (!subscription) throw new NotFoundError(`Expected a subscription, found none with id ${subscriptionId}`);
  return subscription;
}

/** All subscriptions of a person, in one newsletter or in all, locked in id order until commit. */
export async function lockSubscriptionsOf(tx: Tx, subscriberId: string, newsletterId: string | undefined): Promise<Subscription[]> {
  const { rows } = await tx.query<Subscription>(
    `select ${choiceColumns} from subscription
     where subscriber_id = $1 and ($2::bigint is null or newsletter_id = $2)
     order by id for no key update`,
    [subscriberId, newsletterId ?? null],
  );
  return rows;
}

/** The id of a person's subscription to a newsletter, by the key of their address; undefined when there is none. */
export async function findSubscriptionId(db: Queryable, newsletterId: string, addressKey: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `select n.id from subscription n join subscriber r on r.id = n.subscriber_id where n.newsletter_id = $1 and r.address_key = $2`,
    [newsletterId, addressKey],
  );
  return rows[0]?.id;
}

/** The id of a person's subscription to a newsletter; undefined when there is none. */
export async function findSubscriptionOf(db: Queryable, newsletterId: string, subscriberId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(`select id from subscription where newsletter_id = $1 and subscriber_id = $2`, [
    newsletterId,
    subscriberId,
  ]);
  return rows[0]?.id;
}

/** Of a person: each newsletter that they have or had, with the state of their subscription. */
export async function listNewslettersOfPerson(
  db: Queryable,
  subscriberId: string,
): Promise<{ readonly subscriptionId: string; readonly newsletterId: string; readonly state: Subscription['state'] }[]> {
  const { rows } = await db.query<{ subscriptionId: string; newsletterId: string; state: Subscription['state'] }>(
    `select id as "subscriptionId", newsletter_id as "newsletterId", state from subscription where subscriber_id = $1 order by newsletter_id`,
    [subscriberId],
  );
  return rows;
}
