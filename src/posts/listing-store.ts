import type { Queryable, Tx } from '../db/db.ts';

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
    [sourceId, dates.map((each) => each.entryId), dates.map((each) => each.statedAt)],
  );
}

/** Takes over publication dates that the leading source of posts corrected before an edition that was approved carried them. */
export async function correctDates(tx: Tx, sourceId: string, dates: readonly RestatedDate[]): Promise<void> {
  if (dates.length === 0) return;
  await tx.query(
    `update post p set published_at = u.at
     from unnest($2::text[], $3::bigint[], $4::timestamptz[]) as u (entry_id, post_id, at)
       join post_source s on s.source_id = $1 and s.entry_id = u.entry_id and s.post_id = u.post_id and s.is_lead
     where p.id = u.post_id and p.published_at is distinct from u.at
       and not exists (select from release l join edition_post e on e.position = l.position join edition d on d.id = e.edition_id
                       where l.post_id = p.id and d.approved_at is not null and not e.is_left_out)`,
    [sourceId, dates.map((each) => each.entryId), dates.map((each) => each.postId), dates.map((each) => each.statedAt)],
  );
}

/** A post that a source listed until now. */
export interface UnlistedPost {
  readonly postId: string;
  readonly entryId: string;
  readonly title: string;
  readonly url: string | null;
  readonly publishedAt: Date | null;
}

/**
 * The posts that a source listed until now, that no other source lists either, and that wait to be mailed for the first time. Such a one has not been
 * in an edition that was approved.
 */
export async function findUnlisted(db: Queryable, sourceId: string, presentIds: readonly string[]): Promise<UnlistedPost[]> {
  const { rows } = await db.query<UnlistedPost>(
    `select distinct on (p.id) p.id as "postId", s.entry_id as "entryId", r.title, r.url, p.published_at as "publishedAt"
     from post_source s join post p on p.id = s.post_id join post_revision r on r.post_id = p.id and r.revision = p.revision
     where s.source_id = $1 and s.gone_at is null and s.entry_id <> all($2::text[]) and p.state = 'released'
       and not exists (select from post_source o where o.post_id = p.id and o.gone_at is null and (o.source_id <> $1 or o.entry_id = any($2::text[])))
       and not exists (select from release l join edition_post e on e.position = l.position join edition d on d.id = e.edition_id
                       where l.post_id = p.id and d.approved_at is not null and not e.is_left_out)
     order by p.id`,
    [sourceId, presentIds],
  );
  return rows;
}

/** Keeps what a source lists now, and since when it does not list the rest. */
export async function markListed(tx: Tx, sourceId: string, presentIds: readonly string[], now: Date): Promise<void> {
  await tx.query(
    `update post_source set gone_at = case when entry_id = any($2::text[]) then null else $3::timestamptz end
     where source_id = $1 and (gone_at is null) <> (entry_id = any($2::text[]))`,
    [sourceId, presentIds, now],
  );
}
