import type { Queryable, Tx } from './db.ts';

/** A fact of the installation that stays as it was first stored: the kept value, or the given one when there is none yet. */
export async function rememberSetting(db: Queryable, name: string, value: string): Promise<string> {
  await db.query(`insert into setting (name, value) values ($1, to_jsonb($2::text)) on conflict on constraint setting_pkey do nothing`, [
    name,
    value,
  ]);
  return (await findSetting(db, name)) ?? value;
}

/** A stored fact of the installation; undefined when it was never stored. */
export async function findSetting(db: Queryable, name: string): Promise<string | undefined> {
  const { rows } = await db.query<{ value: string }>(`select value #>> '{}' as value from setting where name = $1`, [name]);
  return rows[0]?.value;
}

/** The same, which nobody else changes before the transaction ends. */
export async function lockSetting(tx: Tx, name: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ value: string }>(`select value #>> '{}' as value from setting where name = $1 for no key update`, [
    name,
  ]);
  return rows[0]?.value;
}

/** Stores a fact of the installation as it is now; when it last changed is kept with it. */
export async function noteSetting(db: Queryable, name: string, value: string): Promise<void> {
  await db.query(
    `insert into setting (name, value) values ($1, to_jsonb($2::text)) on conflict on constraint setting_pkey
     do update set value = excluded.value, updated_at = now() where setting.value <> excluded.value`,
    [name, value],
  );
}

/** Changes a stored fact from one value to another; false when it is not (or no longer) the first. */
export async function replaceSetting(
  db: Queryable,
  name: string,
  change: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const { rowCount } = await db.query(`update setting set value = to_jsonb($3::text) where name = $1 and value = to_jsonb($2::text)`, [
    name,
    change.from,
    change.to,
  ]);
  return rowCount === 1;
}

/** The version of the server, such as "18.4". */
export async function serverVersion(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ version: string }>(`select current_setting('server_version') as version`);
  return rows[0]?.version ?? 'unknown';
}
