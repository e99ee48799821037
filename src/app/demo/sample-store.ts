import type { Queryable, Tx } from '../../db/db.ts';

/** What is known of the sample. */
export type SampleState = 'absent' | 'unfinished' | 'present' | 'removed';

const settingName = 'sample';

/** Whether the sample newsletter is there, has all its first readers, was removed by staff, or was never set up. */
export async function findSampleState(db: Queryable): Promise<SampleState> {
  const { rows } = await db.query<{ isPresent: boolean; mark: 'ready' | 'removed' | null }>(
    `select exists (select from newsletter where is_sample) as "isPresent",
            (select value #>> '{}' from setting where name = $1) as mark`,
    [settingName],
  );
  const { isPresent = false, mark = null } = rows[0] ?? {};
  if (isPresent) return mark === 'ready' ? 'present' : 'unfinished';
  return mark === 'removed' ? 'removed' : 'absent';
}

/** Remembers that the sample has its readers, or that staff do not want it: then no later start sets it up again. */
export async function markSample(db: Queryable, mark: 'ready' | 'removed', now: Date): Promise<void> {
  await db.query(
    `insert into setting (name, value, updated_at) values ($1, to_jsonb($2::text), $3)
     on conflict on constraint setting_pkey do update set value = excluded.value, updated_at = excluded.updated_at`,
    [settingName, mark, now],
  );
}

/** One set-up at a time; the lock ends with the transaction. */
export async function lockSample(tx: Tx): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('gazette.sample'))`);
}

/** Stores a topic with the categories that lead to it, decided before they are ever seen. */
export async function insertSampleTopic(
  tx: Tx,
  topic: { slug: string; name: string; ordinal: number; categories: readonly string[] },
): Promise<void> {
  await tx.query(
    `with stored as (
       insert into topic (slug, name, ordinal) values ($1, $2, $3)
       on conflict on constraint topic_slug_key do update set slug = excluded.slug
       returning id)
     insert into category (kind, slug, name, decision, topic_id)
     select 'category', c.slug, c.slug, 'mapped', stored.id from stored, unnest($4::text[]) as c (slug)
     on conflict on constraint category_slug_key do nothing`,
    [topic.slug, topic.name, topic.ordinal, topic.categories],
  );
}

/** Points a sample source at where our web server is now; its path stays. Validators belong to the address and go with the old one. */
export async function moveSampleSource(db: Queryable, path: string, url: string): Promise<void> {
  await db.query(
    `update source set url = $2, etag = null, last_modified = null, body_hash = null
     from newsletter_source n join newsletter l on l.id = n.newsletter_id and l.is_sample
     where n.source_id = source.id and source.url like '%' || $1 and source.url <> $2`,
    [path, url],
  );
}

/** The sample newsletter links the privacy notice of its site, wherever that is now; one that staff named stays. */
export async function moveSamplePrivacy(db: Queryable, path: string, url: string): Promise<void> {
  await db.query(
    `update newsletter set privacy_url = $2
     where is_sample and coalesce(privacy_url like '%' || $1, true) and privacy_url is distinct from $2`,
    [path, url],
  );
}

/** The sources that belong to this newsletter and to no other. */
export async function listOwnSourceIds(tx: Tx, newsletterId: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select s.id from source s join newsletter_source n on n.source_id = s.id
     where n.newsletter_id = $1 and not exists (select from newsletter_source o where o.source_id = s.id and o.newsletter_id <> $1)`,
    [newsletterId],
  );
  return rows.map((row) => row.id);
}

/** Deletes the sources with the posts that only they state, and the sample's topics and categories where nothing else uses them. */
export async function deleteSampleContent(
  tx: Tx,
  content: { readonly sourceIds: readonly string[]; readonly topics: readonly string[] },
): Promise<void> {
  await tx.query(
    `delete from post where id in (select post_id from post_source where source_id = any($1::bigint[]))
       and not exists (select from post_source o where o.post_id = post.id and o.source_id <> all($1::bigint[]))`,
    [content.sourceIds],
  );
  await tx.query(`delete from source where id = any($1::bigint[])`, [content.sourceIds]);
  await tx.query(
    `delete from category c
     where not exists (select from post_category p where p.category_id = c.id)
       and (c.decision = 'pending' or c.topic_id in (select id from topic where slug = any($1)))`,
    [content.topics],
  );
  await tx.query(
    `delete from topic t
     where t.slug = any($1) and not exists (select from post_topic p where p.topic_id = t.id) and not exists (select from category c where c.topic_id = t.id)`,
    [content.topics],
  );
}
