import type { Queryable, Tx } from '../../db/db.ts';

/** Which followers of a topic: the next of a newsletter in id order, whatever the state of their subscription. */
export interface FollowerStep {
  readonly newsletterId: string;
  readonly topicId: string;
  readonly afterId: string;
  readonly limit: number;
}

/** Locks the next subscriptions that chose a topic, in id order; what their readers are changing is waited for. */
export async function lockFollowers(tx: Tx, step: FollowerStep): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from subscription where newsletter_id = $1 and id > $3 and topics @> array[$2::bigint] order by id limit $4 for no key update`,
    [step.newsletterId, step.topicId, step.afterId, step.limit],
  );
  return rows.map((row) => row.id);
}

/** Puts one topic in the place of another in locked subscriptions, from what they chose by now; returns how many. */
export async function replaceTopic(tx: Tx, subscriptionIds: readonly string[], fromTopicId: string, toTopicId: string): Promise<number> {
  const { rowCount } = await tx.query(
    `update subscription
     set topics = (select array_agg(distinct t order by t) from unnest(array_replace(topics, $2::bigint, $3::bigint)) as t)
     where id = any($1::bigint[]) and topics @> array[$2::bigint]`,
    [subscriptionIds, fromTopicId, toTopicId],
  );
  return rowCount ?? 0;
}

/** The newsletters with subscriptions that chose a topic, in id order. */
export async function listNewslettersOfFollowers(db: Queryable, topicId: string): Promise<string[]> {
  const { rows } = await db.query<{ newsletterId: string }>(
    `select distinct newsletter_id as "newsletterId" from subscription where topics @> array[$1::bigint] order by newsletter_id`,
    [topicId],
  );
  return rows.map((row) => row.newsletterId);
}
