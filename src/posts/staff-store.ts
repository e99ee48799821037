import type { Queryable, Tx } from '../db/db.ts';
import { canonicalUrl } from '../content/web-address.ts';
import type { PostState } from './post.ts';
import type { RecognitionRule } from './identity/stored-post.ts';

/** Which posts staff want to see. */
export interface PostRowQuery {
  readonly limit: number;
  readonly state?: PostState | undefined;
  readonly newsletterId?: string | undefined;
  readonly sourceId?: string | undefined;
  readonly ids?: readonly string[] | undefined;
  /** Only posts with a lower id: the next page. */
  readonly beforeId?: string | undefined;
}

/** A post in a list. */
export interface PostRow {
  readonly id: string;
  readonly state: PostState;
  readonly reason: string | null;
  readonly revision: number;
  readonly title: string;
  readonly url: string | null;
  readonly publishedAt: Date | null;
  readonly storedAt: Date;
  /** Its place in the release order, null for a post that was never released. */
  readonly position: string | null;
  readonly topics: readonly string[];
  /** Kinds and slugs, tags as `tag:slug`. */
  readonly categories: readonly string[];
  readonly attachmentCount: number;
  /** The newsletters that its sources belong to. */
  readonly newsletterRefs: readonly { readonly id: string; readonly slug: string }[];
}

/** Posts as staff list them, the latest stored first. */
export async function listPostRows(db: Queryable, query: PostRowQuery): Promise<PostRow[]> {
  const { rows } = await db.query<PostRow>(
    `select p.id, p.state, p.reason, p.revision, r.title, r.url, p.published_at as "publishedAt", p.stored_at as "storedAt",
       (select position from release l where l.post_id = p.id and l.kind = 'post') as position,
       array(select t.slug from post_topic pt join topic t on t.id = pt.topic_id where pt.post_id = p.id order by t.ordinal, t.id) as topics,
       array(select case c.kind when 'tag' then 'tag:' || c.slug else c.slug end from post_category pc join category c on c.id = pc.category_id
             where pc.post_id = p.id order by c.kind, c.slug) as categories,
       jsonb_array_length(r.attachments) as "attachmentCount",
       coalesce((select json_agg(distinct jsonb_build_object('id', n.id::text, 'slug', n.slug))
                 from post_source s join newsletter_source ns on ns.source_id = s.source_id join newsletter n on n.id = ns.newsletter_id
                 where s.post_id = p.id), '[]') as "newsletterRefs"
     from post p join post_revision r on r.post_id = p.id and r.revision = p.revision
     where ($1::text is null or p.state = $1)
       and ($2::bigint is null or exists (select from post_source s join newsletter_source n on n.source_id = s.source_id where s.post_id = p.id and n.newsletter_id = $2))
       and ($3::bigint is null or exists (select from post_source s where s.post_id = p.id and s.source_id = $3))
       and ($4::bigint[] is null or p.id = any($4))
       and ($5::bigint is null or p.id < $5)
     order by p.id desc limit $6`,
    [query.state ?? null, query.newsletterId ?? null, query.sourceId ?? null, query.ids ?? null, query.beforeId ?? null, query.limit],
  );
  return rows;
}

/** The held posts of a source, but for those that it keeps behind a password. */
export async function listReleasableIds(db: Queryable, sourceId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select p.id from post p
     where p.state = 'held' and p.reason not like 'protected at source %'
       and exists (select from post_source s where s.post_id = p.id and s.source_id = $1)
     order by p.id`,
    [sourceId],
  );
  return rows.map((row) => row.id);
}

/** The post whose page has this address, in any of its spellings; undefined when there is none. */
export async function findPostByUrl(db: Queryable, address: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `select post_id as id from post_key where kind = 'url' and key = $1
     union all select post_id from post_revision where url = $2 limit 1`,
    [canonicalUrl(address) ?? '', address],
  );
  return rows[0]?.id;
}

/** A revision of a post in a list. */
export interface RevisionRow {
  readonly revision: number;
  readonly title: string;
  readonly updatedAt: Date;
  readonly storedAt: Date;
}

/** The revisions of a post, the newest first. */
export async function listRevisions(db: Queryable, postId: string): Promise<RevisionRow[]> {
  const { rows } = await db.query<RevisionRow>(
    `select revision, title, coalesce(updated_at, stored_at) as "updatedAt", stored_at as "storedAt"
     from post_revision where post_id = $1 order by revision desc`,
    [postId],
  );
  return rows;
}

/** A source that states a post. */
export interface PostSourceRow {
  readonly sourceId: string;
  readonly url: string;
  readonly entryId: string;
  readonly isLead: boolean;
  readonly seenAt: Date;
  /** What made the entry a post of its own, or a statement of this one; null for what was stored before the rules were kept. */
  readonly recognisedBy: RecognitionRule | null;
  /** Since when the source does not list it any more; null while it does. */
  readonly goneAt: Date | null;
}

/** The sources that state a post, the leading one first. */
export async function listPostSources(db: Queryable, postId: string): Promise<PostSourceRow[]> {
  const { rows } = await db.query<PostSourceRow>(
    `select s.source_id as "sourceId", o.url, s.entry_id as "entryId", s.is_lead as "isLead", s.seen_at as "seenAt", s.recognised_by as "recognisedBy",
       s.gone_at as "goneAt"
     from post_source s join source o on o.id = s.source_id where s.post_id = $1 order by s.is_lead desc, s.seen_at, s.source_id`,
    [postId],
  );
  return rows;
}

/** Posts as a decision needs them, locked until the transaction ends, in id order. */
export async function lockPostStates(
  tx: Tx,
  postIds: readonly string[],
): Promise<{ id: string; state: PostState; reason: string | null; revision: number; publishedAt: Date | null }[]> {
  const { rows } = await tx.query<{ id: string; state: PostState; reason: string | null; revision: number; publishedAt: Date | null }>(
    `select id, state, reason, revision, published_at as "publishedAt" from post where id = any($1::bigint[]) order by id for update`,
    [postIds],
  );
  return rows;
}
