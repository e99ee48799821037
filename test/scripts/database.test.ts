import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/db/db.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { hostileSettings, setOnDatabase } from '../support/hostile-settings.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { startStartingServer } from '../support/starting-server.ts';
import { runOnServer, urlOfDatabase } from '../support/test-server.ts';
import { installationAt } from './run-main.ts';

let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let turn = 0;

beforeAll(async () => {
  temp = await makeTempFolder();
});
afterAll(() => temp.remove());

const nameOf = (url: string): string => new URL(url).pathname.slice(1);
const at = (url: string) => installationAt(url, `${temp.folder}/${(turn += 1)}`);

/** A role of a test's own on the database, without any right but to connect; its URL. */
async function addRole(stored: TestDatabase, options = ''): Promise<{ role: string; url: string; drop(): Promise<void> }> {
  const role = `role_${nameOf(stored.url)}`;
  await runOnServer(stored.url, `create role ${role} login password 'secret' ${options}`);
  const url = new URL(stored.url);
  [url.username, url.password] = [role, 'secret'];
  return {
    role,
    url: url.href,
    drop: async () => runOnServer(stored.url, `drop owned by ${role} cascade; drop role ${role}`),
  };
}

describe('a database whose sessions are set against us', () => {
  test('serves every kind of command, and a slot that is not due does not fire', async () => {
    const stored = await createEmptyDatabase();
    try {
      await setOnDatabase(stored, hostileSettings);
      const gazette = at(stored.url);
      await gazette.done('newsletters add letter --name Letter --sender letter@example.org --postal-address "1 New Road"');
      await gazette.done('schedules add letter --every day --at 07:00 --zone Europe/Berlin');
      await gazette.done('subscribers add ann@example.org --newsletter letter --confirmed --source list');
      expect(await gazette.done('subscribers list')).toContain('ann@example.org');
      expect(await gazette.done('send --newsletter letter --yes --wait')).toMatch(/Nothing is due/);
      await gazette.done('doctor');
      const fresh = openDatabase(stored.url);
      expect((await fresh.query(`select 1 from slot where job like 'compose:%'`)).rows).toEqual([]);
      expect((await fresh.query(`select relnamespace::regnamespace::text as schema from pg_class where relname = 'edition'`)).rows).toEqual(
        [{ schema: 'public' }],
      );
      await fresh.close();
    } finally {
      await stored.drop();
    }
  });

  test('is refused where its tables lie in another schema, instead of being begun anew', async () => {
    const stored = await createTestDatabase();
    try {
      await stored.database.query('alter schema public rename to elsewhere');
      await stored.database.query('create schema public');
      const { exitCode, stderr } = await at(stored.url).run('newsletters list');
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^gazette newsletters list: .*tables in schema "elsewhere".*\n$/)]);
    } finally {
      await stored.drop();
    }
  });
});

describe('a database that is not UTF-8', () => {
  test.each(['SQL_ASCII', 'LATIN1'])('(%s) is refused with one line, and doctor says so', async (encoding) => {
    const server = process.env['GAZETTE_TEST_SERVER']!;
    const name = `gazette_${encoding.toLowerCase()}_${process.pid}`;
    await runOnServer(server, `create database ${name} template template0 encoding '${encoding}' locale_provider libc locale 'C'`);
    try {
      const gazette = at(urlOfDatabase(server, name));
      const { exitCode, stdout, stderr } = await gazette.run('newsletters list');
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(new RegExp(`^gazette newsletters list: DATABASE_URL: [^\\n]*${name}[^\\n]*${encoding}[^\\n]*UTF8[^\\n]*\\n$`));
      expect((await gazette.run('doctor')).stdout).toMatch(new RegExp(`FAIL .*${encoding}`));
    } finally {
      await runOnServer(server, `drop database ${name} with (force)`);
    }
  });
});

test('a server that is starting up is waited for', async () => {
  const stored = await createTestDatabase();
  const starting = await startStartingServer(stored.url, 3);
  try {
    expect(await at(starting.url).done('newsletters list')).toMatch(/No newsletter yet/);
    expect(starting.refusedCount()).toBe(3);
  } finally {
    starting.close();
    await stored.drop();
  }
});

describe('what a role may not do is said with the role and the grant', () => {
  test('create tables and schemas: after the grants it works', async () => {
    const stored = await createEmptyDatabase();
    const { role, url, drop } = await addRole(stored);
    try {
      const gazette = at(url);
      const { exitCode, stderr } = await gazette.run('newsletters list');
      const [, grants = ''] = /as owner of the database run: (.*)\n$/.exec(stderr) ?? [];
      expect([exitCode, grants]).toEqual([
        2,
        `grant create on schema public to ${role}; grant create on database ${nameOf(stored.url)} to ${role}`,
      ]);
      expect(stderr.trimEnd()).not.toContain('\n');
      expect(stderr).not.toContain('secret');
      for (const grant of grants.split('; ')) await stored.database.query(grant);
      expect(await gazette.done('newsletters list')).toMatch(/No newsletter yet/);
    } finally {
      await drop();
      await stored.drop();
    }
  });

  test('use tables that another role owns', async () => {
    const stored = await createTestDatabase();
    const { role, url, drop } = await addRole(stored);
    try {
      await stored.database.query(`grant create on database ${nameOf(stored.url)} to ${role}`);
      const { exitCode, stderr } = await at(url).run('newsletters list');
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(/^gazette newsletters list: .*role "\w+" has no right.*schema_migration.*42501.*grant all on.*\n$/),
      ]);
    } finally {
      await drop();
      await stored.drop();
    }
  });

  test('write at all', async () => {
    const stored = await createTestDatabase();
    try {
      await runOnServer(stored.url, `alter database ${nameOf(stored.url)} set default_transaction_read_only = on`);
      const { exitCode, stderr } = await at(stored.url).run('newsletters list');
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^gazette newsletters list: .*read-only for role "\w+".*\n$/)]);
    } finally {
      await stored.drop();
    }
  });

  test('connect once more', async () => {
    const stored = await createTestDatabase();
    const { role, url, drop } = await addRole(stored, 'connection limit 0');
    try {
      const { exitCode, stderr } = await at(url).run('newsletters list');
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(new RegExp(`gives role "${role}" no further connection: .*53300.*limit[^\\n]*\\n$`)),
      ]);
    } finally {
      await drop();
      await stored.drop();
    }
  });
});
