import type { Queryable, Tx } from '../db/db.ts';
import { carriedSql } from '../ledger/drafts/edition-store.ts';
import type { Past } from './flood-guard.ts';
import { comparedHtmlLength } from '../content/said.ts';
import type { StoredPost, StoredStatement } from './identity/stored-post.ts';
import type { PostState } from './post.ts';

/** Posts with their identities and the beginning of what they say, by id. */
export async function findPosts(db: Queryable, postIds: readonly string[]): Promise<Map<string, StoredPost>> {
  const { rows } = await db.query<StoredPost & { readonly statements: readonly (StoredStatement & { statedAt: number | null })[] }>(
    `select p.id, p.state, p.reason, p.revision, p.published_at as "publishedAt", r.title, r.url, r.content_hash as "contentHash", r.said_hash as "saidHash", r.event,
       length(r.html) as "htmlLength", left(r.html, $2) as html,
       array(select a ->> 'url' from jsonb_array_elements(r.attachments) as a) as documents,
       ${carriedSql('p.id')} as "isMailed",
       coalesce((select json_agg(json_build_object('sourceId', s.source_id::text, 'entryId', s.entry_id, 'isLead', s.is_lead,
                   'saidHash', s.said_hash, 'statedAt', extract(epoch from s.stated_at) * 1000))
                 from post_source s where s.post_id = p.id), '[]') as statements
     from post p join post_revision r on r.post_id = p.id and r.revision = p.revision
     where p.id = any($1::bigint[])`,
    [postIds, comparedHtmlLength],
  );
  const dated = ({ statedAt, ...each }: (typeof rows)[number]['statements'][number]): StoredStatement => ({
    ...each,
    statedAt: statedAt === null ? null : new Date(statedAt),
  });
  return new Map(rows.map((row) => [row.id, { ...row, statements: row.statements.map(dated) }]));
}

/** What the first read of a source found, and whether these entry ids are all of it still. */
export async function findPast(db: Queryable, sourceId: string, presentIds: readonly string[]): Promise<Past> {
  const { rows } = await db.query<{ oldestAt: Date | null; isIncomplete: boolean }>(
    `select min(p.published_at) as "oldestAt", coalesce(bool_or(n.id is null), false) as "isIncomplete"
     from source o join post_source s on s.source_id = o.id and s.seen_at <= o.first_read_at join post p on p.id = s.post_id
       left join (select distinct unnest($2::text[])) as n (id) on n.id = s.entry_id
     where o.id = $1`,
    [sourceId, presentIds],
  );
  return { oldestAt: rows[0]?.oldestAt ?? undefined, isIncomplete: rows[0]?.isIncomplete ?? false };
}

/** Takes ids for new posts, so that everything about them can be stored in sets. */
export async function takePostIds(tx: Tx, count: number): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select nextval(pg_get_serial_sequence('post', 'id')) as id from generate_series(1, $1::int)`,
    [count],
  );
  return rows.map((row) => row.id);
}

/** A post to be stored for the first time. */
export interface NewPost {
  readonly id: string;
  readonly tagId: string;
  readonly state: PostState;
  readonly reason: string | null;
  readonly publishedAt: Date | null;
}

/** Stores posts; their first revisions follow by insertRevisions (revision-store.ts). */
export async function insertPosts(tx: Tx, posts: readonly NewPost[], now: Date): Promise<void> {
  await tx.query(
    `insert into post (id, tag_id, state, reason, published_at, stored_at) overriding system value
     select u.id, u.tag_id, u.state, u.reason, u.published_at, $6
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) as u (id, tag_id, state, reason, published_at)`,
    [
      posts.map((post) => post.id),
      posts.map((post) => post.tagId),
      posts.map((post) => post.state),
      posts.map((post) => post.reason),
      posts.map((post) => post.publishedAt?.toISOString() ?? null),
      now,
    ],
  );
}

/** Changes the state of posts that nobody was ever sent: known and held ones. */
export async function setUnsentStates(
  tx: Tx,
  posts: readonly { postId: string; state: 'known' | 'held'; reason: string | null }[],
): Promise<void> {
  await tx.query(
    `update post p set state = u.state, reason = u.reason
     from unnest($1::bigint[], $2::text[], $3::text[]) as u (id, state, reason) where p.id = u.id and p.state in ('known', 'held')`,
    [posts.map((post) => post.postId), posts.map((post) => post.state), posts.map((post) => post.reason)],
  );
}

/** The posts that the source stated under the ids of these tombstones, that are not retracted yet and did not change after their tombstone. */
export async function findUnretracted(
  db: Queryable,
  sourceId: string,
  tombstones: readonly { readonly id: string; readonly deletedAt?: Date }[],
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select distinct p.id
     from unnest($2::text[], $3::timestamptz[]) as t (entry_id, deleted_at)
       join post_source s on s.source_id = $1 and s.entry_id = t.entry_id
       join post p on p.id = s.post_id
       join post_revision r on r.post_id = p.id and r.revision = p.revision
     where p.state <> 'retracted' and (t.deleted_at is null or r.updated_at is null or r.updated_at <= t.deleted_at)`,
    [sourceId, tombstones.map((each) => each.id), tombstones.map((each) => each.deletedAt ?? null)],
  );
  return rows.map((row) => row.id);
}

/** The posts that the source states under these ids and that are retracted for this reason. */
export async function findRetracted(
  db: Queryable,
  sourceId: string,
  entryIds: readonly string[],
  reason: string,
): Promise<{ readonly postId: string; readonly entryId: string }[]> {
  const { rows } = await db.query<{ postId: string; entryId: string }>(
    `select p.id as "postId", s.entry_id as "entryId" from post_source s join post p on p.id = s.post_id
     where s.source_id = $1 and s.entry_id = any($2::text[]) and p.state = 'retracted' and p.reason = $3`,
    [sourceId, entryIds, reason],
  );
  return rows;
}

/** Those of the posts that a source brings into a newsletter which none of their other sources belongs to. */
export async function listNewToNewsletters(tx: Tx, postIds: readonly string[], sourceId: string): Promise<string[]> {
  if (postIds.length === 0) return [];
  const { rows } = await tx.query<{ id: string }>(
    `select p.id from unnest($1::bigint[]) as p (id)
     where exists (
       select from newsletter_source own where own.source_id = $2
         and not exists (
           select from post_source s join newsletter_source n on n.source_id = s.source_id
           where s.post_id = p.id and s.source_id <> $2 and n.newsletter_id = own.newsletter_id))
     order by p.id`,
    [postIds, sourceId],
  );
  return rows.map((row) => row.id);
}
