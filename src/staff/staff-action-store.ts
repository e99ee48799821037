import type { Queryable } from '../db/db.ts';
import { tidySubjects, type NewStaffAction, type StaffAction } from './staff-action.ts';

/** Appends to the log. */
export async function insertStaffAction(db: Queryable, { by, action, subjects }: NewStaffAction): Promise<void> {
  await db.query(`insert into staff_action (by_whom, action, subjects) values ($1, $2, $3)`, [
    by,
    action,
    JSON.stringify(tidySubjects(subjects)),
  ]);
}

/** The last so many, or those before an id, newest first; or, after an id, so many that followed it, oldest first. */
export async function listStaffActions(
  db: Queryable,
  { limit, beforeId, afterId }: { readonly limit: number; readonly beforeId?: string | undefined; readonly afterId?: string | undefined },
): Promise<StaffAction[]> {
  const { rows } = await db.query<StaffAction>(
    `select id, at, by_whom as "by", action, subjects
     from staff_action
     where id > coalesce($2::bigint, 0) and ($3::bigint is null or id < $3)
     order by case when $2::bigint is null then -id else id end
     limit $1`,
    [limit, afterId ?? null, beforeId ?? null],
  );
  return rows;
}
