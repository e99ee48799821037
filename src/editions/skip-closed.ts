import { approveEdition, type ApprovalResult } from '../ledger/approve-edition.ts';
import { skipEdition } from '../ledger/drafts/decide-edition.ts';
import type { Edition } from '../ledger/drafts/edition.ts';
import { getEdition } from '../ledger/drafts/edition-store.ts';
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

/** Approves a draft; where its newsletter was closed meanwhile it is skipped instead: of a closing and an approval at one moment, the first has decided. */
export async function approveUnlessClosed(
  { database, clock, enqueue }: Pick<EditionPorts, 'database' | 'clock' | 'enqueue'>,
  edition: Pick<Edition, 'id' | 'newsletterId'>,
  by: string,
): Promise<ApprovalResult> {
  const result = await approveEdition(database, edition.id, { by, now: clock(), enqueue });
  if (result.kind !== 'closed') return result;
  await skipClosed({ database, clock }, edition);
  return { kind: 'conflict', state: (await getEdition(database, edition.id)).state };
}
