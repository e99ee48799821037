import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { giveBack } from '../../src/ledger/queue/give-back-store.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import {
  type TestNewsletter,
  cursorOf,
  deliveriesOf,
  insertNewsletter,
  insertSubscription,
  releaseNewPost,
  sendEdition,
  setDelivery,
} from './fixture.ts';

let testDatabase: TestDatabase;
let newsletter: TestNewsletter;
let reader: string;
let positions: [bigint, bigint];
let deliveryIds: [string, string];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => testDatabase.drop());

/** A reader with two deliveries that ended without reaching them. */
beforeEach(async () => {
  const { database } = testDatabase;
  newsletter = await insertNewsletter(database);
  reader = await insertSubscription(database, newsletter);
  const ended: [bigint, string][] = [];
  for (let n = 0; n < 2; n += 1) {
    const { position } = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    const delivery = (await deliveriesOf(database, reader)).at(-1);
    await setDelivery(database, delivery?.id ?? '', 'expired');
    ended.push([position, delivery?.id ?? '']);
  }
  positions = [ended[0]?.[0] ?? 0n, ended[1]?.[0] ?? 0n];
  deliveryIds = [ended[0]?.[1] ?? '', ended[1]?.[1] ?? ''];
});

const owed = async (): Promise<readonly bigint[]> => (await cursorOf(testDatabase.database, reader)).owed;
const back = async (...ids: string[]): Promise<void> => testDatabase.database.transaction(async (tx) => giveBack(tx, ids));

describe('giving back', () => {
  test('adds to what is owed already, in order and each position once', async () => {
    await back(deliveryIds[1]);
    expect(await owed()).toEqual([positions[1]]);
    await back(deliveryIds[0]);
    await back(deliveryIds[0], deliveryIds[1]);
    expect(await owed()).toEqual(positions);
  });

  test('takes several deliveries of a subscription together', async () => {
    await back(...deliveryIds);
    expect(await owed()).toEqual(positions);
  });

  test('leaves out what is from before the activation', async () => {
    await testDatabase.database.query(`update subscription_cursor set since = $2 where subscription_id = $1`, [
      reader,
      String(positions[0]),
    ]);
    await back(...deliveryIds);
    expect(await owed()).toEqual([positions[1]]);
  });

  test('leaves out what was ever in doubt, and what has not ended', async () => {
    await setDelivery(testDatabase.database, deliveryIds[0], 'in_doubt', true);
    await setDelivery(testDatabase.database, deliveryIds[1], 'queued');
    await back(...deliveryIds);
    expect(await owed()).toEqual([]);
  });

  test('of nothing does nothing', async () => {
    await back();
    expect(await owed()).toEqual([]);
  });

  test('by two at once loses neither', async () => {
    await Promise.all([back(deliveryIds[0]), back(deliveryIds[1])]);
    expect(await owed()).toEqual(positions);
  });
});
