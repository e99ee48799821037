import type { Queryable, Tx } from '../../db/db.ts';
import type { FormerStatement, RecognitionRule, Statement } from '../identity/stored-post.ts';
import { freedIdSql } from '../listing-store.ts';

const statementColumns = `entry_id as "entryId", post_id as "postId", content_hash as "statedHash", said_hash as "saidHash", stated_at as "statedAt",
  awaited_hash as "awaitedHash", gone_at is not null as "isGone"`;

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
  if (saidHashes.length === 0) return new Map();
  const { rows } = await db.query<Statement>(
    `select ${statementColumns} from post_source where source_id = $1 and said_hash = any($2::text[])
     order by post_id desc, gone_at is not null, entry_id`,
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

/** What this source stated under these titles and what is not among the ids that stayed as they were: the latest of each title, by its key. */
export async function findFormer(
  db: Queryable,
  sourceId: string,
  titles: { readonly keys: readonly string[]; readonly perTitle: number },
  unchangedIds: ReadonlySet<string>,
): Promise<Map<string, FormerStatement[]>> {
  if (titles.keys.length === 0) return new Map();
  const { rows } = await db.query<FormerStatement & { titleKey: string }>(
    `select ${statementColumns}, title_key as "titleKey", is_title_of_several as "isTitleOfSeveral"
     from (select *, row_number() over (partition by title_key order by post_id desc, entry_id) as rank
           from (select *, min(post_id) over titled <> max(post_id) over titled as is_title_of_several from post_source
                 where source_id = $1 and title_key = any($2::text[]) window titled as (partition by title_key)) t
           where entry_id <> all($3::text[])) s
     where rank <= $4 order by rank`,
    [sourceId, titles.keys, [...unchangedIds], titles.perTitle],
  );
  return groupedBy(rows, (row) => row.titleKey);
}

/** A statement to be stored. */
export interface NewStatement extends Omit<Statement, 'isGone'> {
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
      // Text: of an array of dates the driver formats each in local time, which takes far longer.
      statements.map((each) => each.statedAt?.toISOString() ?? null),
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
       returning source_id, ${freedIdSql('entry_id', 'post_id')} as entry_id, post_id, is_lead, said_hash, title_key, stated_at, recognised_by, seen_at)
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
