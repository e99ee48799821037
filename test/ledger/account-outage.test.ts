import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/db/db.ts';
import { accountTroubles, defaultOutagePolicy, isToBeTold, nextTryAt, pausesEditions } from '../../src/ledger/accounts/account-outage.ts';
import {
  endOutage,
  listEditionsOfSender,
  listOpenOutages,
  markOutageTold,
  pruneOutages,
} from '../../src/ledger/accounts/account-outage-store.ts';
import { noteAccounts } from '../../src/ledger/accounts/mail-account-store.ts';
import { resumeEdition } from '../../src/ledger/approve-edition.ts';
import { claimAndRecord, prepareClaimSession } from '../../src/ledger/queue/claim-store.ts';
import { getEdition } from '../../src/ledger/drafts/edition-store.ts';
import { pauseRefusedEditions } from '../../src/ledger/sweep/pause-refused-editions.ts';
import { recordAccountRefusal } from '../../src/ledger/accounts/record-account-refusal.ts';
import { sweepOrphans } from '../../src/ledger/sweep/sweep-orphans.ts';
import { registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { getNewsletterById, updateNewsletter } from '../../src/newsletters/newsletter-store.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';

const policy = defaultOutagePolicy;
const noon = new Date('2026-03-04T12:00:00Z');
const minutes = (at: Date): number => (at.getTime() - noon.getTime()) / 60_000;

describe('an account that was refused', () => {
  test('is tried again after a minute, then ever later', () => {
    const waits = [1, 2, 3, 4, 5, 6, 20].map((count) => minutes(nextTryAt('login', count, noon, policy, 0)));
    expect(waits).toEqual([1, 2, 5, 10, 20, 30, 30]);
  });

  test('over its quota is tried again on the next day, then each hour', () => {
    expect(nextTryAt('quota', 1, noon, policy, 0.9)).toEqual(new Date('2026-03-05T00:00:00Z'));
    expect(minutes(nextTryAt('quota', 2, noon, policy, 0.9))).toBe(60);
  });

  test.each(['rate', 'connections'] as const)('over a limit (%s) is tried again soon, then ever later', (trouble) => {
    const waits = Array.from({ length: 12 }, (_one, at) => minutes(nextTryAt(trouble, at + 1, noon, policy, 0)) * 60);
    expect(waits.slice(0, 3)).toEqual([1, 2, 4]);
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    expect(waits.at(-1)).toBe(600);
  });

  test('pauses editions only where a person has to mend it, and only after an hour', () => {
    const ago = (ms: number) => new Date(noon.getTime() - ms);
    const pausing = (ms: number, waitMs: number, onlyAt: string | null = null) =>
      accountTroubles.filter((trouble) => pausesEditions({ trouble, beganAt: ago(ms), waitMs, onlyAt }, noon, policy));
    expect(pausing(3_600_000, 1)).toEqual(['login', 'sender']);
    expect(pausing(3_599_000, 1)).toEqual([]);
    expect(pausing(3_600_000, 0)).toEqual([]);
    expect(pausing(36_000_000, 1, 'corp.example')).toEqual([]);
  });
});

test('staff are told of an outage once, and after its like only when the quiet time since then is over', () => {
  const minutesLater = (count: number) => new Date(noon.getTime() + count * 60_000);
  const told = (toldAt: Date | null, ageMinutes: number) =>
    accountTroubles.filter((trouble) => isToBeTold({ trouble, beganAt: noon, ageMs: ageMinutes * 60_000, toldAt }));
  expect(told(null, 0)).toEqual([...accountTroubles]);
  expect(told(minutesLater(1), 1_000_000)).toEqual([]);
  expect(told(minutesLater(-10), 49)).toEqual([]);
  expect(told(minutesLater(-10), 50)).toEqual(['login', 'sender']);
  expect(told(minutesLater(-10), 350)).toEqual(['unreachable', 'login', 'sender']);
  expect(told(minutesLater(-10), 6 * 24 * 60)).toEqual([...accountTroubles]);
});

describe('an outage', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    testDatabase = await createTestDatabase({ maxConnections: 10 });
    ({ database } = testDatabase);
  });
  afterAll(async () => testDatabase.drop());
  beforeEach(async () => {
    await database.query(`delete from account_outage`);
  });

  const login = { account: 'relay:587', trouble: 'login', sender: null, reply: '535 Wrong password', onlyAt: null } as const;
  const refuse = async (refusal: Parameters<typeof recordAccountRefusal>[1] = login) => recordAccountRefusal(database, refusal, policy, 0);
  const makeDue = async () => database.query(`update account_outage set next_try_at = now()`);

  test('counts what was refused together once, also by several workers at the same moment', async () => {
    const seen = await Promise.all(Array.from({ length: 8 }, async () => refuse()));
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
    expect(await listOpenOutages(database)).toMatchObject([{ ...login, tryCount: 1, toldAt: null }]);
    await makeDue();
    await Promise.all(Array.from({ length: 8 }, async () => refuse()));
    const [outage] = await listOpenOutages(database);
    expect(outage).toMatchObject({ tryCount: 2 });
    expect(outage?.waitMs).toBeGreaterThan(60_000);
  });

  test('of a sender leaves the account and other senders alone', async () => {
    await refuse({ ...login, trouble: 'sender', sender: 'a@example.org' });
    await refuse({ ...login, trouble: 'sender', sender: 'b@example.org' });
    expect(await endOutage(database, { account: login.account, sender: null })).toBe(false);
    expect(await endOutage(database, { account: login.account, sender: 'a@example.org' })).toBe(true);
    expect((await listOpenOutages(database, login.account)).map(({ sender }) => sender)).toEqual(['b@example.org']);
    expect(await listOpenOutages(database, 'other:587')).toEqual([]);
  });

  test('of an account that cannot be reached or log in ends with an answer to its sender, even a refusal; a quota does not', async () => {
    await refuse({ ...login, trouble: 'unreachable' });
    await refuse({ ...login, trouble: 'sender', sender: 'a@example.org' });
    expect((await listOpenOutages(database)).map(({ trouble }) => trouble)).toEqual(['sender']);
    await refuse({ ...login, trouble: 'quota' });
    await refuse({ ...login, trouble: 'sender', sender: 'b@example.org' });
    expect((await listOpenOutages(database)).map(({ trouble }) => trouble)).toEqual(['sender', 'quota', 'sender']);
  });

  test('is told of again where a person mended the last, and not again for a limit that one edition meets all week', async () => {
    for (const [trouble, isTold] of [
      ['login', false],
      ['quota', true],
    ] as const) {
      await refuse({ ...login, trouble });
      await database.query(`update account_outage set told_at = now() - interval '30 hours', told_of = trouble`);
      await endOutage(database, login);
      expect([trouble, (await refuse({ ...login, trouble })).toldAt !== null]).toEqual([trouble, isTold]);
      await endOutage(database, login);
    }
  });

  test('that turns into one which a person has to mend is told of, and its hour begins then', async () => {
    const edition = await insertFrozenEdition(database, { count: 1 });
    await database.query(`update edition set frozen_at = now() - interval '3 hours' where id = $1`, [edition.editionId]);
    await refuse({ ...login, trouble: 'unreachable' });
    await database.query(
      `update account_outage set told_at = now(), told_of = trouble, began_at = now() - interval '2 hours', next_try_at = now()`,
    );
    await refuse();
    expect(await listOpenOutages(database)).toMatchObject([{ ...login, tryCount: 1, toldAt: null }]);
    expect(await pauseRefusedEditions(database, new Date(), policy)).toEqual([]);
    expect(await getEdition(database, edition.editionId)).toMatchObject({ state: 'sending' });
    const { rows } = await database.query(`select trouble, ended_at is not null as ended from account_outage order by id`);
    expect(rows).toEqual([
      { trouble: 'unreachable', ended: true },
      { trouble: 'login', ended: false },
    ]);
  });

  test('of a log-in goes on while its server cannot be reached, as one is that bans whoever came with a wrong password', async () => {
    const first = await refuse();
    for (const trouble of ['unreachable', 'login', 'connections', 'login'] as const) {
      await makeDue();
      await refuse({ ...login, trouble, reply: trouble === 'login' ? login.reply : 'refused' });
    }
    expect(await listOpenOutages(database)).toMatchObject([{ ...login, id: first?.id, tryCount: 5 }]);
    await makeDue();
    await refuse({ ...login, trouble: 'rate' });
    expect(await listOpenOutages(database)).toMatchObject([{ trouble: 'rate', tryCount: 1 }]);
  });

  test('of one limit that turns into another is told of as what it was when staff were told', async () => {
    const outage = await refuse({ ...login, trouble: 'rate' });
    await database.transaction(async (tx) => markOutageTold(tx, outage.id));
    await makeDue();
    await refuse({ ...login, trouble: 'connections' });
    await database.query(`update account_outage set told_at = told_at - interval '1 hour', began_at = began_at - interval '1 hour'`);
    await endOutage(database, login);
    // Staff know of the one, not of the other; an open one is looked up as what it has become.
    for (const [trouble, isKnown] of [
      ['rate', true],
      ['connections', false],
      ['rate', true],
    ] as const) {
      expect([trouble, (await refuse({ ...login, trouble })).toldAt !== null]).toEqual([trouble, isKnown]);
      await makeDue();
    }
  });

  test('that is in doubt is asked about soon, turns sure when another domain is told so, and keeps no other from being told of', async () => {
    const doubtful = { ...login, trouble: 'quota', onlyAt: 'corp.example' } as const;
    const first = await refuse(doubtful);
    expect([first.onlyAt, Math.round(first.waitMs / 60_000)]).toEqual(['corp.example', 10]);
    await database.transaction(async (tx) => markOutageTold(tx, first.id));
    expect(await refuse(doubtful)).toMatchObject({ id: first.id, onlyAt: 'corp.example', tryCount: 1 });
    const sure = await refuse({ ...doubtful, onlyAt: 'other.example' });
    expect(sure).toMatchObject({ onlyAt: null, toldAt: null, nextTryAt: policy.quotaEndsAt(new Date()) });
    expect(sure.id).not.toBe(first.id);
    await makeDue();
    expect(await refuse(doubtful)).toMatchObject({ onlyAt: null, tryCount: 2 });
    await database.query(`delete from account_outage`);

    await refuse(doubtful);
    await database.query(
      `update account_outage set told_at = now() - interval '1 hour', told_of = trouble, began_at = now() - interval '1 hour'`,
    );
    await endOutage(database, login);
    expect((await refuse(doubtful)).toldAt).not.toBeNull();
    expect((await refuse({ ...doubtful, onlyAt: null })).toldAt).toBeNull();
  });

  test('that others are told of, or that is another thing, is no longer in doubt, and its hour begins then', async () => {
    for (const further of [{ ...login }, { ...login, trouble: 'unreachable' as const }]) {
      await refuse({ ...login, onlyAt: 'corp.example' });
      await database.query(`update account_outage set told_at = now(), told_of = trouble, began_at = now() - interval '9 hours'`);
      expect(await refuse(further)).toMatchObject({ trouble: further.trouble, onlyAt: null, toldAt: null, tryCount: 1 });
      expect(await pauseRefusedEditions(database, new Date(), policy)).toEqual([]);
      expect(await listOpenOutages(database)).toHaveLength(1);
      await database.query(`delete from account_outage`);
    }
  });

  test('in doubt of one thing follows one that was sure of another, and its time begins then', async () => {
    await refuse({ ...login, trouble: 'unreachable' });
    await makeDue();
    expect(await refuse({ ...login, onlyAt: 'corp.example' })).toMatchObject({ trouble: 'login', onlyAt: 'corp.example', tryCount: 1 });
    expect(await listOpenOutages(database)).toHaveLength(1);
  });

  test('takes nothing from the patience for a delivery: its time is not counted', async () => {
    const edition = await insertFrozenEdition(database, { count: 2 });
    const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    await database.query(`update delivery set attempts = 1, first_attempt_at = now() - interval '100 hours' where edition_id = $1`, [
      edition.editionId,
    ]);
    // Two that overlap, from 60 to 40 and from 50 to 30 hours ago, one from before, and one of another sender.
    await database.query(
      `insert into account_outage (account, sender, trouble, reply, began_at, next_try_at, ended_at)
       select 'relay:587', o.sender, case when o.sender is null then 'login' else 'sender' end, '', now() - o.f * interval '1 hour', now(), now() - o.t * interval '1 hour'
       from (values (null, 60, 40), (null, 50, 30), (null, 300, 95), ('somebody@else.example', 20, 10)) as o (sender, f, t)`,
    );
    const claimed = await database.connection(async (session) => {
      await prepareClaimSession(session);
      const tick = await claimAndRecord(session, { workerId, record: [], giveUp: [], claimIds: [edition.fromId] });
      await session.query('reset all');
      return tick.claimed;
    });
    expect((claimed[0]?.firstAttemptAgeMs ?? 0) / 3_600_000).toBeCloseTo(100 - 30 - 5, 1);

    await database.query(`update delivery set state = 'sending', worker_id = $2 where edition_id = $1`, [edition.editionId, workerId]);
    await database.query(`update worker set ended_at = now() where id = $1`, [workerId]);
    await sweepOrphans(database, { gapsMs: [1], patienceMs: 70 * 3_600_000, inDoubt: 'resend' });
    const { rows } = await database.query(`select state from delivery where edition_id = $1`, [edition.editionId]);
    expect(rows).toEqual([{ state: 'queued' }, { state: 'queued' }]);
  });

  test('of a sender that staff have changed since counts up to the change, and what overlaps counts once', async () => {
    const edition = await insertFrozenEdition(database, { count: 1 });
    const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    const { slug, senderAddress: first } = await getNewsletterById(database, edition.newsletterId);
    const hoursAgo = async (sql: string, hours: number, ...values: unknown[]) =>
      database.query(sql.replaceAll('$at', `now() - ${hours} * interval '1 hour'`), values);
    const changeSender = async (senderAddress: string, hours: number) => {
      const { senderAddress: former } = await getNewsletterById(database, edition.newsletterId);
      await updateNewsletter(database, slug, { senderAddress });
      await hoursAgo(
        `update former_sender set used_until = $at where newsletter_id = $1 and address = $2`,
        hours,
        edition.newsletterId,
        former,
      );
    };
    await changeSender('second@example.org', 60);
    await changeSender('third@example.org', 20);
    await hoursAgo(`update delivery set attempts = 1, first_attempt_at = $at where edition_id = $1`, 100, edition.editionId);
    // Of the first one from 90 to 50 hours ago, of the second from 65 to 55 and from 19 on, of one of another newsletter the whole time.
    await database.query(
      `insert into account_outage (account, sender, trouble, reply, began_at, next_try_at, ended_at)
       select 'relay:587', o.sender, 'sender', '', now() - o.f * interval '1 hour', now(), now() - o.t * interval '1 hour'
       from (values ($1, 90, 50), ('second@example.org', 65, 55), ('second@example.org', 19, null), ('other@example.org', 100, 0)) as o (sender, f, t)`,
      [first],
    );
    const ageHours = async (): Promise<number> =>
      database.connection(async (session) => {
        await prepareClaimSession(session);
        const { claimed } = await claimAndRecord(session, { workerId, record: [], giveUp: [], claimIds: [edition.fromId] });
        await session.query('reset all');
        return (claimed[0]?.firstAttemptAgeMs ?? 0) / 3_600_000;
      });
    expect(await ageHours()).toBeCloseTo(100 - 35, 1);

    await database.query(`update worker set ended_at = now() where id = $1`, [workerId]);
    await sweepOrphans(database, { gapsMs: [1], patienceMs: 70 * 3_600_000, inDoubt: 'resend' });
    const { rows } = await database.query(`select state from delivery where edition_id = $1`, [edition.editionId]);
    expect(rows).toEqual([{ state: 'queued' }]);
  });

  test('is forgotten when no delivery can have waited through it, and so is a former sender', async () => {
    const { newsletterId } = await insertFrozenEdition(database);
    await database.query(
      `insert into former_sender (newsletter_id, address, used_until)
       values ($1, 'old@example.org', now() - interval '91 days'), ($1, 'late@example.org', now() - interval '89 days')`,
      [newsletterId],
    );
    await database.query(
      `insert into account_outage (account, trouble, reply, next_try_at, ended_at)
       values ('relay:587', 'login', 'old', now(), now() - interval '91 days'), ('relay:587', 'login', 'late', now(), now() - interval '89 days')`,
    );
    await pruneOutages(database, 90);
    expect((await database.query(`select reply from account_outage`)).rows).toEqual([{ reply: 'late' }]);
    expect((await database.query(`select address from former_sender where newsletter_id = $1`, [newsletterId])).rows).toEqual([
      { address: 'late@example.org' },
    ]);
  });

  test('of one account pauses what is sent through it, and nothing of a newsletter that chose another', async () => {
    const { account } = login;
    const [own, others] = [await insertFrozenEdition(database, { count: 1 }), await insertFrozenEdition(database, { count: 1 })];
    await database.query(`update newsletter set account = 'news' where id = $1`, [others.newsletterId]);
    await noteAccounts(database, [
      { name: 'default', account },
      { name: 'news', account: 'elsewhere:587' },
      { name: 'gone', account },
    ]);
    await noteAccounts(database, [
      { name: 'default', account },
      { name: 'news', account: 'news:587' },
    ]);
    expect((await database.query(`select name, account from mail_account order by name`)).rows).toEqual([
      { name: 'default', account },
      { name: 'news', account: 'news:587' },
    ]);
    await database.query(`update edition set frozen_at = now() - interval '2 hours'`);
    const editionsOf = (name: string) => listEditionsOfSender(database, { account: name, sender: null }, 3_600_000);
    expect([(await editionsOf(account)).includes(own.editionId), (await editionsOf(account)).includes(others.editionId)]).toEqual([
      true,
      false,
    ]);
    expect(await editionsOf('news:587')).toEqual([others.editionId]);
    await noteAccounts(database, []);
  });

  test('of a log-in that lasts an hour pauses what is being sent, and leaves what staff let go another hour', async () => {
    const edition = await insertFrozenEdition(database, { count: 1 });
    const sample = await insertFrozenEdition(database, { count: 1, isSample: true });
    await refuse();
    const past = async (hours: number) => {
      await database.query(`update account_outage set began_at = now() - $1 * interval '1 hour'`, [hours]);
      await database.query(`update edition set frozen_at = now() - $1 * interval '1 hour'`, [hours]);
      return pauseRefusedEditions(database, new Date(), policy);
    };
    expect(await past(0.9)).toEqual([]);
    await makeDue();
    expect(await past(1.1)).toEqual([]);
    await refuse();
    expect(await past(1.1)).toContain(edition.editionId);
    expect(await getEdition(database, edition.editionId)).toMatchObject({
      state: 'paused',
      reason: expect.stringMatching(/^relay:587 refuses the log-in since .* It said: 535 Wrong password$/),
    });
    expect(await getEdition(database, sample.editionId)).toMatchObject({ state: 'sending' });
    await resumeEdition(database, edition.editionId, { now: new Date() });
    // What was mended is tried at once.
    expect(await listOpenOutages(database)).toMatchObject([{ waitMs: 0 }]);
    await refuse();
    expect(await pauseRefusedEditions(database, new Date(), policy)).toEqual([]);
    expect(await getEdition(database, edition.editionId)).toMatchObject({ state: 'sending', isStoppedByStaff: false });
  });
});
