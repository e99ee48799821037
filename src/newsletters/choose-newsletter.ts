import type { Queryable } from '../db/db.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { getNewsletter, listNewsletters } from './newsletter-store.ts';
import type { Newsletter } from './newsletter.ts';

/** Which newsletter somebody means. */
export type NewsletterChoice =
  | { readonly kind: 'chosen'; readonly newsletter: Newsletter }
  /** None was named, and there are several: one of these has to be. */
  | { readonly kind: 'several'; readonly slugs: readonly string[] };

/** The named newsletter, or the only one where none is named. @throws NotFoundError where there is none, or none of this name */
export async function chooseNewsletter(db: Queryable, slug: string | undefined): Promise<NewsletterChoice> {
  if (slug !== undefined) return { kind: 'chosen', newsletter: await getNewsletter(db, slug) };
  const newsletters = await listNewsletters(db);
  if (newsletters.length > 1) return { kind: 'several', slugs: newsletters.map((each) => each.slug) };
  const newsletter = newsletters[0];
  if (!newsletter) throw new NotFoundError('Expected a newsletter, found none yet', { remedy: { kind: 'add', what: 'newsletter' } });
  return { kind: 'chosen', newsletter };
}
