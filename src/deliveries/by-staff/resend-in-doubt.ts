import type { Database, Queryable } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enqueue } from '../../kernel/job.ts';
import { ConflictError } from '../../kernel/errors.ts';
import { utcMoment } from '../../kernel/text/utc-moment.ts';
import { getEdition } from '../../ledger/drafts/edition-store.ts';
import { countDoubtful } from '../../ledger/queue/resend-store.ts';
import { resendDoubtful } from '../../ledger/resend-deliveries.ts';
import { queueDueWork } from '../../ledger/sweep/sweep-deliveries.ts';
import { editionOfDeliveries } from '../report/public-delivery.ts';
import type { PublicDoubt } from './public-doubt.ts';

/** Looks at what ended in doubt of an edition. @throws NotFoundError; ConflictError where its deliveries were deleted */
export async function countInDoubt(db: Queryable, editionId: string): Promise<PublicDoubt> {
  const edition = editionOfDeliveries(await getEdition(db, editionId));
  if (edition.prunedAt !== null)
    throw new ConflictError(
      `Expected an edition whose deliveries are kept: those of edition ${editionId} were deleted ${utcMoment(edition.prunedAt)}, and nothing of it is sent again`,
    );
  const { mailable, unmailable } = await countDoubtful(db, editionId);
  return { edition, mailable, unmailable };
}

/** What resending needs. */
export interface ResendPorts {
  readonly database: Database;
  readonly enqueue: Enqueue;
  readonly clock: Clock;
}

/** Sends again what ended in doubt, under the same Message-ID, and returns how many; none where the edition was cancelled, or somebody was faster. */
export async function resendInDoubt({ database, enqueue, clock }: ResendPorts, editionId: string): Promise<number> {
  const reopenedCount = await resendDoubtful(database, editionId, clock());
  if (reopenedCount > 0) await queueDueWork(database, editionId, enqueue);
  return reopenedCount;
}
