import type { Database } from '../src/db/db.ts';
import { insertRangesSql } from '../src/ledger/queue/open-range-store.ts';
import { releasePosts } from '../src/ledger/releases/release-posts.ts';

/** What a seeded newsletter is made of. */
export interface Audience {
  readonly newsletterId: string;
  readonly scheduleId: string;
  /** An older, paused edition that some readers have a queued delivery of. */
  readonly pausedEditionId: string;
}

const postCount = 40;
const topicCount = 25;

/**
 * A newsletter with 40 posts in 25 topics and so many active subscriptions in 200 cohorts: 50 sets of topics, two languages, two cursors.
 * One in five has an hour of its own; one in 200 has a queued delivery of an older edition. Nothing is analysed: a fresh import.
 */
export async function seedAudience(database: Database, size: number): Promise<Audience> {
  const newsletterId = await insertId(
    database,
    `insert into newsletter (slug, name, sender_name, sender_address, postal_address)
     values ('bench', 'Bench', 'Bench', 'bench@example.org', 'Street 1, Town') returning id`,
  );
  const scheduleId = await insertId(
    database,
    `insert into schedule (newsletter_id, name, cron, time_zone, approval) values ($1, 'daily', '0 8 * * *', 'Europe/Madrid', 'auto') returning id`,
    [newsletterId],
  );
  await seedPosts(database, newsletterId);
  await seedSubscriptions(database, { newsletterId, scheduleId, size });
  return { newsletterId, scheduleId, pausedEditionId: await seedPausedEdition(database, newsletterId, scheduleId) };
}

async function seedPosts(database: Database, newsletterId: string): Promise<void> {
  const sourceId = await insertId(database, `insert into source (url) values ('https://example.org/feed') returning id`);
  await database.query(`insert into newsletter_source (newsletter_id, source_id) values ($1, $2)`, [newsletterId, sourceId]);
  await database.query(`insert into topic (slug, name, ordinal) select 'topic-' || n, 'Topic ' || n, n from generate_series(1, $1) n`, [
    topicCount,
  ]);
  await database.query(
    `insert into post (tag_id, state, published_at) select 'tag:example.org,2026:' || n, 'held', now() from generate_series(1, $1) n`,
    [postCount],
  );
  await database.query(
    `insert into post_revision (post_id, revision, content_hash, title, url, html, summary)
     select id, 1, 'hash', 'What we learned, part ' || id, 'https://example.org/' || id,
            repeat('<p>A school that listens to its teachers keeps them, and their pupils notice it first.</p>', 12), 'A short summary.'
     from post`,
  );
  await database.query(`insert into post_source (source_id, entry_id, post_id, content_hash) select $1, id::text, id, 'hash' from post`, [
    sourceId,
  ]);
  await database.query(`insert into post_topic (post_id, topic_id) select p.id, t.id from post p join topic t on t.id = 1 + p.id % $1`, [
    topicCount,
  ]);
  const { rows } = await database.query<{ id: string }>(`select id from post order by id`);
  await database.transaction(async (tx) =>
    releasePosts(
      tx,
      rows.map((row) => ({ postId: row.id, revision: 1 })),
      new Date(),
    ),
  );
}

async function seedSubscriptions(database: Database, seed: { newsletterId: string; scheduleId: string; size: number }): Promise<void> {
  await database.query(
    `insert into subscriber (address, address_key) select 'reader-' || n || '@example.org', md5(n::text) from generate_series(1, $1::integer) n`,
    [seed.size],
  );
  // 50 sets of 10 topics each, so that each set meets other posts.
  await database.query(
    `insert into subscription (subscriber_id, newsletter_id, schedule_id, state, topics, language, local_hour, time_zone, activated_at)
     select id, $1, $2, 'active',
            (select array_agg(distinct 1 + (id % 50 * 7 + k * (1 + id % 50 / 25)) % $3::integer order by 1 + (id % 50 * 7 + k * (1 + id % 50 / 25)) % $3::integer)
             from generate_series(0, 9) k),
            case when id / 50 % 2 = 0 then 'en' else 'es' end,
            case when id % 5 = 0 then id / 5 % 24 end, case when id % 5 = 0 then 'Europe/Madrid' end, now()
     from subscriber`,
    [seed.newsletterId, seed.scheduleId, topicCount],
  );
  await database.query(
    `insert into subscription_cursor (subscription_id, cursor, since) select id, case when id / 100 % 2 = 0 then 0 else 20 end, 0 from subscription`,
  );
}

async function seedPausedEdition(database: Database, newsletterId: string, scheduleId: string): Promise<string> {
  const editionId = await insertId(
    database,
    `insert into edition (newsletter_id, schedule_id, state, reason, cutoff, previous_cutoff, minimum, maximum, approved_at, frozen_at, frozen_upto)
     values ($1, $2, 'paused', 'bench', 20, 0, 1, 12, now(), now(), 1) returning id`,
    [newsletterId, scheduleId],
  );
  const renditionId = await insertId(
    database,
    `insert into rendition (edition_id, language, positions, revisions, subject, preheader, html, plain)
     values ($1, 'en', '{8,9}', '{1,1}', 'Older', '', '<p>Older</p>', 'Older') returning id`,
    [editionId],
  );
  await database.query(
    `with d as (
       insert into delivery (edition_id, subscription_id, rendition_id, due_at)
       select $1, subscription_id, $2, now() from subscription_cursor where cursor = 20 and subscription_id % 200 = 150
       returning edition_id, id, due_at)
     ${insertRangesSql('d')}`,
    [editionId, renditionId],
  );
  return editionId;
}

async function insertId(database: Database, statement: string, values: readonly unknown[] = []): Promise<string> {
  const { rows } = await database.query<{ id: string }>(statement, values);
  if (rows[0] === undefined) throw new Error('Expected an id, got none');
  return rows[0].id;
}
