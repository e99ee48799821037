import type { Queryable } from '../db/db.ts';
import { insertStaffAction, listStaffActions } from './staff-action-store.ts';
import type { NewStaffAction, StaffAction } from './staff-action.ts';

/** Writes down what staff did. Nothing is written where nothing was touched. */
export async function recordAction(db: Queryable, action: NewStaffAction): Promise<void> {
  if (Object.values(action.subjects).some((ids) => ids.length > 0)) await insertStaffAction(db, action);
}

/** What staff did: the last so many, or those before an id, newest first; or, after an id, so many that followed it, oldest first. */
export function listActions(
  db: Queryable,
  query: { readonly limit: number; readonly beforeId?: string | undefined; readonly afterId?: string | undefined },
): Promise<StaffAction[]> {
  return listStaffActions(db, query);
}
