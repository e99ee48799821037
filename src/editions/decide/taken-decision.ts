import { editionReasons, type Edition } from '../../ledger/drafts/edition.ts';

/** What was decided about an edition, when, and how: by a mailed link, by staff in another way, or by itself. */
export interface TakenDecision {
  readonly action: 'approve' | 'skip';
  readonly at: Date;
  readonly by: 'link' | 'staff' | 'gazette';
}

/** The decision of an edition as it stands; undefined while there is none, where another draft took its place, or where its time was not kept. `usedLink`: what a link of it did. */
export function takenDecision(
  edition: Pick<Edition, 'state' | 'reason' | 'stateSince' | 'approvedAt' | 'approvedBy' | 'isStoppedByStaff'>,
  usedLink: { readonly action: 'approve' | 'skip' } | undefined,
): TakenDecision | undefined {
  if (edition.approvedAt !== null) return { action: 'approve', at: edition.approvedAt, by: approver(edition.approvedBy) };
  if (edition.state !== 'skipped' || edition.reason === editionReasons.replaced || edition.stateSince === null) return undefined;
  if (usedLink?.action === 'skip') return { action: 'skip', at: edition.stateSince, by: 'link' };
  return {
    action: 'skip',
    at: edition.stateSince,
    by: edition.isStoppedByStaff || edition.reason === editionReasons.declined ? 'staff' : 'gazette',
  };
}

function approver(approvedBy: string | null): TakenDecision['by'] {
  if (approvedBy === 'link') return 'link';
  return approvedBy === 'schedule' || approvedBy === 'deadline' ? 'gazette' : 'staff';
}
