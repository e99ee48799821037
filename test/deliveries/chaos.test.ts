import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { playDelivery } from '../../bench/chaos-deliver/play.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => {
  await testDatabase.drop();
});

test('whoever is killed, stopped, cut off or restarted while an edition is sent: nobody is missed, what is repeated was in doubt, and who left is left alone', async () => {
  const seed = Math.floor(Math.random() * 1e6);
  const { folder, remove } = await makeTempFolder();
  const told: string[] = [];
  const { database, url: databaseUrl } = testDatabase;
  const run = await playDelivery(
    { folder, database, databaseUrl, tell: (what) => told.push(what) },
    {
      seed,
      size: 2_000,
      connections: 4,
      aliveMs: 3_000,
      gapsMs: [200, 500, 1_000],
      sweepEveryMs: 250,
      serverMs: 20,
      kills: 3,
      postgresRestarts: 0,
      sinkRestarts: 1,
      stopMs: 5_000,
      cutMs: 8_000,
      leavings: 80,
    },
  );
  // The seed and what happened stand in the failure.
  expect({ seed, told, findings: run.findings }).toEqual({ seed, told, findings: [] });
  expect(run.done).toEqual({ kill: 3, postgres: 0, sink: 1, stop: 1, cut: 1 });
  expect(run.leavings.length).toBeGreaterThan(40);
  expect(run.states['accepted']).toBeGreaterThan(1_800);
  expect(run.repeatCount).toBeGreaterThan(0);
  await remove();
}, 300_000);
