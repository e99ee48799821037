import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/db/db.ts';
import { applyOffers, recordOffer } from '../../src/ledger/apply-offers.ts';
import { activateSubscription, leaveSubscription } from '../../src/ledger/change-subscription.ts';
import { lockEdition, lockNewsletter } from '../../src/ledger/drafts/edition-store.ts';
import { deliveryCounts } from '../../src/ledger/queue/delivery-report-store.ts';
import { listPrunable, markEditionPruned, pruneDeliveries } from '../../src/ledger/queue/prune-store.ts';
import { findCorrectionAudience, recordCorrection, takeBackCorrection } from '../../src/ledger/record-correction.ts';
import { resendDeliveries, resendDoubtful } from '../../src/ledger/resend-deliveries.ts';
import { retractPost, undoRetraction } from '../../src/ledger/retract-post.ts';
import { findBeginner } from '../../src/ledger/subscriptions/beginner-store.ts';
import { pruneEdition, pruneOldEditions } from '../../src/ledger/sweep/prune-edition.ts';
import { findWelcomeFacts } from '../../src/editions/welcome-store.ts';
import { findNewsletterHistory } from '../../src/newsletters/closing/closing-store.ts';
import { countWaiting, isBlocking } from '../support/blocked-sessions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertFrozenEdition, noteDoubts } from '../support/frozen-edition.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  cursorOf,
  deliveriesOf,
  insertNewsletter,
  insertSubscription,
  insertTopics,
  one,
  recordingRenderer,
  releaseNewPost,
  sendEdition,
  type TestNewsletter,
} from './fixture.ts';

let testDatabase: TestDatabase;
let database: Database;
const now = new Date();

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  ({ database } = testDatabase);
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  // Others of this file are no matter here.
  await database.query(`delete from delivery`);
  await database.query(`update offer set applied_at = now() where applied_at is null`);
});

const ends = [
  ['accepted', null],
  ['accepted', null],
  ['accepted', null],
  ['rejected', 'mailbox'],
  ['rejected', 'policy'],
  ['expired', 'host'],
  ['in_doubt', 'third doubt'],
  ['superseded', null],
] as const;

/** An edition that is done, whose deliveries ended in several ways. */
async function insertEnded(): ReturnType<typeof insertFrozenEdition> {
  const edition = await insertFrozenEdition(database, { count: ends.length });
  const { rows } = await database.query<{ id: string }>(`select id from delivery where edition_id = $1 order by id`, [edition.editionId]);
  for (const [at, [state, reason]] of ends.entries())
    await database.query(
      `update delivery set state = $2, reason = $3, ended_at = now(), doubted_at = case when $2 = 'in_doubt' then now() end where id = $1`,
      [rows[at]!.id, state, reason],
    );
  await noteDoubts(database, edition.editionId);
  await finish(edition.editionId);
  return edition;
}

const finish = async (editionId: string): Promise<unknown> =>
  database.query(`update edition set state = 'done', ended_at = now() where id = $1`, [editionId]);

async function kept(editionId: string): Promise<string[]> {
  const { rows } = await database.query<{ line: string }>(
    `select state || ' ' || coalesce(reason, '-') || ' ' || count as line from pruned_end where edition_id = $1 order by 1`,
    [editionId],
  );
  return rows.map(({ line }) => line);
}

async function leftCount(editionId: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(`select count(*)::integer as count from delivery where edition_id = $1`, [
    editionId,
  ]);
  return one(rows).count;
}

describe('pruning an edition', () => {
  test('keeps how many ended how and why, and how many each person had, with nothing else of them', async () => {
    const { editionId, subscriptionIds, newsletterId } = await insertEnded();
    const before = await deliveryCounts(database, editionId);
    expect(await pruneEdition(database, editionId, now)).toBe(8);
    expect(await kept(editionId)).toEqual([
      'accepted - 3',
      'expired host 1',
      'in_doubt third doubt 1',
      'rejected mailbox 1',
      'rejected policy 1',
      'superseded - 1',
    ]);
    expect(await leftCount(editionId)).toBe(0);
    expect(await deliveryCounts(database, editionId)).toEqual(before);
    const { rows } = await database.query(
      `select delivery_count as deliveries, accepted_count as accepted from pruned_person where subscription_id = any($1::bigint[]) order by subscription_id`,
      [subscriptionIds],
    );
    expect(rows).toEqual(ends.map(([state]) => ({ deliveries: 1, accepted: state === 'accepted' ? 1 : 0 })));
    expect((await database.query(`select from attempt where edition_id = $1`, [editionId])).rows).toEqual([]);
    expect(await findNewsletterHistory(database, newsletterId)).toMatchObject({ editionCount: 0, deliveryCount: 8 });
    // Again there is nothing to do, and the counts stand.
    expect(await pruneEdition(database, editionId, now)).toBe(0);
    expect(await deliveryCounts(database, editionId)).toEqual(before);
  });

  test('adds up what one person had in several editions', async () => {
    const newsletter = await insertNewsletter(database);
    const reader = await insertSubscription(database, newsletter);
    for (let round = 0; round < 2; round += 1) {
      await releaseNewPost(database, newsletter);
      const editionId = await sendEdition(database, newsletter);
      await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [editionId]);
      await finish(editionId);
      await pruneEdition(database, editionId, now);
    }
    const { rows } = await database.query(
      `select delivery_count as deliveries, accepted_count as accepted from pruned_person where subscription_id = $1`,
      [reader],
    );
    expect(rows).toEqual([{ deliveries: 2, accepted: 2 }]);
  });

  test('that is cut off anywhere loses no count and counts none twice, and goes on where it was', async () => {
    const { editionId } = await insertEnded();
    const before = await deliveryCounts(database, editionId);
    const other = openDatabase(testDatabase.url);
    // Killed while a statement of it waits: that one is not carried out, those before it are.
    await database.transaction(async (tx) => {
      await tx.query(`select from delivery where edition_id = $1 order by subscription_id offset 5 limit 1 for update`, [editionId]);
      const killed = expect(pruneEdition(other, editionId, now, { stepSize: 1 })).rejects.toThrow();
      await waitFor(() => isBlocking(tx), { what: 'the pruning to wait' });
      other.cut();
      await killed;
    });
    await other.close();
    await waitFor(async () => (await countWaiting(database)) === 0, { what: 'the server to notice' });
    expect(await deliveryCounts(database, editionId)).toEqual(before);
    const left = await leftCount(editionId);
    expect([left > 0, left < 8]).toEqual([true, true]);
    // Whatever the policy says by now: what was begun is ended.
    expect(await pruneOldEditions(database, { endedBefore: new Date(0), now })).toEqual({ editionIds: [editionId], prunedCount: left });
    expect([await leftCount(editionId), await deliveryCounts(database, editionId)]).toEqual([0, before]);
  });

  test('is one of two at once, of which each counts what it deleted itself', async () => {
    const { editionId } = await insertEnded();
    const before = await deliveryCounts(database, editionId);
    const counts = await Promise.all([1, 2, 3].map((stepSize) => pruneEdition(database, editionId, now, { stepSize })));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(8);
    expect(await deliveryCounts(database, editionId)).toEqual(before);
  });

  test('takes old ones only, oldest first, no more than it may, and none without deliveries: the posts of these stay to be offered', async () => {
    const [oldest, old, young] = [await insertEnded(), await insertEnded(), await insertEnded()];
    const empty = await insertFrozenEdition(database, { count: 0 });
    const open = await insertFrozenEdition(database, { count: 2 });
    const ageDays = [
      [oldest, 900],
      [old, 800],
      [young, 100],
      [empty, 900],
    ] as const;
    for (const [{ editionId }, days] of ageDays)
      await database.query(`update edition set state = 'done', ended_at = now() - $2 * interval '1 day' where id = $1`, [editionId, days]);
    const endedBefore = new Date(Date.now() - 730 * 86_400_000);
    expect(await listPrunable(database, endedBefore)).toMatchObject([
      { id: oldest.editionId, deliveryCount: 8, prunedAt: null },
      { id: old.editionId, deliveryCount: 8, prunedAt: null },
    ]);
    expect(await pruneOldEditions(database, { endedBefore, now, mostCount: 8 })).toEqual({
      editionIds: [oldest.editionId],
      prunedCount: 8,
    });
    expect(await pruneOldEditions(database, { endedBefore, now })).toEqual({ editionIds: [old.editionId], prunedCount: 8 });
    expect(await pruneOldEditions(database, { endedBefore, now })).toEqual({ editionIds: [], prunedCount: 0 });
    expect([await leftCount(young.editionId), await leftCount(open.editionId)]).toEqual([8, 2]);
    const { rows } = await database.query(`select id from edition where id = any($1::bigint[]) and pruned_at is not null`, [
      [empty.editionId, open.editionId, young.editionId],
    ]);
    expect(rows).toEqual([]);
  });
});

describe('after an edition was pruned', () => {
  let newsletter: TestNewsletter;
  let reader: string;
  let topics: string[];
  let post: Awaited<ReturnType<typeof releaseNewPost>>;
  let editionId: string;

  beforeEach(async () => {
    newsletter = await insertNewsletter(database);
    topics = await insertTopics(database, 1);
    reader = await insertSubscription(database, newsletter);
    post = await releaseNewPost(database, newsletter);
    editionId = await sendEdition(database, newsletter);
    await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [editionId]);
    await finish(editionId);
  });

  const owed = async (): Promise<readonly bigint[]> => (await cursorOf(database, reader)).owed;
  const gainTopic = async (): Promise<void> => {
    await database.query(`insert into post_topic (post_id, topic_id) values ($1, $2) on conflict do nothing`, [post.postId, topics[0]]);
    await database.transaction((tx) => recordOffer(tx, { postId: post.postId, kind: 'topic', topicId: topics[0]!, now }));
  };

  test('its posts are sent to nobody again: not by a topic gained, a retraction undone, a correction, or who joins anew (P1)', async () => {
    await pruneEdition(database, editionId, now);
    await gainTopic();
    await applyOffers(database, { now });
    expect(await owed()).toEqual([]);
    const { render } = recordingRenderer();
    await retractPost(database, post.postId, { reason: 'wrong', now, renderRendition: render });
    await undoRetraction(database, post.postId, now);
    await applyOffers(database, { now });
    expect(await owed()).toEqual([]);
    await database.query(`update post set revision = 2 where id = $1`, [post.postId]);
    expect(await findCorrectionAudience(database, { postId: post.postId, revision: 2 })).toMatchObject({
      holders: [],
      pruned: [{ editionId }],
    });
    await database.transaction((tx) => recordCorrection(tx, { postId: post.postId, revision: 2, note: 'Mended.', now }));
    await applyOffers(database, { now });
    expect(await owed()).toEqual([]);
    await database.transaction((tx) => leaveSubscription(tx, reader, now));
    await database.transaction((tx) => activateSubscription(tx, reader, now));
    expect(await owed()).toEqual([]);
    const next = await releaseNewPost(database, newsletter);
    const nextId = await sendEdition(database, newsletter);
    const [delivery] = await deliveriesOf(database, reader);
    expect({ editionId: nextId, positions: [next.position] }).toMatchObject({ positions: delivery!.positions });
  });

  test('a correction that some of them have cannot be taken back: who has it is not known', async () => {
    await database.query(`update post set revision = 2 where id = $1`, [post.postId]);
    await database.query(
      `insert into post_revision (post_id, revision, content_hash, title, html, summary) values ($1, 2, 'y', 'Post', '<p>y</p>', 'y')`,
      [post.postId],
    );
    await database.transaction((tx) => recordCorrection(tx, { postId: post.postId, revision: 2, note: 'Mended.', now }));
    await applyOffers(database, { now });
    await releaseNewPost(database, newsletter);
    const carryingId = await sendEdition(database, newsletter);
    await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [carryingId]);
    await finish(carryingId);
    await pruneEdition(database, carryingId, now);
    expect(await takeBackCorrection(database, post.postId, now)).toEqual({ kind: 'told', carriedCount: 0 });
  });

  test('who had deliveries in it is no beginner, and is not welcomed again', async () => {
    await pruneEdition(database, editionId, now);
    expect(await findBeginner(database, reader)).toBeUndefined();
    expect(await database.transaction((tx) => findWelcomeFacts(tx, reader, undefined))).toBeUndefined();
    const stranger = await insertSubscription(database, newsletter);
    expect(await database.transaction((tx) => findWelcomeFacts(tx, stranger, undefined))).toBeDefined();
  });

  test('nothing of it is sent again', async () => {
    await database.query(`update delivery set state = 'in_doubt', reason = 'hold', doubted_at = now() where edition_id = $1`, [editionId]);
    await noteDoubts(database, editionId);
    await database.transaction((tx) => markEditionPruned(tx, editionId, now));
    expect(await resendDoubtful(database, editionId, now)).toBe(0);
  });

  test('an offer that began before finds it marked, although its deliveries were there when it began', async () => {
    await gainTopic();
    let applying: Promise<unknown> | undefined;
    await database.transaction(async (tx) => {
      await lockNewsletter(tx, newsletter.id);
      applying = applyOffers(database, { now });
      await waitFor(() => isBlocking(tx), { what: 'the offer to wait' });
      await markEditionPruned(tx, editionId, now);
      await pruneDeliveries(tx, { editionId, afterId: '0', limit: 100 });
    });
    await applying;
    expect(await owed()).toEqual([]);
  });

  test('so does a correction: nobody is told by what is left of it', async () => {
    await database.query(`update post set revision = 2 where id = $1`, [post.postId]);
    await database.transaction((tx) => recordCorrection(tx, { postId: post.postId, revision: 2, note: 'Mended.', now }));
    let applying: Promise<unknown> | undefined;
    await database.transaction(async (tx) => {
      await lockNewsletter(tx, newsletter.id);
      applying = applyOffers(database, { now });
      await waitFor(() => isBlocking(tx), { what: 'the correction to wait' });
      await markEditionPruned(tx, editionId, now);
    });
    await applying;
    expect(await owed()).toEqual([]);
  });

  test('marking waits for an offer under way', async () => {
    let pruning: Promise<number> | undefined;
    await database.transaction(async (tx) => {
      await lockNewsletter(tx, newsletter.id);
      pruning = pruneEdition(database, editionId, now);
      await waitFor(() => isBlocking(tx), { what: 'the pruning to wait' });
      expect(await leftCount(editionId)).toBe(1);
    });
    expect(await pruning).toBe(1);
  });

  test('a resend that was first keeps it: it is open again, and nothing of it goes', async () => {
    await database.query(`update delivery set state = 'in_doubt', reason = 'hold', doubted_at = now() where edition_id = $1`, [editionId]);
    await noteDoubts(database, editionId);
    const [delivery] = await deliveriesOf(database, reader);
    let pruning: Promise<number> | undefined;
    await database.transaction(async (tx) => {
      await lockEdition(tx, editionId);
      pruning = pruneEdition(database, editionId, now);
      await waitFor(() => isBlocking(tx), { what: 'the pruning to wait' });
      expect(await resendDeliveries(tx, editionId, [delivery!.id], now)).toBe(1);
    });
    expect(await pruning).toBe(0);
    expect(await leftCount(editionId)).toBe(1);
    expect((await database.query(`select pruned_at from edition where id = $1`, [editionId])).rows).toEqual([{ pruned_at: null }]);
  });
});
