import type { Database, Queryable, Session, Tx } from '../../db/db.ts';
import type { ImportOutcomeName, ImportAs } from './import-outcome.ts';
import type { ImportFileOptions } from './import-row.ts';

/** How many rows came to which outcome. */
export type OutcomeCounts = Partial<Record<ImportOutcomeName, number>>;

/** Which import: the same file with the same terms into the same newsletter. Keys are keyed hashes. */
export interface ImportKey {
  readonly newsletterId: string;
  readonly fileKey: string;
  readonly termsKey: string;
}

/** An import under way, or that was killed. */
export interface ImportRun {
  readonly id: string;
  readonly afterLine: number;
  readonly counts: OutcomeCounts;
  readonly startedAt: Date;
}

/** The import that was begun and did not end; undefined where there is none. */
export async function findOpenImport(db: Queryable, key: ImportKey): Promise<ImportRun | undefined> {
  const { rows } = await db.query<Omit<ImportRun, 'afterLine'> & { afterLine: string }>(
    `select id, after_line as "afterLine", counts, started_at as "startedAt"
     from import_run where newsletter_id = $1 and file_key = $2 and terms_key = $3 and ended_at is null`,
    [key.newsletterId, key.fileKey, key.termsKey],
  );
  const row = rows[0];
  return row && { ...row, afterLine: Number(row.afterLine) };
}

/** When this file was first imported here, as what it was taken for; undefined where it never was. */
export async function findFirstImportAt(
  db: Queryable,
  { newsletterId, fileKey }: ImportKey,
  as: ImportAs | undefined,
): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>(
    `select min(started_at) as at from import_run where newsletter_id = $1 and file_key = $2 and taken_as is not distinct from $3`,
    [newsletterId, fileKey, as ?? null],
  );
  return rows[0]?.at ?? undefined;
}

/** Begins an import. */
export async function insertImport(
  db: Queryable,
  key: ImportKey,
  run: { readonly form: string; readonly as: ImportAs | undefined; readonly now: Date },
): Promise<ImportRun> {
  const { rows } = await db.query<{ id: string }>(
    `insert into import_run (newsletter_id, file_key, terms_key, form, taken_as, started_at) values ($1, $2, $3, $4, $5, $6) returning id`,
    [key.newsletterId, key.fileKey, key.termsKey, run.form, run.as ?? null, run.now],
  );
  return { id: rows[0]!.id, afterLine: 0, counts: {}, startedAt: run.now };
}

/** Records how far an import came, in the transaction that did it. */
export async function recordImported(tx: Tx, runId: string, afterLine: number, counts: OutcomeCounts): Promise<void> {
  await tx.query(`update import_run set after_line = $2, counts = $3 where id = $1`, [runId, afterLine, JSON.stringify(counts)]);
}

/** An import has come to the end of its file. */
export async function endImport(db: Queryable, runId: string, now: Date): Promise<void> {
  await db.query(`update import_run set ended_at = $2 where id = $1`, [runId, now]);
}

/**
 * Runs `work` while no other process imports the same file into the same newsletter; undefined where one does. It goes with the process, however that
 * ends, so that a killed import can be started again at once.
 */
export async function withImportLock<T>(
  database: Database,
  key: ImportKey,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  return database.connection(async (session) => {
    if (!(await tryLock(session, key))) return undefined;
    try {
      return { result: await work() };
    } finally {
      await session.query(`select pg_advisory_unlock(${lockSql})`, lockValues(key));
    }
  });
}

const lockSql = `hashtextextended('gazette.import ' || $2::text, $1::bigint)`;
const lockValues = ({ newsletterId, fileKey }: ImportKey): string[] => [newsletterId, fileKey];

async function tryLock(session: Session, key: ImportKey): Promise<boolean> {
  const { rows } = await session.query<{ isMine: boolean }>(`select pg_try_advisory_lock(${lockSql}) as "isMine"`, lockValues(key));
  return rows[0]?.isMine === true;
}

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
