import type { Queryable } from './db.ts';
import { ownSchema } from './session-settings.ts';

/** What a server says of itself, of our database and of our role in it. */
export interface ServerFacts {
  readonly encoding: string;
  readonly role: string;
  readonly database: string;
  /** It follows another server and takes no writes. */
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly hasSchema: boolean;
  readonly mayCreateTables: boolean;
  readonly mayCreateSchemas: boolean;
  readonly hasQueue: boolean;
  readonly isMigrated: boolean;
  /** Another schema that holds the tables of a Gazette; null where there is none. */
  readonly otherSchema: string | null;
}

/** Asks for all of it at once. */
export async function findServerFacts(db: Queryable): Promise<ServerFacts> {
  const { rows } = await db.query<ServerFacts>(
    `select current_setting('server_encoding') as encoding, current_user as role, current_database() as database,
       pg_is_in_recovery() as "isStandby", current_setting('transaction_read_only') = 'on' as "isReadOnly",
       own.oid is not null as "hasSchema", coalesce(has_schema_privilege(own.oid, 'create'), false) as "mayCreateTables",
       has_database_privilege(current_database(), 'create') as "mayCreateSchemas",
       to_regnamespace('pgboss') is not null as "hasQueue",
       to_regclass($1 || '.schema_migration') is not null as "isMigrated",
       (select c.relnamespace::regnamespace::text
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'sha256' and not a.attisdropped
        where c.relname = 'schema_migration' and c.relkind = 'r' and c.relnamespace is distinct from own.oid
        order by c.oid limit 1) as "otherSchema"
     from (select to_regnamespace($1) as oid) as own`,
    [ownSchema],
  );
  if (rows[0] === undefined) throw new Error('Expected one row of facts of the server, got none');
  return rows[0];
}
