import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/db/db.ts';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { claimAndRecord, enterWorker, prepareClaimSession } from '../../src/ledger/queue/claim-store.ts';
import { listDueBlocks, readQueueDepth, settleRanges } from '../../src/ledger/queue/open-range-store.ts';
import { endWorker, registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { resendDeliveries } from '../../src/ledger/resend-deliveries.ts';
import { closeEdition } from '../../src/ledger/sweep/close-edition.ts';
import { sweepDeliveries } from '../../src/ledger/sweep/sweep-deliveries.ts';
import { sweepOrphans } from '../../src/ledger/sweep/sweep-orphans.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertFrozenEdition, noteDoubts } from '../support/frozen-edition.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { approve, freeze, insertNewsletter, insertSubscription, one, releaseNewPost, sendEdition } from './fixture.ts';

let testDatabase: TestDatabase;
let database: Database;
let edition: FrozenEdition;
let ids: string[];

beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 3 });
  ({ database } = testDatabase);
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  await database.query(`update edition set ended_at = now() where ended_at is null`);
  await database.query(`update worker set ended_at = now()`);
  await sweepOrphans(database, defaultRetryPolicy);
  edition = await insertFrozenEdition(database, { count: 40 });
  const { rows } = await database.query<{ id: string }>(`select id from delivery where edition_id = $1 order by id`, [edition.editionId]);
  ids = rows.map((row) => row.id);
});

/** Each range as `from-to`, those that are due with an exclamation mark. */
async function ranges(): Promise<string[]> {
  const { rows } = await database.query<{ range: string }>(
    `select from_id || '-' || to_id || case when due_at <= now() then '!' else '' end as range from open_range where edition_id = $1 order by from_id, id`,
    [edition.editionId],
  );
  return rows.map((row) => row.range);
}

const settle = async (isEarly = false): Promise<number> =>
  settleRanges(database, { editionId: edition.editionId, fromId: '0', toId: edition.toId, isEarly });

const set = async (wanted: readonly string[], change: string): Promise<unknown> =>
  database.query(`update delivery set ${change} where id = any($1::bigint[])`, [wanted]);

/** What is open, read delivery by delivery. */
async function exactDepth(...editionIds: readonly string[]): Promise<{ dueCount: number; laterCount: number; sendingCount: number }> {
  const { rows } = await database.query<{ dueCount: number; laterCount: number; sendingCount: number }>(
    `select count(*) filter (where state = 'queued' and due_at <= now())::integer as "dueCount",
            count(*) filter (where state = 'queued' and due_at > now())::integer as "laterCount",
            count(*) filter (where state = 'sending')::integer as "sendingCount" from delivery where edition_id = any($1::bigint[])`,
    [editionIds],
  );
  return one(rows);
}

/** What the rules promise: an open delivery lies in a range that is due no later than itself. */
async function uncoveredCount(): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::integer as count from delivery d where d.edition_id = $1 and d.state in ('queued', 'sending') and not exists (
       select from open_range r where r.edition_id = d.edition_id and d.id between r.from_id and r.to_id and r.due_at <= d.due_at)`,
    [edition.editionId],
  );
  return one(rows).count;
}

test('a freeze writes a range that is due with the first of what lies in it, where readers have hours of their own', async () => {
  const newsletter = await insertNewsletter(database);
  for (const localHour of [1, 23, 9, 17]) await insertSubscription(database, newsletter, { localHour });
  await releaseNewPost(database, newsletter);
  const [scheduleId] = newsletter.scheduleIds;
  const now = new Date();
  const composed = await composeEdition(database, { newsletterId: newsletter.id, scheduleId, slotAt: now, byHand: false, now });
  if (composed.kind !== 'composed') throw new Error(`Expected a draft, got ${composed.kind}`);
  await approve(database, composed.editionId);
  await freeze(database, composed.editionId);
  edition = { ...edition, editionId: composed.editionId };
  const { rows } = await database.query(`select distinct due_at from delivery where edition_id = $1`, [composed.editionId]);
  expect(rows.length).toBeGreaterThan(1);
  expect(await uncoveredCount()).toBe(0);
});

test('a freeze writes the ranges of what it stores: from the first id of a sequence, over a border of the grid, and beside others that store', async () => {
  const newsletter = await insertNewsletter(database);
  for (const localHour of [1, 9, 17, 23]) await insertSubscription(database, newsletter, { localHour });
  await releaseNewPost(database, newsletter);
  await database.query(`select setval('delivery_id_seq', 999000 + 999, false)`);
  const afterChunk = async (): Promise<void> => {
    await insertFrozenEdition(database);
  };
  await sendEdition(database, newsletter, 0, { chunkSize: 2, afterChunk });
  const { rows } = await database.query<{ editionId: string; ids: string[] }>(
    `select edition_id as "editionId", array_agg(id::text order by id) as ids from delivery where id >= 999000 group by edition_id order by min(id)`,
  );
  expect(rows.map((row) => row.ids)).toEqual([['999999', '1000000', '1000002', '1000003'], ['1000001'], ['1000004']]);
  for (const { editionId } of rows) {
    edition = { ...edition, editionId };
    expect(await uncoveredCount()).toBe(0);
  }
  edition = { ...edition, editionId: rows[0]!.editionId };
  expect((await ranges()).map((range) => range.replace('!', ''))).toEqual(['999999-999999', '1000000-1000000', '1000002-1000003']);
});

describe('a range that was looked through', () => {
  test('is kept whole while much is open, then becomes one for each delivery, due when it is, then none', async () => {
    await set(ids.slice(0, 10), `state = 'accepted', ended_at = now()`);
    await settle();
    expect(await ranges()).toEqual(ids.slice(10, 11).map((id) => `${id}-${ids.at(-1)}!`));
    await set(ids.slice(10), `state = 'accepted', ended_at = now()`);
    await set([ids[3]!, ids[30]!], `state = 'queued', ended_at = null, attempts = 1, due_at = now() + interval '1 hour'`);
    await set([ids[20]!], `state = 'sending', ended_at = null`);
    await database.query(`update open_range set from_id = $2 where edition_id = $1`, [edition.editionId, ids[0]]);
    await settle();
    expect(await ranges()).toEqual([`${ids[3]}-${ids[3]}`, `${ids[20]}-${ids[20]}!`, `${ids[30]}-${ids[30]}`]);
    expect(await listDueBlocks(database, edition.editionId)).toHaveLength(1);
    await set(ids, `state = 'accepted', ended_at = now()`);
    await settle(true);
    expect(await ranges()).toEqual([]);
  });

  test('covers what a resend opens at the same moment', async () => {
    await set(ids, `state = 'in_doubt', doubted_at = now(), ended_at = now()`);
    await noteDoubts(database, edition.editionId);
    const other = openDatabase(testDatabase.url, { maxConnections: 1 });
    await other.transaction(async (tx) => {
      expect(await resendDeliveries(tx, edition.editionId, [ids[7]!], new Date())).toBe(1);
      // Its snapshot does not show the delivery as open, nor the new range.
      await settle(true);
      expect(await ranges()).toEqual([]);
    });
    await other.close();
    expect(await ranges()).toEqual([`${ids[7]}-${ids[7]}!`]);
    expect(await uncoveredCount()).toBe(0);
  });

  test('covers what a worker claims and puts off at the same moment, though that writes no range', async () => {
    await set(ids.slice(1), `state = 'accepted', ended_at = now()`);
    const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    const other = openDatabase(testDatabase.url, { maxConnections: 1 });
    await other.transaction(async (tx) => {
      await tx.query(`update delivery set state = 'sending', worker_id = $2 where id = $1`, [ids[0], workerId]);
      await settle();
      await tx.query(
        `update delivery set state = 'queued', worker_id = null, attempts = 1, due_at = now() + interval '1 hour' where id = $1`,
        [ids[0]],
      );
    });
    await other.close();
    expect(await uncoveredCount()).toBe(0);
    await settle();
    expect([await ranges(), await uncoveredCount()]).toEqual([[`${ids[0]}-${ids[0]}`], 0]);
  });

  test('is left to whoever is looking through it', async () => {
    const other = openDatabase(testDatabase.url, { maxConnections: 1 });
    await other.transaction(async (tx) => {
      await tx.query(`select from open_range where edition_id = $1 for update`, [edition.editionId]);
      expect(await settle()).toBe(0);
    });
    await other.close();
    expect(await ranges()).toHaveLength(1);
  });
});

describe('an edition', () => {
  test('is closed when nothing is left of its ranges, and never over something that is open without one', async () => {
    await set(ids.slice(1), `state = 'accepted', ended_at = now()`);
    expect(await closeEdition(database, edition.editionId)).toBe(false);
    // As if somebody had lost it.
    await database.query(`delete from open_range where edition_id = $1`, [edition.editionId]);
    expect(await closeEdition(database, edition.editionId)).toBe(false);
    expect([await ranges(), await uncoveredCount()]).toEqual([[`${ids[0]}-${ids[0]}!`], 0]);
    await set(ids, `state = 'accepted', ended_at = now()`);
    expect(await closeEdition(database, edition.editionId)).toBe(true);
    const { rows } = await database.query<{ counts: Record<string, number> }>(`select ended_counts as counts from edition where id = $1`, [
      edition.editionId,
    ]);
    expect(one(rows).counts).toMatchObject({ accepted: 40, queued: 0 });
  });
});

describe('the depth of the queue', () => {
  test('is exact where little is open: what has ended counts no more, and what ranges say twice or of another edition counts once', async () => {
    const worker = await registerWorker(database, { host: 'here', pid: 1, aliveMs: 60_000 });
    await set(ids.slice(0, 5), `state = 'accepted', ended_at = now()`);
    await set(ids.slice(5, 12), `due_at = now() + interval '1 hour'`);
    await set(ids.slice(12, 15), `state = 'sending', worker_id = ${worker}`);
    const { editionId: otherId } = await insertFrozenEdition(database, { count: 3 });
    await database.query(`delete from open_range where edition_id not in ($1, $2)`, [edition.editionId, otherId]);
    // As a kill leaves it: the same ids once more, and those of the edition behind.
    await database.query(
      `insert into open_range (edition_id, from_id, to_id, due_at) select $1, id, id, now() from unnest($2::bigint[]) as id`,
      [edition.editionId, [...ids.slice(0, 20), String(BigInt(ids.at(-1)!) + 1n)]],
    );
    const exact = await exactDepth(edition.editionId, otherId);
    expect(exact.laterCount).toBeGreaterThanOrEqual(7);
    expect(await readQueueDepth(database)).toEqual({ ...exact, unreadCount: 0 });
    await set(ids.slice(12, 15), `state = 'queued', worker_id = null`);
  });

  test('of a large edition is read where it was begun with, and taken by the ids behind: what is due first', async () => {
    await settle(true);
    await database.query(`delete from open_range`);
    const { rows } = await database.query<{ id: string }>(`select generate_series(1, 30) * 1000 + 5000000 as id`);
    const blocks = rows.map((row) => row.id);
    await database.query(
      `insert into open_range (edition_id, from_id, to_id, due_at)
       select $1, id, id + 999, now() + case when n <= 3 then interval '1 hour' else interval '0' end from unnest($2::bigint[]) with ordinality as b (id, n)`,
      [edition.editionId, blocks],
    );
    await database.query(`insert into open_range (edition_id, from_id, to_id, due_at) values ($1, $2, $3, now())`, [
      edition.editionId,
      ids[0],
      ids.at(-1),
    ]);
    // Nothing is in those ranges: what is looked at is told, what is not is at most so many.
    expect(await readQueueDepth(database, 1_040)).toEqual({
      dueCount: 40 + 26_000,
      laterCount: 3_000,
      sendingCount: 0,
      unreadCount: 29_000,
    });
    expect(await readQueueDepth(database, 100_000)).toEqual({ dueCount: 40, laterCount: 0, sendingCount: 0, unreadCount: 0 });
    await database.query(`delete from open_range`);
  });
});

describe('what a dead worker had claimed', () => {
  const sweptAt = async (workerId: string): Promise<unknown> =>
    one((await database.query<{ swept_at: unknown }>(`select swept_at from worker where id = $1`, [workerId])).rows).swept_at;

  test('is looked for again while another has it locked, and no longer once nothing is left', async () => {
    const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    await set([ids[5]!], `state = 'sending', worker_id = ${workerId}`);
    await endWorker(database, workerId);
    const other = openDatabase(testDatabase.url, { maxConnections: 1 });
    await other.transaction(async (tx) => {
      await tx.query(`select from delivery where id = $1 for update`, [ids[5]]);
      expect(await sweepOrphans(database, defaultRetryPolicy)).toBe(0);
    });
    await other.close();
    expect(await sweptAt(workerId)).toBeNull();
    expect(await sweepOrphans(database, defaultRetryPolicy)).toBe(1);
    expect(await sweptAt(workerId)).not.toBeNull();
  });

  test('is looked for again while a claim of it may still be under way', async () => {
    const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    await database.connection(async (session) => {
      await prepareClaimSession(session);
      await enterWorker(session, workerId);
      await session.query('begin');
      const { claimed } = await claimAndRecord(session, { workerId, record: [], giveUp: [], claimIds: [ids[5]!] });
      expect(claimed).toHaveLength(1);
      await endWorker(testDatabase.database, workerId);
      expect(await sweepOrphans(database, defaultRetryPolicy)).toBe(0);
      expect(await sweptAt(workerId)).toBeNull();
      await session.query('commit; reset all');
      expect(await sweepOrphans(database, defaultRetryPolicy)).toBe(1);
      await session.query('select pg_advisory_unlock_all()');
    });
    expect(await sweptAt(workerId)).not.toBeNull();
  });
});

test('a minute in which nothing is due reads next to nothing, and no delivery but a few, however large the editions are', async () => {
  const single = openDatabase(testDatabase.url, { maxConnections: 1 });
  const editions = [edition, await insertFrozenEdition(database, { count: 6_000 }), await insertFrozenEdition(database, { count: 6_000 })];
  for (const { editionId } of editions) {
    // One in a thousand was put off, all others went.
    await database.query(
      `update delivery set state = case when id % 1000 = 7 then 'queued' else 'accepted' end, attempts = 1,
         due_at = case when id % 1000 = 7 then now() + interval '1 hour' else due_at end, ended_at = case when id % 1000 <> 7 then now() end
       where edition_id = $1`,
      [editionId],
    );
    await settleRanges(database, { editionId, fromId: '0', toId: '9000000000000' });
  }
  await database.query('vacuum analyze delivery');
  const sweep = async () =>
    sweepDeliveries(single, { policy: defaultRetryPolicy, enqueue: async () => Promise.resolve(), now: new Date() });
  await sweep();
  const before = await reads(single);
  expect(await sweep()).toMatchObject({ queuedJobCount: 0, closedEditionIds: [] });
  const after = await reads(single);
  await single.close();
  expect({ scans: after.scans - before.scans, buffers: after.buffers - before.buffers < 60 }).toEqual({ scans: 0, buffers: true });
});

/** What has been read of deliveries. */
async function reads(db: Database): Promise<{ scans: number; buffers: number }> {
  await db.query('select pg_stat_force_next_flush()');
  const { rows } = await db.query<{ scans: number; buffers: number }>(
    `select s.seq_scan::integer as scans, (i.heap_blks_read + i.heap_blks_hit + i.idx_blks_read + i.idx_blks_hit)::integer as buffers
     from pg_stat_user_tables s join pg_statio_user_tables i using (relid) where s.relname = 'delivery'`,
  );
  return one(rows);
}
