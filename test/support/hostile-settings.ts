import { runOnServer } from './test-server.ts';
import type { TestDatabase } from './database.ts';

/** What an administrator may have set for a role or a database, and what would break us if we relied on the defaults. */
export const hostileSettings: Readonly<Record<string, string>> = {
  datestyle: 'German, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Pacific/Kiritimati',
  bytea_output: 'escape',
  extra_float_digits: '-10',
  search_path: 'elsewhere, public',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  synchronous_commit: 'off',
  default_transaction_isolation: 'serializable',
  statement_timeout: '250',
  lock_timeout: '250',
  idle_in_transaction_session_timeout: '250',
  idle_session_timeout: '5min',
};

/** Sets them for every session of a database from now on, and makes the schema that stands first in its path. */
export async function setOnDatabase(stored: TestDatabase, settings: Readonly<Record<string, string>>): Promise<void> {
  const name = new URL(stored.url).pathname.slice(1);
  await stored.database.query('create schema elsewhere');
  for (const [setting, value] of Object.entries(settings)) {
    const text = setting === 'search_path' ? value : `'${value}'`;
    await runOnServer(stored.url, `alter database ${name} set ${setting} = ${text}`);
  }
}
