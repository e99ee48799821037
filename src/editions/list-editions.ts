import type { Queryable } from '../db/db.ts';
import { listEditions } from '../ledger/drafts/edition-store.ts';
import type { EditionState } from '../ledger/drafts/edition.ts';
import { getNewsletter, listNewsletters } from '../newsletters/newsletter-store.ts';
import { listSchedules } from '../newsletters/schedule-store.ts';
import { publicEdition, type PublicEdition } from './public-edition.ts';

/** Which editions staff want to see. */
export interface EditionQuery {
  /** The slug of a newsletter. */
  readonly newsletter?: string | undefined;
  readonly state?: EditionState | undefined;
  readonly limit: number;
  /** Only editions with a lower id: the next page. */
  readonly beforeId?: string | undefined;
}

/** An edition, and what people call that which it belongs to. */
export interface ListedEdition {
  readonly edition: PublicEdition;
  /** The slug of its newsletter. */
  readonly newsletter: string;
  /** Undefined where the schedule was removed. */
  readonly schedule: string | undefined;
}

/** Editions, newest first. @throws NotFoundError for a newsletter that is none */
export async function listPublicEditions(db: Queryable, { newsletter, state, limit, beforeId }: EditionQuery): Promise<ListedEdition[]> {
  const newsletterId = newsletter === undefined ? undefined : (await getNewsletter(db, newsletter)).id;
  const editions = await listEditions(db, {
    limit,
    ...(newsletterId === undefined ? {} : { newsletterId }),
    ...(state === undefined ? {} : { states: [state] }),
    ...(beforeId === undefined ? {} : { beforeId }),
  });
  const slugs = new Map((await listNewsletters(db)).map((each) => [each.id, each.slug]));
  const names = new Map((await listSchedules(db)).map((each) => [each.id, each.name]));
  return editions.map((edition) => ({
    edition: publicEdition(edition),
    newsletter: slugs.get(edition.newsletterId) ?? '',
    schedule: names.get(edition.scheduleId),
  }));
}
