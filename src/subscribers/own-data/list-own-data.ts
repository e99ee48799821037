import type { Queryable } from '../../db/db.ts';
import { listLeavingReasons } from '../leaving/leaving-store.ts';
import type { Subscriber } from '../subscriber-store.ts';
import { exportedParts, findStoredSince, listOwnRows } from './own-data-store.ts';

/** Everything that is stored about a person, as plain values for JSON: what they get who ask for a copy. */
export async function listOwnData(db: Queryable, { id, address, name }: Subscriber, now: Date): Promise<Readonly<Record<string, unknown>>> {
  const data: Record<string, unknown> = { exportedAt: now, address, name, storedSince: await findStoredSince(db, id) };
  for (const part of exportedParts) data[part] = await listOwnRows(db, part, id);
  data['reasonsForLeaving'] = (await listLeavingReasons(db, id)).map(({ subscriptionId, ...said }) => ({
    subscription: subscriptionId,
    ...said,
  }));
  return data;
}
