import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Database } from '../../src/db/db.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { insertTopics } from './fixture.ts';
import { type Step, histories } from './history.ts';
import { findViolation } from './invariants.ts';
import { PostgresWorld, openClaims } from './postgres-world.ts';

/**
 * What this process may need for it all: a busy machine takes longer and fails nothing, while a rule that has become expensive does. Nobody waits for ever: what
 * hangs is cut off after a time that no machine needs.
 */
const budgetMs = (count: number): number => 30_000 + count * 400;
const hangsAfterMs = 1_800_000;

/** 60 in the suite; PROPERTY_RUNS raises both properties, this one to a tenth of it. */
const runCount = Math.ceil(Number(process.env['PROPERTY_RUNS'] ?? 600) / 10);

let testDatabase: TestDatabase;
let claims: Database;
let topics: string[];
beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 4 });
  claims = openClaims(testDatabase.url);
  topics = await insertTopics(testDatabase.database, 3);
});
afterAll(async () => {
  await claims.close();
  await testDatabase.drop();
});

async function violationIn(history: readonly Step[], isDrained: boolean): Promise<string | undefined> {
  const world = await PostgresWorld.open(testDatabase.database, claims, topics);
  try {
    for (let i = 0; i < history.length; i += 2) {
      const steps = history.slice(i, i + 2);
      const violation = findViolation(await world.playTogether(steps)) ?? (await world.findUncovered());
      if (violation !== undefined) return `${steps.map((step) => step.operation).join(' with ')} (steps ${i}, ${i + 1}): ${violation}`;
    }
    return isDrained ? (await world.drain())[0] : undefined;
  } finally {
    await world.close();
  }
}

test(
  'P1 and P2 hold on Postgres after every step, and what is open lies in a range, with two connections interleaved and freezes killed between chunks',
  async () => {
    let playedCount = 0;
    const property = fc.asyncProperty(histories({ minLength: 20, maxLength: 44 }), async (history) => {
      // Sending all that is left costs as much as the history itself.
      playedCount += 1;
      const violation = await violationIn(history, playedCount % 3 === 0);
      if (violation !== undefined) throw new Error(violation);
    });
    const before = process.cpuUsage();
    const result = await fc.check(property, { numRuns: runCount, endOnFailure: true });
    expect(result.failed ? `${String(result.errorInstance)} seed ${result.seed}\n${JSON.stringify(result.counterexample)}` : '').toBe('');
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(budgetMs(runCount));
  },
  hangsAfterMs + runCount * 1_000,
);
