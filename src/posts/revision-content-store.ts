import type { Queryable } from '../db/db.ts';
import type { Attachment, PostEvent } from '../content/content.ts';
import { withKnownSizes } from './document-size-store.ts';
import type { PostRef, PostState, PostTopic } from './post.ts';
import type { PostImage } from '../content/content.ts';

/** A revision as the queries of this folder return it: nulls where the source said nothing. */
export interface ContentRow {
  readonly postId: string;
  readonly revision: number;
  readonly tagId: string;
  readonly state: PostState;
  readonly publishedAt: Date | null;
  readonly updatedAt: Date;
  readonly title: string;
  readonly url: string | null;
  readonly html: string;
  readonly summary: string;
  readonly authors: string[];
  readonly image: PostImage | null;
  readonly attachments: Attachment[];
  readonly event: PostEvent | null;
  readonly language: string | null;
  readonly topics: PostTopic[];
}

/** The columns of a ContentRow over `post p` and `post_revision r`. */
const contentColumns = `p.id as "postId", r.revision, p.tag_id as "tagId", p.state, p.published_at as "publishedAt",
  coalesce(r.updated_at, r.stored_at) as "updatedAt", r.title, r.url, r.html, r.summary, r.authors, r.image, r.attachments, r.event, r.language,
  coalesce((select jsonb_agg(jsonb_build_object('id', t.id::text, 'slug', t.slug, 'name', t.name, 'ordinal', t.ordinal, 'isHidden', t.is_hidden)
                             order by t.ordinal, t.id)
            from post_topic pt join topic t on t.id = pt.topic_id where pt.post_id = p.id), '[]') as topics`;

/** The pinned revisions of posts; what does not exist is absent. */
export async function findPinned(db: Queryable, refs: readonly PostRef[]): Promise<ContentRow[]> {
  const { rows } = await db.query<ContentRow>(
    `select ${contentColumns}
     from (select distinct * from unnest($1::bigint[], $2::integer[]) as w (post_id, revision)) w
     join post p on p.id = w.post_id join post_revision r on r.post_id = w.post_id and r.revision = w.revision`,
    [refs.map((ref) => ref.postId), refs.map((ref) => ref.revision)],
  );
  return withKnownSizes(db, rows);
}

/** Posts as they are now, in the order of the ids; what does not exist is absent. */
export async function loadCurrent(db: Queryable, postIds: readonly string[]): Promise<ContentRow[]> {
  if (postIds.length === 0) return [];
  const { rows } = await db.query<ContentRow>(
    `select ${contentColumns}
     from unnest($1::bigint[]) with ordinality as w (id, at)
     join post p on p.id = w.id join post_revision r on r.post_id = p.id and r.revision = p.revision
     order by w.at`,
    [postIds],
  );
  return withKnownSizes(db, rows);
}
