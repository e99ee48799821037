import { randomBytes } from 'node:crypto';
import { openDatabase, type Database } from '../../src/db/db.ts';
import { runOnServer, urlOfDatabase } from './test-server.ts';

/** A database of one test file's own: migrated, otherwise empty. */
export interface TestDatabase {
  readonly database: Database;
  readonly url: string;
  /** Closes the pool and drops the database, whoever else is connected. */
  drop(): Promise<void>;
}

/** Copies the migrated template. Call it in `beforeAll` and `drop` in `afterAll`. */
export async function createTestDatabase(options: { maxConnections?: number } = {}): Promise<TestDatabase> {
  return createDatabase(variable('GAZETTE_TEST_TEMPLATE'), options);
}

/** A database with nothing in it, for tests of what makes the tables. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template0', {});
}

async function createDatabase(template: string, options: { maxConnections?: number }): Promise<TestDatabase> {
  const server = variable('GAZETTE_TEST_SERVER');
  const name = `gazette_test_${randomBytes(6).toString('hex')}`;
  // By file, which takes the server a third less than by page: of a database of its own for each file of tests that is half a minute.
  await runOnServer(server, `create database ${name} template ${template} strategy file_copy`);
  const url = urlOfDatabase(server, name);
  const database = openDatabase(url, options);
  return {
    database,
    url,
    drop: async () => {
      await database.close();
      await runOnServer(server, `drop database ${name} with (force)`);
    },
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Expected ${name} from the global setup of the tests; run them with Jest`);
  return value;
}
