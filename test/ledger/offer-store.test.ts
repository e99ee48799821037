import { expect, test } from '@jest/globals';
import { openDatabase } from '../../src/db/db.ts';
import { isPruned, listHeldPositions } from '../../src/ledger/offer-store.ts';
import { createTestDatabase } from '../support/database.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';
import { one } from './fixture.ts';

test('offers find the renditions that hold a post by an index, of 10,000 that there are', async () => {
  const testDatabase = await createTestDatabase();
  const edition = await insertFrozenEdition(testDatabase.database, { count: 2 });
  // One connection, so that it can tell what it has read.
  const database = openDatabase(testDatabase.url, { maxConnections: 1 });
  await database.query(
    `insert into rendition (edition_id, language, positions, revisions, subject, preheader, html, plain)
     select $1, 'en', array[1000 + k, 2000 + k, 3000 + k]::bigint[], '{1,1,1}', 'x', '', '<p>x</p>', 'x' from generate_series(1, 10000) k`,
    [edition.editionId],
  );
  await database.query('analyze rendition');
  const fetched = async (): Promise<number> => {
    await database.query('select pg_stat_force_next_flush()');
    const { rows } = await database.query<{ count: number }>(
      `select (seq_tup_read + idx_tup_fetch)::integer as count from pg_stat_user_tables where relname = 'rendition'`,
    );
    return one(rows).count;
  };
  const before = await fetched();
  const held = await database.transaction(async (tx) =>
    listHeldPositions(tx, {
      newsletterId: edition.newsletterId,
      subscriptionIds: edition.subscriptionIds,
      positions: [BigInt(edition.position)],
    }),
  );
  expect([...held.keys()].toSorted()).toEqual([...edition.subscriptionIds].toSorted());
  await database.query(`update edition set pruned_at = now(), ended_at = now() where id = $1`, [edition.editionId]);
  expect(await isPruned(database, edition.newsletterId, [BigInt(edition.position)])).toBe(true);
  expect(await isPruned(database, edition.newsletterId, [999n])).toBe(false);
  expect((await fetched()) - before).toBeLessThan(50);
  await database.close();
  await testDatabase.drop();
});
