import type { Queryable, Tx } from '../../db/db.ts';

/** What a server said, as it is stored. */
export interface StoredReply {
  readonly id: string;
  readonly reply: string;
}

/** A stored reply, and what is to stand in its place. */
export interface ChangedReply extends StoredReply {
  readonly changed: string;
}

/** Replies of the deliveries of some subscriptions, so many after an id, by their ids. */
export async function listDeliveryReplies(
  db: Queryable,
  subscriptionIds: readonly string[],
  { afterId, limit }: { readonly afterId: string; readonly limit: number },
): Promise<StoredReply[]> {
  const { rows } = await db.query<StoredReply>(
    `select id, reply from delivery
     where subscription_id = any($1::bigint[]) and id > $2 and reply is not null
     order by id limit $3`,
    [subscriptionIds, afterId, limit],
  );
  return rows;
}

/** The same of the attempts that did not end their delivery. */
export async function listAttemptReplies(
  db: Queryable,
  subscriptionIds: readonly string[],
  { afterId, limit }: { readonly afterId: string; readonly limit: number },
): Promise<StoredReply[]> {
  const { rows } = await db.query<StoredReply>(
    `select a.id, a.reply from attempt a join delivery d on d.id = a.delivery_id
     where d.subscription_id = any($1::bigint[]) and a.id > $2 and a.reply is not null
     order by a.id limit $3`,
    [subscriptionIds, afterId, limit],
  );
  return rows;
}

/** Changes replies of deliveries. One that another has written meanwhile stays: its writer left out the address. */
export async function changeDeliveryReplies(tx: Tx, replies: readonly ChangedReply[]): Promise<void> {
  await tx.query(
    `update delivery d set reply = u.changed
     from unnest($1::bigint[], $2::text[], $3::text[]) as u (id, reply, changed)
     where d.id = u.id and d.reply = u.reply`,
    [replies.map(({ id }) => id), replies.map(({ reply }) => reply), replies.map(({ changed }) => changed)],
  );
}

/** Changes replies of attempts, which nobody else writes again. */
export async function changeAttemptReplies(tx: Tx, replies: readonly ChangedReply[]): Promise<void> {
  await tx.query(`update attempt a set reply = u.changed from unnest($1::bigint[], $2::text[]) as u (id, changed) where a.id = u.id`, [
    replies.map(({ id }) => id),
    replies.map(({ changed }) => changed),
  ]);
}
