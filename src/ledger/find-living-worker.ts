import type { Queryable } from '../db/db.ts';
import { countLivingWorkers } from './queue/worker-store.ts';

/** Whether some process sends what is queued: without one nothing goes out. */
export async function hasLivingWorker(db: Queryable): Promise<boolean> {
  return (await countLivingWorkers(db)) > 0;
}
