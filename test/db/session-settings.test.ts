import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/db/db.ts';
import { resetSession } from '../../src/db/session-settings.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { hostileSettings, setOnDatabase } from '../support/hostile-settings.ts';

let stored: TestDatabase;
let database: Database;

beforeAll(async () => {
  stored = await createEmptyDatabase();
  await setOnDatabase(stored, hostileSettings);
  database = openDatabase(stored.url, { maxConnections: 2 });
});
afterAll(async () => {
  await database.close();
  await stored.drop();
});

const expected = {
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  search_path: 'public',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  synchronous_commit: 'on',
  transaction_isolation: 'read committed',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  client_encoding: 'UTF8',
};

async function inForce(db: Pick<Database, 'query'>): Promise<Record<string, string>> {
  const { rows } = await db.query<{ name: string; value: string }>(
    `select name, current_setting(name) as value from unnest($1::text[]) as name`,
    [Object.keys(expected)],
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

describe('a session of ours', () => {
  test('sets what it relies on, whatever the database sets for its sessions', async () => {
    expect(await inForce(database)).toEqual(expected);
  });

  test('has it too in a transaction, and in a connection that replaces one that was lost', async () => {
    expect(await database.transaction((tx) => inForce(tx))).toEqual(expected);
    await database.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {});
    expect(await inForce(database)).toEqual(expected);
  });

  test('keeps it when all else that was set in it is taken back', async () => {
    await database.connection(async (session) => {
      await session.query(`set enable_seqscan = off; set datestyle = 'German'; set search_path = pg_catalog`);
      await resetSession(session);
      expect(await inForce(session)).toEqual(expected);
      expect((await session.query(`show enable_seqscan`)).rows).toEqual([{ enable_seqscan: 'on' }]);
    });
  });

  test('reads times, intervals, bytes and numbers as they are', async () => {
    const { rows } = await database.query(
      `select '2026-03-04T05:06:07Z'::timestamptz as at, '\\xdeadbeef'::bytea as bytes, 0.1::float8 + 0.2 as sum, interval '1 day 2 hours' as gap`,
    );
    expect(rows).toEqual([
      { at: new Date('2026-03-04T05:06:07Z'), bytes: Buffer.from('deadbeef', 'hex'), sum: 0.30000000000000004, gap: { days: 1, hours: 2 } },
    ]);
  });
});
