import type { Queryable, Tx } from '../db/db.ts';
import { carriedSql } from '../ledger/drafts/edition-store.ts';
import { goneReasonSql } from './post.ts';

/** A post that vanished from its source, to be stored. */
export interface NewVanished {
  readonly postId: string;
  /** From when on it counts as taken away, should it be missing still. */
  readonly sureAt: Date;
}

/** Keeps which posts vanished from amid what a source lists: those that no edition carries yet. */
export async function insertVanished(tx: Tx, sourceId: string, posts: readonly NewVanished[], now: Date): Promise<void> {
  if (posts.length === 0) return;
  await tx.query(
    `insert into vanished_post (source_id, post_id, vanished_at, sure_at)
     select $1, u.post_id, $4, u.sure_at from unnest($2::bigint[], $3::timestamptz[]) as u (post_id, sure_at) join post p on p.id = u.post_id
     where p.state in ('held', 'released') and not ${carriedSql('p.id')}
     on conflict on constraint vanished_post_pkey do update set returned_at = null`,
    [sourceId, posts.map((each) => each.postId), posts.map((each) => each.sureAt), now],
  );
}

/** The list of a source is no older than the one of before: what is missing of it is. */
export async function trustVanished(tx: Tx, sourceId: string, now: Date): Promise<void> {
  await tx.query(`update vanished_post set sure_at = $2 where source_id = $1 and vanished_at < $2 and sure_at > $2`, [sourceId, now]);
}

/** Keeps that a source lists posts again: those that vanished from it, and those that were withdrawn because they vanished from another. */
export async function markReturned(tx: Tx, sourceId: string, postIds: readonly string[], now: Date): Promise<void> {
  await tx.query(
    `update vanished_post set returned_at = $3
     where post_id = any($2::bigint[]) and (source_id = $1 or judged_at is not null) and returned_at is null`,
    [sourceId, postIds, now],
  );
}

/** A post that vanished from a source, for one who decides on it. */
export interface VanishedPost {
  readonly sourceId: string;
  readonly postId: string;
  readonly url: string | null;
  /** The ids under which the source stated it. */
  readonly entryIds: readonly string[];
}

/** A post that vanished and is listed again. */
export interface ReturnedPost {
  readonly sourceId: string;
  readonly postId: string;
  /** It was withdrawn because it vanished, and is so still. */
  readonly isWithdrawn: boolean;
}

/** The posts that vanished, from whatever source, and are listed again. */
export async function listReturned(db: Queryable): Promise<ReturnedPost[]> {
  const { rows } = await db.query<ReturnedPost>(
    `select v.source_id as "sourceId", p.id as "postId", p.state = 'retracted' and p.reason = ${goneReasonSql('v.source_id')} as "isWithdrawn"
     from vanished_post v join post p on p.id = v.post_id where v.returned_at is not null order by p.id, v.source_id`,
  );
  return rows;
}

/** The posts that were taken away from a source before they were mailed, that no other source lists, and that nobody decided on yet. */
export async function listToJudge(db: Queryable, sourceId: string, now: Date): Promise<VanishedPost[]> {
  const { rows } = await db.query<VanishedPost>(
    `select v.source_id as "sourceId", p.id as "postId", r.url,
       array(select s.entry_id from post_source s where s.source_id = $1 and s.post_id = p.id) as "entryIds"
     from vanished_post v join post p on p.id = v.post_id join post_revision r on r.post_id = p.id and r.revision = p.revision
     where v.source_id = $1 and v.judged_at is null and v.returned_at is null and v.sure_at <= $2
       and (p.state = 'released' or (p.state = 'retracted' and p.reason = ${goneReasonSql('v.source_id')}))
       and not exists (select from post_source o join source t on t.id = o.source_id
                       where o.post_id = p.id and o.source_id <> $1 and t.state = 'active' and p.id = any(t.listed_posts))
       and not ${carriedSql('p.id')}
     order by p.id`,
    [sourceId, now],
  );
  return rows;
}

/** Keeps that these posts were withdrawn, or only noted, because they vanished from a source; the noted ones say so beside their state. */
export async function markJudged(tx: Tx, sourceId: string, postIds: readonly string[], now: Date): Promise<void> {
  await tx.query(`update vanished_post set judged_at = $3 where source_id = $1 and post_id = any($2::bigint[])`, [sourceId, postIds, now]);
  await tx.query(`update post set reason = ${goneReasonSql('$1::bigint')} where id = any($2::bigint[]) and state = 'released'`, [
    sourceId,
    postIds,
  ]);
}

/** Takes the note of it from a post that is there again. */
export async function deleteVanished(tx: Tx, { sourceId, postId }: ReturnedPost): Promise<void> {
  await tx.query(`delete from vanished_post where source_id = $1 and post_id = $2 and returned_at is not null`, [sourceId, postId]);
  await tx.query(`update post set reason = null where id = $2 and state = 'released' and reason = ${goneReasonSql('$1::bigint')}`, [
    sourceId,
    postId,
  ]);
}

/** Forgets what vanished from a source and was mailed all the same. */
export async function deleteMailed(db: Queryable, sourceId: string): Promise<void> {
  await db.query(
    `delete from vanished_post v using post p where v.source_id = $1 and p.id = v.post_id and p.state <> 'retracted' and ${carriedSql('p.id')}`,
    [sourceId],
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
     where p.id in (select post_id from vanished_post where judged_at is not null and told_at is null) order by p.id`,
  );
  return rows;
}

/** Staff are told of these posts, if nobody told them of any meanwhile: then of all, else of none. */
export async function markGoneTold(tx: Tx, postIds: readonly string[], now: Date): Promise<boolean> {
  const { rows } = await tx.query<{ postId: string; isTold: boolean }>(
    `select post_id as "postId", told_at is not null as "isTold" from vanished_post
     where post_id = any($1::bigint[]) and judged_at is not null order by post_id, source_id for update`,
    [postIds],
  );
  const untold = new Set(rows.filter((row) => !row.isTold).map((row) => row.postId));
  if (!postIds.every((id) => untold.has(id))) return false;
  await tx.query(`update vanished_post set told_at = $2 where post_id = any($1::bigint[]) and judged_at is not null and told_at is null`, [
    postIds,
    now,
  ]);
  return true;
}
