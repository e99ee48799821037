import type { Queryable } from '../../db/db.ts';
import type { SaidContent } from '../../content/said.ts';

/** What a source stated under an id, as the post says it now. */
export interface UnkeptWords extends SaidContent {
  readonly entryId: string;
}

/**
 * Entries of a source whose words are not kept, in the order of their ids, after one. Those whose post another source leads say what that one says, as far as
 * is known.
 */
export async function listUnkeptWords(db: Queryable, sourceId: string, afterId: string, limit: number): Promise<UnkeptWords[]> {
  const { rows } = await db.query<UnkeptWords>(
    `select s.entry_id as "entryId", r.title, r.url, r.html, r.image, r.attachments
     from post_source s join post p on p.id = s.post_id join post_revision r on r.post_id = p.id and r.revision = p.revision
     where s.source_id = $1 and s.said_hash is null and s.entry_id > $2 order by s.entry_id limit $3`,
    [sourceId, afterId, limit],
  );
  return rows;
}

/** Keeps the words of entries and of what their posts say now, and the dates that their posts have. */
export async function setSaidHashes(
  db: Queryable,
  sourceId: string,
  entries: readonly { readonly entryId: string; readonly saidHash: string; readonly titleKey: string }[],
): Promise<void> {
  await db.query(
    `with kept as (
       update post_revision r set said_hash = u.said_hash
       from unnest($2::text[], $3::text[]) as u (entry_id, said_hash)
         join post_source s on s.source_id = $1 and s.entry_id = u.entry_id join post p on p.id = s.post_id
       where r.post_id = p.id and r.revision = p.revision and r.said_hash is null)
     update post_source s set said_hash = u.said_hash, title_key = u.title_key, stated_at = (select p.published_at from post p where p.id = s.post_id)
     from unnest($2::text[], $3::text[], $4::text[]) as u (entry_id, said_hash, title_key)
     where s.source_id = $1 and s.entry_id = u.entry_id and s.said_hash is null`,
    [sourceId, entries.map((each) => each.entryId), entries.map((each) => each.saidHash), entries.map((each) => each.titleKey)],
  );
}

/** The words of a source are kept from now on. */
export async function markWordsKept(db: Queryable, sourceId: string, now: Date): Promise<void> {
  await db.query(`update source set said_since = $2 where id = $1 and said_since is null`, [sourceId, now]);
}
