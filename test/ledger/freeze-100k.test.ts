/*
 * A freeze of 100,000 subscriptions that nobody has analysed, in 200 cohorts, killed in the middle, while others sign up, leave and give back.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Audience, seedAudience } from '../../bench/support-audience.ts';
import { type Database, type Tx, openDatabase } from '../../src/db/db.ts';
import { approveEdition } from '../../src/ledger/approve-edition.ts';
import { activateSubscription, leaveSubscription } from '../../src/ledger/change-subscription.ts';
import { claimAndRecord, prepareClaimSession, readAhead, tickSql } from '../../src/ledger/queue/claim-store.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import type { FreezeResult } from '../../src/ledger/freeze/freeze-edition.ts';
import { giveBack } from '../../src/ledger/queue/give-back-store.ts';
import { parsePositions } from '../../src/ledger/position.ts';
import { registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { cursorOf, deliveriesOf, freeze, one, recordingRenderer } from './fixture.ts';

const size = 100_000;
let testDatabase: TestDatabase;
let others: Database;
let audience: Audience;
let editionId: string;
let frozen: FreezeResult;
const renderer = recordingRenderer();
const done = { signUps: [] as string[], leavers: [] as string[], givenBack: [] as string[] };

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  others = openDatabase(testDatabase.url, { maxConnections: 3 });
  const { database } = testDatabase;
  audience = await seedAudience(database, size);
  const composed = await composeEdition(database, { ...audience, slotAt: new Date(), byHand: false, now: new Date() });
  if (composed.kind !== 'composed') throw new Error(`Expected a draft, got ${composed.kind}`);
  ({ editionId } = composed);
  await approveEdition(database, editionId, { by: 'test', now: new Date() });
  let isOver = false;
  const disturbing = Promise.all([disturb(signUp), disturb(leave), disturb(expire)]);
  async function disturb(work: (tx: Tx, n: number) => Promise<void>): Promise<void> {
    for (let n = 1; !isOver; n += 1) {
      await others.transaction(async (tx) => {
        await tx.query(`set local lock_timeout = '100ms'`);
        await work(tx, n);
      });
    }
  }
  let chunkCount = 0;
  const dying = freeze(database, editionId, {
    renderRendition: renderer.render,
    afterChunk: () => {
      chunkCount += 1;
      if (chunkCount === 20) throw new Error('killed');
    },
  });
  try {
    await expect(dying).rejects.toThrow('killed');
    frozen = await freeze(database, editionId, { renderRendition: renderer.render });
  } finally {
    isOver = true;
    await disturbing;
  }
}, 300_000);

afterAll(async () => {
  await others.close();
  await testDatabase.drop();
});

async function signUp(tx: Tx, n: number): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `with p as (insert into subscriber (address, address_key) values ('new-' || $3, md5('new-' || $3)) returning id)
     insert into subscription (subscriber_id, newsletter_id, schedule_id, state, language) select id, $1, $2, 'pending', 'en' from p returning id`,
    [audience.newsletterId, audience.scheduleId, String(n)],
  );
  const { id } = one(rows);
  await activateSubscription(tx, id, new Date());
  // Who joins once the freeze has ended begins behind it.
  const { rows: editions } = await tx.query<{ state: string }>(`select state from edition where id = $1`, [editionId]);
  if (one(editions).state === 'approved') done.signUps.push(id);
}

/** A prime step, so that those before and behind the freeze are met. */
async function leave(tx: Tx, n: number): Promise<void> {
  const id = String(1 + ((n * 7_919) % size));
  await leaveSubscription(tx, id, new Date());
  done.leavers.push(id);
}

async function expire(tx: Tx, n: number): Promise<void> {
  const { rows } = await tx.query<{ id: string; subscription_id: string }>(
    `update delivery set state = 'expired', ended_at = now()
     where state = 'queued' and id = (select id from delivery where edition_id = $1 and subscription_id > $2 and state = 'queued'
                                      order by subscription_id limit 1 for update skip locked)
     returning id, subscription_id`,
    [audience.pausedEditionId, (n * 7_919) % size],
  );
  await giveBack(
    tx,
    rows.map((row) => row.id),
  );
  done.givenBack.push(...rows.map((row) => row.subscription_id));
}

describe('a freeze of 100,000', () => {
  test('is joined by sign-ups, unsubscribes and give-backs that wait for no lock longer than 100 ms', () => {
    expect([done.signUps.length, done.leavers.length, done.givenBack.length].map((count) => count > 20)).toEqual([true, true, true]);
  });

  test('that was killed in the middle ends as if nothing had happened: one delivery for each, each cursor at the cutoff', async () => {
    const { rows } = await testDatabase.database.query<{ missed: number; twice: number; behind: number }>(
      `select count(*) filter (where d.id is null)::integer as missed,
              (count(d.id) - count(distinct d.subscription_id))::integer as twice,
              count(*) filter (where c.cursor < e.cutoff)::integer as behind
       from edition e join subscription s on s.schedule_id = e.schedule_id and s.id <= $2 and s.state = 'active'
       join subscription_cursor c on c.subscription_id = s.id
       left join delivery d on d.edition_id = e.id and d.subscription_id = s.id
       where e.id = $1`,
      [editionId, size],
    );
    expect(rows).toEqual([{ missed: 0, twice: 0, behind: 0 }]);
    expect(frozen.kind).toBe('frozen');
  });

  test('loses nothing that is given back meanwhile', async () => {
    const { rows } = await testDatabase.database.query<{ id: string }>(
      `select s.id from subscription s join release r on r.position = 9
       where s.id = any($1::bigint[]) and s.state = 'active'
         and s.topics && (select array_agg(t.topic_id) from post_topic t where t.post_id = r.post_id)`,
      [done.givenBack],
    );
    const given = rows.map((row) => row.id);
    expect(given.length).toBeGreaterThan(10);
    for (const id of given) {
      const { owed } = await cursorOf(testDatabase.database, id);
      const live = (await deliveriesOf(testDatabase.database, id)).filter((delivery) => delivery.state === 'queued');
      const places = [...owed, ...live.flatMap((delivery) => delivery.positions)].filter((position) => position === 9n);
      expect(places).toEqual([9n]);
    }
  });

  test('gives a new reader what waits once: with this edition where a chunk met them, else above their cursor with the next', async () => {
    // Whoever came just when it had ended begins behind it.
    const { rows } = await testDatabase.database.query<{ both: number; neither: number }>(
      `select count(*) filter (where d.id is not null and c.cursor < e.cutoff)::integer as both,
              count(*) filter (where d.id is null and c.cursor >= e.cutoff
                and (c.since < e.cutoff or s.activated_at < e.frozen_at - interval '2 seconds'))::integer as neither
       from edition e join subscription s on s.id = any($2::bigint[]) join subscription_cursor c on c.subscription_id = s.id
       left join delivery d on d.edition_id = e.id and d.subscription_id = s.id
       where e.id = $1`,
      [editionId, done.signUps],
    );
    expect(rows).toEqual([{ both: 0, neither: 0 }]);
  });

  test('renders each distinct digest once, and the archive page', async () => {
    const { rows } = await testDatabase.database.query<{ language: string; positions: string; revisions: string }>(
      `select language, positions::text as positions, revisions::text as revisions from rendition where edition_id = $1`,
      [editionId],
    );
    expect(new Set(rows.map((row) => `${row.language} ${row.positions}`)).size).toBe(rows.length);
    expect(renderer.groups.map((group) => `${group.language} ${group.positions.join()}`).sort()).toEqual(
      rows.map((row) => `${row.language} ${parsePositions(row.positions).join()}`).sort(),
    );
  });

  test('is followed by claims that look rows up by key', async () => {
    const { database } = testDatabase;
    const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    const { rows: ends } = await database.query<{ last: string }>(`select max(id) as last from delivery where edition_id = $1`, [
      editionId,
    ]);
    const ids = await readAhead(database, { editionId, afterId: '0', toId: one(ends).last, limit: 20 });
    await others.connection(async (session) => {
      await prepareClaimSession(session);
      const claimed = await claimAndRecord(session, { workerId, record: [], giveUp: [], claimIds: ids.slice(0, 10) });
      expect(claimed.claimed).toHaveLength(10);
      await session.query(`prepare plan_of_tick as ${tickSql}`);
      const literal = `'{${ids.slice(10).join(',')}}'`;
      const { rows } = await session.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (analyze, format json) execute plan_of_tick (${workerId}, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', ${literal})`,
      );
      const nodes = nodesOf(one(rows)['QUERY PLAN'][0].Plan).filter(
        (node) => node['Relation Name'] !== undefined && node['Actual Loops'] > 0,
      );
      expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])).toEqual([]);
      expect(nodes.reduce((sum, node) => sum + node['Actual Rows'] * node['Actual Loops'], 0)).toBeLessThan(500);
      await session.query('reset all');
    });
  });
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly PlanNode[];
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
