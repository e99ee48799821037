import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/db/db.ts';
import { isConnectionLoss, isUniqueViolation, sqlState } from '../../src/db/sqlstate.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';

let empty: TestDatabase;

beforeAll(async () => {
  empty = await createEmptyDatabase();
  await empty.database.query('create table word (id bigint constraint word_pkey primary key, text text constraint word_text_key unique)');
});

afterAll(async () => {
  await empty.drop();
});

beforeEach(async () => {
  await empty.database.query('truncate word');
});

async function wordCount(): Promise<number> {
  return (await empty.database.query('select from word')).rowCount ?? 0;
}

describe('a transaction', () => {
  test('commits what its work did and returns what the work returned', async () => {
    const result = await empty.database.transaction(async (tx) => {
      await tx.query('insert into word values (1, $1)', ['one']);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await wordCount()).toBe(1);
  });

  test('leaves nothing when its work throws, and throws what the work threw', async () => {
    const problem = new Error('no');
    const work = empty.database.transaction(async (tx) => {
      await tx.query('insert into word values (1, $1)', ['one']);
      throw problem;
    });
    await expect(work).rejects.toBe(problem);
    expect(await wordCount()).toBe(0);
  });

  test('leaves nothing when a statement fails, and its connection can be used again', async () => {
    const single = openDatabase(empty.url, { maxConnections: 1 });
    await expect(single.transaction((tx) => tx.query('select 1 / 0'))).rejects.toMatchObject({ code: '22012' });
    expect((await single.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await single.close();
  });

  test('that loses its connection fails, and the pool gives another connection', async () => {
    const lost = empty.database.transaction((tx) => tx.query('select pg_terminate_backend(pg_backend_pid())'));
    expect(isConnectionLoss(await lost.catch((error: unknown) => error))).toBe(true);
    expect(await wordCount()).toBe(0);
  });
});

describe('a connection', () => {
  test('is one session throughout its work', async () => {
    const value = await empty.database.connection(async (db) => {
      await db.query("select set_config('gazette.test', 'kept', false)");
      return (await db.query("select current_setting('gazette.test') as value")).rows;
    });
    expect(value).toEqual([{ value: 'kept' }]);
  });

  test('runs in UTC and gives bigints as text', async () => {
    const { rows } = await empty.database.query("select current_setting('timezone') as zone, 9007199254740993 as big");
    expect(rows).toEqual([{ zone: 'UTC', big: '9007199254740993' }]);
  });
});

describe('errors of the server', () => {
  async function errorOf(text: string): Promise<unknown> {
    return empty.database.query(text).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  test('are told by their SQLSTATE and the name of the constraint', async () => {
    await empty.database.query("insert into word values (1, 'one')");
    const duplicate = await errorOf("insert into word values (2, 'one')");
    expect(isUniqueViolation(duplicate)).toBe(true);
    expect(isUniqueViolation(duplicate, 'word_text_key')).toBe(true);
    expect(isUniqueViolation(duplicate, 'word_pkey')).toBe(false);
    expect(sqlState(new Error('no error of the server'))).toBeUndefined();
  });

  test('of a server that is not there are a lost connection', async () => {
    const nowhere = openDatabase('postgres://gazette:secret@127.0.0.1:9/none');
    expect(isConnectionLoss(await nowhere.query('select 1').catch((error: unknown) => error))).toBe(true);
    await nowhere.close();
  });
});
