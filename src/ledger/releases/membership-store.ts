import type { Queryable } from '../../db/db.ts';
import { type MembershipFacts, type NewsletterRule, rulesAdmit } from './membership.ts';

/** The rules of a newsletter, in the order in which they are asked. */
export async function listNewsletterRules(db: Queryable, newsletterId: string): Promise<NewsletterRule[]> {
  const { rows } = await db.query<NewsletterRule>(
    `select effect, field, pattern from newsletter_rule where newsletter_id = $1 order by id`,
    [newsletterId],
  );
  return rows;
}

/** What rules can see of posts, by post id. */
export async function loadMembershipFacts(db: Queryable, postIds: readonly string[]): Promise<Map<string, MembershipFacts>> {
  const { rows } = await db.query<{ id: string; title: string; authors: unknown } & Omit<MembershipFacts, 'title' | 'author'>>(
    `select p.id, r.title, r.authors,
       coalesce((select array_agg(x.name) from post_source ps join source s on s.id = ps.source_id
                 cross join lateral (values (s.id::text), (s.url), (s.title)) as x (name)
                 where ps.post_id = p.id and x.name is not null), '{}') as source,
       coalesce((select array_agg(x.name) from post_category pc join category c on c.id = pc.category_id and c.kind = 'category'
                 cross join lateral (values (c.slug), (c.name)) as x (name) where pc.post_id = p.id), '{}') as category,
       coalesce((select array_agg(x.name) from post_category pc join category c on c.id = pc.category_id and c.kind = 'tag'
                 cross join lateral (values (c.slug), (c.name)) as x (name) where pc.post_id = p.id), '{}') as tag
     from post p join post_revision r on r.post_id = p.id and r.revision = p.revision
     where p.id = any($1::bigint[])`,
    [postIds],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { source: row.source, category: row.category, tag: row.tag, author: authorNames(row.authors), title: [row.title] },
    ]),
  );
}

/** Those of the posts that the newsletter's rules admit; whether one of its sources states them is not asked here. */
export async function listAdmittedPosts(db: Queryable, newsletterId: string, postIds: readonly string[]): Promise<Set<string>> {
  const rules = await listNewsletterRules(db, newsletterId);
  if (rules.length === 0) return new Set(postIds);
  const facts = await loadMembershipFacts(db, postIds);
  return new Set([...facts].filter(([, seen]) => rulesAdmit(rules, seen).admitted).map(([postId]) => postId));
}

/** The newsletters that have a source which states the post and whose rules admit it. */
export async function listNewslettersOfPost(db: Queryable, postId: string): Promise<string[]> {
  const { rows } = await db.query<{ newsletterId: string }>(
    `select distinct ns.newsletter_id as "newsletterId" from post_source ps join newsletter_source ns on ns.source_id = ps.source_id
     where ps.post_id = $1 order by ns.newsletter_id`,
    [postId],
  );
  const admitting = [];
  for (const { newsletterId } of rows) {
    if ((await listAdmittedPosts(db, newsletterId, [postId])).has(postId)) admitting.push(newsletterId);
  }
  return admitting;
}

function authorNames(authors: unknown): string[] {
  if (!Array.isArray(authors)) return [];
  return authors.flatMap((author: unknown) => {
    if (typeof author === 'string') return [author];
    const name = typeof author === 'object' && author !== null && 'name' in author ? author.name : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}
