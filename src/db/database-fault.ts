/*
 * What is wrong with a database or with our way to it, in words that say what to run. By SQLSTATE and by what the server says of itself, never by the
 * text of an error, which comes in the server's own language.
 */
import type { ServerFacts } from './server-facts-store.ts';
import { ownSchema } from './session-settings.ts';
import { isConnectionLoss, sqlState, sqlStates } from './sqlstate.ts';

/** Why a database cannot be used, with the remedy; undefined when it can. */
export function findFault(facts: ServerFacts): string | undefined {
  const { encoding, database, role } = facts;
  if (encoding !== 'UTF8')
    return `the encoding of database "${database}" is ${encoding}, which cannot keep every text; expected UTF8: create database <name> template template0 encoding 'UTF8'`;
  if (facts.isStandby) return 'this server is a standby, which takes no writes; expected the primary';
  if (facts.isReadOnly)
    return `its sessions are read-only for role "${role}"; expected one that may write: alter role ${quoted(role)} set default_transaction_read_only = off, or the same for the database`;
  if (facts.isMigrated) return facts.hasQueue || facts.mayCreateSchemas ? undefined : grantsText(facts);
  if (facts.otherSchema !== null)
    return `a Gazette has its tables in schema "${facts.otherSchema}"; expected them in "${ownSchema}": move them there (alter table … set schema ${ownSchema}) or use another database`;
  if (!facts.hasSchema)
    return `database "${database}" has no schema "${ownSchema}": create schema ${ownSchema} authorization ${quoted(role)}`;
  return facts.mayCreateTables && (facts.hasQueue || facts.mayCreateSchemas) ? undefined : grantsText(facts);
}

/** What an owner of the database has to run so that our role may make what it needs. */
function grantsText({ role, database, mayCreateTables, mayCreateSchemas, isMigrated, hasQueue }: ServerFacts): string {
  const grants = [
    ...(mayCreateTables || isMigrated ? [] : [`grant create on schema ${ownSchema} to ${quoted(role)}`]),
    ...(mayCreateSchemas || hasQueue ? [] : [`grant create on database ${quoted(database)} to ${quoted(role)}`]),
  ];
  return `role "${role}" has no right to create ${grants.length === 2 ? 'tables and the schema of the queue' : mayCreateTables || isMigrated ? 'the schema of the queue' : 'tables'} there; as owner of the database run: ${grants.join('; ')}`;
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** What an error of the server or of the way to it means, where an operator can do something about it; undefined for any other. `role` is ours, where it is known. */
export function explainDatabaseError(error: unknown, role?: string): string | undefined {
  const state = sqlState(error);
  const who = role === undefined ? 'the role of DATABASE_URL' : `role "${role}"`;
  const said = error instanceof Error ? error.message : String(error);
  switch (state) {
    case sqlStates.invalidPassword:
    case sqlStates.invalidAuthorization:
      return `the server refused the user or password (${state})`;
    case sqlStates.noSuchDatabase:
      return `the database does not exist (${state})`;
    case sqlStates.tooManyConnections:
      return `the server gives ${who} no further connection: ${said} (${state}); end others, or raise the limit of the role, of the database ("connection limit") or of the server (max_connections)`;
    case sqlStates.cannotConnectNow:
      return `the server is starting up or shutting down: ${said} (${state})`;
    case sqlStates.readOnly:
      return `the database takes no writes: ${said} (${state}); expected the primary, and a role without default_transaction_read_only`;
    case sqlStates.noRight:
      return `${who} has no right to do this: ${said} (${state}); as owner of what it names run: grant all on schema ${ownSchema}, pgboss to <role>; grant all on all tables in schema ${ownSchema}, pgboss to <role>`.replaceAll(
        '<role>',
        role === undefined ? '<role>' : quoted(role),
      );
  }
  const code = state ?? (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `there is no host of this name (${code})`;
  return isConnectionLoss(error) ? `no server answers there (${code ?? 'no code'})` : undefined;
}
