/* What 0012 makes of corrections from before: they were for everybody who passed them, and are for who has the post. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate } from '../../src/db/migrate.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { insertNewsletter, insertPendingSubscription, one } from './fixture.ts';

let old: TestDatabase;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;

beforeAll(async () => {
  [old, temp] = await Promise.all([createEmptyDatabase(), makeTempFolder()]);
  const folder = join(temp.folder, 'migrations');
  await cp(join(packageRoot, 'migrations'), folder, { recursive: true });
  for (const name of await readdir(folder)) if (name >= '0012') await rm(join(folder, name));
  await migrate(old.database, { folder });
});
afterAll(async () => {
  await old.drop();
  await temp.remove();
});

test('those that somebody was not sent yet are applied at the upgrade, and nobody is owed one by mistake', async () => {
  const { database } = old;
  const newsletter = await insertNewsletter(database);
  const { rows } = await database.query<{ id: string }>(
    `insert into post (tag_id, state) select 'tag:example.org,2026:' || n, 'released' from generate_series(1, 3) n returning id`,
  );
  const [told, untold, owed] = rows.map((row) => row.id);
  await database.query(
    `insert into release (position, post_id, kind, revision)
     values (1, $1, 'post', 1), (2, $2, 'post', 1), (3, $3, 'post', 1), (4, $1, 'correction', 2), (5, $3, 'correction', 2), (9, $2, 'correction', 2)`,
    [told, untold, owed],
  );
  await database.query(`update release_counter set last_position = 9`);
  const reader = await insertPendingSubscription(database, newsletter);
  await database.query(`update subscription set state = 'active' where id = $1`, [reader]);
  await database.query(`insert into subscription_cursor (subscription_id, cursor, owed, since) values ($1, 7, '{2,5}', 0)`, [reader]);
  await migrate(database, { folder: join(packageRoot, 'migrations') });
  const { rows: offers } = await database.query<{ postId: string }>(
    `select post_id as "postId" from offer where kind = 'correction' and applied_at is null order by post_id`,
  );
  expect(offers.map(({ postId }) => postId)).toEqual([untold, owed]);
  const { rows: cursors } = await database.query<{ owed: string }>(`select owed::text as owed from subscription_cursor`);
  expect(one(cursors).owed).toBe('{2}');
});
