/*
 * Who joins gets what was released since the last edition: where each edition leaves the base, and the exceptions, on Postgres.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { activateSubscriptions, countFirstPosts, type ManyBeginning } from '../../src/ledger/change-many.ts';
import { applyOffers } from '../../src/ledger/apply-offers.ts';
import { activateSubscription, leaveSubscription, pauseSubscription, resumeSubscription } from '../../src/ledger/change-subscription.ts';
import { cancelEdition, pauseEdition, skipEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { editEditionPost } from '../../src/ledger/drafts/draft-store.ts';
import { findFirstWaiting } from '../../src/ledger/find-first-waiting.ts';
import { pruneEdition } from '../../src/ledger/sweep/prune-edition.ts';
import { recordCorrection } from '../../src/ledger/record-correction.ts';
import { eraseSubscriber, liftSuppression, suppressAddress } from '../../src/ledger/suppress-address.ts';
import { countWaiting } from '../support/blocked-sessions.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  type TestNewsletter,
  approve,
  composeDraft,
  cursorOf,
  freeze,
  insertNewsletter,
  insertPendingSubscription,
  insertSubscription,
  insertTopics,
  one,
  releaseNewPost,
  sendEdition,
  stateOf,
  story,
} from './fixture.ts';

let testDatabase: TestDatabase;
let newsletter: TestNewsletter;
let older: string;
const now = new Date();
const decision = { reason: 'test', now };
const dayMs = 86_400_000;

beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 6 });
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  newsletter = await insertNewsletter(testDatabase.database, { minimum: 2 });
  older = await insertSubscription(testDatabase.database, newsletter);
});

const join = async (schedule: 0 | 1 = 0): Promise<string> =>
  insertSubscription(testDatabase.database, newsletter, { scheduleId: newsletter.scheduleIds[schedule] });
const release = async (topics: string[] = [], at = now) => releaseNewPost(testDatabase.database, newsletter, topics, at);
const activate = async (id: string): Promise<string | undefined> =>
  testDatabase.database.transaction(async (tx) => activateSubscription(tx, id, now));
const beginning = async (id: string): Promise<bigint[]> => {
  const { cursor, since, owed } = await cursorOf(testDatabase.database, id);
  return [cursor, since, ...owed];
};

/** Two posts; the edition has only the first. */
async function sendFirstOfTwo(schedule: 0 | 1 = 0): Promise<{ editionId: string; first: bigint; second: bigint }> {
  const { position: first } = await release();
  const editionId = await sendEdition(testDatabase.database, newsletter, schedule);
  return { editionId, first, second: (await release()).position };
}

describe('who joins begins', () => {
  test('at the cutoff of the edition that is being sent, and gets what was released since with the next', async () => {
    const { first, second } = await sendFirstOfTwo();
    const reader = await join();
    expect(await beginning(reader)).toEqual([first, first]);
    await sendEdition(testDatabase.database, newsletter);
    expect(await story(testDatabase.database, reader)).toBe(`queued ${second}`);
  });

  test('at that of an edition that is done, also when its deliveries were pruned', async () => {
    const { editionId, first } = await sendFirstOfTwo();
    await testDatabase.database.query(`update edition set state = 'done', ended_at = now() where id = $1`, [editionId]);
    await pruneEdition(testDatabase.database, editionId, now);
    expect(await beginning(await join())).toEqual([first, first]);
  });

  test('at that of an edition that had nothing for anybody while nobody waited', async () => {
    const [followed = '', other = ''] = await insertTopics(testDatabase.database, 2);
    await testDatabase.database.query(`update subscription set topics = array[$2::bigint] where id = $1`, [older, followed]);
    const { position } = await release([other]);
    const { scheduleIds } = newsletter;
    await composeEdition(testDatabase.database, {
      newsletterId: newsletter.id,
      scheduleId: scheduleIds[0],
      slotAt: null,
      byHand: true,
      now,
    });
    expect(await beginning(await join())).toEqual([position, position]);
  });

  test('where the newsletter was made as long as it has had no edition, so that imported readers get its first one', async () => {
    await release();
    const fresh = await insertNewsletter(testDatabase.database);
    const { rows } = await testDatabase.database.query<{ last: string }>(
      `update newsletter set made_at_position = (select last_position from release_counter) where id = $1 returning made_at_position as last`,
      [fresh.id],
    );
    const madeAt = BigInt(one(rows).last);
    const { position } = await releaseNewPost(testDatabase.database, fresh);
    const reader = await insertSubscription(testDatabase.database, fresh);
    expect(await beginning(reader)).toEqual([madeAt, madeAt]);
    await sendEdition(testDatabase.database, fresh);
    expect(await story(testDatabase.database, reader)).toBe(`queued ${position}`);
  });

  test('at the cutoff of their own schedule, also where another of the newsletter is ahead; else at the highest of the newsletter', async () => {
    const second = await join(1);
    const { position: low } = await release();
    await testDatabase.database.query(`update schedule set minimum = 1 where newsletter_id = $1`, [newsletter.id]);
    await sendEdition(testDatabase.database, newsletter, 0);
    expect(await beginning(await join(1))).toEqual([low, low]);
    await sendEdition(testDatabase.database, newsletter, 1);
    expect(await story(testDatabase.database, second)).toBe(`queued ${low}`);
    await release();
    await sendEdition(testDatabase.database, newsletter, 0);
    expect(await beginning(await join(1))).toEqual([low, low]);
  });

  test('never further back than 35 days of releases', async () => {
    const { position: old } = await release([], new Date(now.getTime() - 36 * dayMs));
    const { position: fresh } = await release([], new Date(now.getTime() - 34 * dayMs));
    const reader = await join();
    expect(await beginning(reader)).toEqual([old, old]);
    await sendEdition(testDatabase.database, newsletter);
    expect(await story(testDatabase.database, reader)).toBe(`queued ${fresh}`);
  });

  test('where they had stopped, when they come back and that is further on', async () => {
    const { position: first } = await release();
    await sendEdition(testDatabase.database, newsletter);
    const { position: second } = await release();
    const editionId = await sendEdition(testDatabase.database, newsletter);
    await pauseEdition(testDatabase.database, editionId, decision);
    await testDatabase.database.transaction(async (tx) => leaveSubscription(tx, older, now));
    expect(await activate(older)).toBeUndefined();
    expect(await beginning(older)).toEqual([second, second]);
    expect(await beginning(await join())).toEqual([first, first]);
  });

  test('and keeps that when they change the schedule', async () => {
    const { first } = await sendFirstOfTwo();
    const reader = await join();
    await testDatabase.database.query(`update subscription set schedule_id = $2 where id = $1`, [reader, newsletter.scheduleIds[1]]);
    expect(await beginning(reader)).toEqual([first, first]);
  });
});

describe('an edition passes nothing to who joins', () => {
  let before: bigint;
  beforeEach(async () => {
    ({ position: before } = await release());
    await sendEdition(testDatabase.database, newsletter);
    await release();
  });
  const expectNothingPassed = async (): Promise<void> => expect(await beginning(await join())).toEqual([before, before]);

  test('as a draft, approved, half frozen or paused in its freeze', async () => {
    await insertSubscription(testDatabase.database, newsletter);
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await expectNothingPassed();
    await approve(testDatabase.database, editionId);
    await expectNothingPassed();
    let checkedCount = 0;
    const afterChunk = async (): Promise<void> => {
      if (checkedCount > 0) return;
      checkedCount += 1;
      await expectNothingPassed();
      await pauseEdition(testDatabase.database, editionId, decision);
    };
    await freeze(testDatabase.database, editionId, { chunkSize: 1, afterChunk });
    expect(checkedCount).toBe(1);
    await expectNothingPassed();
  });

  test('paused, cancelled, skipped by staff or replaced', async () => {
    const editionId = await sendEdition(testDatabase.database, newsletter);
    await pauseEdition(testDatabase.database, editionId, decision);
    await expectNothingPassed();
    await cancelEdition(testDatabase.database, editionId, decision);
    await expectNothingPassed();
    const { editionId: skipped } = await composeDraft(testDatabase.database, newsletter);
    await skipEdition(testDatabase.database, skipped, { reason: 'nothing due', now, isByStaff: true });
    await expectNothingPassed();
    await composeDraft(testDatabase.database, newsletter);
    const { editionId: last } = await composeDraft(testDatabase.database, newsletter);
    await skipEdition(testDatabase.database, last, decision);
    await expectNothingPassed();
  });

  test('below the minimum, found so when it is composed or only when it is frozen', async () => {
    const waiting = await join(1);
    await testDatabase.database.query(`update subscription_cursor set cursor = $2, since = $2 where subscription_id = $1`, [
      waiting,
      before,
    ]);
    const request = { newsletterId: newsletter.id, scheduleId: newsletter.scheduleIds[1], slotAt: null, byHand: true, now };
    const composed = await composeEdition(testDatabase.database, request);
    expect(composed).toMatchObject({ kind: 'nothing_due', waitingCount: 1 });
    expect(await beginning(await join(1))).toEqual([before, before]);
    const { position } = await release();
    const { editionId } = await composeDraft(testDatabase.database, newsletter, 1);
    await testDatabase.database.query(`update post set state = 'retracted' where id = (select post_id from release where position = $1)`, [
      position,
    ]);
    await approve(testDatabase.database, editionId);
    await freeze(testDatabase.database, editionId);
    expect(await stateOf(testDatabase.database, editionId)).toBe('skipped (nothing due: fewer posts than the minimum)');
    expect(await beginning(await join(1))).toEqual([before, before]);
  });
});

describe('an edition by hand that brings corrections alone', () => {
  /** Two posts went out; one of them was corrected, and another waits when the correction is sent. */
  async function sendCorrection(schedule: 0 | 1): Promise<{ corrected: bigint; waiting: bigint; alone: bigint }> {
    const { database } = testDatabase;
    await database.query(`update subscription set schedule_id = $2 where id = $1`, [older, newsletter.scheduleIds[schedule]]);
    await release();
    const { postId, position: corrected } = await release();
    const before = await sendEdition(database, newsletter, schedule);
    await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [before]);
    await database.query(`update post set revision = 2 where id = $1`, [postId]);
    // Of a schedule without a minimum nothing waits: it has no reader who is to get it.
    const { position: waiting } = await release(schedule === 0 ? [...(await insertTopics(database, 1))] : []);
    if (schedule === 0) await database.query(`update subscription set topics = $2 where id = $1`, [older, await insertTopics(database, 1)]);
    const alone = await database.transaction(async (tx) => recordCorrection(tx, { postId, revision: 2, note: 'On Tuesday.', now }));
    await applyOffers(database, { now });
    await sendEdition(database, newsletter, schedule);
    expect(await story(database, older)).toMatch(new RegExp(`, queued ${alone}$`));
    return { corrected, waiting, alone };
  }

  test('passes nothing where its posts wait for the minimum: who joins gets them with everybody else', async () => {
    const { corrected, waiting } = await sendCorrection(1);
    const reader = await join(1);
    expect(await beginning(reader)).toEqual([corrected, corrected]);
    const { position: next } = await release();
    await sendEdition(testDatabase.database, newsletter, 1);
    expect(await story(testDatabase.database, reader)).toBe(`queued ${waiting} ${next}`);
  });

  test('passes what it passed where there is no minimum', async () => {
    const { alone } = await sendCorrection(0);
    expect(await beginning(await join())).toEqual([alone, alone]);
  });
});

describe('at the last release begins', () => {
  const erase = async (id: string): Promise<string> => {
    const { rows } = await testDatabase.database.query<{ id: string; key: string }>(
      `select p.id, p.address_key as key from subscriber p join subscription s on s.subscriber_id = p.id where s.id = $1`,
      [id],
    );
    const person = one(rows);
    await testDatabase.database.transaction(async (tx) => {
      await eraseSubscriber(tx, person.id, now);
      await tx.query(`update subscriber set address = null, address_key = null, erased_at = now() where id = $1`, [person.id]);
    });
    return person.key;
  };
  const comeBack = async (key: string, to = newsletter): Promise<string> => {
    const id = await insertPendingSubscription(testDatabase.database, to, { addressKey: key });
    await activate(id);
    return id;
  };

  test('who starts afresh, and whose suppression is lifted', async () => {
    const { second } = await sendFirstOfTwo();
    await testDatabase.database.transaction(async (tx) => resumeSubscription(tx, older, 'afresh', now));
    expect(await beginning(older)).toEqual([second, second]);
    const reader = await join();
    const { rows } = await testDatabase.database.query<{ key: string }>(
      `select p.address_key as key from subscriber p join subscription s on s.subscriber_id = p.id where s.id = $1`,
      [reader],
    );
    await testDatabase.database.transaction(async (tx) => {
      await suppressAddress(tx, one(rows).key, { reason: 'staff', source: 'test', now });
      await liftSuppression(tx, one(rows).key, now);
    });
    expect(await beginning(reader)).toEqual([second, second]);
  });

  test('who was erased and comes back, once in each newsletter that they had', async () => {
    const { database } = testDatabase;
    const elsewhere = await insertNewsletter(database);
    const { position: there } = await releaseNewPost(database, elsewhere);
    const { second } = await sendFirstOfTwo();
    const key = await erase(older);
    // Another newsletter is new to them, and forgets nothing of this one.
    expect((await beginning(await comeBack(key, elsewhere)))[0]).toBeLessThan(there);
    const back = await insertPendingSubscription(database, newsletter, { addressKey: key });
    await activate(back);
    expect(await beginning(back)).toEqual([second, second]);
    const { rows } = await database.query(`select from erased_subscription where address_key = $1`, [key]);
    expect(rows).toEqual([]);
  });

  test('who was erased, not for ever: the next time they come back they get what they missed', async () => {
    const { second } = await sendFirstOfTwo();
    const key = await erase(older);
    const back = await comeBack(key);
    await testDatabase.database.transaction(async (tx) => leaveSubscription(tx, back, now));
    const { position } = await release();
    await activate(back);
    expect(await beginning(back)).toEqual([second, second]);
    await sendEdition(testDatabase.database, newsletter);
    expect(await story(testDatabase.database, back)).toBe(`queued ${position}`);
  });
});

describe('a join against a freeze', () => {
  test('waits for no lock of it but its own chunk, and behind the chunk that passed them they get all of it with the next edition', async () => {
    const { database } = testDatabase;
    const pending = await insertPendingSubscription(database, newsletter);
    const last = await join();
    const { position } = await release();
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    let freezing: Promise<unknown> | undefined;
    await database.transaction(async (holder) => {
      await holder.query(`select from subscription_cursor where subscription_id = $1 for update`, [last]);
      freezing = freeze(database, editionId);
      await waitForLock();
      // The chunk has locked what there is before the last row and waits for that: whoever joins now has a row that it does not hold.
      await database.transaction(async (tx) => {
        await tx.query(`set local lock_timeout = '100ms'`);
        await activateSubscription(tx, pending, now);
      });
    });
    await freezing;
    expect([await story(database, older), await story(database, pending)]).toEqual([`queued ${position}`, '']);
    expect((await cursorOf(database, pending)).cursor).toBeLessThan(position);
    await sendEdition(database, newsletter);
    expect(await story(database, pending)).toBe(`queued ${position}`);
  });

  test('reads the base only when the chunk that holds its cursor has ended', async () => {
    const { database } = testDatabase;
    await database.transaction(async (tx) => leaveSubscription(tx, older, now));
    const { position } = await release();
    await join();
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    let joining: Promise<unknown> | undefined;
    await database.transaction(async (holder) => {
      await holder.query(`select from subscription_cursor where subscription_id = $1 for update`, [older]);
      joining = activate(older);
      await waitForLock();
      await holder.query(`update edition set state = 'sending', frozen_at = now() where id = $1`, [editionId]);
    });
    await joining;
    expect(await beginning(older)).toEqual([position, position]);
  });

  async function waitForLock(): Promise<void> {
    await waitFor(async () => (await countWaiting(testDatabase.database)) > 0);
  }
});

describe('the first edition of who joins', () => {
  test('starts with the oldest post that waits for them, as long as they have had none', async () => {
    const { database } = testDatabase;
    const [followed = '', other = ''] = await insertTopics(database, 2);
    const days = [3, 2, 1].map((count) => new Date(now.getTime() - count * dayMs));
    await release([followed], days[0]);
    await sendEdition(database, newsletter);
    const reader = await insertSubscription(database, newsletter, { topics: [followed] });
    expect(await findFirstWaiting(database, reader)).toBeUndefined();
    await release([other], days[1]);
    await release([followed], days[2]);
    expect(await findFirstWaiting(database, reader)).toMatchObject({ postsAt: days[2], posts: [{ revision: 1 }] });
    await sendEdition(database, newsletter);
    await release([followed]);
    expect(await findFirstWaiting(database, reader)).toBeUndefined();
  });

  test('holds nothing that staff left out of the edition before', async () => {
    const { database } = testDatabase;
    const { position } = await release();
    const { position: kept } = await release();
    const { editionId } = await composeDraft(database, newsletter);
    await database.transaction(async (tx) => editEditionPost(tx, editionId, position, { isLeftOut: true }));
    await approve(database, editionId);
    await freeze(database, editionId);
    expect((await cursorOf(database, older)).owed).toEqual([position]);
    expect(await beginning(await join())).toEqual([kept, kept]);
  });
});

describe('who comes from another tool', () => {
  /** Comes, having had these posts. */
  const come = async (...hadPostIds: string[]): Promise<string> => {
    const id = await insertPendingSubscription(testDatabase.database, newsletter);
    const how = { newsletterId: newsletter.id, now, beginning: { kind: 'had', postIds: new Set(hadPostIds) } } as const;
    await testDatabase.database.transaction(async (tx) => activateSubscriptions(tx, [id], how));
    return id;
  };
  const waiting = async (from: ManyBeginning): Promise<number> =>
    countFirstPosts(testDatabase.database, newsletter.scheduleIds[0], { newsletterId: newsletter.id, now, beginning: from });

  test('is owed what was released since the last edition and not had, and nothing twice', async () => {
    const { first, second } = await sendFirstOfTwo();
    const had = await release();
    const reader = await come(had.postId);
    expect(await beginning(reader)).toEqual([had.position, first, second]);
    const next = await release();
    await sendEdition(testDatabase.database, newsletter);
    expect(await story(testDatabase.database, reader)).toBe(`queued ${second} ${next.position}`);
  });

  test('gets again what their server refused, as everybody does', async () => {
    await sendFirstOfTwo();
    const { position: lacking } = await release();
    const reader = await come();
    await sendEdition(testDatabase.database, newsletter);
    await testDatabase.database.transaction(async (tx) => pauseSubscription(tx, reader, new Date(now.getTime() - 1), now));
    expect((await cursorOf(testDatabase.database, reader)).owed).toContain(lacking);
  });

  test('is told how many posts the first edition would bring, without being here', async () => {
    await sendFirstOfTwo();
    const { postId } = await release();
    expect(await waiting({ kind: 'since_last_edition' })).toBe(2);
    expect(await waiting({ kind: 'had', postIds: new Set([postId]) })).toBe(1);
    expect(await waiting({ kind: 'now' })).toBe(0);
  });
});
