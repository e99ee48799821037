import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Job } from '../../src/kernel/job.ts';
import { approveEdition, resumeEdition } from '../../src/ledger/approve-edition.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import {
  cancelEdition,
  giveBackCancelled,
  holdEdition,
  pauseEdition,
  releaseHeldEdition,
  skipEdition,
} from '../../src/ledger/drafts/decide-edition.ts';
import { editEditionPost, editEditionTexts } from '../../src/ledger/drafts/draft-store.ts';
import { carriedSql, getEdition, listEditionPosts } from '../../src/ledger/drafts/edition-store.ts';
import { planDraft, planEdition } from '../../src/ledger/drafts/plan-edition.ts';
import { pruneEdition } from '../../src/ledger/sweep/prune-edition.ts';
import { discardDraftRenditions, listRenditions, storeRendition } from '../../src/ledger/drafts/rendition-store.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
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
  releaseNewPost,
  sendEdition,
  setDelivery,
  stateOf,
  story,
} from './fixture.ts';

let testDatabase: TestDatabase;
let newsletter: TestNewsletter;
let reader: string;
const now = new Date();
const decision = { reason: 'staff', now };

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  newsletter = await insertNewsletter(testDatabase.database, { minimum: 2 });
  reader = await insertSubscription(testDatabase.database, newsletter);
});

const request = (slotAt: Date | null = null) => ({
  newsletterId: newsletter.id,
  scheduleId: newsletter.scheduleIds[0],
  slotAt,
  byHand: slotAt === null,
  now,
});

describe('composing', () => {
  test('says who would get what, pins it, and owns nothing', async () => {
    const { database } = testDatabase;
    const [a = '', b = ''] = await insertTopics(database, 2);
    await insertSubscription(database, newsletter, { topics: [a] });
    const first = await releaseNewPost(database, newsletter, [a]);
    const second = await releaseNewPost(database, newsletter, [b]);
    const composed = await composeDraft(database, newsletter);
    expect(composed).toMatchObject({ cutoff: second.position, recipientCount: 2, waitingCount: 0 });
    expect(composed.groups.map(({ positions, recipientCount }) => [positions, recipientCount])).toEqual([
      [[first.position, second.position], 1],
      [[first.position], 1],
    ]);
    expect((await listEditionPosts(database, composed.editionId)).map((post) => [post.position, post.revision, post.topics])).toEqual([
      [first.position, 1, [a]],
      [second.position, 1, [b]],
    ]);
    expect((await cursorOf(database, reader)).cursor).toBeLessThan(first.position);
  });

  test('names first, of digests for equally many, that in the newsletter’s language', async () => {
    const { database } = testDatabase;
    await insertSubscription(database, newsletter, { language: 'de' });
    await insertSubscription(database, newsletter, { language: 'fr' });
    await releaseNewPost(database, newsletter);
    const { groups } = await composeDraft(database, newsletter);
    expect(groups.map((group) => group.language)).toEqual(['en', 'de', 'fr']);
  });

  test('with nothing for anybody ends as skipped', async () => {
    const result = await composeEdition(testDatabase.database, request());
    expect(result).toMatchObject({ kind: 'nothing_due', reason: 'nothing due', waitingCount: 0 });
    expect(await stateOf(testDatabase.database, result.editionId)).toBe('skipped (nothing due)');
  });

  test('counts who waits for the minimum', async () => {
    const waiting = await insertSubscription(testDatabase.database, newsletter, { scheduleId: newsletter.scheduleIds[1] });
    await releaseNewPost(testDatabase.database, newsletter);
    const plan = await planEdition(testDatabase.database, { newsletterId: newsletter.id, scheduleId: newsletter.scheduleIds[1], now });
    expect(plan).toMatchObject({ groups: [], waitingCount: 1 });
    const own = { newsletterId: newsletter.id, scheduleId: newsletter.scheduleIds[0], now, subscriptionId: waiting };
    expect(await planEdition(testDatabase.database, own)).toMatchObject({ groups: [], waitingCount: 0 });
  });

  test('replaces the schedule’s draft, a held one too', async () => {
    await releaseNewPost(testDatabase.database, newsletter);
    const first = await composeDraft(testDatabase.database, newsletter);
    await holdEdition(testDatabase.database, first.editionId, { reason: 'too large', now });
    const second = await composeDraft(testDatabase.database, newsletter);
    expect(second.replacedEditionId).toBe(first.editionId);
    expect(await stateOf(testDatabase.database, first.editionId)).toBe('skipped (replaced)');
  });

  test('makes one edition of a slot, whoever asks and how often', async () => {
    await releaseNewPost(testDatabase.database, newsletter);
    const slotAt = new Date('2026-03-06T08:00:00Z');
    const results = await Promise.all([1, 2, 3].map(async () => composeEdition(testDatabase.database, request(slotAt))));
    expect(results.map((result) => result.kind).sort()).toEqual(['composed', 'exists', 'exists']);
    expect(new Set(results.map((result) => result.editionId)).size).toBe(1);
  });

  test('takes what a queued delivery holds along, and knows its readers apart', async () => {
    const first = await releaseNewPost(testDatabase.database, newsletter);
    await sendEdition(testDatabase.database, newsletter);
    await setDelivery(testDatabase.database, (await deliveriesOf(testDatabase.database, reader))[0]?.id ?? '', 'queued');
    const second = await releaseNewPost(testDatabase.database, newsletter);
    const composed = await composeDraft(testDatabase.database, newsletter);
    expect(composed.groups).toMatchObject([{ positions: [first.position, second.position], recipientCount: 1 }]);
    expect(composed.pins.map((pin) => pin.position)).toEqual([second.position]);
  });

  test('takes nothing that the rules of the newsletter keep out', async () => {
    const { postId } = await releaseNewPost(testDatabase.database, newsletter);
    await testDatabase.database.query(
      `insert into newsletter_rule (newsletter_id, effect, field, pattern) values ($1, 'exclude', 'title', 'a *')`,
      [newsletter.id],
    );
    expect((await composeEdition(testDatabase.database, request())).kind).toBe('nothing_due');
    await testDatabase.database.query(`update post_revision set title = 'Another' where post_id = $1`, [postId]);
    expect((await composeEdition(testDatabase.database, request())).kind).toBe('composed');
  });
});

describe('a draft', () => {
  test('is planned again with what staff changed', async () => {
    const [first, second] = [
      await releaseNewPost(testDatabase.database, newsletter),
      await releaseNewPost(testDatabase.database, newsletter),
    ];
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await testDatabase.database.transaction(async (tx) => {
      expect(await editEditionPost(tx, editionId, first.position, { isLeftOut: true })).toBe(true);
      expect(await editEditionPost(tx, editionId, second.position, { rank: 1, isPinnedFirst: true })).toBe(true);
      expect(await editEditionTexts(tx, editionId, { subject: 'Hello', note: 'A word' })).toBe(true);
    });
    const plan = await planDraft(testDatabase.database, { editionId, now });
    expect(plan.groups).toMatchObject([{ positions: [second.position] }]);
    expect(plan.archive.positions).toEqual([second.position]);
    expect(plan.edition).toMatchObject({ subject: 'Hello', note: 'A word', preheader: null });
    expect(plan.pins).toMatchObject([{ isLeftOut: true }, { rank: 1, isPinnedFirst: true }]);
  });

  test('cannot be edited, nor its previews discarded, once approved', async () => {
    const post = await releaseNewPost(testDatabase.database, newsletter);
    const { editionId, groups } = await composeDraft(testDatabase.database, newsletter);
    const group = { editionId, ...(groups[0] ?? { language: 'en', positions: [], releases: [] }) };
    const rendered = { subject: 'Preview', preheader: '', html: '', text: '', repairs: [] };
    await storeRendition(testDatabase.database, group, rendered);
    expect(await discardDraftRenditions(testDatabase.database, editionId)).toBe(1);
    const id = await storeRendition(testDatabase.database, group, rendered);
    expect(await storeRendition(testDatabase.database, group, { ...rendered, subject: 'Another' })).toBe(id);
    await approve(testDatabase.database, editionId);
    expect(await discardDraftRenditions(testDatabase.database, editionId)).toBe(0);
    expect(await listRenditions(testDatabase.database, editionId)).toMatchObject([{ id, subject: 'Preview' }]);
    await testDatabase.database.transaction(async (tx) => {
      expect(await editEditionPost(tx, editionId, post.position, { isLeftOut: true })).toBe(false);
      expect(await editEditionTexts(tx, editionId, { subject: 'Late' })).toBe(false);
    });
    await freeze(testDatabase.database, editionId);
    // P5: what was seen is what goes.
    expect((await deliveriesOf(testDatabase.database, reader))[0]?.subject).toBe('Preview');
  });

  test('is held by a failed gate, and approved only after a recheck', async () => {
    await releaseNewPost(testDatabase.database, newsletter);
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    expect(await holdEdition(testDatabase.database, editionId, { reason: 'too large', now })).toEqual({ kind: 'changed' });
    expect(await approveEdition(testDatabase.database, editionId, { by: 'staff', now })).toEqual({ kind: 'conflict', state: 'held' });
    expect(await releaseHeldEdition(testDatabase.database, editionId, now)).toEqual({ kind: 'changed' });
    expect(await approveEdition(testDatabase.database, editionId, { by: 'staff', now })).toEqual({ kind: 'approved' });
  });

  test('that is skipped leaves its posts waiting', async () => {
    const { position } = await releaseNewPost(testDatabase.database, newsletter);
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    expect(await skipEdition(testDatabase.database, editionId, decision)).toEqual({ kind: 'changed' });
    expect(await skipEdition(testDatabase.database, editionId, decision)).toEqual({ kind: 'conflict', state: 'skipped' });
    await sendEdition(testDatabase.database, newsletter);
    expect(await story(testDatabase.database, reader)).toBe(`queued ${position}`);
  });
  test('that takes over another is decided with its approval: what was left out of it is in the next, also where it had nothing for anybody', async () => {
    const { position } = await releaseNewPost(testDatabase.database, newsletter);
    const first = await composeDraft(testDatabase.database, newsletter);
    await testDatabase.database.transaction(async (tx) => editEditionPost(tx, first.editionId, position, { isLeftOut: true }));
    const second = await composeDraft(testDatabase.database, newsletter);
    expect(await listEditionPosts(testDatabase.database, second.editionId)).toMatchObject([{ isLeftOut: true }]);
    await approve(testDatabase.database, second.editionId);
    await freeze(testDatabase.database, second.editionId);
    expect(await stateOf(testDatabase.database, second.editionId)).toMatch(/^skipped \(nothing due/);
    await sendEdition(testDatabase.database, newsletter);
    expect(await story(testDatabase.database, reader)).toBe(`queued ${position}`);
  });
});

describe('an edition that was approved and had nothing for anybody', () => {
  let waiting: { readonly postId: string; readonly position: bigint };
  const isCarried = async (): Promise<boolean> => {
    const { rows } = await testDatabase.database.query<{ yes: boolean }>(`select ${carriedSql('$1::bigint')} as yes`, [waiting.postId]);
    return one(rows).yes;
  };
  /** One of the two posts that the minimum asks for is retracted between approval and freeze. */
  beforeEach(async () => {
    const { database } = testDatabase;
    await insertSubscription(database, newsletter, { scheduleId: newsletter.scheduleIds[1] });
    waiting = await releaseNewPost(database, newsletter);
    const { postId } = await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter, 1);
    await approve(database, editionId);
    expect(await isCarried()).toBe(true);
    await database.query(`update post set state = 'retracted' where id = $1`, [postId]);
    await freeze(database, editionId);
    expect(await stateOf(database, editionId)).toBe('skipped (nothing due: fewer posts than the minimum)');
  });

  test('leaves what waits to the archive page of the edition that brings it', async () => {
    const { position } = await releaseNewPost(testDatabase.database, newsletter);
    const composed = await composeDraft(testDatabase.database, newsletter, 1);
    expect(composed.groups).toMatchObject([{ positions: [waiting.position, position] }]);
    expect((await planDraft(testDatabase.database, { editionId: composed.editionId, now })).archive.positions).toEqual([
      waiting.position,
      position,
    ]);
  });

  test('carries no post: what waits may still change, and is withdrawn when it vanishes', async () => {
    expect(await isCarried()).toBe(false);
  });
});

describe('an approval', () => {
  test('queues the freeze and says who decided', async () => {
    await releaseNewPost(testDatabase.database, newsletter);
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    const jobs: Job[] = [];
    const enqueue = async (_tx: unknown, job: Job): Promise<void> => {
      jobs.push(job);
      return Promise.resolve();
    };
    await approveEdition(testDatabase.database, editionId, { by: 'staff', now, enqueue });
    expect(jobs).toEqual([{ name: 'freeze', editionId }]);
    expect(await getEdition(testDatabase.database, editionId)).toMatchObject({
      approvedBy: 'staff',
      approvedAt: now,
      approvedSender: expect.stringContaining('@'),
    });
  });

  test('waits while another edition of the newsletter is being frozen', async () => {
    await insertSubscription(testDatabase.database, newsletter, { scheduleId: newsletter.scheduleIds[1] });
    await releaseNewPost(testDatabase.database, newsletter);
    await releaseNewPost(testDatabase.database, newsletter);
    const [first, second] = [
      await composeDraft(testDatabase.database, newsletter, 0),
      await composeDraft(testDatabase.database, newsletter, 1),
    ];
    await approve(testDatabase.database, first.editionId);
    const busy = { kind: 'busy', byEditionId: first.editionId };
    expect(await approveEdition(testDatabase.database, second.editionId, { by: 'staff', now })).toEqual(busy);
    await freeze(testDatabase.database, first.editionId);
    expect(await approveEdition(testDatabase.database, second.editionId, { by: 'staff', now })).toEqual({ kind: 'approved' });
  });
});

describe('a pause of an edition', () => {
  test('stops its freeze, and resuming goes on behind the last chunk, under the same exclusion as an approval', async () => {
    const { database } = testDatabase;
    const second = await insertSubscription(database, newsletter);
    const { position } = await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    await freeze(database, editionId, {
      chunkSize: 1,
      afterChunk: async () => {
        await pauseEdition(database, editionId, decision);
      },
    });
    const other = await composeDraft(database, newsletter);
    await approve(database, other.editionId);
    expect(await resumeEdition(database, editionId, { now })).toEqual({ kind: 'busy', byEditionId: other.editionId });
    await freeze(database, other.editionId);
    expect(await resumeEdition(database, editionId, { now })).toEqual({ kind: 'approved' });
    await freeze(database, editionId);
    expect(await story(database, reader)).toBe(`queued ${position}`);
    expect(await story(database, second)).toBe(`queued ${position}`);
  });

  test('while sending is undone by resuming', async () => {
    await releaseNewPost(testDatabase.database, newsletter);
    const editionId = await sendEdition(testDatabase.database, newsletter);
    expect(await pauseEdition(testDatabase.database, editionId, decision)).toEqual({ kind: 'changed' });
    expect(await stateOf(testDatabase.database, editionId)).toBe('paused (staff)');
    const jobs: Job[] = [];
    const enqueue = async (_tx: unknown, job: Job): Promise<void> => void jobs.push(job);
    expect(await resumeEdition(testDatabase.database, editionId, { now, enqueue })).toEqual({ kind: 'approved' });
    expect(await stateOf(testDatabase.database, editionId)).toBe('sending');
    expect(jobs).toEqual([expect.objectContaining({ name: 'deliver', editionId })]);
    expect(await resumeEdition(testDatabase.database, editionId, { now })).toEqual({ kind: 'conflict', state: 'sending' });
  });
});

describe('a cancelled edition', () => {
  test('gives back what was queued, and leaves what is in flight to its end', async () => {
    const { database } = testDatabase;
    const [sending, doubted] = [await insertSubscription(database, newsletter), await insertSubscription(database, newsletter)];
    const { position } = await releaseNewPost(database, newsletter);
    const editionId = await sendEdition(database, newsletter);
    await setDelivery(database, (await deliveriesOf(database, sending))[0]?.id ?? '', 'sending');
    await setDelivery(database, (await deliveriesOf(database, doubted))[0]?.id ?? '', 'queued', true);
    expect(await cancelEdition(database, editionId, decision)).toEqual({ kind: 'changed' });
    expect([await story(database, reader), (await cursorOf(database, reader)).owed]).toEqual([
      `cancelled(edition) ${position}`,
      [position],
    ]);
    expect([await story(database, sending), (await cursorOf(database, sending)).owed]).toEqual([`sending ${position}`, []]);
    expect([await story(database, doubted), (await cursorOf(database, doubted)).owed]).toEqual([`in_doubt(edition) ${position}`, []]);

    await setDelivery(database, (await deliveriesOf(database, sending))[0]?.id ?? '', 'queued');
    expect(await giveBackCancelled(database, editionId, now)).toBe(1);
    expect((await cursorOf(database, sending)).owed).toEqual([position]);
    expect(await cancelEdition(database, editionId, decision)).toEqual({ kind: 'conflict', state: 'cancelled' });
  });

  test('does not give back what is from before an activation', async () => {
    const { database } = testDatabase;
    await releaseNewPost(database, newsletter);
    const editionId = await sendEdition(database, newsletter);
    const { position } = await releaseNewPost(database, newsletter);
    await database.query(`update subscription_cursor set since = $2, cursor = $2 where subscription_id = $1`, [reader, String(position)]);
    await cancelEdition(database, editionId, decision);
    expect((await cursorOf(database, reader)).owed).toEqual([]);
  });

  test('in the middle of its freeze leaves those not reached as they were', async () => {
    const { database } = testDatabase;
    const second = await insertSubscription(database, newsletter);
    const { position } = await releaseNewPost(database, newsletter);
    const before = await cursorOf(database, second);
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    const result = await freeze(database, editionId, {
      chunkSize: 1,
      afterChunk: async () => {
        await cancelEdition(database, editionId, decision);
      },
    });
    expect(result).toEqual({ kind: 'stopped', state: 'cancelled' });
    expect((await cursorOf(database, reader)).owed).toEqual([position]);
    expect(await cursorOf(database, second)).toEqual(before);
    expect(await story(database, second)).toBe('');
  });
});

test('an edition is pruned only when it ended; its renditions stay for the archive', async () => {
  const { database } = testDatabase;
  await releaseNewPost(database, newsletter);
  const editionId = await sendEdition(database, newsletter);
  expect(await pruneEdition(database, editionId, now)).toBe(0);
  await setDelivery(database, (await deliveriesOf(database, reader))[0]?.id ?? '', 'accepted');
  await database.query(`update edition set state = 'done', ended_at = now() where id = $1`, [editionId]);
  expect(await pruneEdition(database, editionId, now)).toBe(1);
  expect(await deliveriesOf(database, reader)).toEqual([]);
  expect(await listRenditions(database, editionId)).toHaveLength(1);
});
