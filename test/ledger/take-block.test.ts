import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/db.ts';
import type { RateLimits } from '../../src/ledger/accounts/account-rate.ts';
import { listUsedUpAccounts, readAccountRate, writeAccountRate } from '../../src/ledger/accounts/account-rate-store.ts';
import { noteRateRefusal, takeBlock } from '../../src/ledger/accounts/take-block.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let stored: TestDatabase;
let database: Database;
beforeAll(async () => {
  stored = await createTestDatabase({ maxConnections: 8 });
  database = stored.database;
});
afterAll(async () => stored.drop());
beforeEach(async () => void (await database.query(`delete from account_rate`)));

/** Workers that take blocks at once until they have so many messages; gives how many they have. */
async function takeTogether(workerCount: number, limits: RateLimits, most: number): Promise<number> {
  let taken = 0;
  const work = async (): Promise<void> => {
    while (taken < most) {
      const block = await takeBlock(database, 'relay', limits, { mostCount: 1_000 });
      taken += block.count;
      if (block.count === 0) await delay(Math.min(block.retryInMs, 50));
    }
  };
  await Promise.all(Array.from({ length: workerCount }, work));
  return taken;
}

describe('a block that several workers take from one row', () => {
  test('is nobody else’s: together they are given no more than the limit allows in the time that passed, and nearly all of it', async () => {
    const { now: began } = await readAccountRate(database, 'relay');
    const limits = { perSecond: 200 };
    const taken = await takeTogether(6, limits, 500);
    const { rate, now } = await readAccountRate(database, 'relay');
    const seconds = (now - began) / 1_000;
    // What was given reaches a second and a half ahead, and a block.
    expect(taken).toBeLessThanOrEqual(200 * (seconds + 2.6));
    // Each message moved the next moment on by its spacing: none was given twice.
    const spacingMs = 1_080 / 200;
    expect(rate.nextAt - began).toBeGreaterThanOrEqual(taken * spacingMs - 1);
    expect(rate.day.counts.reduce((total, count) => total + count, 0)).toBe(taken);
  });

  test('of an hour that has little left is shared to the last message and no further', async () => {
    const blocks = await Promise.all(Array.from({ length: 12 }, () => takeBlock(database, 'relay', { perHour: 100 }, { mostCount: 20 })));
    expect(blocks.reduce((total, { count }) => total + count, 0)).toBe(95);
    expect((await takeBlock(database, 'relay', { perHour: 100 }, { mostCount: 20 })).isUsedUp).toBe(true);
    expect(await listUsedUpAccounts(database)).toEqual([{ account: 'relay', usedUpUntil: expect.any(Date) }]);
  });

  test('is counted on after a restart, since all of it is in the row', async () => {
    await takeBlock(database, 'relay', { perDay: 10 }, { mostCount: 6 });
    const again = await stored.database.query<{ counts: number[] }>(
      `select day_counts as counts from account_rate where account = 'relay'`,
    );
    expect(again.rows).toEqual([{ counts: [6] }]);
    expect((await takeBlock(database, 'relay', { perDay: 10 }, { mostCount: 20 })).count).toBe(3);
  });
});

test('a row is written only over what was read', async () => {
  const [one, other] = [await readAccountRate(database, 'relay'), await readAccountRate(database, 'relay')];
  expect(await writeAccountRate(database, 'relay', one.version, { ...one.rate, nextAt: one.now })).toBe(true);
  expect(await writeAccountRate(database, 'relay', other.version, other.rate)).toBe(false);
  const { version, rate } = await readAccountRate(database, 'relay');
  expect([version, Math.abs(rate.nextAt - one.now) < 1, rate.usedUpUntil]).toEqual(['1', true, null]);
});

test('what one worker learns of a rate holds for all, and accounts are told apart', async () => {
  await noteRateRefusal(database, 'relay', {}, { claimedAgoMs: 0, perSecond: 4 });
  const block = await takeBlock(database, 'relay', {}, { mostCount: 100 });
  expect(block).toMatchObject({ isCounted: true, spacingMs: 250 });
  expect(await takeBlock(database, 'other', {}, { mostCount: 100 })).toMatchObject({ isCounted: false, count: 100 });
});
