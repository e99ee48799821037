import type { DatabaseIdentity } from './database-identity.ts';
import type { Queryable } from './db.ts';
import { ownSchema } from './session-settings.ts';
import { sqlState } from './sqlstate.ts';

// The timeline of what is being written. The last checkpoint, of which pg_control_checkpoint tells, may be from before a replica took over.
const timelineSql = `('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer`;
const systemIdentifierSql = `(select system_identifier::text from pg_control_system())`;

/** Asks in which database a session is. To be asked outside a transaction: what a server does not say fails. */
export async function findDatabaseIdentity(db: Queryable): Promise<DatabaseIdentity> {
  const { rows } = await db.query<Pick<DatabaseIdentity, 'databaseOid' | 'tableOid'>>(
    `select (select oid::text from pg_database where datname = current_database()) as "databaseOid",
       to_regclass($1 || '.setting')::oid::text as "tableOid"`,
    [ownSchema],
  );
  if (rows[0] === undefined) throw new Error('Expected one row of the identity of the database, got none');
  return {
    ...rows[0],
    systemIdentifier: await findIfSaid<string>(db, `select ${systemIdentifierSql} as value`),
    timeline: await findIfSaid<number>(db, `select ${timelineSql} as value`),
  };
}

/** Null where the server has no such function, or keeps it from our role: hosted ones do. */
async function findIfSaid<Value>(db: Queryable, sql: string): Promise<Value | null> {
  try {
    const { rows } = await db.query<{ value: Value }>(sql);
    return rows[0]?.value ?? null;
  } catch (error) {
    // Undefined functions and missing rights (class 42), functions that a server does not support (0A) or not in its state (55).
    if (/^(?:42|0A|55)/.test(sqlState(error) ?? '')) return null;
    throw error;
  }
}
