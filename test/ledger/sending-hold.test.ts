import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { changeOfIdentity, knownIdentity, type DatabaseIdentity } from '../../src/db/database-identity.ts';
import { findDatabaseIdentity } from '../../src/db/database-identity-store.ts';
import { openDatabase } from '../../src/db/db.ts';
import { holdSending } from '../../src/deliveries/by-staff/hold-sending.ts';
import { resumeSending } from '../../src/deliveries/by-staff/resume-sending.ts';
import type { Job } from '../../src/kernel/job.ts';
import { holdRestored } from '../../src/ledger/hold/hold-restored.ts';
import { readSending } from '../../src/ledger/hold/read-sending.ts';
import { claimAndRecord, prepareClaimSession, readAhead, type TickResult } from '../../src/ledger/queue/claim-store.ts';
import { registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { sweepDeliveries } from '../../src/ledger/sweep/sweep-deliveries.ts';
import { claimNotice, listDueNotices } from '../../src/notices/notice-store.ts';
import type { NewNotice } from '../../src/notices/notice.ts';
import { queueNotice } from '../../src/notices/queue-notice.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertFrozenEdition } from '../support/frozen-edition.ts';
import { runOnServer } from '../support/test-server.ts';

let db: TestDatabase;
let edition: FrozenEdition;
let workerId: string;
const jobs: Job[] = [];
const enqueue = async (_tx: unknown, job: Job) => void jobs.push(job);

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => db.drop());
beforeEach(async () => {
  jobs.length = 0;
  edition = await insertFrozenEdition(db.database, { count: 3 });
  workerId = await registerWorker(db.database, { host: 'test', pid: 1, aliveMs: 60_000 });
});
afterEach(async () => {
  await db.database.query(`delete from sending_hold`);
  await db.database.query(`update edition set ended_at = now(), state = 'done' where ended_at is null`);
});

async function claim(ids: readonly string[]): Promise<TickResult> {
  return db.database.connection(async (session) => {
    await prepareClaimSession(session);
    const result = await claimAndRecord(session, { workerId, record: [], giveUp: [], claimIds: ids });
    await session.query('reset all');
    return result;
  });
}

const ahead = async () => readAhead(db.database, { editionId: edition.editionId, afterId: '0', toId: edition.toId, limit: 10 });
const hold = async () => holdSending(db.database, 'by staff');

describe('while sending is held', () => {
  test('no delivery is claimed or read ahead, by a worker that lives, and all of them wait as they were', async () => {
    const ids = await ahead();
    expect(ids).toHaveLength(3);
    await hold();
    const { claimed, ineligibleIds, isWorkerAlive } = await claim(ids);
    expect([claimed, ineligibleIds, isWorkerAlive]).toEqual([[], [], true]);
    expect(await ahead()).toEqual([]);
    const { rows } = await db.database.query(`select distinct state, attempts from delivery where edition_id = $1`, [edition.editionId]);
    expect(rows).toEqual([{ state: 'queued', attempts: 0 }]);
  });

  test('what is due has no job; once it goes on it has one at once, and is claimed', async () => {
    const ids = await ahead();
    await hold();
    await sweepDeliveries(db.database, { policy: defaultRetryPolicy, enqueue, now: new Date() });
    expect(jobs).toEqual([]);
    expect(await resumeSending(db.database, enqueue)).toMatchObject({ cause: 'staff', reason: 'by staff' });
    expect(jobs).toContainEqual(expect.objectContaining({ name: 'deliver', editionId: edition.editionId }));
    expect((await claim(ids)).claimed.map(({ id }) => id)).toEqual(ids);
    expect(await resumeSending(db.database, enqueue)).toBeUndefined();
  });

  test('the time of it does not count against the patience of a delivery', async () => {
    const [id = ''] = await ahead();
    await db.database.query(`update delivery set first_attempt_at = now() - interval '50 hours', attempts = 1 where id = $1`, [id]);
    await db.database.query(
      `insert into sending_hold (cause, reason, last_notice_id, began_at, ended_at)
       values ('staff', 'moving', 0, now() - interval '40 hours', now() - interval '10 hours')`,
    );
    const [claimed] = (await claim([id])).claimed;
    expect(Math.round((claimed?.firstAttemptAgeMs ?? 0) / 3_600_000)).toBe(20);
  });

  test('staff hold it once, and what they hold is a restored backup once it proves to be one', async () => {
    expect((await hold()).isNew).toBe(true);
    expect((await holdSending(db.database, 'again')).isNew).toBe(false);
    await rememberOther({ databaseOid: '1' });
    expect(await holdRestored(db.database, db.database)).toBe(true);
    expect((await readSending(db.database)).hold).toMatchObject({
      cause: 'restored',
      reason: 'the data is in another database than before',
    });
    expect((await hold()).isNew).toBe(false);
  });
});

describe('notices while sending is held', () => {
  const letter: NewNotice = {
    kind: 'staff',
    outlet: 'smtp',
    from: { name: 'The Example Trust', address: 'news@example.org' },
    to: { address: 'ann@example.net' },
    subject: 'A question',
    html: '<p>Yes?</p>',
    text: 'Yes?',
  };
  const queue = async (notice: Partial<NewNotice>) => db.database.transaction((tx) => queueNotice(tx, enqueue, { ...letter, ...notice }));
  const due = async () => listDueNotices(db.database, 100);

  test('wait where they were stored before or carry a digest; mail to staff and what is asked for now go', async () => {
    const subscriptionId = edition.subscriptionIds[0]!;
    await db.database.query(`delete from notice`);
    const before = await queue({ kind: 'confirmation' });
    const link = await queue({ kind: 'link', subscriptionId });
    const planned = await queue({ kind: 'confirmation', notBefore: new Date(Date.now() + 60_000) });
    await hold();
    await db.database.query(`update notice set created_at = now(), next_attempt_at = now() where id = $1`, [planned]);
    const staff = await queue({});
    const after = await queue({ kind: 'confirmation' });
    const welcome = await queue({ kind: 'welcome', subscriptionId });
    expect((await due()).sort()).toEqual([staff, after].sort());
    const claims = await Promise.all([before, link, planned, staff, after, welcome].map((id) => claimNotice(db.database, id, 60_000)));
    expect(claims.map((taken) => typeof taken === 'object')).toEqual([false, false, false, true, true, false]);
    jobs.length = 0;
    await resumeSending(db.database, enqueue);
    const noticeIds = jobs.flatMap((job) => (job.name === 'notice' ? [job.noticeId] : []));
    expect(noticeIds.sort()).toEqual([before, link, planned, welcome].sort());
    expect(await claimNotice(db.database, before, 60_000)).toMatchObject({ id: before });
  });

  test('of before whose reader left meanwhile are cancelled when it goes on, and never sent', async () => {
    const subscriptionId = edition.subscriptionIds[0]!;
    const link = await queue({ kind: 'link', subscriptionId });
    await hold();
    await db.database.query(`update subscription set state = 'left' where id = $1`, [subscriptionId]);
    expect(await claimNotice(db.database, link, 60_000)).toBeUndefined();
    await resumeSending(db.database, enqueue);
    expect(await claimNotice(db.database, link, 60_000)).toBe('cancelled');
  });
});

const here: DatabaseIdentity = { systemIdentifier: '7', databaseOid: '5', timeline: 1, tableOid: '16400' };

async function rememberOther(changes: Partial<DatabaseIdentity>): Promise<void> {
  const now = await findDatabaseIdentity(db.database);
  await db.database.query(`delete from setting where name = 'database_identity'`);
  await db.database.query(`insert into setting (name, value) values ('database_identity', to_jsonb($1::text))`, [
    JSON.stringify({ ...now, ...changes }),
  ]);
}

describe('a database is another one than before', () => {
  test.each([
    ['server', { systemIdentifier: '8', databaseOid: '6', timeline: 2, tableOid: '1' }],
    ['database', { databaseOid: '6', tableOid: '1' }],
    ['timeline', { timeline: 2 }],
    ['tables', { tableOid: '1' }],
    [undefined, {}],
    [undefined, { systemIdentifier: null, timeline: null }],
  ])('%s', (change, changes) => {
    expect(changeOfIdentity(here, { ...here, ...changes })).toBe(change);
    expect(changeOfIdentity({ ...here, ...changes }, here)).toBe(change);
  });

  test('what a server no longer says stays known, but not of another database', () => {
    const silent = { ...here, systemIdentifier: null, timeline: null };
    expect(knownIdentity(here, silent)).toEqual(here);
    expect(knownIdentity(silent, here)).toEqual(here);
    expect(knownIdentity(here, { ...silent, databaseOid: '6' })).toEqual({ ...silent, databaseOid: '6' });
  });
});

describe('a restored backup', () => {
  test('the first look remembers the database, later ones find it again, and nothing is held', async () => {
    await db.database.query(`delete from setting where name = 'database_identity'`);
    expect(await holdRestored(db.database, db.database)).toBe(false);
    expect(await holdRestored(db.database, db.database)).toBe(false);
    expect(await readSending(db.database)).toEqual({ hold: null });
  });

  test('is held by whoever looks first, once, however many look at the same time, and goes on after staff said so', async () => {
    await rememberOther({ systemIdentifier: '1' });
    const found = await Promise.all([1, 2, 3, 4].map(() => holdRestored(db.database, db.database)));
    expect(found.filter(Boolean)).toHaveLength(1);
    expect((await readSending(db.database)).hold).toMatchObject({ cause: 'restored', reason: 'the data is on another server than before' });
    await resumeSending(db.database, enqueue);
    expect(await holdRestored(db.database, db.database)).toBe(false);
    expect(await readSending(db.database)).toEqual({ hold: null });
  });

  test('is told from its original as a copy in the same server, and where the tables were made anew', async () => {
    await holdRestored(db.database, db.database);
    const server = process.env['GAZETTE_TEST_SERVER'] ?? '';
    const original = await createTestDatabase();
    await holdRestored(original.database, original.database);
    const { rows } = await original.database.query<{ name: string }>(`select current_database() as name`);
    await original.database.close();
    const copy = await createTestDatabase();
    const name = (await copy.database.query<{ name: string }>(`select current_database() as name`)).rows[0]!.name;
    await copy.database.close();
    await runOnServer(server, `drop database ${name}`);
    await runOnServer(server, `create database ${name} template ${rows[0]!.name}`);
    try {
      const restored = openDatabase(copy.url);
      expect(await holdRestored(restored, restored)).toBe(true);
      await restored.query(`delete from sending_hold`);
      await restored.query(`create table anew (like setting including all); insert into anew select * from setting; drop table setting`);
      await restored.query(`alter table anew rename to setting; alter table setting rename constraint anew_pkey to setting_pkey`);
      expect(await holdRestored(restored, restored)).toBe(true);
      expect((await readSending(restored)).hold).toMatchObject({ reason: 'the tables were made anew' });
      await restored.close();
    } finally {
      await runOnServer(server, `drop database ${name}`);
      await runOnServer(server, `drop database ${rows[0]!.name}`);
    }
  });

  test('any role may be told of it; where the server keeps its facts to itself the others are looked at', async () => {
    await db.database.query(`create role gazette_hold_reader`);
    try {
      await db.database.connection(async (session) => {
        await session.query(`set role gazette_hold_reader`);
        const open = await findDatabaseIdentity(session);
        expect(open).toEqual({
          systemIdentifier: expect.stringMatching(/^\d+$/),
          databaseOid: expect.stringMatching(/^\d+$/),
          timeline: 1,
          tableOid: expect.stringMatching(/^\d+$/),
        });
        await session.query(`reset role`);
        await session.query(`revoke execute on function pg_control_system(), pg_walfile_name(pg_lsn) from public`);
        await session.query(`set role gazette_hold_reader`);
        expect(await findDatabaseIdentity(session)).toEqual({ ...open, systemIdentifier: null, timeline: null });
        await session.query(`reset role`);
      });
    } finally {
      await db.database.query(`drop owned by gazette_hold_reader; drop role gazette_hold_reader`);
    }
  });
});
