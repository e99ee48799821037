/*
 * A correction reaches who has the post in an older text, once, and no one else: on Postgres, with what happens in between.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase, type Tx } from '../../src/db/db.ts';
import { listCarriedPosts } from '../../src/editions/archive-store.ts';
import { recordCorrection, findCorrectionAudience, takeBackCorrection } from '../../src/ledger/record-correction.ts';
import { applyOffers } from '../../src/ledger/apply-offers.ts';
import { changeTopics, leaveSubscription } from '../../src/ledger/change-subscription.ts';
import { resumeEdition } from '../../src/ledger/approve-edition.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { editEditionPost } from '../../src/ledger/drafts/draft-store.ts';
import { pauseEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { planDraft, planEdition } from '../../src/ledger/drafts/plan-edition.ts';
import { listTouchedEditions, repointRetracted } from '../../src/ledger/freeze/repoint-retracted.ts';
import { claimAndRecord, prepareClaimSession } from '../../src/ledger/queue/claim-store.ts';
import { carriedSql } from '../../src/ledger/drafts/edition-store.ts';
import { retractPost, undoRetraction } from '../../src/ledger/retract-post.ts';
import { giveBack } from '../../src/ledger/queue/give-back-store.ts';
import { pruneEdition } from '../../src/ledger/sweep/prune-edition.ts';
import { settleRanges } from '../../src/ledger/queue/open-range-store.ts';
import { registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { countWaiting } from '../support/blocked-sessions.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  type TestNewsletter,
  approve,
  composeDraft,
  cursorOf,
  deliveriesOf,
  freeze,
  insertNewsletter,
  insertSubscription,
  insertTopics,
  one,
  recordingRenderer,
  releaseNewPost,
  sendEdition,
  setDelivery,
  story,
} from './fixture.ts';
import { openClaims } from './postgres-world.ts';

let testDatabase: TestDatabase;
let newsletter: TestNewsletter;
let readers: string[];
let post: { postId: string; position: bigint };
const now = new Date();

beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 6 });
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  newsletter = await insertNewsletter(testDatabase.database);
  readers = [];
  for (let n = 0; n < 3; n += 1) readers.push(await insertSubscription(testDatabase.database, newsletter));
  post = await releaseNewPost(testDatabase.database, newsletter);
});

const inTx = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => testDatabase.database.transaction(work);
const apply = async () => applyOffers(testDatabase.database, { now });
const owedBy = async (ids = readers): Promise<(readonly bigint[])[]> =>
  Promise.all(ids.map(async (id) => (await cursorOf(testDatabase.database, id)).owed));
const deliveryOf = async (id: string): Promise<string> => (await deliveriesOf(testDatabase.database, id)).at(-1)?.id ?? '';

/** The text of the post changes, and staff say so. */
async function correct(): Promise<bigint> {
  return inTx(async (tx) => {
    const { rows } = await tx.query<{ revision: number }>(`update post set revision = revision + 1 where id = $1 returning revision`, [
      post.postId,
    ]);
    return recordCorrection(tx, { postId: post.postId, revision: one(rows).revision, note: 'The date was wrong.', now });
  });
}

async function sendAccepted(): Promise<string> {
  const editionId = await sendEdition(testDatabase.database, newsletter);
  await testDatabase.database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [editionId]);
  return editionId;
}

async function deliveriesRead(db: Database): Promise<number> {
  await db.query('select pg_stat_force_next_flush()');
  const { rows } = await db.query<{ count: number }>(
    `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::integer as count from pg_stat_user_tables where relname = 'delivery'`,
  );
  return one(rows).count;
}

describe('a correction is owed', () => {
  test('above the cursor, by who has the post accepted, on its way, or in doubt; not by who was refused it, left, or never had it', async () => {
    const { database } = testDatabase;
    const more = await Promise.all([1, 2, 3].map(async () => insertSubscription(database, newsletter)));
    await sendEdition(database, newsletter);
    const [accepted = '', queued = '', doubted = ''] = readers;
    const [sending = '', refused = '', left = ''] = more;
    await setDelivery(database, await deliveryOf(accepted), 'accepted');
    await setDelivery(database, await deliveryOf(doubted), 'in_doubt', true);
    await setDelivery(database, await deliveryOf(sending), 'sending');
    await setDelivery(database, await deliveryOf(refused), 'rejected');
    await inTx(async (tx) => leaveSubscription(tx, left, now));
    const stranger = await insertSubscription(database, newsletter);
    const correction = await correct();
    expect(await apply()).toMatchObject({ appliedCount: 1, heldCount: 0 });
    expect(await owedBy([accepted, queued, doubted, sending])).toEqual([[correction], [correction], [correction], [correction]]);
    expect(await owedBy([refused, left, stranger])).toEqual([[], [], []]);
    expect((await cursorOf(database, accepted)).cursor).toBeLessThan(correction);
  });

  test('once, however often it is applied, and not by who has the newest text', async () => {
    await sendAccepted();
    await correct();
    await apply();
    const late = await insertSubscription(testDatabase.database, newsletter);
    const [first] = await owedBy();
    await testDatabase.database.query(`update subscription_cursor set cursor = 0, since = 0 where subscription_id = $1`, [late]);
    await sendAccepted();
    expect((await story(testDatabase.database, late)).split(' ').at(-1)).toBe(String(post.position));
    await testDatabase.database.query(`update offer set applied_at = null where post_id = $1`, [post.postId]);
    await apply();
    expect(await owedBy([...readers, late])).toEqual([[], [], [], []]);
    expect(await story(testDatabase.database, readers[0]!)).toBe(`accepted ${post.position}, accepted ${first?.[0]}`);
  });

  test('in each newsletter that sent the post, but nobody of one whose deliveries of it were pruned, which is named', async () => {
    const { database } = testDatabase;
    const editionId = await sendAccepted();
    const other = await insertNewsletter(database);
    await database.query(`insert into newsletter_source (newsletter_id, source_id) values ($1, $2)`, [other.id, newsletter.sourceId]);
    const elsewhere = await insertSubscription(database, other);
    await sendEdition(database, other);
    await database.query(`update edition set state = 'done', ended_at = now() where id = $1`, [editionId]);
    await pruneEdition(database, editionId, now);
    const correction = await correct();
    expect(await findCorrectionAudience(database, { postId: post.postId, revision: 2 })).toEqual({
      holders: [{ newsletterId: other.id, count: 1 }],
      draftIds: [],
      pruned: [{ newsletterId: newsletter.id, editionId }],
    });
    await apply();
    expect(await owedBy([...readers, elsewhere])).toEqual([[], [], [], [correction]]);
  });

  test('by who has the post behind thousands that it did not reach, and a digest for them reads no delivery of the others', async () => {
    const single = openDatabase(testDatabase.url, { maxConnections: 1 });
    const edition = await insertFrozenEdition(single, { count: 2_101 });
    const holder = edition.subscriptionIds.at(-1) ?? '';
    await single.query(
      `update delivery set state = case when subscription_id = $2 then 'accepted' else 'rejected' end, ended_at = now()
       where edition_id = $1 and subscription_id <> $3`,
      [edition.editionId, holder, edition.subscriptionIds.at(-2)],
    );
    await single.query(
      `insert into edition_post (edition_id, position, post_id, kind, revision, topics) values ($1, $2, $3, 'post', 1, '{}')`,
      [edition.editionId, edition.position, edition.postId],
    );
    await inTx(async (tx) => recordCorrection(tx, { postId: edition.postId, revision: 2, note: '', now }));
    await apply();
    expect((await owedBy([holder]))[0]).toHaveLength(1);
    expect(await findCorrectionAudience(single, { postId: edition.postId, revision: 2 })).toMatchObject({
      holders: [{ newsletterId: edition.newsletterId, count: 2 }],
    });
    await settleRanges(single, { editionId: edition.editionId, fromId: '0', toId: edition.toId });
    await single.query('vacuum analyze delivery');
    const before = await deliveriesRead(single);
    const plan = await planEdition(single, { newsletterId: edition.newsletterId, scheduleId: edition.scheduleId, now, byHand: true });
    expect(plan.recipientCount).toBe(1);
    expect((await deliveriesRead(single)) - before).toBeLessThan(20);
    await single.close();
  });

  test('no more once the post itself is given back, whichever of the two is first', async () => {
    const { database } = testDatabase;
    await sendEdition(database, newsletter);
    const [before = '', behind = ''] = readers;
    const correction = await correct();
    const end = async (tx: Tx, id: string): Promise<void> => {
      const deliveryId = await deliveryOf(id);
      await tx.query(`update delivery set state = 'expired', ended_at = now() where id = $1`, [deliveryId]);
      await giveBack(tx, [deliveryId]);
    };
    let applying: Promise<unknown> | undefined;
    await inTx(async (tx) => {
      await end(tx, before);
      applying = apply();
      // It has read who holds the post, and waits for the cursor of one who gives it back.
      await waitFor(async () => (await countWaiting(database)) > 0);
    });
    await applying;
    await inTx(async (tx) => end(tx, behind));
    expect(await owedBy()).toEqual([[post.position], [post.position], [correction]]);
  });
});

describe('a freeze', () => {
  test('holds the correction up, and who was frozen with the old text is told when it has ended', async () => {
    const { database } = testDatabase;
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    let correction = 0n;
    const afterChunk = async (): Promise<void> => {
      if (correction > 0n) return;
      correction = await correct();
      expect(await apply()).toMatchObject({ appliedCount: 0, waitingCount: 1 });
    };
    await freeze(database, editionId, { chunkSize: 1, afterChunk });
    expect(await apply()).toMatchObject({ appliedCount: 1 });
    expect(await owedBy()).toEqual([[correction], [correction], [correction]]);
  });

  test('that is paused half way owes it on either side of the pause, once to each', async () => {
    const { database } = testDatabase;
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    const afterChunk = async (): Promise<void> => {
      await pauseEdition(database, editionId, { reason: 'test', now });
    };
    expect(await freeze(database, editionId, { chunkSize: 1, afterChunk })).toMatchObject({ kind: 'stopped', state: 'paused' });
    const correction = await correct();
    expect(await apply()).toMatchObject({ appliedCount: 1 });
    expect(await owedBy()).toEqual([[correction], [], []]);
    await resumeEdition(database, editionId, { now });
    await freeze(database, editionId);
    expect(await owedBy()).toEqual([[correction], [correction], [correction]]);
    await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [editionId]);
    await sendEdition(database, newsletter);
    for (const reader of readers) expect(await story(database, reader)).toBe(`accepted ${post.position}, queued ${correction}`);
  });

  test('comes again with the undone retraction, to whom it had been queued and to whom it was owed, and not to who has it', async () => {
    const { database } = testDatabase;
    const [has = '', queued = '', owing = ''] = readers;
    await sendAccepted();
    const correction = await correct();
    await apply();
    await database.query(`update subscription set schedule_id = $2 where id = $1`, [owing, newsletter.scheduleIds[1]]);
    await sendEdition(database, newsletter);
    await setDelivery(database, await deliveryOf(has), 'accepted');
    await retractPost(database, post.postId, { reason: 'test', now, renderRendition: recordingRenderer().render });
    expect(await story(database, queued)).toBe(`accepted ${post.position}, cancelled(retracted) ${correction}`);
    const next = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter, 1);
    expect([await story(database, owing), await owedBy([owing])]).toEqual([`accepted ${post.position}, queued ${next.position}`, [[]]]);
    await undoRetraction(database, post.postId, now);
    await apply();
    expect(await owedBy([has, queued, owing])).toEqual([[], [correction], [correction]]);
  });

  test('of a draft that pinned the old text owes the correction that was released, and applied, before it', async () => {
    const { database } = testDatabase;
    const { editionId } = await composeDraft(database, newsletter);
    const correction = await correct();
    expect(await findCorrectionAudience(database, { postId: post.postId, revision: 2 })).toMatchObject({
      holders: [],
      draftIds: [editionId],
    });
    await apply();
    await approve(database, editionId);
    await freeze(database, editionId);
    expect((await deliveriesOf(database, readers[0]!))[0]?.subject).toBe(`post ${post.postId} r1`);
    expect(await owedBy()).toEqual([[correction], [correction], [correction]]);
  });

  test('of a draft that leaves the post out tells nobody: nobody gets the old text', async () => {
    const { database } = testDatabase;
    const { editionId } = await composeDraft(database, newsletter);
    await database.query(`update post set revision = 2 where id = $1`, [post.postId]);
    const draftIds = async () => (await findCorrectionAudience(database, { postId: post.postId, revision: 2 }))?.draftIds;
    expect(await draftIds()).toEqual([editionId]);
    await inTx(async (tx) => editEditionPost(tx, editionId, post.position, { isLeftOut: true }));
    expect(await draftIds()).toEqual([]);
  });

  test('shows it on no archive page where staff leave its post out and nobody had that before', async () => {
    const { database } = testDatabase;
    const { position } = await releaseNewPost(database, newsletter);
    const correction = await correct();
    await apply();
    const archiveWithout = async (): Promise<readonly bigint[]> => {
      const { editionId } = await composeDraft(database, newsletter);
      await inTx(async (tx) => editEditionPost(tx, editionId, post.position, { isLeftOut: true }));
      const { archive } = await planDraft(database, { editionId, now });
      await approve(database, editionId);
      await freeze(database, editionId);
      return archive.positions;
    };
    expect(await archiveWithout()).toEqual([position]);
    // The post itself goes, in its newest text, and nothing else is new.
    const newest = await correct();
    await apply();
    expect((await composeDraft(database, newsletter)).archive.positions).toEqual([post.position, newest]);
    await sendAccepted();
    const again = await correct();
    await apply();
    // Somebody new waits for the post, which the others have.
    await database.query(`update subscription_cursor set owed = $2, since = 0 where subscription_id = $1`, [
      await insertSubscription(database, newsletter),
      [String(post.position)],
    ]);
    const { position: next } = await releaseNewPost(database, newsletter);
    expect(await archiveWithout()).toEqual([again, next]);
    expect(correction).toBeLessThan(again);
  });

  test('shows nothing on the archive page where staff leave out its post, which nobody had, and nothing else is there', async () => {
    const { database } = testDatabase;
    const correction = await correct();
    await apply();
    const { editionId } = await composeDraft(database, newsletter);
    expect((await planDraft(database, { editionId, now })).pins.map((pin) => pin.position)).toContain(correction);
    await inTx(async (tx) => editEditionPost(tx, editionId, post.position, { isLeftOut: true }));
    expect((await planDraft(database, { editionId, now })).archive.positions).toEqual([]);
  });

  test('sends it alone by hand, where the post has arrived, and not on the schedule', async () => {
    const { database } = testDatabase;
    const [accepted = '', sending = ''] = readers;
    const editionId = await sendEdition(database, newsletter);
    await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [editionId]);
    await setDelivery(database, await deliveryOf(sending), 'sending');
    const correction = await correct();
    await apply();
    const [scheduleId] = newsletter.scheduleIds;
    const request = { newsletterId: newsletter.id, scheduleId, slotAt: null, now };
    expect(await composeEdition(database, { ...request, byHand: false })).toMatchObject({ kind: 'nothing_due', waitingCount: 0 });
    expect(await planEdition(database, { ...request, byHand: true })).toMatchObject({ recipientCount: 2, waitingCount: 0 });
    await sendEdition(database, newsletter);
    expect(await story(database, accepted)).toBe(`accepted ${post.position}, queued ${correction}`);
    expect(await owedBy([accepted, sending])).toEqual([[], [correction]]);
    await setDelivery(database, await deliveryOf(sending), 'accepted');
    await sendEdition(database, newsletter);
    expect(await story(database, sending)).toBe(`accepted ${post.position}, queued ${correction}`);
  });

  test('takes it along out of the queue, where it waited alone for who has the post', async () => {
    const { database } = testDatabase;
    const [reader = ''] = readers;
    await sendAccepted();
    const correction = await correct();
    await apply();
    await sendEdition(database, newsletter);
    expect(await story(database, reader)).toBe(`accepted ${post.position}, queued ${correction}`);
    const { position: next } = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    expect(await story(database, reader)).toBe(`accepted ${post.position}, superseded ${correction}, queued ${correction} ${next}`);
    expect(await owedBy([reader])).toEqual([[]]);
  });

  test('shows it alone on the archive page of such a send, and the posts that wait on that of the edition that brings them', async () => {
    const { database } = testDatabase;
    const own = await insertNewsletter(database, { minimum: 2 });
    const [, scheduleId] = own.scheduleIds;
    await insertSubscription(database, own, { scheduleId });
    const [first, second] = [await releaseNewPost(database, own), await releaseNewPost(database, own)];
    const shown = async (editionId: string): Promise<bigint[]> => {
      const { rows } = await database.query<{ positions: string[] }>(
        `select r.positions::text[] as positions from edition e join rendition r on r.id = e.archive_rendition_id where e.id = $1`,
        [editionId],
      );
      return one(rows).positions.map(BigInt);
    };
    const before = await sendEdition(database, own, 1);
    await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [before]);
    post = first;
    const correction = await correct();
    await apply();
    const waiting = await releaseNewPost(database, own);
    const request = { newsletterId: own.id, scheduleId, slotAt: null, byHand: true, now };
    expect((await planEdition(database, request)).archive).toMatchObject({ positions: [correction] });
    const alone = await sendEdition(database, own, 1);
    expect(await shown(alone)).toEqual([correction]);
    expect(await listCarriedPosts(database, alone)).toEqual([]);
    // Nor is what waits taken for mailed: it may still change, or vanish.
    const { rows } = await database.query(`select ${carriedSql('$1::bigint')} as "isCarried"`, [waiting.postId]);
    expect(rows).toEqual([{ isCarried: false }]);
    const last = await releaseNewPost(database, own);
    // Also what was corrected since the edition before that had posts.
    expect(await shown(await sendEdition(database, own, 1))).toEqual([correction, waiting.position, last.position]);
    expect(await listCarriedPosts(database, before)).toEqual([second, first].map(({ postId }) => ({ postId, revision: 1 })));
  });

  test('sends it to who follows other topics now', async () => {
    const { database } = testDatabase;
    const [topic = ''] = await insertTopics(database, 1);
    await sendAccepted();
    await inTx(async (tx) => changeTopics(tx, readers[0]!, [topic]));
    const correction = await correct();
    await apply();
    await sendEdition(database, newsletter);
    expect(await story(database, readers[0]!)).toBe(`accepted ${post.position}, queued ${correction}`);
  });

  test('keeps to its cohorts whose post has arrived and whose has not', async () => {
    const { database } = testDatabase;
    await sendAccepted();
    await setDelivery(database, await deliveryOf(readers[2]!), 'sending');
    const correction = await correct();
    await apply();
    const next = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    const last = async (id: string): Promise<readonly bigint[] | undefined> => (await deliveriesOf(database, id)).at(-1)?.positions;
    expect(await Promise.all(readers.map(last))).toEqual([[correction, next.position], [correction, next.position], [next.position]]);
    expect(await owedBy()).toEqual([[], [], [correction]]);
  });
});

describe('a correction that is taken back', () => {
  test('goes to nobody more: not what is owed, not what is queued, and no claim sends it meanwhile', async () => {
    const { database } = testDatabase;
    await sendAccepted();
    const [first = '', second = ''] = readers;
    const correction = await correct();
    await apply();
    await database.query(`update subscription set schedule_id = $2 where id = $1`, [second, newsletter.scheduleIds[1]]);
    const next = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    expect(await takeBackCorrection(database, post.postId, now)).toEqual({ kind: 'taken_back', owedCount: 1, carriedCount: 2 });
    const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    const claims = openClaims(testDatabase.url);
    const claimIds = [await deliveryOf(first)];
    const tick = await claims.connection(async (session) => {
      await prepareClaimSession(session);
      return claimAndRecord(session, { workerId, record: [], giveUp: [], claimIds });
    });
    await claims.close();
    expect([tick.claimed, tick.ineligibleIds]).toEqual([[], []]);
    await repointRetracted(database, { renderRendition: recordingRenderer().render, now });
    expect(await story(database, first)).toBe(`accepted ${post.position}, queued ${next.position}`);
    // What nothing stands on any more is not looked at again.
    await repointRetracted(database, { renderRendition: recordingRenderer().render, now });
    expect(await listTouchedEditions(database)).toEqual([]);
    await sendEdition(database, newsletter, 1);
    expect(await story(database, second)).toBe(`accepted ${post.position}, queued ${next.position}`);
    expect(await owedBy([second])).toEqual([[]]);
    expect(correction).toBeGreaterThan(0n);
    expect(await takeBackCorrection(database, post.postId, now)).toEqual({ kind: 'none' });
  });

  test('is while it only stands in a draft with the older text, or waits in the queue', async () => {
    const { database } = testDatabase;
    const { editionId } = await composeDraft(database, newsletter);
    await correct();
    await apply();
    expect(await takeBackCorrection(database, post.postId, now)).toMatchObject({ kind: 'taken_back', owedCount: 0, carriedCount: 0 });
    await approve(database, editionId);
    await freeze(database, editionId);
    expect(await owedBy()).toEqual([[], [], []]);
    await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [editionId]);
    const again = await correct();
    await apply();
    await sendEdition(database, newsletter);
    expect(await story(database, readers[0]!)).toBe(`accepted ${post.position}, queued ${again}`);
    expect(await takeBackCorrection(database, post.postId, now)).toMatchObject({ kind: 'taken_back', owedCount: 0, carriedCount: 3 });
    await repointRetracted(database, { renderRendition: recordingRenderer().render, now });
    expect(await story(database, readers[0]!)).toBe(`accepted ${post.position}, cancelled(retracted) ${again}`);
  });

  test('is while the undone retraction of its post is still to bring it', async () => {
    const { database } = testDatabase;
    await sendAccepted();
    await correct();
    await apply();
    await retractPost(database, post.postId, { reason: 'test', now });
    // As a freeze does in which it is retracted.
    await database.query(`update subscription_cursor set owed = '{}' where subscription_id = any($1::bigint[])`, [readers]);
    await undoRetraction(database, post.postId, now);
    expect(await takeBackCorrection(database, post.postId, now)).toMatchObject({ kind: 'taken_back' });
    await apply();
    expect(await owedBy()).toEqual([[], [], []]);
  });

  test('is not where everybody was sent it', async () => {
    await sendAccepted();
    await correct();
    await apply();
    await sendAccepted();
    expect(await takeBackCorrection(testDatabase.database, post.postId, now)).toEqual({ kind: 'told', carriedCount: 3 });
  });
});
