/*
 * What every session of ours sets for itself. A role or a database may say otherwise (`alter role … set datestyle = German`), and then dates would
 * be read wrongly, a look-up would find another schema's table, or a freeze would be cut off in the middle.
 * By statement and not at the start of the connection, because poolers such as pgbouncer refuse start-up parameters that they do not know.
 */
import type { Queryable } from '../kernel/job.ts';

/** The schema that holds our tables. */
export const ownSchema = 'public';

/** A setting that a server does not know yet or any more is left out. */
const settings: Readonly<Record<string, string>> = {
  // What node-postgres understands, and what we print ourselves.
  client_encoding: 'UTF8',
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  // How our statements are meant.
  search_path: ownSchema,
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  // Statements are written for it: under serializable every second freeze would fail.
  default_transaction_isolation: 'read committed',
  // A freeze, a migration and the wait for a lock have no limit that somebody else could know; what must not last has one of its own.
  statement_timeout: '0',
  lock_timeout: '0',
  transaction_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

const pairs = Object.entries(settings)
  .map(([name, value]) => `('${name}', '${value}')`)
  .join(', ');
// What was recorded has to outlive a crash of the server (P6): without that a delivery stays `sending` as long as its worker lives. Settings that
// promise more than `on` are left.
const setThem = `select pg_catalog.set_config(name, value, false) from (values ${pairs}) as wanted (name, value)
  where pg_catalog.current_setting(name, true) is not null
  union all
  select pg_catalog.set_config('synchronous_commit', 'on', false) where pg_catalog.current_setting('synchronous_commit') = 'off'`;

/** Sets what we rely on; for a connection that was opened a moment ago. One round trip. */
export async function prepareSession(session: Queryable): Promise<void> {
  await session.query(setThem);
}

/** Takes back whatever else was set in a session, and leaves it as `prepareSession` does. One round trip. */
export async function resetSession(session: Queryable): Promise<void> {
  await session.query(`reset all; ${setThem}`);
}
