import type { Queryable, Tx } from '../db/db.ts';

/** Notes that posts vanished from their source before they were mailed; those that are withdrawn for it are, the others say so beside their state. */
export async function noteGone(db: Queryable, postIds: readonly string[], reason: string): Promise<void> {
  await db.query(
    `update post set reason = $2, gone_told_at = null
     where id = any($1::bigint[]) and (state = 'released' or (state = 'retracted' and reason = $2))`,
    [postIds, reason],
  );
}

/** Takes the note from posts that the source lists again. */
export async function clearGone(db: Queryable, sourceId: string, listedIds: readonly string[], reason: string): Promise<void> {
  await db.query(
    `update post p set reason = null from post_source s
     where s.post_id = p.id and s.source_id = $1 and s.entry_id = any($2::text[]) and p.state = 'released' and p.reason = $3`,
    [sourceId, listedIds, reason],
  );
}

/** A post that vanished from its source, of which staff were not told yet. */
export interface UntoldPost {
  readonly postId: string;
  readonly title: string;
  readonly url: string | null;
  /** Withdrawn until it is listed again; otherwise it is mailed. */
  readonly isHeld: boolean;
  /** The newsletters that take it, by id. */
  readonly newsletterIds: readonly string[];
}

/** Posts that vanished from their source, of which staff were not told yet, the oldest first. */
export async function listUntoldGone(db: Queryable): Promise<UntoldPost[]> {
  const { rows } = await db.query<UntoldPost>(
    `select p.id as "postId", r.title, r.url, p.state = 'retracted' as "isHeld",
       array(select distinct n.newsletter_id::text from post_source s join newsletter_source n on n.source_id = s.source_id where s.post_id = p.id) as "newsletterIds"
     from post p join post_revision r on r.post_id = p.id and r.revision = p.revision
     where p.reason like 'gone from source %' and p.gone_told_at is null order by p.id`,
  );
  return rows;
}

/** Staff are told of these posts. Returns those of which nobody else told them meanwhile. */
export async function markGoneTold(tx: Tx, postIds: readonly string[], now: Date): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `update post set gone_told_at = $2 where id = any($1::bigint[]) and gone_told_at is null returning id`,
    [postIds, now],
  );
  return rows.map((row) => row.id);
}
