import type { Queryable } from '../../db/db.ts';
import { softBounceReasons } from '../queue/delivery.ts';
import { countDeliveryEnds, type DeliveryEndCount } from '../queue/delivery-report-store.ts';
import { refusedAlike } from '../queue/refusal-count.ts';
import { setRefusedAlike } from '../queue/refusal-count-store.ts';

/**
 * Marks an edition of which most was refused alike, or expired so, as that: none of these is a soft bounce. The mark stays. Counts everything that was
 * answered of it, unless that is known.
 */
export async function markRefusedAlike(db: Queryable, editionId: string, known?: readonly DeliveryEndCount[]): Promise<void> {
  const ends = known ?? (await countDeliveryEnds(db, editionId));
  const answered = ends.filter(({ state }) => ['accepted', 'rejected', 'expired', 'in_doubt'].includes(state));
  const soft = answered.filter(
    ({ state, reason }) => (state === 'rejected' || state === 'expired') && softBounceReasons[state].includes(reason),
  );
  if (isRefusedAlike({ soft: sum(soft), answered: sum(answered) })) await setRefusedAlike(db, editionId);
}

function isRefusedAlike({ soft, answered }: { soft: number; answered: number }): boolean {
  return soft >= refusedAlike.atLeast && soft > refusedAlike.moreThan * answered;
}

function sum(ends: readonly DeliveryEndCount[]): number {
  return ends.reduce((total, { count }) => total + count, 0);
}
