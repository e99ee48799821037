import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/db/db.ts';
import { resumeEdition } from '../../src/ledger/approve-edition.ts';
import type { AttemptRecord, RejectionSubject } from '../../src/ledger/queue/attempt.ts';
import { recordOfAttempt, defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { closeEdition } from '../../src/ledger/sweep/close-edition.ts';
import { pauseEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { getEdition, listStoppedEditions } from '../../src/ledger/drafts/edition-store.ts';
import { recordEndOfAttempt } from '../../src/ledger/end-delivery.ts';
import { judgeRefusals } from '../../src/ledger/sweep/judge-refusals.ts';
import { subjectThatPauses } from '../../src/ledger/queue/refusal-count.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import { registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { type FrozenEdition, insertDeliveries, insertFrozenEdition } from '../support/frozen-edition.ts';

describe('the refusals that pause an edition', () => {
  test.each([
    ['policy', 10, 50, true],
    ['policy', 10, 51, false],
    ['policy', 9, 9, false],
    ['message', 5, 50, true],
    ['message', 5, 51, false],
    ['message', 4, 4, false],
    ['address', 5, 99, true],
    ['address', 5, 100, false],
    ['address', 4, 5, false],
    ['mailbox', 10, 19, true],
    ['mailbox', 10, 20, false],
    ['mailbox', 9, 9, false],
    ['unclear', 10, 19, true],
    ['unclear', 10, 20, false],
    ['unclear', 9, 9, false],
  ] as const)('%s: %i of %i: %s', (subject, refused, all, pauses) => {
    const counts = { [subject]: refused };
    expect(subjectThatPauses(counts, all)).toBe(pauses ? subject : undefined);
  });
});

describe('judging refusals', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    ({ database } = testDatabase);
  });
  afterAll(async () => testDatabase.drop());

  const deliveryIdsOf = async (edition: FrozenEdition): Promise<string[]> => {
    const { rows } = await database.query<{ id: string }>(`select id from delivery where edition_id = $1 order by id`, [edition.editionId]);
    return rows.map((row) => row.id);
  };
  const refuse = async (ids: readonly string[], subject: RejectionSubject): Promise<void> => {
    const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    const history = { attempts: 0, doubts: 0, isDoubted: false, firstAttemptAgeMs: null };
    const record: AttemptRecord = recordOfAttempt({ kind: 'rejected', reply: '550', subject }, history, defaultRetryPolicy, 0);
    for (const deliveryId of ids) {
      await database.query(`update delivery set state = 'sending', worker_id = $2 where id = $1`, [deliveryId, workerId]);
      await recordEndOfAttempt(database, { deliveryId, workerId, record }, new Date());
    }
  };
  const suppressedCount = async (edition: FrozenEdition): Promise<number> => {
    const { rows } = await database.query<{ count: number }>(
      `select count(*)::integer as count from suppression x join subscriber b on b.address_key = x.address_key
       join subscription s on s.subscriber_id = b.id where s.newsletter_id = $1`,
      [edition.newsletterId],
    );
    return rows[0]?.count ?? 0;
  };
  const owedCount = async (edition: FrozenEdition): Promise<number> => {
    const { rows } = await database.query<{ count: number }>(
      `select count(*)::integer as count from subscription_cursor where subscription_id = any($1::bigint[]) and owed = array[$2::bigint]`,
      [edition.subscriptionIds, edition.position],
    );
    return rows[0]?.count ?? 0;
  };

  test('pauses the edition of which too many were refused, says why, and lets staff go on with it', async () => {
    const edition = await insertFrozenEdition(database, { count: 40 });
    const ids = await deliveryIdsOf(edition);
    await refuse(ids.slice(0, 9), 'policy');
    expect(await judgeRefusals(database, new Date())).toEqual([]);
    await refuse(ids.slice(9, 10), 'policy');
    expect(await judgeRefusals(database, new Date())).toEqual([edition.editionId]);
    const paused = await getEdition(database, edition.editionId);
    expect(paused).toMatchObject({
      state: 'paused',
      reason: expect.stringMatching(/^10 of its deliveries were refused as unwanted/),
    });
    expect(paused).toMatchObject({ isStoppedByStaff: false, stateSince: expect.any(Date) });
    expect(await judgeRefusals(database, new Date())).toEqual([]);

    await resumeEdition(database, edition.editionId, { now: new Date() });
    await refuse(ids.slice(10, 19), 'policy');
    // What was refused before staff decided does not pause it again.
    expect(await judgeRefusals(database, new Date())).toEqual([]);
    expect(await getEdition(database, edition.editionId)).toMatchObject({ state: 'sending', isStoppedByStaff: false });
    expect([await suppressedCount(edition), await owedCount(edition)]).toEqual([0, 19]);
  });

  test('ends an edition that is answered before it can pause, with the reason, and one that paused itself when nothing of it is left', async () => {
    const answered = await insertFrozenEdition(database, { count: 12 });
    await refuse(await deliveryIdsOf(answered), 'policy');
    expect(await closeEdition(database, answered.editionId)).toBe(true);
    expect(await getEdition(database, answered.editionId)).toMatchObject({
      state: 'done',
      reason: expect.stringMatching(/^12 of its deliveries were refused/),
      endedAt: expect.any(Date),
    });
    expect((await listStoppedEditions(database)).filter(({ id }) => id === answered.editionId)).toMatchObject([{ state: 'done' }]);

    const paused = await insertFrozenEdition(database, { count: 12 });
    const [last, ...others] = (await deliveryIdsOf(paused)).toReversed();
    await refuse(others, 'policy');
    expect(await judgeRefusals(database, new Date())).toEqual([paused.editionId]);
    expect(await closeEdition(database, paused.editionId)).toBe(false);
    await refuse([last!], 'policy');
    expect(await closeEdition(database, paused.editionId)).toBe(true);
    expect(await getEdition(database, paused.editionId)).toMatchObject({ state: 'done', reason: expect.stringMatching(/^11 of its/) });
    // Staff were told of the pause.
    expect((await listStoppedEditions(database)).filter(({ id }) => id === paused.editionId)).toEqual([]);

    const well = await insertFrozenEdition(database, { count: 12 });
    const wellIds = await deliveryIdsOf(well);
    await refuse(wellIds.slice(0, 4), 'policy');
    await database.query(`update delivery set state = 'accepted', ended_at = now() where id = any($1::bigint[])`, [wellIds.slice(4)]);
    expect(await closeEdition(database, well.editionId)).toBe(true);
    expect(await getEdition(database, well.editionId)).toMatchObject({ state: 'done', reason: null });
  });

  describe('of five editions in a row to the same readers', () => {
    const fiveTimes = async (count: number, refusedCount: number, { isJudged = false } = {}): Promise<string[]> => {
      const first = await insertFrozenEdition(database, { count });
      for (let round = 0; round < 5; round += 1) {
        const edition = round === 0 ? first : await insertFrozenEdition(database, { count: 0 });
        if (round > 0) {
          await insertDeliveries(database, edition, first.subscriptionIds);
        }
        const ids = await deliveryIdsOf(edition);
        await database.query(`update delivery set state = 'accepted', ended_at = now() where id = any($1::bigint[])`, [
          ids.slice(refusedCount, isJudged ? -1 : undefined),
        ]);
        await refuse(ids.slice(0, refusedCount), round % 2 === 0 ? 'unclear' : 'mailbox');
        if (isJudged) expect(await judgeRefusals(database, new Date())).toEqual([edition.editionId]);
        else expect(await closeEdition(database, edition.editionId)).toBe(true);
        await database.query(`update delivery set ended_at = ended_at - interval '4 days' where subscription_id = any($1::bigint[])`, [
          first.subscriptionIds,
        ]);
      }
      const { rows } = await database.query<{ reason: string }>(
        `select x.reason from suppression x join subscriber b on b.address_key = x.address_key join subscription s on s.subscriber_id = b.id
         where s.id = any($1::bigint[])`,
        [first.subscriptionIds],
      );
      return rows.map((row) => row.reason);
    };

    test('each refused alike, by a relay that refuses us: nobody is unreachable, whether they ended or paused', async () => {
      expect(await fiveTimes(3, 3)).toEqual([]);
      expect(await fiveTimes(12, 12)).toEqual([]);
      expect(await fiveTimes(20, 15, { isJudged: true })).toEqual([]);
    });

    test('each refused for a few of them, these are', async () => {
      expect(await fiveTimes(1, 1)).toEqual(['unreachable']);
      expect(await fiveTimes(6, 3)).toEqual(['unreachable', 'unreachable', 'unreachable']);
    });
  });

  test('leaves an edition that a person paused to that person, even with nothing left', async () => {
    const edition = await insertFrozenEdition(database, { count: 1 });
    await pauseEdition(database, edition.editionId, { reason: 'by staff', now: new Date(), isByStaff: true });
    await refuse(await deliveryIdsOf(edition), 'policy');
    expect(await closeEdition(database, edition.editionId)).toBe(false);
  });

  test('of an old list pauses the edition and leaves its dead addresses suppressed', async () => {
    const edition = await insertFrozenEdition(database, { count: 20 });
    await refuse((await deliveryIdsOf(edition)).slice(0, 5), 'address');
    expect(await judgeRefusals(database, new Date())).toEqual([edition.editionId]);
    expect((await getEdition(database, edition.editionId)).reason).toMatch(/do not exist any more: this looks like an old list/);
    expect([await suppressedCount(edition), await owedCount(edition)]).toEqual([5, 0]);
  });

  test('believes no domain that refuses more than ten addresses in a day: nobody stays suppressed, every post is owed again', async () => {
    const edition = await insertFrozenEdition(database, { count: 400 });
    const ids = await deliveryIdsOf(edition);
    await refuse(ids.slice(0, 10), 'address');
    expect(await judgeRefusals(database, new Date())).toEqual([]);
    expect([await suppressedCount(edition), await owedCount(edition)]).toEqual([10, 0]);
    // Of one of them something else was waiting, which ended with the suppression; another complained meanwhile.
    const other = await insertFrozenEdition(database, { count: 0 });
    await database.query(
      `insert into delivery (edition_id, subscription_id, rendition_id, due_at, state, ended_at) values ($1, $2, $3, now(), 'suppressed', now())`,
      [other.editionId, edition.subscriptionIds[0], other.renditionId],
    );
    const { rows } = await database.query<{ key: string }>(
      `select b.address_key as key from subscriber b join subscription s on s.subscriber_id = b.id where s.id = $1`,
      [edition.subscriptionIds[1]],
    );
    await database.transaction(async (tx) =>
      suppressAddress(tx, rows[0]?.key ?? '', { reason: 'complained', source: 'test', now: new Date() }),
    );
    await refuse(ids.slice(10, 11), 'address');
    expect(await judgeRefusals(database, new Date())).toEqual([edition.editionId]);
    expect((await getEdition(database, edition.editionId)).reason).toMatch(/^n[0-9a-f]+\.example said of 11 addresses in a day/);
    expect(await suppressedCount(edition)).toBe(1);
    const { rows: cursors } = await database.query<{ owed: string[]; cursor: string }>(
      `select owed, cursor from subscription_cursor where subscription_id = any($1::bigint[]) and owed <> '{}' order by subscription_id`,
      [edition.subscriptionIds],
    );
    expect(cursors).toHaveLength(11);
    expect(cursors[0]).toEqual({ owed: [edition.position, other.position], cursor: edition.position });
    expect(cursors[2]?.owed).toEqual([edition.position]);
    // It is done once, whoever looks again.
    await judgeRefusals(database, new Date());
    expect(await owedCount(edition)).toBe(10);
  });

  test('counts an address once that was refused in two editions, and says how many addresses it were', async () => {
    const edition = await insertFrozenEdition(database, { count: 400 });
    const other = await insertFrozenEdition(database, { count: 0 });
    await insertDeliveries(database, other, edition.subscriptionIds);
    const [ids, otherIds] = [await deliveryIdsOf(edition), await deliveryIdsOf(other)];
    await refuse([...ids.slice(0, 8), ...otherIds.slice(0, 8)], 'address');
    expect(await judgeRefusals(database, new Date())).toEqual([]);
    expect([await suppressedCount(edition), await owedCount(edition)]).toEqual([8, 0]);
    await refuse([...ids.slice(8, 11), ...otherIds.slice(8, 11)], 'address');
    expect(await judgeRefusals(database, new Date())).toEqual([edition.editionId, other.editionId]);
    for (const { editionId } of [edition, other])
      expect((await getEdition(database, editionId)).reason).toMatch(/^n[0-9a-f]+\.example said of 11 addresses in a day/);
    expect(await suppressedCount(edition)).toBe(0);
  });

  test('does not hold ten refusals of yesterday against a domain', async () => {
    const edition = await insertFrozenEdition(database, { count: 400 });
    const ids = await deliveryIdsOf(edition);
    await refuse(ids.slice(0, 10), 'address');
    await database.query(`update refusal set at = now() - interval '25 hours' where edition_id = $1`, [edition.editionId]);
    await refuse(ids.slice(10, 12), 'address');
    expect(await judgeRefusals(database, new Date())).toEqual([]);
    expect(await suppressedCount(edition)).toBe(12);
  });
});
