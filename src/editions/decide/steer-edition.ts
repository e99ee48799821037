import type { Database } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enqueue } from '../../kernel/job.ts';
import { resumeEdition, type ApprovalResult } from '../../ledger/approve-edition.ts';
import { cancelEdition, pauseEdition, skipEdition } from '../../ledger/drafts/decide-edition.ts';
import { getEdition } from '../../ledger/drafts/edition-store.ts';
import type { EditionChange } from '../../ledger/drafts/edition.ts';
import { publicEdition, type PublicEdition } from '../public-edition.ts';

/** What staff may want of an edition besides its approval. Whatever ends or stops has a reason, for the record. */
export type Steering =
  /** A draft is not sent: its posts wait for the next edition. */
  | { readonly to: 'skip'; readonly reason: string }
  /** What goes out ends, and what was not sent is given back. */
  | { readonly to: 'cancel'; readonly reason: string }
  /** Nothing more is sent until it is resumed. */
  | { readonly to: 'pause'; readonly reason: string }
  | { readonly to: 'resume' };

/** What came of it. `conflict`: its state does not allow it. `busy`: another edition of the newsletter is being frozen; try again. */
export type Steered =
  | { readonly kind: 'done'; readonly edition: PublicEdition }
  | { readonly kind: 'conflict'; readonly state: string }
  | { readonly kind: 'busy' };

/** What steering needs. */
export interface SteeringPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly enqueue: Enqueue;
}

/** Skips, cancels, pauses or resumes an edition, as staff say. @throws NotFoundError */
export async function steerEdition(ports: SteeringPorts, editionId: string, steering: Steering): Promise<Steered> {
  await getEdition(ports.database, editionId);
  const change = await carryOut(ports, editionId, steering);
  if (change.kind === 'conflict') return { kind: 'conflict', state: change.state };
  if (change.kind === 'busy') return { kind: 'busy' };
  return { kind: 'done', edition: publicEdition(await getEdition(ports.database, editionId)) };
}

async function carryOut(
  { database, clock, enqueue }: SteeringPorts,
  editionId: string,
  steering: Steering,
): Promise<EditionChange | ApprovalResult> {
  const now = clock();
  switch (steering.to) {
    case 'skip':
      return skipEdition(database, editionId, { reason: steering.reason, now, isByStaff: true });
    case 'cancel':
      return cancelEdition(database, editionId, { reason: steering.reason, now, isByStaff: true });
    case 'pause':
      return pauseEdition(database, editionId, { reason: steering.reason, now, isByStaff: true });
    case 'resume':
      return resumeEdition(database, editionId, { now, enqueue });
  }
}
