import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConflictError } from '../kernel/errors.ts';
import { packageRoot } from '../kernel/package-root.ts';
import type { Database, Queryable } from './db.ts';

/** Key of the advisory lock under which migrations are applied; any number that nothing else uses. */
const migrationKey = 7_014_265;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly hash: string;
}

/**
 * Applies the migrations that the database does not have yet, in order, each in a transaction of its own, and returns their names.
 * Any number of processes may call it at once. Throws a ConflictError when an applied file has changed since or is unknown to this version.
 */
export async function migrate(database: Database, options: { folder?: string } = {}): Promise<string[]> {
  const known = readMigrations(options.folder ?? join(packageRoot, 'migrations'));
  return database.connection(async (db) => {
    await db.query('select pg_advisory_lock($1)', [migrationKey]);
    try {
      // Not "if not exists" alone: that asks for the right to create also where there is nothing to do.
      const { rows: found } = await db.query<{ isThere: boolean }>(`select to_regclass('schema_migration') is not null as "isThere"`);
      if (!found[0]?.isThere)
        await db.query(`
        create table if not exists schema_migration (
          name text constraint schema_migration_pkey primary key,
          sha256 text not null,
          applied_at timestamptz not null default now()
        )`);
      const { rows: applied } = await db.query<{ name: string; sha256: string }>('select name, sha256 from schema_migration order by name');
      const pending = pendingMigrations(known, applied);
      for (const migration of pending) await apply(db, migration);
      return pending.map(({ name }) => name);
    } finally {
      await db.query('select pg_advisory_unlock($1)', [migrationKey]);
    }
  });
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name), 'utf8');
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex') };
    });
}

/** Forward only: what is applied must be the beginning of what we know, unchanged. */
function pendingMigrations(known: readonly Migration[], applied: readonly { name: string; sha256: string }[]): readonly Migration[] {
  for (const [index, { name, sha256 }] of applied.entries()) {
    const expected = known[index];
    if (expected?.name === name && expected.hash === sha256) continue;
    const problem = known.some((migration) => migration.name === name)
      ? `but ${expected?.name === name ? `${name} has been changed since it was applied` : `${expected?.name} was added before it`}`
      : 'which this version does not know: a newer Gazette has used this database';
    throw new ConflictError(`Expected the database to have migrations of this version only; it has ${name}, ${problem}`, {
      details: { migration: name },
    });
  }
  return known.slice(applied.length);
}

async function apply(db: Queryable, { name, sql, hash }: Migration): Promise<void> {
  await db.query('begin');
  try {
    await db.query(sql);
    await db.query('insert into schema_migration (name, sha256) values ($1, $2)', [name, hash]);
    await db.query('commit');
  } catch (error) {
    // What failed first is what has to be known, also where the connection is gone.
    await db.query('rollback').catch(() => {});
    throw error;
  }
}
