import type { Queryable } from '../db/db.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { listNewsletterRules, loadMembershipFacts } from '../ledger/releases/membership-store.ts';
import { rulesAdmit } from '../ledger/releases/membership.ts';
import type { Admission, NewsletterRule } from '../ledger/releases/membership.ts';
import { getNewsletter } from '../newsletters/newsletter-store.ts';
import type { PostState } from './post.ts';
import {
  publicContent,
  publicPost,
  publicPostSource,
  publicRevision,
  type PublicAdmission,
  type PublicPost,
  type PublicPostDetails,
} from './public-post.ts';
import { loadCurrent } from './revision-content-store.ts';
import { findPostByUrl, listPostRows, listPostSources, listRevisions } from './staff-store.ts';
import type { PostRow } from './staff-store.ts';

/** Which posts staff want to see. */
export interface PostQuery {
  readonly limit: number;
  readonly state?: PostState | undefined;
  /** The slug of a newsletter: only of its sources. */
  readonly newsletter?: string | undefined;
  readonly sourceId?: string | undefined;
  readonly ids?: readonly string[] | undefined;
  /** Only posts with a lower id: the next page. */
  readonly beforeId?: string | undefined;
}

/** Posts for staff, newest first, with what each newsletter of their sources makes of them. @throws NotFoundError for a newsletter that is none */
export async function listPosts(db: Queryable, { newsletter, ...query }: PostQuery): Promise<PublicPost[]> {
  const newsletterId = newsletter === undefined ? undefined : (await getNewsletter(db, newsletter)).id;
  const rows = await listPostRows(db, { ...query, newsletterId });
  const admissions = await admissionsOf(db, rows);
  return rows.map((row) => publicPost(row, admissions.get(row.id) ?? []));
}

/** One post by its id or the address of its page. @throws NotFoundError */
export async function showPost(db: Queryable, idOrUrl: string): Promise<PublicPostDetails> {
  const id = await choosePost(db, idOrUrl);
  const [post] = await listPosts(db, { ids: [id], limit: 1 });
  const [content] = await loadCurrent(db, [id]);
  if (!post || !content) throw new NotFoundError(`Expected a post, found none with id ${id}`, { remedy: { kind: 'list', of: 'posts' } });
  return {
    ...post,
    content: publicContent(content),
    revisions: (await listRevisions(db, id)).map(publicRevision),
    sources: (await listPostSources(db, id)).map(publicPostSource),
  };
}

/** The id of the post that staff name by id or address. @throws NotFoundError */
export async function choosePost(db: Queryable, idOrUrl: string): Promise<string> {
  const [row] = /^\d{1,18}$/.test(idOrUrl) ? await listPostRows(db, { ids: [idOrUrl], limit: 1 }) : [];
  const id = row?.id ?? (await findPostByUrl(db, idOrUrl));
  if (id === undefined)
    throw new NotFoundError(`Expected the id of a post or the address of its page, got "${idOrUrl}", which is of none`, {
      remedy: { kind: 'list', of: 'posts' },
    });
  return id;
}

/** The ids of posts that staff name, as `choosePost` finds each. @throws NotFoundError for the first that is none */
export async function choosePosts(db: Queryable, idsOrUrls: readonly string[]): Promise<string[]> {
  return Promise.all(idsOrUrls.map((text) => choosePost(db, text)));
}

async function admissionsOf(db: Queryable, rows: readonly PostRow[]): Promise<Map<string, PublicAdmission[]>> {
  const newsletters = new Map(rows.flatMap((row) => row.newsletterRefs.map((each) => [each.id, each.slug])));
  const rules = new Map<string, NewsletterRule[]>();
  for (const id of newsletters.keys()) rules.set(id, await listNewsletterRules(db, id));
  const facts = await loadMembershipFacts(
    db,
    rows.map((row) => row.id),
  );
  return new Map(
    rows.map((row) => [
      row.id,
      row.newsletterRefs.flatMap(({ id, slug }) => {
        const seen = facts.get(row.id);
        return seen ? [describeAdmission(slug, rulesAdmit(rules.get(id) ?? [], seen))] : [];
      }),
    ]),
  );
}

function describeAdmission(newsletter: string, { admitted, because }: Admission): PublicAdmission {
  if (because === undefined) return { newsletter, admitted };
  const words = because === 'no include' ? 'no rule includes it' : `rule: ${because.effect} ${because.field} "${because.pattern}"`;
  return { newsletter, admitted, because: words };
}
