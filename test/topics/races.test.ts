/*
 * Topics that change while editions are frozen and readers choose: nobody is passed by, nobody's choice is overwritten, whoever collects waits for nobody.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database, Tx } from '../../src/db/db.ts';
import { ConflictError } from '../../src/kernel/errors.ts';
import { applyOffers } from '../../src/ledger/apply-offers.ts';
import { changeTopics } from '../../src/ledger/change-subscription.ts';
import { recordCorrection } from '../../src/ledger/record-correction.ts';
import { lockNewsletter } from '../../src/ledger/drafts/edition-store.ts';
import type { Position } from '../../src/ledger/position.ts';
import { applyTopicChanges } from '../../src/topics/change-post-topics.ts';
import { ignoreCategory, mapCategory } from '../../src/topics/map-category.ts';
import { continueMerges, mergeTopics } from '../../src/topics/merge-topics.ts';
import { listPublicTopics } from '../../src/topics/list-topics.ts';
import { holdTopics, listOfferedTopics } from '../../src/topics/topic-store.ts';
import {
  approve,
  composeDraft,
  cursorOf,
  deliveriesOf,
  freeze,
  insertNewsletter,
  insertSubscription,
  sendEdition,
  story,
  type TestNewsletter,
} from '../ledger/fixture.ts';
import { endBlockedSessions, isBlocking } from '../support/blocked-sessions.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { type FiledTopic, insertFiledTopic, refile, releaseFiled, topicIdsOfPost, topicsOfReader } from './filed-posts.ts';

let testDatabase: TestDatabase;
let database: Database;
let newsletter: TestNewsletter;
let from: FiledTopic;
let into: FiledTopic;
const now = new Date();

beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 12 });
  database = testDatabase.database;
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  await database.query(`update offer set applied_at = now() where applied_at is null`);
  await database.query(`update topic_merge set ended_at = now() where ended_at is null`);
  newsletter = await insertNewsletter(database);
  [from, into] = [await insertFiledTopic(database), await insertFiledTopic(database)];
});

const merge = async () => mergeTopics(database, { from: from.slug, into: into.slug, now });

/** Freezes an edition and dies after the first reader. */
async function beginFreeze(): Promise<string> {
  const { editionId } = await composeDraft(database, newsletter);
  await approve(database, editionId);
  const afterChunk = (): void => {
    throw new Error('killed');
  };
  await expect(freeze(database, editionId, { chunkSize: 1, afterChunk })).rejects.toThrow('killed');
  return editionId;
}

async function subscribe(count: number, topics: readonly FiledTopic[], of = newsletter): Promise<string[]> {
  const readers: string[] = [];
  for (let n = 0; n < count; n += 1) readers.push(await insertSubscription(database, of, { topics: topics.map(({ id }) => id) }));
  return readers;
}

/** Whom a position reached, or is still to reach, and how often. */
async function timesReached(reader: string, position: Position): Promise<number> {
  const deliveries = await deliveriesOf(database, reader);
  return deliveries.filter((delivery) => delivery.positions.includes(position) && delivery.state === 'queued').length;
}

/** Does something while `holder` has its locks, once it waits for one of them. */
async function whileHeld<T>(hold: (tx: Tx) => Promise<unknown>, work: () => Promise<T>, then?: (tx: Tx) => Promise<unknown>): Promise<T> {
  const running = await database.transaction(async (holder) => {
    await hold(holder);
    const promise = work();
    // Whoever watches the promise first must not be late.
    promise.catch(() => {});
    await waitFor(async () => isBlocking(holder));
    await then?.(holder);
    return { promise };
  });
  return running.promise;
}

describe('a merge', () => {
  test('waits for a freeze, goes on by itself after it, and nobody is passed by', async () => {
    const readers = await subscribe(4, [from]);
    const { position } = await releaseFiled(database, newsletter, [from]);
    const editionId = await beginFreeze();
    expect(await merge()).toMatchObject({ isComplete: false, forEditionId: editionId, followerCount: 0 });
    expect(await continueMerges(database, now)).toEqual([]);
    await freeze(database, editionId, { chunkSize: 1 });
    expect(await continueMerges(database, now)).toMatchObject([{ followerCount: 4 }]);
    await applyOffers(database, { now });
    await sendEditionIfDue();
    for (const reader of readers) {
      expect([await timesReached(reader, position), await topicsOfReader(database, reader)]).toEqual([1, [into.id]]);
    }
  });

  test('that dies between two newsletters leaves posts with both topics, so that an edition in between reaches everybody, and ends by itself', async () => {
    const second = await insertNewsletter(database);
    await database.query(`insert into newsletter_source (newsletter_id, source_id) values ($1, $2)`, [second.id, newsletter.sourceId]);
    const readers = [...(await subscribe(2, [from])), ...(await subscribe(2, [from], second))];
    const before = await releaseFiled(database, newsletter, [from]);
    // Of the second newsletter the row is taken once posts have both topics and the readers of the first have moved.
    const dying = whileHeld(
      async (holder) => holder.query(`select from subscription where id = $1 for no key update`, [readers[2]]),
      merge,
      endBlockedSessions,
    );
    await expect(dying).rejects.toThrow();
    expect(await Promise.all(readers.map(async (reader) => topicsOfReader(database, reader)))).toEqual([
      [into.id],
      [into.id],
      [from.id],
      [from.id],
    ]);
    const between = await releaseFiled(database, newsletter, [from]);
    expect(await topicIdsOfPost(database, between.postId)).toEqual([from.id, into.id]);
    for (const each of [newsletter, second]) await sendEdition(database, each);
    for (const reader of readers) expect(await story(database, reader)).toBe(`queued ${before.position} ${between.position}`);
    expect(await continueMerges(database, now)).toMatchObject([{ followerCount: 4 }]);
    expect(await topicIdsOfPost(database, between.postId)).toEqual([into.id]);
    expect(await topicsOfReader(database, readers[3]!)).toEqual([into.id]);
    await expect(merge()).rejects.toThrow(/Expected a topic/);
  });

  test('leaves what a reader chooses meanwhile, and takes them along where they still follow the topic', async () => {
    const other = await insertFiledTopic(database);
    const [gone, stays] = (await subscribe(2, [from])) as [string, string];
    await whileHeld(async (tx) => {
      await changeTopics(tx, gone, [other.id]);
      await changeTopics(tx, stays, [from.id, other.id]);
    }, merge);
    expect(await topicsOfReader(database, gone)).toEqual([other.id]);
    expect(await topicsOfReader(database, stays)).toEqual([into.id, other.id].sort((a, b) => Number(a) - Number(b)));
  });

  test('waits for who chooses the topic at the last moment, and takes them along', async () => {
    const [reader] = (await subscribe(1, [into])) as [string];
    await whileHeld(async (tx) => {
      await holdTopics(tx, [from.id]);
      await changeTopics(tx, reader, [from.id]);
    }, merge);
    expect(await topicsOfReader(database, reader)).toEqual([into.id]);
    await expect(database.transaction(async (tx) => holdTopics(tx, [from.id]))).rejects.toThrow(ConflictError);
  });

  test('is offered to nobody while it lasts, and is part of no other', async () => {
    const third = await insertFiledTopic(database);
    await subscribe(2, [from]);
    await releaseFiled(database, newsletter, [from]);
    const editionId = await beginFreeze();
    await merge();
    expect((await listOfferedTopics(database)).map(({ id }) => id)).not.toContain(from.id);
    expect((await listPublicTopics(database)).topics.find(({ id }) => id === from.id)).toMatchObject({ mergesInto: into.slug });
    await expect(mapCategory(database, { category: third.category, topic: from.slug, now })).rejects.toThrow(ConflictError);
    for (const wrong of [
      { from: into.slug, into: third.slug },
      { from: third.slug, into: from.slug },
      { from: from.slug, into: third.slug },
    ])
      await expect(mergeTopics(database, { ...wrong, now })).rejects.toThrow(ConflictError);
    await freeze(database, editionId);
    expect(await merge()).toMatchObject({ isComplete: true, followerCount: 2 });
  });

  test('offers its posts whatever their number, but none that the flood guard holds', async () => {
    const [reader] = (await subscribe(1, [into])) as [string];
    const posts = [];
    for (let n = 0; n < 22; n += 1) posts.push(await releaseFiled(database, newsletter, [from]));
    // Mapped by mistake: what is filed under it is held.
    const mistake = await insertFiledTopic(database);
    const held = [];
    for (let n = 0; n < 21; n += 1) held.push(await releaseFiled(database, newsletter, [mistake]));
    await releaseFiled(database, newsletter, [into]);
    await sendEdition(database, newsletter);
    await mapCategory(database, { category: mistake.category, topic: from.slug, now });
    expect(await applyOffers(database, { now })).toMatchObject({ heldCount: 21, newlyHeldCount: 21 });
    expect(await merge()).toMatchObject({ offeredCount: 43, isComplete: true });
    expect(await applyOffers(database, { now })).toMatchObject({ appliedCount: 22, newlyHeldCount: 0, heldCount: 42 });
    expect((await cursorOf(database, reader)).owed).toEqual(posts.map(({ position }) => position));
  });

  test('offers its posts whatever their number, also those of which a correction waits to be applied', async () => {
    const [reader = ''] = await subscribe(1, [into]);
    const posts = await Promise.all(Array.from({ length: 25 }, async () => releaseFiled(database, newsletter, [from])));
    await database.query(`update subscription_cursor set cursor = (select max(position) from release) where subscription_id = $1`, [
      reader,
    ]);
    await database.transaction(async (tx) => {
      for (const { postId } of posts) await recordCorrection(tx, { postId, revision: 2, note: '', now });
    });
    await merge();
    expect(await applyOffers(database, { now })).toMatchObject({ heldCount: 0 });
    expect((await cursorOf(database, reader)).owed).toHaveLength(25);
  });

  test('moves thousands in steps, while others sign up and choose', async () => {
    await database.query(
      `with p as (insert into subscriber (address, address_key) select 'm' || n || $4, 'm' || n || $4 from generate_series(1, 4500) n returning id)
       insert into subscription (subscriber_id, newsletter_id, schedule_id, state, topics, language)
       select id, $1, $2, 'pending', array[$3::bigint], 'en' from p`,
      [newsletter.id, newsletter.scheduleIds[0], from.id, from.slug],
    );
    const { rows } = await database.query<{ id: string }>(`select max(id)::text as id from subscription where newsletter_id = $1`, [
      newsletter.id,
    ]);
    const last = rows[0]!.id;
    await whileHeld(
      async (holder) => holder.query(`select from subscription where id = $1 for no key update`, [last]),
      merge,
      // Two steps are committed, and nothing of the newsletter is locked against a sign-up.
      async () => {
        const { rows: moved } = await database.query<{ count: string }>(
          `select count(*) from subscription where newsletter_id = $1 and topics = array[$2::bigint]`,
          [newsletter.id, into.id],
        );
        expect(moved[0]!.count).toBe('4000');
        await subscribe(1, [into]);
      },
    );
    expect((await database.query(`select from subscription where topics @> array[$1::bigint]`, [from.id])).rows).toEqual([]);
  });
});

describe('posts that are filed otherwise', () => {
  test('while an edition is frozen keep their topics until it is sent: all of its readers are decided alike', async () => {
    const readers = await subscribe(3, [from]);
    const followers = await subscribe(2, [into]);
    const { postId, position } = await releaseFiled(database, newsletter, [from]);
    const editionId = await beginFreeze();
    await refile(database, postId, [into]);
    expect(await applyTopicChanges(database, { now, waits: false })).toEqual({
      offeredCount: 0,
      isComplete: false,
      forEditionId: editionId,
    });
    expect(await topicIdsOfPost(database, postId)).toEqual([from.id]);
    // The process that goes on with the freeze knows only what holds now.
    await freeze(database, editionId, { chunkSize: 1 });
    for (const reader of readers) expect(await story(database, reader)).toBe(`queued ${position}`);
    expect(await applyTopicChanges(database, { now, waits: false })).toMatchObject({ offeredCount: 1, isComplete: true });
    await applyOffers(database, { now });
    for (const reader of followers) expect((await cursorOf(database, reader)).owed).toEqual([position]);
  });

  test('keep nobody who collects waiting, not for a newsletter that somebody has locked either', async () => {
    const { postId } = await releaseFiled(database, newsletter, [from]);
    await database.transaction(async (holder) => {
      await lockNewsletter(holder, newsletter.id);
      await refile(database, postId, [into]);
      expect(await applyTopicChanges(database, { now, waits: false })).toMatchObject({ isComplete: false, forEditionId: undefined });
    });
    expect(await applyTopicChanges(database, { now, waits: false })).toMatchObject({ offeredCount: 1, isComplete: true });
    expect(await topicIdsOfPost(database, postId)).toEqual([into.id]);
  });

  test('in another newsletter do not wait for this one', async () => {
    const other = await insertNewsletter(database);
    await subscribe(2, [from]);
    await releaseFiled(database, newsletter, [from]);
    const { postId } = await releaseFiled(database, other, [from]);
    await beginFreeze();
    await refile(database, postId, [into]);
    expect(await applyTopicChanges(database, { now, waits: false })).toMatchObject({ offeredCount: 1, isComplete: true });
  });

  test('and are filed back meanwhile change nothing', async () => {
    await subscribe(2, [from]);
    const { postId } = await releaseFiled(database, newsletter, [from]);
    const editionId = await beginFreeze();
    await refile(database, postId, [into]);
    await refile(database, postId, [from]);
    await freeze(database, editionId);
    expect(await applyTopicChanges(database, { now, waits: false })).toMatchObject({ offeredCount: 0, isComplete: true });
    expect(await topicIdsOfPost(database, postId)).toEqual([from.id]);
  });
});

describe('a decision about a category', () => {
  test.each([
    ['ignored', async () => ignoreCategory(database, from.category, now)],
    ['mapped elsewhere', async () => mapCategory(database, { category: from.category, topic: into.slug, now })],
  ])('that is %s holds for new posts at once, and for what is being frozen afterwards', async (_, decide) => {
    const readers = await subscribe(3, [from]);
    const { postId, position } = await releaseFiled(database, newsletter, [from]);
    const editionId = await beginFreeze();
    expect(await decide()).toMatchObject({ postCount: 1, isComplete: false, forEditionId: editionId });
    const fresh = await releaseFiled(database, newsletter, [from]);
    expect(await topicIdsOfPost(database, fresh.postId)).not.toContain(from.id);
    await freeze(database, editionId, { chunkSize: 1 });
    for (const reader of readers) expect(await story(database, reader)).toBe(`queued ${position}`);
    await applyTopicChanges(database, { now, waits: false });
    expect(await topicIdsOfPost(database, postId)).not.toContain(from.id);
  });
});

async function sendEditionIfDue(): Promise<void> {
  await sendEdition(database, newsletter).catch((error: unknown) => {
    if (!String(error).includes('nothing_due')) throw error;
  });
}
