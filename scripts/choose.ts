import type { Queryable } from '../src/db/db.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { chooseNewsletter as choose } from '../src/newsletters/choose-newsletter.ts';
import type { Newsletter } from '../src/newsletters/newsletter.ts';

/** The newsletter that staff mean: the named one, or the only one. @throws UsageError where several exist and none is named. */
export async function chooseNewsletter(db: Queryable, slug: string | undefined): Promise<Newsletter> {
  const choice = await choose(db, slug);
  if (choice.kind === 'several')
    throw new UsageError(`Expected --newsletter with one of ${choice.slugs.join(', ')}, since there are several`);
  return choice.newsletter;
}
