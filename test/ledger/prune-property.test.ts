/*
 * Histories in which whatever has ended is pruned, at the moment of other steps. What pruning deletes is written down beside the ledger, so that P1 can be asked of
 * what the ledger no longer knows.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Database } from '../../src/db/db.ts';
import { pruneOldEditions } from '../../src/ledger/sweep/prune-edition.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertTopics } from './fixture.ts';
import { histories, type Operation, type Step } from './history.ts';
import { openClaims, PostgresWorld } from './postgres-world.ts';

/** Whoever asks who has a post comes often. */
const focus: readonly Operation[] = [
  'gain_topic',
  'gain_topic',
  'apply_offers',
  'apply_offers',
  'retract',
  'undo_retraction',
  'correct',
  'change_topics',
  'rejoin',
];

/** 20 in the suite; PROPERTY_RUNS raises it with the other properties. */
const runCount = Math.ceil(Number(process.env['PROPERTY_RUNS'] ?? 600) / 30);

let testDatabase: TestDatabase;
let claims: Database;
let topics: string[];
beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 5 });
  claims = openClaims(testDatabase.url);
  topics = await insertTopics(testDatabase.database, 3);
  await testDatabase.database.query(`
    create table gone_delivery (like delivery);
    create function remember() returns trigger language plpgsql as $$ begin insert into gone_delivery select old.*; return old; end $$;
    create trigger remember before delete on delivery for each row execute function remember()`);
});
afterAll(async () => {
  await claims.close();
  await testDatabase.drop();
});

/** A post or correction that somebody was sent twice, by all that was ever accepted of the subscriptions above an id; undefined where there is none. */
async function sentTwice(aboveId: string): Promise<string | undefined> {
  const { rows } = await testDatabase.database.query<{ what: string }>(
    `select 'subscription ' || d.subscription_id || ' position ' || p as what
     from (select subscription_id, rendition_id from delivery where state = 'accepted' and subscription_id > $1
           union all select subscription_id, rendition_id from gone_delivery where state = 'accepted' and subscription_id > $1) as d
     join rendition r on r.id = d.rendition_id cross join unnest(r.positions) as p
     group by d.subscription_id, p having count(*) > 1 limit 1`,
    [aboveId],
  );
  return rows[0]?.what;
}

/** The mail server takes everything that is on its way, and what has nothing left ends. */
async function endEverything(world: PostgresWorld): Promise<void> {
  await testDatabase.database.query(
    `update delivery d set state = 'accepted', reason = null, worker_id = null, ended_at = now()
     from edition e where e.id = d.edition_id and e.state = 'sending' and e.ended_at is null and d.state in ('queued', 'sending')`,
  );
  await world.playTogether([{ operation: 'sweep', a: 0, b: 0, c: 0 }]);
}

/** Every edition that is over is old. */
async function pruneAll(): Promise<void> {
  await pruneOldEditions(testDatabase.database, { endedBefore: new Date(Date.now() + 60_000), now: new Date() });
}

async function violationIn(history: readonly Step[]): Promise<string | undefined> {
  const { database } = testDatabase;
  const { rows } = await database.query<{ id: string }>(`select coalesce(max(id), 0) as id from subscription`);
  const world = await PostgresWorld.open(database, claims, topics);
  try {
    for (let i = 0; i < history.length; i += 2) {
      if (i % 8 === 6) await endEverything(world);
      const steps = history.slice(i, i + 2);
      await Promise.all([world.playTogether(steps), pruneAll()]);
      const twice = await sentTwice(rows[0]!.id);
      if (twice !== undefined) return `${steps.map((step) => step.operation).join(' with ')} (steps ${i}, ${i + 1}): ${twice}`;
    }
    await endEverything(world);
    await pruneAll();
    const twice = await sentTwice(rows[0]!.id);
    return twice === undefined ? undefined : `the end: ${twice}`;
  } finally {
    await world.close();
  }
}

test('nothing is sent twice although the ledger forgets what has ended, at once and beside every other step (P1)', async () => {
  const property = fc.asyncProperty(histories({ minLength: 40, maxLength: 80 }, focus), async (history) => {
    const violation = await violationIn(history);
    if (violation !== undefined) throw new Error(violation);
  });
  const result = await fc.check(property, { numRuns: runCount, endOnFailure: true });
  expect(result.failed ? `${String(result.errorInstance)} seed ${result.seed}\n${JSON.stringify(result.counterexample)}` : '').toBe('');
  // It has pruned something: some 30 rows, but how many is a matter of chance.
  const { rows } = await testDatabase.database.query<{ count: number }>(`select count(*)::integer as count from gone_delivery`);
  expect(rows[0]!.count).toBeGreaterThan(0);
}, 1_800_000);
