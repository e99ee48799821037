import type { Queryable } from '../db/db.ts';
import { bringsPostsSql } from '../ledger/drafts/edition-store.ts';
import type { PostRef } from '../posts/post.ts';

/** An edition that went out, as lists name it. */
export interface SentEdition {
  readonly id: string;
  readonly newsletterSlug: string;
  readonly newsletterName: string;
  /** Null where the newsletter has one schedule only, which needs no name. */
  readonly scheduleName: string | null;
  readonly subject: string;
  readonly preheader: string;
  /** BCP 47. */
  readonly language: string;
  readonly sentAt: Date;
}

// Only what goes or went to readers: a draft, a cancelled or a paused edition is nobody's to read.
const sent = `
  from edition
    join newsletter on newsletter.id = edition.newsletter_id
    join rendition on rendition.id = edition.archive_rendition_id
  where edition.state in ('sending', 'done') and edition.approved_at is not null`;

const columns = `edition.id, newsletter.slug as "newsletterSlug", newsletter.name as "newsletterName", rendition.subject, rendition.preheader,
  rendition.language,
  edition.approved_at as "sentAt",
  (select own.name from schedule own where own.id = edition.schedule_id
     and exists (select from schedule other where other.newsletter_id = own.newsletter_id and other.id <> own.id)) as "scheduleName"`;

/** Editions that went out, newest first, of one newsletter or all; `beforeId` is the last id of the page before. */
export async function listSentEditions(
  db: Queryable,
  filter: { readonly newsletterId?: string; readonly beforeId?: string; readonly limit: number },
): Promise<SentEdition[]> {
  const { rows } = await db.query<SentEdition>(
    `select ${columns} ${sent}
       and ($1::bigint is null or edition.newsletter_id = $1) and ($2::bigint is null or edition.id < $2)
     order by edition.id desc limit $3`,
    [filter.newsletterId ?? null, filter.beforeId ?? null, filter.limit],
  );
  return rows;
}

/** One edition that went out with what its archive page shows; undefined when there is none. */
export async function findSentEdition(
  db: Queryable,
  newsletterId: string,
  editionId: string,
): Promise<(SentEdition & { readonly html: string }) | undefined> {
  const { rows } = await db.query<SentEdition & { html: string }>(
    `select ${columns}, rendition.html ${sent} and edition.newsletter_id = $1 and edition.id = $2`,
    [newsletterId, editionId],
  );
  return rows[0];
}

/**
 * Every post that an edition carries to anybody, the newest release first, in the newest revision that it goes out with: what it pinned, and what
 * its digests took over from older editions, which stands in their positions only. Where these bring corrections alone, what it pinned waits.
 */
export async function listCarriedPosts(db: Queryable, editionId: string): Promise<PostRef[]> {
  const { rows } = await db.query<PostRef>(
    `with rendered as (
       select distinct shown.position, shown.revision
       from rendition cross join lateral unnest(positions, revisions) as shown (position, revision) where edition_id = $1),
     carried as (
       select position, post_id, revision from edition_post where edition_id = $1 and kind = 'post' and not is_left_out
         and (select ${bringsPostsSql('e')} from edition e where e.id = $1)
       union all
       select position, release.post_id, rendered.revision from rendered join release using (position) where release.kind = 'post')
     select post_id as "postId", revision
     from (select distinct on (position) position, post_id, revision from carried order by position, revision desc) as newest
     order by position desc`,
    [editionId],
  );
  return rows;
}
