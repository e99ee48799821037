import type { Queryable } from '../db/db.ts';

/** The name of the newest migration that the database has; undefined before the first. */
export async function findNewestMigration(db: Queryable): Promise<string | undefined> {
  const { rows } = await db.query<{ name: string }>('select name from schema_migration order by name desc limit 1');
  return rows[0]?.name;
}
