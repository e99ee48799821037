import type { Tx } from '../db/db.ts';
import type { RevisionContent } from '../content/content.ts';

/** A revision to be stored. */
export interface NewRevision {
  readonly postId: string;
  readonly revision: number;
  readonly content: RevisionContent;
  readonly contentHash: string;
  readonly saidHash: string;
  readonly updatedAt: Date;
}

// One parameter holds the revisions of at most so many posts with so many characters of html: tens of megabytes in one would double in memory
// on both sides, and writing them down as JSON would keep the process from everything else.
const maxRevisionsPerStatement = 200;
const maxHtmlPerStatement = 2_000_000;

/** Stores revisions. */
export async function insertRevisions(tx: Tx, revisions: readonly NewRevision[], now: Date): Promise<void> {
  for (const portion of inPortions(revisions)) {
    const rows = portion.map(({ postId, revision, content, contentHash, saidHash, updatedAt }) => ({
      post_id: postId,
      revision,
      content_hash: contentHash,
      said_hash: saidHash,
      title: content.title,
      url: content.url,
      html: content.html,
      summary: content.summary,
      authors: content.authors,
      image: content.image,
      attachments: content.attachments,
      language: content.language,
      updated_at: updatedAt,
    }));
    await tx.query(
      `insert into post_revision (post_id, revision, content_hash, said_hash, title, url, html, summary, authors, image, attachments, language, updated_at, stored_at)
       select post_id, revision, content_hash, said_hash, title, url, html, summary, authors, nullif(image, 'null'::jsonb), attachments, language, updated_at, $2
       from json_to_recordset($1::json) as u (post_id bigint, revision integer, content_hash text, said_hash text, title text, url text, html text, summary text,
         authors jsonb, image jsonb, attachments jsonb, language text, updated_at timestamptz)`,
      [JSON.stringify(rows), now],
    );
  }
}

function inPortions(revisions: readonly NewRevision[]): NewRevision[][] {
  const portions: NewRevision[][] = [];
  let length = Infinity;
  for (const each of revisions) {
    length += each.content.html.length;
    if (length > maxHtmlPerStatement || portions.at(-1)!.length >= maxRevisionsPerStatement) {
      portions.push([]);
      length = each.content.html.length;
    }
    portions.at(-1)!.push(each);
  }
  return portions;
}

/** Makes the newest revision the one that a post shows; a publication date that was unknown is filled in. */
export async function setRevisions(
  tx: Tx,
  posts: readonly { postId: string; revision: number; publishedAt: Date | null }[],
): Promise<void> {
  await tx.query(
    `update post p set revision = u.revision, published_at = coalesce(p.published_at, u.published_at)
     from unnest($1::bigint[], $2::integer[], $3::timestamptz[]) as u (id, revision, published_at) where p.id = u.id`,
    [posts.map((post) => post.postId), posts.map((post) => post.revision), posts.map((post) => post.publishedAt?.toISOString() ?? null)],
  );
}

/** When the revisions that posts show at present changed, by post id. */
export async function findUpdatedAt(tx: Tx, postIds: readonly string[]): Promise<Map<string, Date>> {
  const { rows } = await tx.query<{ id: string; updatedAt: Date }>(
    `select p.id, coalesce(r.updated_at, r.stored_at) as "updatedAt"
     from post p join post_revision r on r.post_id = p.id and r.revision = p.revision where p.id = any($1::bigint[])`,
    [postIds],
  );
  return new Map(rows.map((row) => [row.id, row.updatedAt]));
}
