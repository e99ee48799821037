import type { Queryable } from '../db/db.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { listNewsletterRules, loadMembershipFacts } from '../ledger/releases/membership-store.ts';
import { rulesAdmit } from '../ledger/releases/membership.ts';
import type { Admission, NewsletterRule } from '../ledger/releases/membership.ts';
import { loadCurrent } from './revision-content-store.ts';
import { findPostByUrl, listPostRows, listPostSources, listRevisions } from './staff-store.ts';
import type { PostRow, PostRowQuery, PostSourceRow, RevisionRow } from './staff-store.ts';
import type { PostContent } from './post.ts';

/** Whether a newsletter takes a post, and the rule that decided. */
export interface NewsletterAdmission {
  readonly newsletter: string;
  readonly admitted: boolean;
  /** In words: the rule that let it in or kept it out; undefined where no rule had to speak. */
  readonly because?: string;
}

/** A post as `posts list` shows it. */
export interface ListedPost extends PostRow {
  readonly newsletters: readonly NewsletterAdmission[];
}

/** Posts for staff, newest first, with what each newsletter of their sources makes of them. */
export async function listPosts(db: Queryable, query: PostRowQuery): Promise<ListedPost[]> {
  const rows = await listPostRows(db, query);
  const admissions = await admissionsOf(db, rows);
  return rows.map((row) => ({ ...row, newsletters: admissions.get(row.id) ?? [] }));
}

/** Everything that staff want to know of one post. */
export interface ShownPost extends ListedPost {
  readonly content: PostContent;
  readonly revisions: readonly RevisionRow[];
  readonly sources: readonly PostSourceRow[];
}

/** One post by its id or the address of its page. @throws NotFoundError */
export async function showPost(db: Queryable, idOrUrl: string): Promise<ShownPost> {
  const id = await choosePost(db, idOrUrl);
  const [row] = await listPosts(db, { ids: [id], limit: 1 });
  const [content] = await loadCurrent(db, [id]);
  if (!row || !content) throw new NotFoundError(`Expected a post, found none with id ${id}; "gazette posts list" shows them`);
  return { ...row, content, revisions: await listRevisions(db, id), sources: await listPostSources(db, id) };
}

/** The id of the post that staff name by id or address. @throws NotFoundError */
export async function choosePost(db: Queryable, idOrUrl: string): Promise<string> {
  const [row] = /^\d{1,18}$/.test(idOrUrl) ? await listPostRows(db, { ids: [idOrUrl], limit: 1 }) : [];
  const id = row?.id ?? (await findPostByUrl(db, idOrUrl));
  if (id === undefined)
    throw new NotFoundError(`Expected an id from "gazette posts list" or the address of a post's page, got "${idOrUrl}"`);
  return id;
}

async function admissionsOf(db: Queryable, rows: readonly PostRow[]): Promise<Map<string, NewsletterAdmission[]>> {
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

function describeAdmission(newsletter: string, { admitted, because }: Admission): NewsletterAdmission {
  if (because === undefined) return { newsletter, admitted };
  const words = because === 'no include' ? 'no rule includes it' : `rule: ${because.effect} ${because.field} "${because.pattern}"`;
  return { newsletter, admitted, because: words };
}
