import type { Queryable } from '../../db/db.ts';
import { listAdmittedPosts } from './membership-store.ts';

/** Whether newsletters with rules take posts that one of their sources states: by post, then by newsletter. */
export type Admissions = ReadonlyMap<string, ReadonlyMap<string, boolean>>;

/** What the rules of newsletters make of posts now; newsletters without rules take all, and are absent. */
export async function loadAdmissions(db: Queryable, postIds: readonly string[]): Promise<Admissions> {
  const admissions = new Map<string, Map<string, boolean>>();
  if (postIds.length === 0) return admissions;
  const { rows } = await db.query<{ newsletterId: string; postIds: string[] }>(
    `select ns.newsletter_id as "newsletterId", array_agg(distinct ps.post_id)::text[] as "postIds"
     from post_source ps join newsletter_source ns on ns.source_id = ps.source_id
     where ps.post_id = any($1::bigint[]) and exists (select from newsletter_rule r where r.newsletter_id = ns.newsletter_id)
     group by ns.newsletter_id order by ns.newsletter_id`,
    [postIds],
  );
  for (const { newsletterId, postIds: stated } of rows) {
    const admitted = await listAdmittedPosts(db, newsletterId, stated);
    for (const postId of stated) {
      const ofPost = admissions.get(postId) ?? new Map<string, boolean>();
      admissions.set(postId, ofPost.set(newsletterId, admitted.has(postId)));
    }
  }
  return admissions;
}

/** A post that an active reader of a newsletter may have been passed by. */
export interface PassedPost {
  readonly postId: string;
  readonly title: string;
}

/**
 * Released posts of a newsletter's sources, whatever its rules say, that lie between where its first active reader began and how far its last one has come,
 * oldest release first. What is above comes by itself, what is below is from before anybody joined.
 */
export async function listPassedPosts(db: Queryable, newsletterId: string): Promise<PassedPost[]> {
  const { rows } = await db.query<PassedPost>(
    `with reach as (
       select min(c.since) as since, max(c.cursor) as upto
       from subscription s join subscription_cursor c on c.subscription_id = s.id where s.newsletter_id = $1 and s.state = 'active')
     select p.id as "postId", v.title
     from reach join release r on r.position > reach.since and r.position <= reach.upto and r.kind = 'post'
     join post p on p.id = r.post_id and p.state = 'released'
     join post_revision v on v.post_id = p.id and v.revision = p.revision
     where exists (select from post_source ps join newsletter_source ns on ns.source_id = ps.source_id
                   where ps.post_id = p.id and ns.newsletter_id = $1)
     order by r.position`,
    [newsletterId],
  );
  return rows;
}
