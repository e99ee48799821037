import type { Queryable } from '../../db/db.ts';

/** A person as the row of theirs says. */
export interface StoredPerson {
  readonly address: string | null;
  readonly name: string | null;
  readonly since: Date;
  readonly erasedAt: Date | null;
}

/** The person with this id; undefined where there is none. */
export async function findStoredPerson(db: Queryable, subscriberId: string): Promise<StoredPerson | undefined> {
  const { rows } = await db.query<StoredPerson>(
    `select address, name, created_at as since, erased_at as "erasedAt" from subscriber where id = $1`,
    [subscriberId],
  );
  return rows[0];
}

/** How far a subscription has come. */
export interface StoredProgress {
  readonly subscriptionId: string;
  /** Null where it was never active. */
  readonly cursor: string | null;
  /** When the last release was made that it is accounted for; null where there was none. */
  readonly upToReleaseOf: Date | null;
  /** Single releases that are still to be sent beside the newer ones. */
  readonly owedCount: number;
  /** Posts of the newsletter's sources that were released later, whatever the reader's topics and the newsletter's rules say. */
  readonly newerCount: number;
}

/** How far each subscription of a person has come, in the order of their ids. */
export async function listProgress(db: Queryable, subscriberId: string): Promise<StoredProgress[]> {
  const { rows } = await db.query<StoredProgress>(
    `select s.id as "subscriptionId", c.cursor::text as cursor, coalesce(cardinality(c.owed), 0) as "owedCount",
       (select r.released_at from release r where r.position <= c.cursor order by r.position desc limit 1) as "upToReleaseOf",
       (select count(*)::integer from release r join post p on p.id = r.post_id and p.state = 'released'
        where r.position > c.cursor and r.kind = 'post' and exists (
          select from post_source ps join newsletter_source ns on ns.source_id = ps.source_id
          where ps.post_id = p.id and ns.newsletter_id = s.newsletter_id)) as "newerCount"
     from subscription s left join subscription_cursor c on c.subscription_id = s.id
     where s.subscriber_id = $1 order by s.id`,
    [subscriberId],
  );
  return rows;
}

/** A post that a server took for a person. */
export interface ReceivedPost {
  readonly postId: string;
  readonly title: string;
  /** Whether it went as a correction. */
  readonly isCorrection: boolean;
  readonly editionId: string;
  readonly subscriptionId: string;
  readonly at: Date;
}

/** The last so many posts that a person received, newest first, and how many there are in all. */
export async function listReceivedPosts(
  db: Queryable,
  subscriberId: string,
  limit: number,
): Promise<{ readonly count: number; readonly posts: readonly ReceivedPost[] }> {
  const { rows } = await db.query<ReceivedPost & { count: number }>(
    `select l.post_id as "postId", v.title, l.kind = 'correction' as "isCorrection", d.edition_id as "editionId",
       d.subscription_id as "subscriptionId", d.ended_at as at, count(*) over ()::integer as count
     from subscription s join delivery d on d.subscription_id = s.id and d.state = 'accepted'
     join rendition r on r.id = d.rendition_id
     cross join lateral unnest(r.positions, r.revisions) as o (position, revision)
     join release l on l.position = o.position
     join post_revision v on v.post_id = l.post_id and v.revision = o.revision
     where s.subscriber_id = $1
     order by d.ended_at desc, d.id desc, l.position desc limit $2`,
    [subscriberId, limit],
  );
  return { count: rows[0]?.count ?? 0, posts: rows.map(({ count: _count, ...post }) => post) };
}

/** Names by id. */
export interface HistoryNames {
  readonly topics: Readonly<Record<string, string>>;
  /** Of the newsletters that the person has or had. */
  readonly schedules: Readonly<Record<string, string>>;
}

/** What a person could choose among is called; a schedule that was removed has its name still. */
export async function findNames(db: Queryable, subscriberId: string): Promise<HistoryNames> {
  const { rows } = await db.query<HistoryNames>(
    `select coalesce((select json_object_agg(id, name) from topic), '{}') as topics,
       coalesce((select json_object_agg(id, name) from schedule where newsletter_id in
         (select newsletter_id from subscription where subscriber_id = $1)), '{}') as schedules`,
    [subscriberId],
  );
  return rows[0]!;
}
