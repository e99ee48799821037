import { skipEdition } from '../ledger/drafts/decide-edition.ts';
import type { Edition } from '../ledger/drafts/edition.ts';
import { closedReason } from '../newsletters/newsletter.ts';
import { getNewsletterById } from '../newsletters/newsletter-store.ts';
import type { EditionPorts } from './edition-ports.ts';

/** Skips a draft that was composed while its newsletter was being closed: its posts wait. False where the newsletter is open. Call it under the draft's lock. */
export async function skipClosed(
  { database, clock }: Pick<EditionPorts, 'database' | 'clock'>,
  { id, newsletterId }: Pick<Edition, 'id' | 'newsletterId'>,
): Promise<boolean> {
  const { closedAt } = await getNewsletterById(database, newsletterId);
  if (closedAt === null) return false;
  await skipEdition(database, id, { reason: closedReason, isByStaff: true, now: clock() });
  return true;
}
