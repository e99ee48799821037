import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Job } from '../../src/kernel/job.ts';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { deliveryCounts, listAttempts, listDeliveries } from '../../src/ledger/queue/delivery-report-store.ts';
import { sweepDeliveries, type SweepResult } from '../../src/ledger/sweep/sweep-deliveries.ts';
import { countLivingWorkers, endWorker, pruneWorkers, registerWorker, renewWorker } from '../../src/ledger/queue/worker-store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertFrozenEdition } from '../support/frozen-edition.ts';

let testDatabase: TestDatabase;
let edition: FrozenEdition;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  const { database } = testDatabase;
  // One test's open editions must not be another's work.
  await database.query(`update edition set ended_at = now() where ended_at is null`);
  await database.query(`update worker set ended_at = now()`);
  edition = await insertFrozenEdition(database, { count: 3 });
});

async function sweep(changes: { inDoubt?: 'resend' | 'hold' } = {}): Promise<SweepResult & { jobs: Job[] }> {
  const jobs: Job[] = [];
  const result = await sweepDeliveries(testDatabase.database, {
    policy: { ...defaultRetryPolicy, ...changes },
    enqueue: async (_tx, job) => void jobs.push(job),
    now: new Date(),
  });
  return { ...result, jobs };
}

async function makeSending(changes = ''): Promise<{ workerId: string; id: string }> {
  const { database } = testDatabase;
  const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
  await database.query(`update delivery set state = 'sending', worker_id = $2 ${changes} where id = $1`, [edition.fromId, workerId]);
  return { workerId, id: edition.fromId };
}

async function kill(workerId: string): Promise<void> {
  await testDatabase.database.query(`update worker set alive_until = now() - interval '1 second' where id = $1`, [workerId]);
}

describe('an edition', () => {
  test.each(['queued', 'sending'])('stays open while a delivery of it is %s', async (state) => {
    const { database } = testDatabase;
    const { workerId, id } = await makeSending();
    await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1 and id <> $2`, [
      edition.editionId,
      id,
    ]);
    await database.query(`update delivery set state = $2, due_at = now() + interval '1 hour' where id = $1`, [id, state]);
    expect((await sweep()).closedEditionIds).toEqual([]);
    await database.query(`update delivery set state = 'accepted', ended_at = now() where id = $1 and worker_id = $2`, [id, workerId]);
    expect((await sweep()).closedEditionIds).toEqual([edition.editionId]);
  });
});

describe('what a worker was sending', () => {
  test('is left alone while it lives, and in doubt when it is dead: due again after the gap', async () => {
    const { workerId, id } = await makeSending();
    expect((await sweep()).doubtedCount).toBe(0);
    await kill(workerId);
    expect((await sweep()).doubtedCount).toBe(1);
    const [line] = await listDeliveries(testDatabase.database, edition.editionId);
    expect(line).toMatchObject({ id, state: 'queued', isDoubted: true, attempts: 1, reply: 'the worker died while it was sending' });
    const wait = (line?.dueAt.getTime() ?? 0) - Date.now();
    expect(wait).toBeGreaterThan(4 * 60_000);
    expect(wait).toBeLessThan(6 * 60_000);
    expect(await listAttempts(testDatabase.database, id)).toMatchObject([{ outcome: 'in_doubt' }]);
    expect((await sweep()).doubtedCount).toBe(0);
  });

  test('is in doubt too when the worker signed off without writing it down', async () => {
    const { workerId } = await makeSending();
    await endWorker(testDatabase.database, workerId);
    expect((await sweep()).doubtedCount).toBe(1);
  });

  test.each([
    ['under hold', '', 'hold' as const, 'hold'],
    ['at the third doubt', ', doubts = 2, doubted_at = now()', 'resend' as const, 'third doubt'],
    ['after all patience', `, first_attempt_at = now() - interval '6 days'`, 'resend' as const, 'expired'],
    [
      'when the next try would be too late',
      `, attempts = 11, first_attempt_at = now() - interval '47 hours'`,
      'resend' as const,
      'expired',
    ],
  ])('is in doubt for good %s', async (_when, changes, inDoubt, reason) => {
    const { workerId, id } = await makeSending(changes);
    await kill(workerId);
    await sweep({ inDoubt });
    expect(
      (await listDeliveries(testDatabase.database, edition.editionId, { states: ['in_doubt'] })).map((line) => [line.id, line.reason]),
    ).toEqual([[id, reason]]);
    expect(await listAttempts(testDatabase.database, id)).toEqual([]);
  });
});

test('what the next try of which is in time is not in doubt for good', async () => {
  const { workerId, id } = await makeSending(`, attempts = 10, first_attempt_at = now() - interval '39 hours'`);
  await kill(workerId);
  await sweep();
  const [line] = await listDeliveries(testDatabase.database, edition.editionId);
  expect(line).toMatchObject({ id, state: 'queued', isDoubted: true, attempts: 11 });
});

describe('what is due', () => {
  test('has jobs that cover it, named the same each time', async () => {
    await testDatabase.database.query(`update delivery set due_at = now() + interval '1 hour' where id = $1`, [edition.toId]);
    const { jobs, queuedJobCount } = await sweep();
    expect(queuedJobCount).toBe(jobs.length);
    const covers = (id: string) =>
      jobs.some(
        (job) =>
          job.name === 'deliver' &&
          job.editionId === edition.editionId &&
          BigInt(job.fromId) <= BigInt(id) &&
          BigInt(id) <= BigInt(job.toId),
      );
    expect(covers(edition.fromId)).toBe(true);
    await testDatabase.database.query(`update delivery set state = 'accepted' where id = $1`, [edition.fromId]);
    expect((await sweep()).jobs).toEqual(jobs);
  });

  test('has none while its edition is paused', async () => {
    await testDatabase.database.query(`update edition set state = 'paused' where id = $1`, [edition.editionId]);
    expect(await sweep()).toMatchObject({ jobs: [], closedEditionIds: [] });
  });
});

describe('an edition', () => {
  test('is done when nothing of it is queued or being sent', async () => {
    const { database } = testDatabase;
    await database.query(`update delivery set state = 'accepted' where edition_id = $1 and id <> $2`, [edition.editionId, edition.toId]);
    expect((await sweep()).closedEditionIds).toEqual([]);
    await database.query(`update delivery set state = 'rejected' where id = $1`, [edition.toId]);
    expect((await sweep()).closedEditionIds).toEqual([edition.editionId]);
    const { rows } = await database.query(`select state, ended_at is not null as has_ended from edition where id = $1`, [
      edition.editionId,
    ]);
    expect(rows).toEqual([{ state: 'done', has_ended: true }]);
    expect(await deliveryCounts(database, edition.editionId)).toMatchObject({ accepted: 2, rejected: 1, queued: 0, superseded: 0 });
  });

  test('that was cancelled gives back what came back to its queue, and closes as cancelled', async () => {
    const { database } = testDatabase;
    await database.query(`update edition set state = 'cancelled' where id = $1`, [edition.editionId]);
    expect(await sweep()).toMatchObject({ cancelledCount: 3, closedEditionIds: [edition.editionId], jobs: [] });
    const { rows } = await database.query(`select owed from subscription_cursor where subscription_id = any($1)`, [
      edition.subscriptionIds,
    ]);
    expect(rows).toEqual([1, 2, 3].map(() => ({ owed: [edition.position] })));
    const { rows: editions } = await database.query(`select state from edition where id = $1`, [edition.editionId]);
    expect(editions).toEqual([{ state: 'cancelled' }]);
  });
});

describe('a worker', () => {
  test('lives as long as it renews; taken for dead or ended it cannot come back', async () => {
    const { database } = testDatabase;
    const id = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    expect(await countLivingWorkers(database)).toBe(1);
    expect(await renewWorker(database, id, 60_000)).toBe(true);
    await kill(id);
    expect(await renewWorker(database, id, 60_000)).toBe(false);
    expect(await countLivingWorkers(database)).toBe(0);
    const other = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    await endWorker(database, other);
    expect(await renewWorker(database, other, 60_000)).toBe(false);
  });

  test('is forgotten after its time, but never while something names it', async () => {
    const { workerId } = await makeSending();
    // Of all others nothing is left.
    await sweep();
    await testDatabase.database.query(`update worker set alive_until = now() - interval '40 days'`);
    await pruneWorkers(testDatabase.database, 30);
    const { rows } = await testDatabase.database.query(`select id from worker`);
    expect(rows).toEqual([{ id: workerId }]);
  });
});

test('deliveries are listed page by page with their readers', async () => {
  const first = await listDeliveries(testDatabase.database, edition.editionId, { limit: 2 });
  const rest = await listDeliveries(testDatabase.database, edition.editionId, { limit: 2, afterId: first[1]?.id ?? '' });
  expect([...first, ...rest].map((line) => line.name)).toEqual(['Reader 1', 'Reader 2', 'Reader 3']);
  expect(rest[0]?.address).toMatch(/^Reader3@/);
});
