import { randomBytes } from 'node:crypto';
import type { Queryable } from '../../src/db/db.ts';
import { insertRangesSql } from '../../src/ledger/queue/open-range-store.ts';
import type { MessageSetup } from '../../src/deliveries/messages/build-message.ts';
import type { NoticeSetup } from '../../src/notices/notice-message.ts';
import { placeholderMark } from '../../src/content/text/placeholder.ts';

/** A newsletter with an edition that is frozen and ready to be sent. */
export interface FrozenEdition {
  readonly newsletterId: string;
  readonly scheduleId: string;
  readonly editionId: string;
  readonly renditionId: string;
  readonly postId: string;
  readonly position: string;
  /** First and last delivery. */
  readonly fromId: string;
  readonly toId: string;
  /** In the order of their deliveries. */
  readonly subscriptionIds: readonly string[];
}

/** What to make; everything has a default. */
export interface FrozenEditionOptions {
  /** Deliveries, each to a subscriber of its own: reader1@<slug>.example and so on. Default 1. */
  readonly count?: number;
  readonly isSample?: boolean;
  readonly state?: string;
  readonly html?: string;
  readonly text?: string;
  readonly subject?: string;
  readonly replyTo?: string;
  readonly newsletterName?: string;
}

/** Stores a newsletter, subscribers, one released post, an edition that carries it and a queued delivery for each. */
export async function insertFrozenEdition(db: Queryable, options: FrozenEditionOptions = {}): Promise<FrozenEdition> {
  const slug = `n${randomBytes(6).toString('hex')}`;
  const newsletterId = await insert(
    db,
    `insert into newsletter (slug, name, sender_name, sender_address, reply_to, postal_address, is_sample)
     values ($1, $2, 'The Letter', $3, $4, '1 Main Street', $5) returning id`,
    [slug, options.newsletterName ?? 'The Letter', `letter@${slug}.example`, options.replyTo ?? null, options.isSample ?? false],
  );
  const scheduleId = await insert(
    db,
    `insert into schedule (newsletter_id, name, cron, time_zone) values ($1, 'weekly', '0 8 * * 5', 'UTC') returning id`,
    [newsletterId],
  );
  const postId = await insert(db, `insert into post (tag_id, state) values ($1, 'released') returning id`, [
    `tag:example.org,2026:${slug}`,
  ]);
  await db.query(
    `insert into post_revision (post_id, revision, content_hash, title, html, summary) values ($1, 1, 'x', 'Post', '<p>x</p>', 'x')`,
    [postId],
  );
  const position = await insert(
    db,
    `with counter as (update release_counter set last_position = last_position + 1 returning last_position)
     insert into release (position, post_id, kind, revision) select last_position, $1, 'post', 1 from counter returning position as id`,
    [postId],
  );
  const editionId = await insert(
    db,
    `insert into edition (newsletter_id, schedule_id, state, cutoff, previous_cutoff, minimum, maximum, frozen_upto, frozen_at)
     values ($1, $2, $3, $4, 0, 1, 12, 1, now()) returning id`,
    [newsletterId, scheduleId, options.state ?? 'sending', position],
  );
  const renditionId = await insert(
    db,
    `insert into rendition (edition_id, language, positions, revisions, subject, preheader, html, plain)
     values ($1, 'en', array[$2::bigint], '{1}', $3, '', $4, $5) returning id`,
    [
      editionId,
      position,
      options.subject ?? 'News of the week',
      options.html ?? `<p>Hello ${placeholderMark('reader.name')}</p><a href="${placeholderMark('links.unsubscribe')}">Unsubscribe</a>`,
      options.text ?? `Hello ${placeholderMark('reader.name')}\n\nUnsubscribe: ${placeholderMark('links.unsubscribe')}\n`,
    ],
  );
  const subscriptionIds = await insertSubscriptions(db, { newsletterId, scheduleId, slug, count: options.count ?? 1, position });
  const ids = await insertDeliveries(db, { editionId, renditionId }, subscriptionIds);
  return {
    newsletterId,
    scheduleId,
    editionId,
    renditionId,
    postId,
    position,
    fromId: ids[0] ?? '1',
    toId: ids.at(-1) ?? '0',
    subscriptionIds,
  };
}

/** Queued deliveries of an edition, as a freeze writes them. */
export async function insertDeliveries(
  db: Queryable,
  edition: Pick<FrozenEdition, 'editionId' | 'renditionId'>,
  subscriptionIds: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `with d as (
       insert into delivery (edition_id, subscription_id, rendition_id, due_at)
       select $1, id, $2, now() from unnest($3::bigint[]) with ordinality as s (id, n) order by n returning edition_id, id, due_at),
     counted as (update edition set delivery_count = delivery_count + (select count(*) from d) where id = $1),
     open as (${insertRangesSql('d')})
     select id from d order by id`,
    [edition.editionId, edition.renditionId, subscriptionIds],
  );
  return rows.map((row) => row.id);
}

/** The attempts by which doubts are found, for deliveries of an edition that a test has made doubtful. */
export async function noteDoubts(db: Queryable, editionId: string): Promise<void> {
  await db.query(
    `insert into attempt (delivery_id, edition_id, outcome)
     select id, edition_id, 'last_doubt' from delivery where edition_id = $1 and doubted_at is not null`,
    [editionId],
  );
}

async function insertSubscriptions(
  db: Queryable,
  of: { newsletterId: string; scheduleId: string; slug: string; count: number; position: string },
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `with person as (
       insert into subscriber (address, address_key, name)
       select 'Reader' || n || '@' || $3 || '.example', md5($3 || n) || md5(n || $3), 'Reader ' || n from generate_series(1, $4::integer) as n
       returning id)
     insert into subscription (subscriber_id, newsletter_id, schedule_id, state, language, activated_at)
     select id, $1, $2, 'active', 'en', now() from person order by id returning id`,
    [of.newsletterId, of.scheduleId, of.slug, of.count],
  );
  const ids = rows.map((row) => row.id);
  // As after a freeze: the cursor has passed the post, nothing is owed.
  await db.query(`insert into subscription_cursor (subscription_id, cursor, since) select unnest($1::bigint[]), $2, 0`, [ids, of.position]);
  return ids;
}

async function insert(db: Queryable, statement: string, values: readonly unknown[]): Promise<string> {
  const { rows } = await db.query<{ id: string }>(statement, values);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('Expected a row from an insert, got none');
  return id;
}

/** What messages have in common, with links as a web server would have them. */
export const testSetup: MessageSetup & NoticeSetup = {
  links: ({ subscriptionId, tokenVersion }) => ({
    unsubscribe: `https://letters.example/unsubscribe/${subscriptionId}-${tokenVersion}`,
    preferences: '',
    browser: 'https://letters.example/archive/1',
  }),
  leaving: ({ subscriptionId, tokenVersion }) => ({
    unsubscribeUrl: `https://letters.example/unsubscribe/${subscriptionId}-${tokenVersion}`,
  }),
  archiveUrl: (slug) => `https://letters.example/archive/${slug}`,
  messageIdSecret: Buffer.from('a secret of at least 32 characters'),
};
