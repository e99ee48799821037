import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expireHeld } from '../../src/ledger/end-delivery.ts';
import { listDeliveries } from '../../src/ledger/queue/delivery-report-store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';

const hour = 3_600_000;
let stored: TestDatabase;
beforeAll(async () => {
  stored = await createTestDatabase();
});
afterAll(async () => stored.drop());

test('what waits for a domain expires when it would be tried too late, without the time for which an account stood still', async () => {
  const { database } = stored;
  const edition = await insertFrozenEdition(database, { count: 7 });
  const ids = (await listDeliveries(database, edition.editionId)).map(({ id }) => id);
  const [early, late, claimed, accepted, untried, doubted, another] = ids as [string, string, string, string, string, string, string];
  const begin = async (id: string, hours: number): Promise<unknown> =>
    database.query(`update delivery set attempts = 2, first_attempt_at = now() - $2 * interval '1 hour' where id = $1`, [id, hours]);
  // Of the last 50 hours an account stood still for 6.
  await database.query(
    `insert into account_outage (account, trouble, reply, began_at, next_try_at, ended_at)
     values ('relay:587', 'unreachable', '', now() - interval '20 hours', now(), now() - interval '14 hours')`,
  );
  await begin(early, 52);
  await begin(late, 54);
  for (const id of [claimed, accepted, doubted, another]) await begin(id, 60);
  await database.query(`update delivery set state = 'accepted', ended_at = now() where id = $1`, [accepted]);
  await database.query(`update delivery set doubts = 1, doubted_at = now() where id = $1`, [doubted]);
  await database.query(`update delivery set due_at = now() - interval '54 hours' where id = $1`, [untried]);

  const held = ids.filter((id) => id !== another).map((id) => ({ id, forMs: 1.5 * hour }));
  await database.transaction(async (tx) => {
    await tx.query(`select 1 from delivery where id = $1 for update`, [claimed]);
    expect(await expireHeld(database, held, 48 * hour)).toBe(3);
  });

  const ends = new Map((await listDeliveries(database, edition.editionId)).map(({ id, state, reason }) => [id, [state, reason]]));
  expect(ids.map((id) => ends.get(id))).toEqual([
    ['queued', null],
    ['expired', 'host'],
    // Somebody has it at the moment.
    ['queued', null],
    ['accepted', null],
    ['expired', 'host'],
    ['in_doubt', 'expired'],
    ['queued', null],
  ]);
  const { rows } = await database.query<{ id: string }>(
    `select d.id from delivery d join subscription_cursor c on c.subscription_id = d.subscription_id where d.edition_id = $1 and cardinality(c.owed) > 0 order by d.id`,
    [edition.editionId],
  );
  expect(rows.map(({ id }) => id)).toEqual([late, untried]);
  expect(await expireHeld(database, held, 48 * hour)).toBe(1);
  expect(await expireHeld(database, held, 48 * hour)).toBe(0);
});
