import type { Queryable } from '../db/db.ts';
import { listNewslettersOfPost } from '../ledger/releases/membership-store.ts';
import { chooseNewsletter } from '../newsletters/choose-newsletter.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { listNewslettersOfPerson } from './choices/choice-store.ts';
import { getPerson } from './choices/find-subscription.ts';

/** Of whom and of what staff speak; a newsletter that is named stands above both. */
export interface Spoken {
  /** Slug. */
  readonly newsletter: string | undefined;
  /** An address, or the id of a subscription. */
  readonly person?: string | undefined;
  readonly postId?: string | undefined;
}

/**
 * The newsletter of which staff speak: the named one, the one whose subscription they named, the only one that there is, or the only one that the person
 * has and the post is in. What somebody has stands above what they have left.
 * @throws NotFoundError where there is no such person or newsletter; InvalidInputError that lists them where several could be meant
 */
export async function chooseNewsletterOf(
  { database, addressKeySecret }: { readonly database: Queryable; readonly addressKeySecret: Buffer },
  { newsletter, person, postId }: Spoken,
): Promise<Newsletter> {
  if (newsletter !== undefined) return chooseNewsletter(database, newsletter);
  const ofPerson = person === undefined ? [] : await newslettersOf(database, person, addressKeySecret);
  const ofPost = postId === undefined ? [] : await listNewslettersOfPost(database, postId);
  const ofBoth = ofPerson.filter((id) => ofPost.includes(id));
  return chooseNewsletter(database, undefined, ofBoth.length > 0 ? ofBoth : ofPerson.length > 0 ? ofPerson : ofPost);
}

async function newslettersOf(database: Queryable, text: string, addressKeySecret: Buffer): Promise<readonly string[]> {
  const person = await getPerson(database, text, addressKeySecret);
  if (person.subscription) return [person.subscription.newsletterId];
  const all = await listNewslettersOfPerson(database, person.subscriberId);
  const open = all.filter(({ state }) => state !== 'left');
  return (open.length > 0 ? open : all).map(({ newsletterId }) => newsletterId);
}
