import type { Database, Queryable } from '../../db/db.ts';
import { ConflictError, InvalidInputError } from '../../kernel/errors.ts';
import { skipEdition } from '../../ledger/drafts/decide-edition.ts';
import { removeNewsletter } from '../../ledger/subscriptions/newsletter-removal-store.ts';
import { getNewsletter } from '../newsletter-store.ts';
import { closedReason } from '../newsletter.ts';
import { publicNewsletter } from '../public-newsletter.ts';
import { listSchedules } from '../schedule-store.ts';
import { findNewsletterHistory, lockWholeNewsletter, markClosed, type NewsletterHistory } from './closing-store.ts';
import type { PublicClosing } from './public-closing.ts';

/** What would become of a newsletter that is taken off now. Changes nothing. @throws NotFoundError; InvalidInputError for the sample */
export async function findClosing(db: Queryable, slug: string): Promise<PublicClosing> {
  const newsletter = await getNewsletter(db, slug);
  if (newsletter.isSample) throw new InvalidInputError(`Expected a newsletter of your own, got the sample "${slug}"`);
  const history = await findNewsletterHistory(db, newsletter.id);
  const what = hasHistory(history) ? (newsletter.closedAt === null ? 'close' : 'none') : 'delete';
  return { newsletter: publicNewsletter(newsletter, await listSchedules(db, newsletter.id)), history, what };
}

/** Somebody may ask of it who got what, or what somebody agreed to. */
function hasHistory({ editionCount, deliveryCount, subscriptionCount }: NewsletterHistory): boolean {
  return editionCount > 0 || deliveryCount > 0 || subscriptionCount > 0;
}

/**
 * Takes a newsletter off, as it was shown: one without history is deleted with its schedules and rules, one with history is closed. Then nothing is planned or
 * composed and nobody joins; what waits for a decision is skipped, so that its posts wait; what is under way goes on. Feeds, archive and links of mails stay.
 * Returns what became of it, with its history at that moment: an edition may have been approved since it was shown.
 * @throws NotFoundError; InvalidInputError for the sample; ConflictError where it got a history since it was shown
 */
export async function closeNewsletter(database: Database, shown: PublicClosing, now: Date): Promise<PublicClosing> {
  const { id, slug } = shown.newsletter;
  if (shown.what === 'none') return shown;
  const done = await database.transaction(async (tx) => {
    await lockWholeNewsletter(tx, id);
    const found = await findClosing(tx, slug);
    if (found.what === 'close' && shown.what === 'delete')
      throw new ConflictError(`Expected "${slug}" without history, but somebody joined it or an edition of it was approved meanwhile`);
    if (shown.what === 'delete') await removeNewsletter(tx, id);
    else await markClosed(tx, id, now);
    return { ...found, what: shown.what };
  });
  // Nobody approves one of them any more; where this process dies here, the next look at a draft skips it.
  if (done.what === 'close')
    for (const draftId of done.history.draftIds) await skipEdition(database, draftId, { reason: closedReason, isByStaff: true, now });
  return done;
}
