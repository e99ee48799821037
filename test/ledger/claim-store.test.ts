import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Session } from '../../src/db/db.ts';
import type { AttemptRecord } from '../../src/ledger/queue/attempt.ts';
import {
  claimAndRecord,
  prepareClaimSession,
  readAhead,
  type RecordedOutcome,
  tickSql,
  type ClaimStatement,
} from '../../src/ledger/queue/claim-store.ts';
import { endIneligible, recordEndOfAttempt } from '../../src/ledger/end-delivery.ts';
import { registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertFrozenEdition } from '../support/frozen-edition.ts';

let testDatabase: TestDatabase;
let workerId: string;
let edition: FrozenEdition;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  workerId = await registerWorker(testDatabase.database, { host: 'test', pid: 1, aliveMs: 60_000 });
  edition = await insertFrozenEdition(testDatabase.database, { count: 3 });
});

const db = { query: async (text: string, values?: readonly unknown[]) => testDatabase.database.query(text, values) };

async function inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  return testDatabase.database.connection(async (session) => {
    await prepareClaimSession(session);
    const result = await work(session);
    await session.query('reset all');
    return result;
  });
}

async function tick(changes: Partial<ClaimStatement>) {
  return inSession(async (session) => claimAndRecord(session, { workerId, record: [], giveUp: [], claimIds: [], ...changes }));
}

async function claim(...ids: string[]) {
  return tick({ claimIds: ids });
}

async function deliveryIds(): Promise<string[]> {
  return readAhead(testDatabase.database, { editionId: edition.editionId, afterId: '0', toId: edition.toId, limit: 100 });
}

async function row(id: string): Promise<Record<string, unknown>> {
  const { rows } = await db.query(
    `select state, reason, reply, attempts, doubts, doubted_at is not null as is_doubted, worker_id, ended_at is not null as has_ended,
            due_at > now() as is_later, first_attempt_at is not null as was_tried
     from delivery where id = $1`,
    [id],
  );
  return rows[0] ?? {};
}

async function owed(subscriptionId: string | undefined): Promise<unknown> {
  return (await db.query(`select owed from subscription_cursor where subscription_id = $1`, [subscriptionId])).rows[0]?.['owed'];
}

function outcome(deliveryId: string, record: Partial<AttemptRecord>, by = workerId): RecordedOutcome {
  const blank = {
    state: 'accepted',
    reason: null,
    reply: '250 OK',
    gapMs: null,
    isDoubt: false,
    givesBack: false,
    isSoftBounce: false,
    refusal: null,
  } as const;
  return { deliveryId, workerId: by, record: { ...blank, ...record } };
}

describe('a claim', () => {
  test('takes what is queued, due and wanted, once, with what its message needs', async () => {
    const [id = ''] = await deliveryIds();
    const { claimed } = await claim(id);
    expect(claimed).toMatchObject([
      {
        id,
        editionId: edition.editionId,
        renditionId: edition.renditionId,
        subscriptionId: edition.subscriptionIds[0],
        name: 'Reader 1',
        format: 'html',
        tokenVersion: 1,
        attempts: 0,
        doubts: 0,
        isDoubted: false,
        firstAttemptAgeMs: null,
      },
    ]);
    expect(claimed[0]?.address).toMatch(/^Reader1@/);
    expect(await row(id)).toMatchObject({ state: 'sending', worker_id: workerId, was_tried: false, attempts: 0 });
    expect((await claim(id)).claimed).toEqual([]);
  });

  test('passes over what is not due, what another holds, and everything of a worker that is dead', async () => {
    const [first = '', second = '', third = ''] = await deliveryIds();
    await db.query(`update delivery set due_at = now() + interval '1 minute' where id = $1`, [first]);
    await testDatabase.database.transaction(async (tx) => {
      await tx.query(`select from delivery where id = $1 for update`, [second]);
      expect(await claim(first, second)).toMatchObject({ claimed: [], ineligibleIds: [] });
    });
    await db.query(`update worker set alive_until = now() - interval '1 second' where id = $1`, [workerId]);
    expect(await claim(third)).toMatchObject({ claimed: [], isWorkerAlive: false });
    await db.query(`update worker set alive_until = now() + interval '1 minute', ended_at = now() where id = $1`, [workerId]);
    expect(await claim(third)).toMatchObject({ claimed: [], isWorkerAlive: false });
    await db.query(`update worker set ended_at = null where id = $1`, [workerId]);
    expect(await claim(first)).toMatchObject({ claimed: [], isWorkerAlive: true });
  });

  test.each(['paused', 'approved', 'held', 'done'])('takes nothing of an edition that is %s, and ends nothing of it', async (state) => {
    const ids = await deliveryIds();
    await db.query(`update edition set state = $2 where id = $1`, [edition.editionId, state]);
    expect(await claim(...ids)).toMatchObject({ claimed: [], ineligibleIds: [] });
    expect(await deliveryIds()).toEqual([]);
  });

  test.each([
    ['left', `update subscription set state = 'left' where id = $1`, 'cancelled', 'left', false],
    ['not confirmed', `update subscription set state = 'pending' where id = $1`, 'cancelled', 'left', false],
    ['paused', `update subscription set paused_until = 'infinity' where id = $1`, 'cancelled', 'paused', true],
    [
      'suppressed',
      `insert into suppression (address_key, reason, source) select address_key, 'staff', 'test' from subscriber where id = (select subscriber_id from subscription where id = $1)`,
      'suppressed',
      null,
      false,
    ],
    [
      'erased',
      `update subscriber set address = null, address_key = null, erased_at = now() where id = (select subscriber_id from subscription where id = $1)`,
      'cancelled',
      'erased',
      false,
    ],
    [
      'cancelled with its edition',
      `update edition set state = 'cancelled' where id = (select edition_id from delivery where subscription_id = $1)`,
      'cancelled',
      'edition',
      true,
    ],
  ])('that meets a reader who is %s ends the delivery by the table', async (_who, change, state, reason, givesBack) => {
    const [id = ''] = await deliveryIds();
    const [reader] = edition.subscriptionIds;
    await db.query(change, [reader]);
    const result = await claim(id);
    expect(result).toMatchObject({ claimed: [], ineligibleIds: [id] });
    expect(await endIneligible(testDatabase.database, result.ineligibleIds)).toBe(1);
    expect(await row(id)).toMatchObject({ state, reason, has_ended: true });
    expect(await owed(reader)).toEqual(givesBack ? [edition.position] : []);
  });

  test('that meets an ever doubted delivery of somebody who left ends it in doubt and gives nothing back', async () => {
    const [id = ''] = await deliveryIds();
    const [reader] = edition.subscriptionIds;
    await db.query(`update delivery set doubted_at = now(), doubts = 1 where id = $1`, [id]);
    await db.query(`update subscription set paused_until = 'infinity' where id = $1`, [reader]);
    await endIneligible(testDatabase.database, (await claim(id)).ineligibleIds);
    expect(await row(id)).toMatchObject({ state: 'in_doubt', reason: 'paused' });
    expect(await owed(reader)).toEqual([]);
  });

  test('a reader who came back before the end keeps the delivery', async () => {
    const [id = ''] = await deliveryIds();
    const [reader] = edition.subscriptionIds;
    await db.query(`update subscription set paused_until = 'infinity' where id = $1`, [reader]);
    const { ineligibleIds } = await claim(id);
    await db.query(`update subscription set paused_until = null where id = $1`, [reader]);
    expect(await endIneligible(testDatabase.database, ineligibleIds)).toBe(0);
    expect(await row(id)).toMatchObject({ state: 'queued' });
  });

  test('passes over what holds a retracted post, unless it was ever in doubt: that must not change', async () => {
    const [first = '', second = ''] = await deliveryIds();
    await db.query(`update delivery set doubted_at = now() where id = $1`, [second]);
    await db.query(`update post set state = 'retracted' where id = $1`, [edition.postId]);
    expect(await claim(first, second)).toMatchObject({ claimed: [{ id: second }], ineligibleIds: [] });
    expect(await row(first)).toMatchObject({ state: 'queued' });
  });

  test('two workers at once never get the same delivery', async () => {
    const other = await registerWorker(testDatabase.database, { host: 'test', pid: 2, aliveMs: 60_000 });
    const many = await insertFrozenEdition(testDatabase.database, { count: 200 });
    const ids = await readAhead(testDatabase.database, { editionId: many.editionId, afterId: '0', toId: many.toId, limit: 1000 });
    const got: string[] = [];
    const run = async (as: string) =>
      inSession(async (session) => {
        for (let at = 0; at < ids.length; at += 10) {
          const { claimed } = await claimAndRecord(session, { workerId: as, record: [], giveUp: [], claimIds: ids.slice(at, at + 10) });
          got.push(...claimed.map(({ id }) => id));
        }
      });
    await Promise.all([run(workerId), run(other)]);
    expect([...got].sort()).toEqual([...ids].sort());
  });
});

describe('a record', () => {
  test('ends a delivery with the reply, or queues it again with an attempt beside it', async () => {
    const [first = '', second = '', third = ''] = await deliveryIds();
    await claim(first, second, third);
    const { recordedIds } = await tick({
      record: [
        outcome(first, {}),
        outcome(second, { state: 'queued', gapMs: 60_000, reply: '450 Later' }),
        outcome(third, { state: 'queued', gapMs: 60_000, isDoubt: true, reply: 'cut' }),
      ],
    });
    expect([...recordedIds].sort()).toEqual([first, second, third].sort());
    expect(await row(first)).toMatchObject({ state: 'accepted', reply: '250 OK', has_ended: true, attempts: 1, worker_id: null });
    expect(await row(second)).toMatchObject({ state: 'queued', is_later: true, was_tried: true, attempts: 1, doubts: 0, has_ended: false });
    expect(await row(third)).toMatchObject({ state: 'queued', is_later: true, is_doubted: true, doubts: 1 });
    const { rows } = await db.query(`select delivery_id, outcome, reply from attempt where delivery_id = any($1) order by outcome`, [
      [first, second, third],
    ]);
    expect(rows).toEqual([
      { delivery_id: second, outcome: 'deferred', reply: '450 Later' },
      { delivery_id: third, outcome: 'in_doubt', reply: 'cut' },
    ]);
  });

  test('keeps the moments of the first attempt and the first doubt: patience counts from there', async () => {
    const [id = ''] = await deliveryIds();
    const long = new Date('2026-01-01T00:00:00Z');
    await db.query(`update delivery set first_attempt_at = $2, doubted_at = $2, doubts = 1, attempts = 1 where id = $1`, [id, long]);
    await claim(id);
    await tick({ record: [outcome(id, { state: 'queued', gapMs: 1, isDoubt: true })] });
    const { rows } = await db.query(`select first_attempt_at, doubted_at, doubts, attempts from delivery where id = $1`, [id]);
    expect(rows).toEqual([{ first_attempt_at: long, doubted_at: long, doubts: 2, attempts: 2 }]);
  });

  test('of a delivery that another worker has meanwhile is dropped', async () => {
    const [id = ''] = await deliveryIds();
    await claim(id);
    const other = await registerWorker(testDatabase.database, { host: 'test', pid: 2, aliveMs: 60_000 });
    for (const state of ['accepted', 'rejected', 'queued'] as const) {
      expect((await tick({ record: [outcome(id, { state, gapMs: state === 'queued' ? 1 : null }, other)] })).recordedIds.size).toBe(0);
    }
    expect(await row(id)).toMatchObject({ state: 'sending', worker_id: workerId });
  });

  test.each(['queued', 'in_doubt', 'rejected', 'sending'])(
    'a late 2xx for what was ever in doubt holds, though it is %s by now; nothing else does',
    async (state) => {
      const [id = ''] = await deliveryIds();
      await db.query(`update delivery set state = $2, doubted_at = now(), doubts = 1, worker_id = 4711 where id = $1`, [id, state]);
      expect((await tick({ record: [outcome(id, { state: 'rejected' })] })).recordedIds.size).toBe(0);
      expect((await tick({ record: [outcome(id, { state: 'queued', gapMs: 1 })] })).recordedIds.size).toBe(0);
      expect((await tick({ record: [outcome(id, {})] })).recordedIds.size).toBe(1);
      expect(await row(id)).toMatchObject({ state: 'accepted', has_ended: true });
    },
  );

  test('a claim that was given up is queued again as if nothing had been; only by its own worker', async () => {
    const [id = ''] = await deliveryIds();
    await claim(id);
    const other = await registerWorker(testDatabase.database, { host: 'test', pid: 2, aliveMs: 60_000 });
    await tick({ workerId: other, giveUp: [id] });
    expect(await row(id)).toMatchObject({ state: 'sending' });
    await tick({ giveUp: [id] });
    expect(await row(id)).toMatchObject({ state: 'queued', attempts: 0, was_tried: false, worker_id: null, is_later: false });
    expect((await claim(id)).claimed).toHaveLength(1);
  });

  test('of a policy refusal gives the posts back; a late one does not', async () => {
    const [id = ''] = await deliveryIds();
    const [reader] = edition.subscriptionIds;
    await claim(id);
    const refused = outcome(id, { state: 'rejected', reason: 'policy', reply: '554 5.7.1 Spam', givesBack: true, refusal: 'policy' });
    expect(await recordEndOfAttempt(testDatabase.database, refused, new Date())).toBe(true);
    expect(await row(id)).toMatchObject({ state: 'rejected', reason: 'policy', attempts: 1 });
    expect(await owed(reader)).toEqual([edition.position]);
    expect(await recordEndOfAttempt(testDatabase.database, refused, new Date())).toBe(false);
  });

  test.each([
    ['refuses the message', { reason: 'policy', reply: '554 5.7.1 Spam', givesBack: true, refusal: 'policy' }],
    ['refuses the address', { reason: 'address', reply: '550 5.1.1 Unknown', refusal: 'address' }],
  ] as const)('of a dead worker whose server %s changes nothing once another sends the delivery', async (_what, refused) => {
    const [id = ''] = await deliveryIds();
    const [reader] = edition.subscriptionIds;
    await claim(id);
    await db.query(`update delivery set state = 'queued', worker_id = null where id = $1`, [id]);
    const dead = workerId;
    workerId = await registerWorker(testDatabase.database, { host: 'test', pid: 2, aliveMs: 60_000 });
    expect((await claim(id)).claimed).toHaveLength(1);
    expect(await recordEndOfAttempt(testDatabase.database, outcome(id, { state: 'rejected', ...refused }, dead), new Date())).toBe(false);
    expect(await row(id)).toMatchObject({ state: 'sending', worker_id: workerId, attempts: 0 });
    expect(await owed(reader)).toEqual([]);
    const { rowCount } = await db.query(
      `select from suppression x join subscriber b on b.address_key = x.address_key join subscription s on s.subscriber_id = b.id where s.id = $1
       union all select from refusal where delivery_id = $2`,
      [reader, id],
    );
    expect(rowCount).toBe(0);
    // Its own worker's does.
    expect(await recordEndOfAttempt(testDatabase.database, outcome(id, { state: 'rejected', ...refused }), new Date())).toBe(true);
  });

  test('of a mailbox that does not exist suppresses the address and ends what else is queued for it', async () => {
    const [id = ''] = await deliveryIds();
    const [reader] = edition.subscriptionIds;
    await claim(id);
    await recordEndOfAttempt(
      testDatabase.database,
      outcome(id, { state: 'rejected', reason: 'address', reply: '550 5.1.1 Unknown', refusal: 'address' }),
      new Date(),
    );
    const { rows } = await db.query(
      `select x.reason, x.source from suppression x join subscriber b on b.address_key = x.address_key join subscription s on s.subscriber_id = b.id where s.id = $1`,
      [reader],
    );
    expect(rows).toEqual([{ reason: 'bounced', source: 'smtp' }]);
    expect(await owed(reader)).toEqual([]);
  });

  test.each([
    [5, 14, undefined, true],
    [4, 20, undefined, false],
    [5, 13, undefined, false],
    [6, 20, 'accepted', false],
  ])('%s soft bounces over %s days, between them %s: unreachable %s', async (count, days, between, isSuppressed) => {
    const [reader] = edition.subscriptionIds;
    const [id = ''] = await deliveryIds();
    for (let past = 1; past < count; past += 1) {
      const other = await insertFrozenEdition(testDatabase.database, { count: 0 });
      const ago = (days * past) / (count - 1);
      const state = past === 3 && between ? between : 'expired';
      await db.query(
        `insert into delivery (edition_id, subscription_id, rendition_id, due_at, state, ended_at)
         values ($1, $2, $3, now(), $4, now() - $5 * interval '1 day')`,
        [other.editionId, reader, other.renditionId, state, ago],
      );
    }
    await claim(id);
    await recordEndOfAttempt(
      testDatabase.database,
      outcome(id, { state: 'expired', reason: 'mailbox', reply: '450', givesBack: true, isSoftBounce: true }),
      new Date(),
    );
    const { rows } = await db.query(
      `select x.reason from suppression x join subscriber b on b.address_key = x.address_key join subscription s on s.subscriber_id = b.id where s.id = $1`,
      [reader],
    );
    expect(rows).toEqual(isSuppressed ? [{ reason: 'unreachable' }] : []);
  });
});

describe('on 100,000 fresh rows that no statistics know', () => {
  test('a tick reads what it names, by key, and its updates are HOT', async () => {
    const fresh = await createTestDatabase();
    try {
      const { database } = fresh;
      await database.query(`alter table delivery set (autovacuum_enabled = false)`);
      const large = await insertFrozenEdition(database, { count: 100_000 });
      const worker = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 600_000 });
      const first = BigInt(large.fromId) + 50_000n;
      const array = (values: readonly string[]): string => `'{${values.join(',')}}'`;
      const ten = (value: string): string => array(Array<string>(10).fill(value));
      const ids = (from: bigint): string => array(Array.from({ length: 10 }, (_one, at) => String(from + BigInt(at))));
      await database.connection(async (session) => {
        await prepareClaimSession(session);
        await session.query(
          `prepare tick (bigint, bigint[], bigint[], text[], text[], text[], float8[], boolean[], bigint[], bigint[]) as ${tickSql}`,
        );
        await session.query(`execute tick (${worker}, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', ${ids(first)})`);
        const { rows } = await session.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
          `explain (analyze, format json) execute tick (${worker}, ${ids(first)}, ${ten(worker)}, ${ten('accepted')},
             ${ten('NULL')}, ${ten('ok')}, ${ten('NULL')}, ${ten('f')}, '{}', ${ids(first + 10n)})`,
        );
        const nodes = allNodes(rows[0]!['QUERY PLAN'][0].Plan);
        const scans = nodes.filter((node) => node['Relation Name'] !== undefined);
        expect(scans.filter((node) => node['Node Type'] === 'Seq Scan' && (node['Actual Loops'] ?? 0) > 0)).toEqual([]);
        const readCount = scans.reduce((sum, node) => sum + rowsRead(node), 0);
        expect(scans.filter((node) => node['Relation Name'] === 'delivery').length).toBeGreaterThan(0);
        // Twenty deliveries, each with its subscription, subscriber, edition and worker, looked at once or twice.
        expect(readCount).toBeLessThan(300);
        await session.query('deallocate tick');
        await session.query('reset all');
      });
      await database.query(`select pg_stat_force_next_flush()`);
      const { rows } = await database.query<{ n_tup_upd: string; n_tup_hot_upd: string }>(
        `select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'delivery'`,
      );
      // All thirty fall into one page, which has room for some twenty versions until it is pruned, and pruning waits for whoever looks at the
      // database in that moment. An index on state, due_at or worker_id would make it none.
      expect(Number(rows[0]?.n_tup_upd)).toBe(30);
      expect(Number(rows[0]?.n_tup_hot_upd)).toBeGreaterThanOrEqual(20);
    } finally {
      await fresh.drop();
    }
  }, 60_000);
});

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

function allNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(allNodes)];
}

function rowsRead(node: PlanNode): number {
  return ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 0);
}
