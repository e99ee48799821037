import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/db/db.ts';
import { findUnserved, type Unserved } from '../../src/ledger/queue/unserved-store.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertFrozenEdition, noteDoubts } from '../support/frozen-edition.ts';

let testDatabase: TestDatabase;
let database: Database;
let edition: FrozenEdition;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  ({ database } = testDatabase);
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  edition = await insertFrozenEdition(database, { count: 5, state: 'done' });
});

const unserved = async (): Promise<Unserved> => findUnserved(database, edition.newsletterId, edition.scheduleId);
const end = async (state: string, { reason = 'policy', isDoubted = true, wasGivenBack = false } = {}): Promise<void> => {
  await database.query(
    `update delivery set state = $2, reason = $3, doubted_at = case when $4 then now() end, given_back = $5, ended_at = now() where edition_id = $1`,
    [edition.editionId, state, reason, isDoubted, wasGivenBack],
  );
  await noteDoubts(database, edition.editionId);
};
/** Of five readers one stays as it was; the others are erased, left, are suppressed and pause. */
const loseFour = async (): Promise<void> => {
  const [erased, left, suppressed, paused] = edition.subscriptionIds;
  const person = `(select subscriber_id from subscription where id = $1)`;
  await database.query(`update subscriber set address = null, address_key = null, erased_at = now() where id = ${person}`, [erased]);
  await database.query(`update subscription set state = 'left' where id = any($1::bigint[])`, [[erased, left]]);
  await database.query(
    `insert into suppression (address_key, reason, source) select address_key, 'bounced', 'smtp' from subscriber where id = ${person}`,
    [suppressed],
  );
  await database.query(`update subscription set paused_until = 'infinity' where id = $1`, [paused]);
};

describe('who is left out when nothing is due', () => {
  test('nobody, where everything was accepted', async () => {
    await end('accepted', { isDoubted: false });
    expect(await unserved()).toEqual({ suppressed: 0, doubtful: [], refused: [] });
  });

  test('readers of what ended in doubt, as far as resending reaches them', async () => {
    await end('in_doubt', { reason: 'third doubt' });
    expect((await unserved()).doubtful).toEqual([{ edition: edition.editionId, inDoubt: 5, isCancelled: false }]);
    await loseFour();
    expect(await unserved()).toEqual({
      suppressed: 1,
      doubtful: [{ edition: edition.editionId, inDoubt: 1, isCancelled: false }],
      refused: [],
    });
  });

  test.each(['policy', 'mailbox', 'message', 'unclear', 'address'])(
    'readers to whom it was refused for good (%s) after a doubt, but not who left or is suppressed',
    async (reason) => {
      await end('rejected', { reason });
      expect((await unserved()).refused).toEqual([{ edition: edition.editionId, refused: 5 }]);
      await loseFour();
      expect(await unserved()).toEqual({ suppressed: 1, doubtful: [], refused: [{ edition: edition.editionId, refused: 2 }] });
    },
  );

  test('nobody to whom it was refused without a doubt: it comes with the next edition', async () => {
    await end('rejected', { isDoubted: false, wasGivenBack: true });
    expect((await unserved()).refused).toEqual([]);
  });
});
