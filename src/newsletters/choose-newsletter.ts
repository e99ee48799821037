import type { Queryable } from '../db/db.ts';
import { InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { getNewsletter, listNewsletters } from './newsletter-store.ts';
import type { Newsletter } from './newsletter.ts';

/**
 * The newsletter that staff mean: the named one, or the only one where none is named.
 * @throws NotFoundError where there is none, or none of this name; InvalidInputError where there are several and none is named
 */
export async function chooseNewsletter(db: Queryable, slug: string | undefined): Promise<Newsletter> {
  if (slug !== undefined) return getNewsletter(db, slug);
  const newsletters = await listNewsletters(db);
  const slugs = newsletters.map((each) => each.slug).join(', ');
  if (newsletters.length > 1)
    throw new InvalidInputError(`Expected one of the newsletters (${slugs}), got none`, { remedy: { kind: 'say', what: 'newsletter' } });
  const newsletter = newsletters[0];
  if (!newsletter) throw new NotFoundError('Expected a newsletter, found none yet', { remedy: { kind: 'add', what: 'newsletter' } });
  return newsletter;
}
