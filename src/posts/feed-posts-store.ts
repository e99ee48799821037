import type { Queryable } from '../db/db.ts';
import { listAdmittedPosts } from '../ledger/releases/membership-store.ts';
import { loadCurrent } from './revision-content-store.ts';
import type { PostContent } from './post.ts';

/** Which posts a feed shows. */
export interface FeedQuery {
  readonly newsletterId: string;
  readonly limit: number;
  /** Only posts with this topic. */
  readonly topicId?: string | undefined;
}

// Rules of a newsletter are read in memory: what they keep out is made up for by further pages.
const maxPages = 50;

/**
 * The newest posts of a newsletter as feeds show them: known and released ones that its rules admit, never held or retracted ones.
 * Newest first by the date that the source states, else by when they were stored.
 */
export async function listFeedPosts(db: Queryable, query: FeedQuery): Promise<PostContent[]> {
  const found: PostContent[] = [];
  for (let page = 0; page < maxPages && found.length < query.limit; page += 1) {
    const ids = await listCandidates(db, query, page * query.limit);
    const admitted = await listAdmittedPosts(db, query.newsletterId, ids);
    found.push(
      ...(await loadCurrent(
        db,
        ids.filter((id) => admitted.has(id)),
      )),
    );
    if (ids.length < query.limit) break;
  }
  return found.slice(0, query.limit);
}

async function listCandidates(db: Queryable, { newsletterId, limit, topicId }: FeedQuery, offset: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select p.id from post p
     where p.state in ('known', 'released')
       and exists (select from post_source s join newsletter_source n on n.source_id = s.source_id and n.newsletter_id = $1 where s.post_id = p.id)
       and ($2::bigint is null or exists (select from post_topic t where t.post_id = p.id and t.topic_id = $2))
     order by coalesce(p.published_at, p.stored_at) desc, p.id desc limit $3 offset $4`,
    [newsletterId, topicId ?? null, limit, offset],
  );
  return rows.map((row) => row.id);
}

/** A post that its newsletter's feeds showed and that was withdrawn. */
export interface FeedTombstone {
  readonly tagId: string;
  readonly retractedAt: Date;
}

/** The posts of a newsletter that were withdrawn, newest first: feeds say so. */
export async function listFeedTombstones(db: Queryable, newsletterId: string, limit: number): Promise<FeedTombstone[]> {
  const { rows } = await db.query<FeedTombstone>(
    `select p.tag_id as "tagId", p.retracted_at as "retractedAt" from post p
     where p.state = 'retracted' and p.state_before_retraction in ('known', 'released') and p.retracted_at is not null
       and exists (select from post_source s join newsletter_source n on n.source_id = s.source_id and n.newsletter_id = $1 where s.post_id = p.id)
     order by p.retracted_at desc, p.id desc limit $2`,
    [newsletterId, limit],
  );
  return rows;
}
