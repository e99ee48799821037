import type { Tx } from '../db/db.ts';
import { insertUnknownSizes } from './document-size-store.ts';
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

// One statement takes at most so many revisions with so many characters of html: its arrays are written down as one text each, and tens of megabytes of it
// would double in memory on both sides and keep the process from everything else while they are.
const maxRevisionsPerStatement = 200;
const maxHtmlPerStatement = 2_000_000;

/** Stores revisions, and notes their documents of unknown length. */
export async function insertRevisions(tx: Tx, revisions: readonly NewRevision[], now: Date): Promise<void> {
  for (const portion of inPortions(revisions)) {
    const contents = portion.map((each) => each.content);
    await tx.query(
      `insert into post_revision (post_id, revision, content_hash, said_hash, title, url, html, summary, authors, image, attachments, event, language, updated_at, stored_at)
       select u.*, $15
       from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::jsonb[],
         $11::jsonb[], $12::jsonb[], $13::text[], $14::timestamptz[]) as u`,
      [
        portion.map((each) => each.postId),
        portion.map((each) => each.revision),
        portion.map((each) => each.contentHash),
        portion.map((each) => each.saidHash),
        contents.map((each) => each.title),
        contents.map((each) => each.url),
        contents.map((each) => each.html),
        contents.map((each) => each.summary),
        contents.map((each) => JSON.stringify(each.authors)),
        contents.map((each) => (each.image === null ? null : JSON.stringify(each.image))),
        contents.map((each) => JSON.stringify(each.attachments)),
        contents.map((each) => (each.event === null ? null : JSON.stringify(each.event))),
        contents.map((each) => each.language),
        portion.map((each) => each.updatedAt.toISOString()),
        now,
      ],
    );
  }
  await insertUnknownSizes(
    tx,
    revisions.flatMap(({ content }) => content.attachments),
    now,
  );
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
