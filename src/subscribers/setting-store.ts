import type { Queryable } from '../db/db.ts';

/** Stores a fact about the installation unless it is known already, and gives what is stored then. */
export async function rememberSetting(db: Queryable, name: string, value: string): Promise<string> {
  await db.query(`insert into setting (name, value) values ($1, to_jsonb($2::text)) on conflict on constraint setting_pkey do nothing`, [
    name,
    value,
  ]);
  const { rows } = await db.query<{ value: string }>(`select value #>> '{}' as value from setting where name = $1`, [name]);
  return rows[0]!.value;
}
