import type { Queryable, Tx } from '../db/db.ts';
import { carriedSql } from '../ledger/releases/release-store.ts';
import type { Past } from './flood-guard.ts';
import { comparedHtmlLength } from '../content/said.ts';
import type { KeyKind, PostKey } from './identity/identity.ts';
import type { RecognitionRule, Statement, StoredPost, StoredStatement } from './identity/stored-post.ts';
import type { PostState } from './post.ts';

const statementColumns = `entry_id as "entryId", post_id as "postId", content_hash as "statedHash", said_hash as "saidHash", stated_at as "statedAt",
  awaited_hash as "awaitedHash"`;

/** What this source stated under these entry ids, by entry id. */
export async function findStatements(db: Queryable, sourceId: string, entryIds: readonly string[]): Promise<Map<string, Statement>> {
  const { rows } = await db.query<Statement>(
    `select ${statementColumns} from post_source where source_id = $1 and entry_id = any($2::text[])`,
    [sourceId, entryIds],
  );
  return new Map(rows.map((row) => [row.entryId, row]));
}

/** What this source stated in these words under whatever ids, the latest first. */
export async function findSaidBefore(db: Queryable, sourceId: string, saidHashes: readonly string[]): Promise<Map<string, Statement[]>> {
  const { rows } = await db.query<Statement>(
    `select ${statementColumns} from post_source where source_id = $1 and said_hash = any($2::text[]) order by post_id desc, entry_id`,
    [sourceId, saidHashes],
  );
  return groupedBy(rows, (row) => row.saidHash!);
}

function groupedBy<Row>(rows: readonly Row[], nameOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(nameOf(row));
    if (group) group.push(row);
    else groups.set(nameOf(row), [row]);
  }
  return groups;
}

// Of all the menus that were ever called "Menu" only the latest may be the one that is mended.
const formerPerTitle = 8;

/** What this source stated under these titles and what is not among the ids that stayed as they were: the latest of each title, by its key. */
export async function findFormer(
  db: Queryable,
  sourceId: string,
  titleKeys: readonly string[],
  unchangedIds: ReadonlySet<string>,
): Promise<Map<string, Statement[]>> {
  if (titleKeys.length === 0) return new Map();
  const { rows } = await db.query<Statement & { titleKey: string }>(
    `select ${statementColumns}, title_key as "titleKey"
     from (select *, row_number() over (partition by title_key order by post_id desc, entry_id) as rank from post_source
           where source_id = $1 and title_key = any($2::text[]) and entry_id <> all($3::text[])) s
     where rank <= $4 order by rank`,
    [sourceId, titleKeys, [...unchangedIds], formerPerTitle],
  );
  return groupedBy(rows, (row) => row.titleKey);
}

/** The posts that keys lead to; one that several posts were stated with leads nowhere. */
export async function findKeys(db: Queryable, keys: readonly PostKey[]): Promise<(PostKey & { readonly postId: string })[]> {
  if (keys.length === 0) return [];
  const { rows } = await db.query<{ kind: KeyKind; key: string; postId: string }>(
    `select k.kind, k.key, k.post_id as "postId"
     from unnest($1::text[], $2::text[]) as u (kind, key) join post_key k on k.kind = u.kind and k.key = u.key and not k.is_shared`,
    [keys.map((each) => each.kind), keys.map((each) => each.key)],
  );
  return rows;
}

/** Posts with their identities and the beginning of what they say, by id. */
export async function findPosts(db: Queryable, postIds: readonly string[]): Promise<Map<string, StoredPost>> {
  const { rows } = await db.query<StoredPost & { readonly statements: readonly (StoredStatement & { statedAt: number | null })[] }>(
    `select p.id, p.state, p.reason, p.revision, p.published_at as "publishedAt", r.title, r.url, r.content_hash as "contentHash", r.said_hash as "saidHash",
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
      posts.map((post) => post.publishedAt),
      now,
    ],
  );
}

/** A statement to be stored. */
export interface NewStatement extends Statement {
  readonly isLead: boolean;
  /** Under which posts of one title are found. */
  readonly titleKey: string;
  /** What made the entry this post's; undefined keeps what is stored. */
  readonly rule: RecognitionRule | undefined;
}

/** Stores what a source states, or that it states it otherwise now. */
export async function upsertStatements(tx: Tx, sourceId: string, statements: readonly NewStatement[], now: Date): Promise<void> {
  await tx.query(
    `insert into post_source (source_id, entry_id, post_id, content_hash, is_lead, said_hash, title_key, stated_at, awaited_hash, recognised_by, seen_at)
     select $1, u.entry_id, u.post_id, u.content_hash, u.is_lead, u.said_hash, u.title_key, u.stated_at, u.awaited_hash, u.recognised_by, $11
     from unnest($2::text[], $3::bigint[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::timestamptz[], $9::text[], $10::text[])
       as u (entry_id, post_id, content_hash, is_lead, said_hash, title_key, stated_at, awaited_hash, recognised_by)
     on conflict on constraint post_source_pkey do update set content_hash = excluded.content_hash, is_lead = excluded.is_lead,
       said_hash = excluded.said_hash, title_key = excluded.title_key, stated_at = excluded.stated_at, awaited_hash = excluded.awaited_hash,
       recognised_by = coalesce(excluded.recognised_by, post_source.recognised_by)`,
    [
      sourceId,
      statements.map((each) => each.entryId),
      statements.map((each) => each.postId),
      statements.map((each) => each.statedHash),
      statements.map((each) => each.isLead),
      statements.map((each) => each.saidHash),
      statements.map((each) => each.titleKey),
      statements.map((each) => each.statedAt),
      statements.map((each) => each.awaitedHash),
      statements.map((each) => each.rule ?? null),
      now,
    ],
  );
}

/**
 * The source states these posts under other ids from now on: those of before, which it does not list any more, would come to one for each fetch.
 * What they tell of the past stays.
 */
export async function dropFormerStatements(
  tx: Tx,
  sourceId: string,
  posts: readonly { readonly postId: string; readonly entryId: string }[],
  presentIds: readonly string[],
): Promise<void> {
  if (posts.length === 0) return;
  await tx.query(
    `with dropped as (
       delete from post_source s using unnest($2::bigint[], $3::text[]) as u (post_id, entry_id)
       where s.source_id = $1 and s.post_id = u.post_id and s.entry_id <> u.entry_id and s.entry_id <> all($4::text[])
       returning u.entry_id, s.seen_at)
     update post_source s set seen_at = d.seen_at
     from (select entry_id, min(seen_at) as seen_at from dropped group by entry_id) d where s.source_id = $1 and s.entry_id = d.entry_id`,
    [sourceId, posts.map((each) => each.postId), posts.map((each) => each.entryId), presentIds],
  );
}

/** Entry ids under which the source does not state these posts any more: should one come back, it is looked at again. */
export async function forgetStatedHashes(tx: Tx, sourceId: string, entryIds: readonly string[]): Promise<void> {
  await tx.query(`update post_source set content_hash = '' where source_id = $1 and entry_id = any($2::text[])`, [sourceId, entryIds]);
}

/** The source uses these entry ids for other posts from now on: the posts that had them keep their statements under ids of their own. */
export async function freeEntryIds(tx: Tx, sourceId: string, entryIds: readonly string[]): Promise<void> {
  if (entryIds.length === 0) return;
  await tx.query(
    `with freed as (
       delete from post_source where source_id = $1 and entry_id = any($2::text[])
       returning source_id, entry_id || ' (post ' || post_id || ')' as entry_id, post_id, is_lead, said_hash, title_key, stated_at, recognised_by, seen_at)
     insert into post_source (source_id, entry_id, post_id, content_hash, is_lead, said_hash, title_key, stated_at, recognised_by, seen_at)
     select source_id, entry_id, post_id, '', is_lead, said_hash, title_key, stated_at, recognised_by, seen_at from freed
     on conflict on constraint post_source_pkey do update set is_lead = excluded.is_lead`,
    [sourceId, entryIds],
  );
}

/** Another source states these posts more fully: the sources that led them give way. */
export async function yieldLead(tx: Tx, postIds: readonly string[], toSourceId: string): Promise<void> {
  await tx.query(`update post_source set is_lead = (source_id = $2) where post_id = any($1::bigint[])`, [postIds, toSourceId]);
}

/** A key of a post. */
export interface NewKey extends PostKey {
  readonly postId: string;
}

/** These keys lead to other posts from now on. */
export async function passKeys(tx: Tx, keys: readonly NewKey[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.query(
    `update post_key k set post_id = u.post_id from unnest($1::text[], $2::text[], $3::bigint[]) as u (kind, key, post_id)
     where k.kind = u.kind and k.key = u.key`,
    [keys.map((each) => each.kind), keys.map((each) => each.key), keys.map((each) => each.postId)],
  );
}

/**
 * Forgets the links of posts but for those with which they are stated now: one that changes at each fetch would leave a key for each. What several posts were
 * stated with is remembered.
 */
export async function dropFormerKeys(tx: Tx, postIds: readonly string[], present: readonly NewKey[]): Promise<void> {
  if (postIds.length === 0) return;
  await tx.query(
    `delete from post_key k where k.post_id = any($1::bigint[]) and k.kind = 'url' and not k.is_shared and k.key <> all($2::text[])`,
    [postIds, present.filter(({ kind }) => kind === 'url').map(({ key }) => key)],
  );
}

/** Stores keys; one that belongs to another post already stays there, and leads nowhere from now on. */
export async function insertKeys(tx: Tx, keys: readonly NewKey[]): Promise<void> {
  await tx.query(
    `insert into post_key (kind, key, post_id)
     select distinct on (u.kind, u.key) u.kind, u.key, u.post_id from unnest($1::text[], $2::text[], $3::bigint[]) as u (kind, key, post_id)
     order by u.kind, u.key, u.post_id
     on conflict on constraint post_key_pkey do update set is_shared = true
     where post_key.post_id <> excluded.post_id and not post_key.is_shared`,
    [keys.map((each) => each.kind), keys.map((each) => each.key), keys.map((each) => each.postId)],
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
