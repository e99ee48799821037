import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { resendDeliveries, resendDoubtful } from '../../src/ledger/resend-deliveries.ts';
import { countDoubtful } from '../../src/ledger/queue/resend-store.ts';
import { closeEdition } from '../../src/ledger/sweep/close-edition.ts';
import { settleRanges } from '../../src/ledger/queue/open-range-store.ts';
import { countsByState } from '../../src/ledger/queue/delivery-report-store.ts';
import { endEdition } from '../../src/ledger/sweep/sweep-store.ts';
import { countWaiting } from '../support/blocked-sessions.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { noteDoubts } from '../support/frozen-edition.ts';
import { waitFor } from '../support/wait-for.ts';
import { deliveriesOf, insertNewsletter, insertSubscription, one, releaseNewPost, sendEdition, stateOf } from './fixture.ts';

let testDatabase: TestDatabase;
let editionId: string;
let deliveryId: string;
let reader: string;
const now = new Date();

beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 3 });
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  const { database } = testDatabase;
  const newsletter = await insertNewsletter(database);
  reader = await insertSubscription(database, newsletter);
  await releaseNewPost(database, newsletter);
  editionId = await sendEdition(database, newsletter);
  deliveryId = (await deliveriesOf(database, reader))[0]?.id ?? '';
  await database.query(`update edition set state = 'done', ended_at = now() where id = $1`, [editionId]);
});

async function end(state: string, reason: string | null, isDoubted = false): Promise<void> {
  await testDatabase.database.query(
    `update delivery set state = $2, reason = $3, attempts = 4, doubts = 3, first_attempt_at = now(), ended_at = now(),
       doubted_at = case when $4 then now() end where id = $1`,
    [deliveryId, state, reason, isDoubted],
  );
  await noteDoubts(testDatabase.database, editionId);
}

const resend = async (): Promise<number> =>
  testDatabase.database.transaction(async (tx) => resendDeliveries(tx, editionId, [deliveryId], now));

describe('resending', () => {
  test.each([
    ['in_doubt', 'hold', true],
    ['in_doubt', 'third doubt', true],
  ] as const)(
    're-opens what ended %s %s (ever doubted: %s), with attempts and times cleared, and its edition',
    async (state, reason, isDoubted) => {
      await end(state, reason, isDoubted);
      expect(await resend()).toBe(1);
      const { rows } = await testDatabase.database.query(
        `select state, reason, attempts, doubts, first_attempt_at, ended_at, doubted_at is not null as is_doubted from delivery where id = $1`,
        [deliveryId],
      );
      expect(one(rows)).toEqual({
        state: 'queued',
        reason: null,
        attempts: 0,
        doubts: 0,
        first_attempt_at: null,
        ended_at: null,
        is_doubted: isDoubted,
      });
      expect(await stateOf(testDatabase.database, editionId)).toBe('sending');
      expect((await testDatabase.database.query(`select kind from delivery_event where delivery_id = $1`, [deliveryId])).rows).toEqual([
        { kind: 'resend' },
      ]);
    },
  );

  test.each([
    ['accepted', null],
    ['rejected', 'address'],
    ['rejected', 'policy'],
    ['expired', null],
    ['superseded', null],
  ] as const)(
    'leaves alone what ended %s %s: it arrived, comes with the next edition, or its address is suppressed',
    async (state, reason) => {
      await end(state, reason);
      expect(await resend()).toBe(0);
      expect(await stateOf(testDatabase.database, editionId)).toBe('done');
    },
  );

  test('re-opens nothing of a cancelled edition', async () => {
    await end('in_doubt', 'third doubt', true);
    await testDatabase.database.query(`update edition set state = 'cancelled' where id = $1`, [editionId]);
    expect(await resend()).toBe(0);
  });

  test.each([
    ['erased', `update subscriber set address = null, address_key = null, erased_at = now()`],
    ['left', `update subscription set state = 'left'`],
    ['suppressed', `insert into suppression (address_key, reason, source) select address_key, 'bounced', 'smtp' from subscriber`],
    ['paused', `update subscription set paused_until = 'infinity'`],
  ] as const)('neither counts nor re-opens what is for a reader who is %s, and says how many there are', async (why, change) => {
    await end('in_doubt', why, true);
    const none = { erased: 0, left: 0, suppressed: 0, paused: 0 };
    const { database } = testDatabase;
    expect(await countDoubtful(database, editionId)).toEqual({ mailable: 1, unmailable: none });
    await database.query(
      change.startsWith('update subscription')
        ? `${change} where id = $1`
        : `${change} where id = (select subscriber_id from subscription where id = $1)`,
      [reader],
    );
    expect(await countDoubtful(database, editionId)).toEqual({ mailable: 0, unmailable: { ...none, [why]: 1 } });
    expect([await resend(), await resendDoubtful(database, editionId, now)]).toEqual([0, 0]);
    expect(await stateOf(database, editionId)).toBe('done');
  });

  test('leaves an edition the reason that it ended with, unless there is a new one', async () => {
    const { database } = testDatabase;
    const close = async (): Promise<void> => {
      await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [editionId]);
      expect(await closeEdition(database, editionId)).toBe(true);
    };
    const reasonAndPause = async (): Promise<unknown> =>
      one((await database.query(`select state, reason, state_before_pause from edition where id = $1`, [editionId])).rows);
    for (const stateBeforePause of [null, 'sending']) {
      const ended = { state: 'done', reason: 'too much was refused', state_before_pause: stateBeforePause };
      await database.query(`update edition set state = 'done', reason = $2, state_before_pause = $3, ended_at = now() where id = $1`, [
        editionId,
        ended.reason,
        ended.state_before_pause,
      ]);
      await end('in_doubt', 'third doubt', true);
      expect(await resend()).toBe(1);
      await close();
      expect(await reasonAndPause()).toEqual(ended);
    }
    // Of what is refused anew staff have to be told, although it had paused itself before.
    await end('in_doubt', 'third doubt', true);
    expect(await resend()).toBe(1);
    await database.query(`update delivery set state = 'rejected', ended_at = now() where edition_id = $1`, [editionId]);
    await settleRanges(database, { editionId, fromId: '0', toId: '9000000000000', isEarly: true });
    expect(await endEdition(database, editionId, { reason: 'refused anew', counts: countsByState([]) })).toBe(true);
    expect(await reasonAndPause()).toEqual({ state: 'done', reason: 'refused anew', state_before_pause: null });
  });

  test('keeps an edition open that is closed in the same moment', async () => {
    await end('in_doubt', 'third doubt', true);
    await testDatabase.database.query(`update edition set state = 'sending', ended_at = null where id = $1`, [editionId]);
    let closing: Promise<boolean> | undefined;
    await testDatabase.database.transaction(async (tx) => {
      expect(await resendDeliveries(tx, editionId, [deliveryId], now)).toBe(1);
      closing = closeEdition(testDatabase.database, editionId);
      await waitFor(async () => (await countWaiting(testDatabase.database)) === 1);
    });
    expect(await closing).toBe(false);
    expect(await stateOf(testDatabase.database, editionId)).toBe('sending');
  });
});
