import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Job } from '../../src/kernel/job.ts';
import { moveToSchedule, changeTopics, leaveSubscription, pauseSubscription } from '../../src/ledger/change-subscription.ts';
import { applyOffers, recordOffer } from '../../src/ledger/apply-offers.ts';
import { resumeEdition } from '../../src/ledger/approve-edition.ts';
import { pauseEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { editEditionPost } from '../../src/ledger/drafts/draft-store.ts';
import { getEdition } from '../../src/ledger/drafts/edition-store.ts';
import { recordCorrection } from '../../src/ledger/record-correction.ts';
import { findRendition, listRenditions } from '../../src/ledger/drafts/rendition-store.ts';
import { retractPost } from '../../src/ledger/retract-post.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import {
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
  stateOf,
  story,
} from './fixture.ts';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => testDatabase.drop());

describe('a freeze', () => {
  test('gives each reader the posts of their topics, in one rendition for all who get the same', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const [a = '', b = ''] = await insertTopics(database, 2);
    const readers = {
      all: await insertSubscription(database, newsletter),
      a: await insertSubscription(database, newsletter, { topics: [a] }),
      a2: await insertSubscription(database, newsletter, { topics: [a] }),
      b: await insertSubscription(database, newsletter, { topics: [b] }),
      both: await insertSubscription(database, newsletter, { topics: [a, b] }),
      spanish: await insertSubscription(database, newsletter, { topics: [b], language: 'es' }),
    };
    const first = await releaseNewPost(database, newsletter, [a]);
    const second = await releaseNewPost(database, newsletter, [b]);
    const renderer = recordingRenderer();
    const editionId = await sendEdition(database, newsletter, 0, { renderRendition: renderer.render });

    expect(await story(database, readers.all)).toBe(`queued ${first.position} ${second.position}`);
    expect(await story(database, readers.both)).toBe(`queued ${first.position} ${second.position}`);
    expect(await story(database, readers.a)).toBe(`queued ${first.position}`);
    expect(await story(database, readers.a2)).toBe(`queued ${first.position}`);
    expect(await story(database, readers.b)).toBe(`queued ${second.position}`);
    expect(await story(database, readers.spanish)).toBe(`queued ${second.position}`);
    expect(await cursorOf(database, readers.a)).toMatchObject({ cursor: second.position, owed: [] });
    // a; b; a and b, which is the archive page too; b in Spanish.
    expect(renderer.groups).toHaveLength(4);
    expect(await listRenditions(database, editionId)).toHaveLength(4);
    expect(await stateOf(database, editionId)).toBe('sending');
  });

  test('names its due deliveries in jobs, in the transaction that opens it', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    for (let n = 0; n < 3; n += 1) await insertSubscription(database, newsletter);
    await releaseNewPost(database, newsletter);
    const jobs: Job[] = [];
    const editionId = await sendEdition(database, newsletter, 0, {
      enqueue: async (_tx, job) => {
        jobs.push(job);
        return Promise.resolve();
      },
    });
    const { rows } = await database.query<{ from_id: string; to_id: string }>(
      `select min(id) as from_id, max(id) as to_id from delivery where edition_id = $1`,
      [editionId],
    );
    const { from_id: firstId, to_id: lastId } = one(rows);
    // In the blocks by which a sweep names them too, so that the queue can tell that one waits already.
    const blocks = [...new Set([firstId, lastId].map((id) => BigInt(id) / 1_000n))];
    expect(jobs).toEqual(
      blocks.map((block, turn) => ({
        name: 'deliver',
        editionId,
        fromId: String(block * 1_000n),
        toId: String(block * 1_000n + 999n),
        turn,
      })),
    );
  });

  test('is due at the reader’s own hour when the schedule sends, at once when a person does', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const own = await insertSubscription(database, newsletter, { localHour: 18 });
    const other = await insertSubscription(database, newsletter);
    await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await database.query(`update edition set by_hand = false where id = $1`, [editionId]);
    await approve(database, editionId);
    const frozenAt = new Date('2026-03-06T08:00:00Z');
    await freeze(database, editionId, { now: () => frozenAt });
    const { rows } = await database.query<{ subscription_id: string; due_at: Date }>(
      `select subscription_id, due_at from delivery where edition_id = $1 order by id`,
      [editionId],
    );
    expect(rows).toEqual([
      { subscription_id: own, due_at: new Date('2026-03-06T18:00:00Z') },
      { subscription_id: other, due_at: frozenAt },
    ]);
  });

  test('passes over who left, pauses, is suppressed or follows another schedule, and leaves their cursors', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const readers = [];
    for (let n = 0; n < 5; n += 1) readers.push(await insertSubscription(database, newsletter));
    const [left = '', paused = '', suppressed = '', moved = '', here = ''] = readers;
    const post = await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    await database.transaction(async (tx) => {
      await leaveSubscription(tx, left, new Date());
      await pauseSubscription(tx, paused, 'indefinitely', new Date());
      const { rows } = await tx.query<{ key: string }>(
        `select p.address_key as key from subscriber p join subscription s on s.subscriber_id = p.id where s.id = $1`,
        [suppressed],
      );
      await suppressAddress(tx, one(rows).key, { reason: 'bounced', source: 'test', now: new Date() });
      await moveToSchedule(tx, moved, newsletter.scheduleIds[1]);
    });
    await freeze(database, editionId, { chunkSize: 2 });
    for (const reader of [left, paused, suppressed, moved]) {
      expect(await deliveriesOf(database, reader)).toEqual([]);
      expect((await cursorOf(database, reader)).cursor).toBeLessThan(post.position);
    }
    expect(await story(database, here)).toBe(`queued ${post.position}`);
  });

  test('takes who paused until a day that is over', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const reader = await insertSubscription(database, newsletter);
    const post = await releaseNewPost(database, newsletter);
    await database.transaction(async (tx) => pauseSubscription(tx, reader, new Date(Date.now() - 1_000), new Date()));
    await sendEdition(database, newsletter);
    expect(await story(database, reader)).toBe(`queued ${post.position}`);
  });

  test('lets readers below the minimum wait, their cursor just below the first post', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database, { minimum: 2, maxWait: '3 days' });
    const [a = '', b = ''] = await insertTopics(database, 2);
    const [, second] = newsletter.scheduleIds;
    const waiting = await insertSubscription(database, newsletter, { topics: [b], scheduleId: second });
    const all = await insertSubscription(database, newsletter, { scheduleId: second });
    const none = await insertSubscription(database, newsletter, {
      topics: [(await insertTopics(database, 1))[0] ?? ''],
      scheduleId: second,
    });
    const first = await releaseNewPost(database, newsletter, [a]);
    const next = await releaseNewPost(database, newsletter, [b]);
    await sendEdition(database, newsletter, 1);
    expect(await story(database, all)).toBe(`queued ${first.position} ${next.position}`);
    expect([await story(database, waiting), (await cursorOf(database, waiting)).cursor]).toEqual(['', next.position - 1n]);
    expect([await story(database, none), (await cursorOf(database, none)).cursor]).toEqual(['', next.position]);

    const later = new Date(Date.now() + 3 * 86_400_000);
    await sendEdition(database, newsletter, 1, { now: () => later });
    expect(await story(database, waiting)).toBe(`queued ${next.position}`);
  });

  test('sends what the draft pinned at the revision that was seen, and owes what staff left out', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const reader = await insertSubscription(database, newsletter);
    const first = await releaseNewPost(database, newsletter);
    const second = await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await database.transaction(async (tx) => editEditionPost(tx, editionId, second.position, { isLeftOut: true }));
    await database.query(`update post set revision = 2 where id = $1`, [first.postId]);
    const later = await releaseNewPost(database, newsletter);
    await approve(database, editionId);
    await freeze(database, editionId);
    expect((await deliveriesOf(database, reader))[0]?.subject).toBe(`post ${first.postId} r1`);
    expect(await cursorOf(database, reader)).toMatchObject({ cursor: second.position, owed: [second.position] });
    await sendEdition(database, newsletter);
    expect(await story(database, reader)).toBe(
      `superseded ${first.position}, queued ${first.position} ${second.position} ${later.position}`,
    );
  });

  test('stores the archive page: the posts above the previous cutoff, in the newsletter’s language', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const [a = '', b = ''] = await insertTopics(database, 2);
    const reader = await insertSubscription(database, newsletter, { topics: [a], language: 'es' });
    await releaseNewPost(database, newsletter, [a]);
    await sendEdition(database, newsletter);
    const second = await releaseNewPost(database, newsletter, [a]);
    const unread = await releaseNewPost(database, newsletter, [b]);
    const editionId = await sendEdition(database, newsletter);
    const archive = await findRendition(database, (await getEdition(database, editionId)).archiveRenditionId ?? '');
    expect(archive).toMatchObject({ language: 'en', positions: [second.position, unread.position] });
    expect((await deliveriesOf(database, reader))[1]?.positions).not.toContain(unread.position);
  });

  test('that reaches nobody ends as skipped', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const reader = await insertSubscription(database, newsletter);
    await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    await database.transaction(async (tx) => leaveSubscription(tx, reader, new Date()));
    expect(await freeze(database, editionId)).toEqual({ kind: 'nothing_due' });
    expect(await stateOf(database, editionId)).toBe('skipped (nothing due)');
  });

  test('stops when the edition is paused between two chunks', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    for (let n = 0; n < 3; n += 1) await insertSubscription(database, newsletter);
    await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    const result = await freeze(database, editionId, {
      chunkSize: 1,
      afterChunk: async () => {
        await pauseEdition(database, editionId, { reason: 'staff', now: new Date() });
      },
    });
    expect(result).toEqual({ kind: 'stopped', state: 'paused' });
    expect(
      one((await database.query<{ n: number }>(`select count(*)::integer as n from delivery where edition_id = $1`, [editionId])).rows).n,
    ).toBe(1);
  });

  test('renders a group only once, however many chunks meet it', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    for (let n = 0; n < 9; n += 1) await insertSubscription(database, newsletter, { language: n % 2 === 0 ? 'fr' : 'es' });
    await releaseNewPost(database, newsletter);
    const renderer = recordingRenderer();
    await sendEdition(database, newsletter, 0, { chunkSize: 2, renderRendition: renderer.render });
    expect(renderer.groups.map((group) => group.language).sort()).toEqual(['en', 'es', 'fr']);
  });
});

describe('superseding', () => {
  test('puts the posts of a queued delivery into the new one, which goes on where the old one stood', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const reader = await insertSubscription(database, newsletter);
    const first = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    const firstAttemptAt = new Date(Date.now() - 3_600_000);
    const dueAt = new Date(Date.now() - 60_000);
    await database.query(`update delivery set attempts = 3, first_attempt_at = $2, due_at = $3 where subscription_id = $1`, [
      reader,
      firstAttemptAt,
      dueAt,
    ]);
    const second = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    expect(await story(database, reader)).toBe(`superseded ${first.position}, queued ${first.position} ${second.position}`);
    const { rows } = await database.query(
      `select attempts, first_attempt_at, due_at from delivery where subscription_id = $1 and state = 'queued'`,
      [reader],
    );
    expect(rows).toEqual([{ attempts: 3, first_attempt_at: firstAttemptAt, due_at: dueAt }]);
  });

  test('takes two that a deferral left, and the posts of a paused edition', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const reader = await insertSubscription(database, newsletter);
    const posts = [];
    const first = await releaseNewPost(database, newsletter);
    posts.push(first.position);
    const paused = await sendEdition(database, newsletter);
    await pauseEdition(database, paused, { reason: 'staff', now: new Date() });
    const [delivery] = await deliveriesOf(database, reader);
    await setDelivery(database, delivery?.id ?? '', 'sending');
    posts.push((await releaseNewPost(database, newsletter)).position);
    await sendEdition(database, newsletter);
    await setDelivery(database, delivery?.id ?? '', 'queued');
    posts.push((await releaseNewPost(database, newsletter)).position);
    await sendEdition(database, newsletter);
    expect(await story(database, reader)).toBe(`superseded ${posts[0]}, superseded ${posts[1]}, queued ${posts.join(' ')}`);
  });

  test('never takes one that is being sent or was ever in doubt', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const [sending, doubted] = [await insertSubscription(database, newsletter), await insertSubscription(database, newsletter)];
    const first = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    await setDelivery(database, (await deliveriesOf(database, sending))[0]?.id ?? '', 'sending');
    await setDelivery(database, (await deliveriesOf(database, doubted))[0]?.id ?? '', 'queued', true);
    const second = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    expect(await story(database, sending)).toBe(`sending ${first.position}, queued ${second.position}`);
    expect(await story(database, doubted)).toBe(`queued ${first.position}, queued ${second.position}`);
  });

  test('drops what no longer matches or is retracted', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const [a = '', b = ''] = await insertTopics(database, 2);
    const reader = await insertSubscription(database, newsletter, { topics: [a, b] });
    const first = await releaseNewPost(database, newsletter, [a]);
    const retracted = await releaseNewPost(database, newsletter, [b]);
    const third = await releaseNewPost(database, newsletter, [b]);
    await sendEdition(database, newsletter);
    await database.transaction(async (tx) => changeTopics(tx, reader, [b]));
    await retractPost(database, retracted.postId, { reason: 'wrong', now: new Date() });
    const next = await releaseNewPost(database, newsletter, [b]);
    await sendEdition(database, newsletter);
    expect((await deliveriesOf(database, reader))[1]?.positions).toEqual([third.position, next.position]);
    expect((await cursorOf(database, reader)).owed).toEqual([]);
    expect((await deliveriesOf(database, reader))[0]?.positions).toContain(first.position);
  });

  test('sends an older post at the revision of its correction, which has no line of its own', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const reader = await insertSubscription(database, newsletter);
    const post = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    await database.query(`update post set revision = 2 where id = $1`, [post.postId]);
    const correction = await database.transaction(async (tx) =>
      recordCorrection(tx, { postId: post.postId, revision: 2, note: 'Mended', now: new Date() }),
    );
    await applyOffers(database, { now: new Date() });
    const next = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    const [, delivery] = await deliveriesOf(database, reader);
    expect(delivery?.positions).toEqual([post.position, correction, next.position]);
    expect(delivery?.subject).toBe(`post ${post.postId} r2, correction ${post.postId} r2, post ${next.postId} r1`);
  });
});

describe('two schedules of one newsletter', () => {
  test('repeat nothing to who changes over', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const [first, second] = newsletter.scheduleIds;
    const mover = await insertSubscription(database, newsletter, { scheduleId: second });
    await insertSubscription(database, newsletter, { scheduleId: first });
    const old = await releaseNewPost(database, newsletter);
    const stale = await composeDraft(database, newsletter, 0);
    const fresh = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter, 1);
    await database.transaction(async (tx) => moveToSchedule(tx, mover, first));
    await approve(database, stale.editionId);
    await freeze(database, stale.editionId);
    expect(await story(database, mover)).toBe(`queued ${old.position} ${fresh.position}`);
    expect((await cursorOf(database, mover)).cursor).toBe(fresh.position);
  });
});

describe('a freeze that is paused, and resumed while it renders,', () => {
  test('stops with what it knew before, so that an offer made meanwhile is not passed', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const [a = '', b = ''] = await insertTopics(database, 2);
    const reader = await insertSubscription(database, newsletter, { topics: [a] });
    await insertSubscription(database, newsletter, { topics: [a, b] });
    const alpha = await releaseNewPost(database, newsletter, [a]);
    const beta = await releaseNewPost(database, newsletter, [b]);
    const now = new Date();
    const { editionId: draft } = await composeDraft(database, newsletter);
    await approve(database, draft);
    const { render } = recordingRenderer();
    let isResumed = false;
    const renderRendition: typeof render = async (group) => {
      if (group.positions.length === 1 && !isResumed) {
        isResumed = true;
        await pauseEdition(database, draft, { reason: 'a test', now });
        await database.query('insert into post_topic (post_id, topic_id) values ($1, $2)', [beta.postId, a]);
        await database.transaction(async (tx) => recordOffer(tx, { postId: beta.postId, kind: 'topic', topicId: a, now }));
        expect(await applyOffers(database, { now })).toMatchObject({ appliedCount: 1 });
        expect(await resumeEdition(database, draft, { now })).toEqual({ kind: 'approved' });
      }
      return render(group);
    };
    expect(await freeze(database, draft, { renderRendition })).toEqual({ kind: 'stopped', state: 'approved' });
    expect(await freeze(database, draft, { renderRendition })).toMatchObject({ kind: 'frozen' });
    const { owed } = await cursorOf(database, reader);
    expect([await story(database, reader), owed]).toEqual([`queued ${alpha.position} ${beta.position}`, []]);
  });
});

test('a freeze whose posts were all retracted before it renders nothing, and ends as skipped', async () => {
  const { database } = testDatabase;
  const newsletter = await insertNewsletter(database);
  await insertSubscription(database, newsletter);
  const { postId } = await releaseNewPost(database, newsletter);
  const { editionId } = await composeDraft(database, newsletter);
  await approve(database, editionId);
  await retractPost(database, postId, { reason: 'wrong', now: new Date() });
  const renderer = recordingRenderer();
  expect(await freeze(database, editionId, { renderRendition: renderer.render })).toEqual({ kind: 'nothing_due' });
  expect(renderer.groups).toEqual([]);
});
