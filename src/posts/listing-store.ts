import type { Queryable, Tx } from '../db/db.ts';
import { carriedSql } from '../ledger/drafts/edition-store.ts';

/** An entry that is stated with another date than before. */
export interface RestatedDate {
  readonly entryId: string;
  readonly postId: string;
  readonly statedAt: Date;
}

/** Keeps the dates that a source states now of what it stated before. */
export async function restateDates(tx: Tx, sourceId: string, dates: readonly RestatedDate[]): Promise<void> {
  if (dates.length === 0) return;
  await tx.query(
    `update post_source s set stated_at = u.at from unnest($2::text[], $3::timestamptz[]) as u (entry_id, at)
     where s.source_id = $1 and s.entry_id = u.entry_id`,
    [sourceId, dates.map((each) => each.entryId), dates.map((each) => each.statedAt.toISOString())],
  );
}

/**
 * Takes over publication dates that the leading source of posts corrected before an edition that was approved carried them. The day of an event that is over
 * is none.
 */
export async function correctDates(tx: Tx, sourceId: string, dates: readonly RestatedDate[]): Promise<void> {
  if (dates.length === 0) return;
  await tx.query(
    `update post p set published_at = u.at
     from unnest($2::text[], $3::bigint[], $4::timestamptz[]) as u (entry_id, post_id, at)
       join post_source s on s.source_id = $1 and s.entry_id = u.entry_id and s.post_id = u.post_id and s.is_lead
       join post_revision r on r.post_id = u.post_id
     where p.id = u.post_id and p.published_at is distinct from u.at
       and r.revision = p.revision and r.event -> 'isPublication' is null
       and not ${carriedSql('p.id')}`,
    [sourceId, dates.map((each) => each.entryId), dates.map((each) => each.postId), dates.map((each) => each.statedAt.toISOString())],
  );
}

/** What a source last said of a post that it lists no more. */
export interface FormerPost {
  /** The date that it stated. */
  readonly statedAt: Date | null;
  /** When the newest of what it says is from. */
  readonly changedAt: Date | null;
  /** Its source put another post in its place, under the id that it had: a new one, or one that it did not list until now. */
  readonly isReplaced: boolean;
}

/** SQL: the id under which a post keeps its statement when its source uses the id that it had for another one. */
export function freedIdSql(entryId: string, postId: string): string {
  return `${entryId} || ' (post ' || ${postId} || ')'`;
}

/** What a source last said of posts, by post id. */
export async function findFormerPosts(db: Queryable, sourceId: string, postIds: readonly string[]): Promise<Map<string, FormerPost>> {
  const { rows } = await db.query<FormerPost & { readonly id: string }>(
    `select p.id, max(s.stated_at) as "statedAt", r.updated_at as "changedAt",
       bool_or(exists (select from post_source o join source l on l.id = o.source_id
                       where o.source_id = $1 and s.entry_id = ${freedIdSql('o.entry_id', 'p.id')}
                         and (o.recognised_by = 'replaced' or o.post_id <> all(l.listed_posts)))) as "isReplaced"
     from post_source s join post p on p.id = s.post_id join post_revision r on r.post_id = p.id and r.revision = p.revision
     where s.source_id = $1 and p.id = any($2::bigint[]) group by p.id, r.updated_at`,
    [sourceId, postIds],
  );
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}

/** Keeps the posts that a source lists, in the order of its document. */
export async function setListedPosts(tx: Tx, sourceId: string, postIds: readonly string[]): Promise<void> {
  await tx.query(`update source set listed_posts = $2 where id = $1 and listed_posts is distinct from $2`, [sourceId, postIds]);
}

/** Keeps what a source lists now, and since when it does not list the rest. */
export async function markListed(tx: Tx, sourceId: string, presentIds: readonly string[], now: Date): Promise<void> {
  await tx.query(
    `update post_source set gone_at = case when entry_id = any($2::text[]) then null else $3::timestamptz end
     where source_id = $1 and (gone_at is null) <> (entry_id = any($2::text[]))`,
    [sourceId, presentIds, now],
  );
}
