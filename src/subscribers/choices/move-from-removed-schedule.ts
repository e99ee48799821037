import type { Tx } from '../../db/db.ts';
import { moveToSchedule } from '../../ledger/change-subscription.ts';
import { holdSchedule, listSchedules } from '../../newsletters/schedule-store.ts';
import type { Subscription } from '../subscriber.ts';

/** Who comes back was in no schedule's way while they were gone: one that was removed meanwhile sends nothing, and they get the newsletter's oldest. */
export async function leaveRemovedSchedule(tx: Tx, { id, newsletterId, scheduleId }: Subscription): Promise<void> {
  if (await holdSchedule(tx, scheduleId)) return;
  const [oldest] = await listSchedules(tx, newsletterId);
  if (oldest) await moveToSchedule(tx, id, oldest.id);
}
