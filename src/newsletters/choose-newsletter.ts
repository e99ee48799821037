import type { Queryable } from '../db/db.ts';
import { InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { getNewsletter, listNewsletters } from './newsletter-store.ts';
import type { Newsletter } from './newsletter.ts';

/**
 * The newsletter that staff mean: the named one, or the only one where none is named; of several that are there the only one of `among`, the ids of those that
 * somebody or something has of which is spoken.
 * @throws NotFoundError where there is none, or none of this name; InvalidInputError where there are several and none is named
 */
export async function chooseNewsletter(db: Queryable, slug: string | undefined, among: readonly string[] = []): Promise<Newsletter> {
  if (slug !== undefined) return getNewsletter(db, slug);
  const stored = await listNewsletters(db);
  // One that was closed is meant where it is named, or there is nothing else.
  const open = stored.filter(({ closedAt }) => closedAt === null);
  const all = open.length > 0 ? open : stored;
  const meant = stored.filter(({ id }) => among.includes(id));
  const candidates = stored.length > 1 && meant.length > 0 ? meant : all;
  const slugs = candidates.map((each) => each.slug).join(', ');
  if (candidates.length > 1)
    throw new InvalidInputError(`Expected one of the newsletters (${slugs}), got none`, { remedy: { kind: 'say', what: 'newsletter' } });
  const [newsletter] = candidates;
  if (!newsletter) throw new NotFoundError('Expected a newsletter, found none yet', { remedy: { kind: 'add', what: 'newsletter' } });
  return newsletter;
}
