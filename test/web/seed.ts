import type { Database, Queryable } from '../../src/db/db.ts';

/** A newsletter with a weekly schedule and one source; `name` may be hostile. */
export interface SeededNewsletter {
  readonly id: string;
  readonly slug: string;
  readonly scheduleId: string;
  readonly sourceId: string;
}

/** Stores a newsletter. */
export async function seedNewsletter(db: Queryable, slug: string, name = `The ${slug}`): Promise<SeededNewsletter> {
  const { rows } = await db.query<SeededNewsletter>(
    `with n as (
       insert into newsletter (slug, name, sender_name, sender_address, postal_address, created_at)
       values ($1, $2, 'The Example Trust', 'news@example.org', '1 Example Road', '2026-01-01T00:00:00Z') returning id, slug),
     c as (insert into schedule (newsletter_id, name, cron, time_zone) select id, 'weekly', '0 8 * * 5', 'UTC' from n returning id),
     s as (insert into source (url) values ('https://example.org/' || $1 || '/feed') returning id),
     ns as (insert into newsletter_source (newsletter_id, source_id) select n.id, s.id from n, s)
     select n.id, n.slug, c.id as "scheduleId", s.id as "sourceId" from n, c, s`,
    [slug, name],
  );
  return rows[0]!;
}

/** What a seeded post says; the rest is plain. */
export interface SeedPost {
  readonly title?: string;
  readonly html?: string;
  readonly state?: 'known' | 'held' | 'released' | 'retracted';
  readonly attachments?: readonly object[];
  readonly topic?: string;
  /** Minutes after 2026-02-01T00:00Z; default: the order of seeding. */
  readonly minute?: number;
}

let postCount = 0;

/** Stores a post of the newsletter's source. */
export async function seedPost(db: Queryable, newsletter: SeededNewsletter, post: SeedPost = {}): Promise<string> {
  postCount += 1;
  const at = new Date(Date.UTC(2026, 1, 1, 0, post.minute ?? postCount));
  const { rows } = await db.query<{ id: string }>(
    `with p as (
       insert into post (tag_id, state, published_at, stored_at) values ('tag:example.org,2026:' || $1, $2, $3, $3) returning id),
     r as (
       insert into post_revision (post_id, revision, content_hash, title, url, html, summary, authors, attachments, stored_at)
       select id, 1, 'h', $4, 'https://example.org/' || $1, $5, 'In short.', '["Ann Example"]', $6, $3 from p),
     s as (insert into post_source (source_id, entry_id, post_id, content_hash) select $7, $1, id, 'h' from p),
     t as (insert into topic (slug, name) select $8, $8 where $8::text is not null
           on conflict (slug) do update set name = excluded.name returning id),
     pt as (insert into post_topic (post_id, topic_id) select p.id, t.id from p, t)
     select id from p`,
    [
      `post-${postCount}`,
      post.state ?? 'released',
      at,
      post.title ?? `Post ${postCount}`,
      post.html ?? '<p>Words.</p>',
      JSON.stringify(post.attachments ?? []),
      newsletter.sourceId,
      post.topic ?? null,
    ],
  );
  return rows[0]!.id;
}

/** Stores a person and their subscription, without the use cases. */
export async function seedSubscription(
  db: Queryable,
  newsletter: SeededNewsletter,
  address: string,
  state: 'pending' | 'active' | 'left' = 'active',
): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `with p as (insert into subscriber (address, address_key) values ($1, md5($1)) returning id)
     insert into subscription (subscriber_id, newsletter_id, schedule_id, state, language) select id, $2, $3, $4, 'en' from p returning id`,
    [address, newsletter.id, newsletter.scheduleId, state],
  );
  return rows[0]!.id;
}

/** Stores an edition with its archive rendition, as if it had been sent. */
export async function seedEdition(
  db: Queryable,
  newsletter: SeededNewsletter,
  edition: { readonly state: string; readonly subject: string; readonly html: string },
): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into edition (newsletter_id, schedule_id, state, cutoff, previous_cutoff, minimum, maximum, approved_at)
     values ($1, $2, $3, 0, 0, 1, 12, '2026-03-06T08:00:00Z') returning id`,
    [newsletter.id, newsletter.scheduleId, edition.state],
  );
  const id = rows[0]!.id;
  await db.query(
    `with r as (
       insert into rendition (edition_id, language, positions, revisions, subject, preheader, html, plain)
       values ($1, 'en', '{}', '{}', $2, 'What is in it', $3, '') returning id)
     update edition set archive_rendition_id = r.id from r where edition.id = $1`,
    [id, edition.subject, edition.html],
  );
  return id;
}

/** Releases a post at the position of its own id, or a later revision of one as a correction at another position. */
export async function seedRelease(
  db: Queryable,
  postId: string,
  correction?: { readonly position: string; readonly revision: number },
): Promise<void> {
  await db.query(`insert into release (position, post_id, kind, revision) values ($1, $2, $3, $4)`, [
    correction?.position ?? postId,
    postId,
    correction ? 'correction' : 'post',
    correction?.revision ?? 1,
  ]);
  await db.query(`update release_counter set last_position = greatest(last_position, $1)`, [correction?.position ?? postId]);
}

/** Pins the first revision of a post that was released by `seedRelease`. */
export async function seedPin(db: Queryable, editionId: string, postId: string, isLeftOut = false): Promise<void> {
  await db.query(
    `insert into edition_post (edition_id, position, post_id, kind, revision, topics, is_left_out) values ($1, $2, $2, 'post', 1, '{}', $3)`,
    [editionId, postId, isLeftOut],
  );
}

/** Stores one more rendition of an edition, with these releases. */
export async function seedRendition(
  db: Queryable,
  editionId: string,
  releases: readonly { readonly position: string; readonly revision: number }[],
): Promise<void> {
  await db.query(
    `insert into rendition (edition_id, language, positions, revisions, subject, preheader, html, plain)
     values ($1, 'en', $2::bigint[], $3::integer[], 'S', '', '', '')`,
    [editionId, releases.map((release) => release.position), releases.map((release) => release.revision)],
  );
}

/** Everything that the database holds, as one text per table: equal before and after means that nothing was written, not even a row locked. */
export async function dumpTables(database: Database): Promise<Record<string, string>> {
  const { rows: tables } = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const dump: Record<string, string> = {};
  for (const { name } of tables) {
    // xmax is set by a lock, xmin by a write.
    const { rows } = await database.query<{ hash: string }>(
      `select count(*) || ':' || coalesce(md5(string_agg(concat_ws(',', ctid, xmin, xmax, t::text), ';' order by ctid)), '') as hash from ${name} t`,
    );
    dump[name] = rows[0]!.hash;
  }
  const { rows } = await database.query<{ value: string }>(
    `select string_agg(sequencename || coalesce(last_value, 0), ',' order by sequencename) as value from pg_sequences where schemaname = 'public'`,
  );
  dump['sequences'] = rows[0]!.value;
  return dump;
}
