import type { Queryable } from '../../db/db.ts';
import type { ImportFileOptions } from './import-row.ts';

/** What staff said of the files with one header. */
export interface RememberedMapping {
  /** Field → name of the column. */
  readonly columns: NonNullable<ImportFileOptions['columns']>;
  /** Label → slug of the topic. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What was said of files with this header; undefined where nothing was. */
export async function findImportMapping(db: Queryable, headerKey: string): Promise<RememberedMapping | undefined> {
  const { rows } = await db.query<RememberedMapping>(`select columns, labels from import_mapping where header_key = $1`, [headerKey]);
  return rows[0];
}

/** Remembers what staff said of files with this header. */
export async function rememberImportMapping(db: Queryable, headerKey: string, mapping: RememberedMapping, now: Date): Promise<void> {
  await db.query(
    `insert into import_mapping (header_key, columns, labels, used_at) values ($1, $2, $3, $4)
     on conflict on constraint import_mapping_pkey do update
     set columns = excluded.columns, labels = excluded.labels, used_at = excluded.used_at`,
    [headerKey, JSON.stringify(mapping.columns), JSON.stringify(mapping.labels), now],
  );
}
