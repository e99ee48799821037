import type { Queryable } from '../db/db.ts';
import { noteSetting } from '../db/setting-store.ts';
import { newsletterHeadSetting } from '../newsletters/newsletter-store.ts';

/** The head of a newsletter's feed. */
export interface FeedHead {
  readonly newsletterId: string;
  readonly slug: string;
  readonly feedId: string;
  readonly name: string;
  readonly senderName: string;
  readonly language: string;
  readonly createdAt: Date;
  /** Of its first schedule: the zone of its readers. */
  readonly timeZone: string;
}

/** The head of a feed by the newsletter's slug; undefined when there is no such newsletter. */
export async function findFeedHead(db: Queryable, slug: string): Promise<FeedHead | undefined> {
  const { rows } = await db.query<FeedHead>(
    `select id as "newsletterId", slug, feed_id as "feedId", name, sender_name as "senderName", language, created_at as "createdAt",
       coalesce((select time_zone from schedule where newsletter_id = newsletter.id order by schedule.id limit 1), 'UTC') as "timeZone"
     from newsletter where slug = $1`,
    [slug],
  );
  return rows[0];
}

const addressSetting = 'feed_address';

/** Notes under which address feeds are published: another one is in the bytes of each, which then are as new as it. */
export async function noteFeedAddress(db: Queryable, publicUrl: string): Promise<void> {
  await noteSetting(db, addressSetting, publicUrl);
}

/** What tells whether a feed must be built anew, and when its data last changed. */
export interface FeedVersion {
  /** Differs whenever the feed might: it covers every post of the newsletter's sources, shown or not. */
  readonly version: string;
  readonly changedAt: Date;
}

/**
 * The version of a newsletter's feed, in one cheap query; undefined when there is no such newsletter. Sums of hashes need no sorting, and whatever
 * the feed is made of goes into one: posts with their state and revision, topics, and what rules look at.
 */
export async function findFeedVersion(db: Queryable, slug: string): Promise<FeedVersion | undefined> {
  const { rows } = await db.query<FeedVersion>(
    `with posts as (
       select distinct post.id, post.revision, post.state, post.retracted_at
       from newsletter
         join newsletter_source on newsletter_source.newsletter_id = newsletter.id
         join post_source on post_source.source_id = newsletter_source.source_id
         join post on post.id = post_source.post_id
       where newsletter.slug = $1
     )
     select concat_ws(':', newsletter.id, newsletter.xmin,
         (select time_zone from schedule where newsletter_id = newsletter.id order by schedule.id limit 1),
         (select sum(hashtextextended(concat_ws(',', id, revision, state), 0)) from posts),
         (select sum(hashtextextended(concat_ws(',', post_id, topic.id, topic.xmin), 0))
          from posts join post_topic on post_id = posts.id join topic on topic.id = topic_id),
         (select sum(hashtextextended(concat_ws(',', post_id, category_id), 0)) from posts join post_category on post_id = posts.id),
         (select sum(hashtextextended(concat_ws(',', effect, field, pattern), 0)) from newsletter_rule where newsletter_id = newsletter.id),
         (select sum(hashtextextended(concat_ws(',', source.id, url, title, trims_repeats, repeats), 0))
          from newsletter_source join source on source.id = source_id where newsletter_id = newsletter.id)
       ) as version,
       greatest(newsletter.created_at,
         (select max(updated_at) from setting where name in ($2, $3 || newsletter.id)),
         (select max(retracted_at) from posts),
         (select max(post_revision.stored_at) from posts join post_revision on post_revision.post_id = posts.id and post_revision.revision = posts.revision)
       ) as "changedAt"
     from newsletter where slug = $1`,
    [slug, addressSetting, newsletterHeadSetting],
  );
  return rows[0];
}
