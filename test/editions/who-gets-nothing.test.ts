/*
 * One judgement for everybody who asks who gets an edition and who does not: counts, lists, explanations, and the freeze that carries it out.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Database } from '../../src/db/db.ts';
import { explain } from '../../src/editions/explain/explain.ts';
import { loadExplainFacts } from '../../src/editions/explain/explain-store.ts';
import { applyOffers } from '../../src/ledger/apply-offers.ts';
import { changeTopics, pauseSubscription } from '../../src/ledger/change-subscription.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { cancelEdition, pauseEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { editEditionPost } from '../../src/ledger/drafts/draft-store.ts';
import { listEditionPosts } from '../../src/ledger/drafts/edition-store.ts';
import { listPassedOver } from '../../src/ledger/drafts/judge-readers.ts';
import { noNothing, type NothingReason } from '../../src/ledger/drafts/judgement.ts';
import { planDraft } from '../../src/ledger/drafts/plan-edition.ts';
import type { Position } from '../../src/ledger/position.ts';
import { recordCorrection } from '../../src/ledger/record-correction.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import {
  approve,
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
  type TestNewsletter,
} from '../ledger/fixture.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** 5 in the suite; PROPERTY_RUNS raises it with the properties of the ledger. */
const runCount = Math.ceil(Number(process.env['PROPERTY_RUNS'] ?? 2_000) / 400);

let testDatabase: TestDatabase;
let database: Database;
let topics: string[];
const now = new Date();

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = testDatabase.database;
  topics = await insertTopics(database, 3);
});
afterAll(async () => testDatabase.drop());

interface Story {
  readonly minimum: number;
  /** Topics as bits, 0 for all. */
  readonly readers: readonly { topics: number; joinsAfter: number; state: number; changesTo: number }[];
  /** Topics as bits. */
  readonly posts: readonly number[];
  /** So many posts are there when an edition goes out before. */
  readonly before: number;
  readonly byHand: boolean;
  readonly corrects: number;
  readonly arrived: number;
  readonly leftOut: number;
}

const story = fc.record<Story>({
  minimum: fc.integer({ min: 1, max: 3 }),
  readers: fc.array(
    fc.record({
      topics: fc.integer({ min: 0, max: 7 }),
      joinsAfter: fc.integer({ min: 0, max: 4 }),
      state: fc.integer({ min: 0, max: 5 }),
      changesTo: fc.integer({ min: 0, max: 15 }),
    }),
    { minLength: 4, maxLength: 6 },
  ),
  posts: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 3, maxLength: 6 }),
  before: fc.integer({ min: 0, max: 3 }),
  /** By hand, so that corrections go alone; which post is corrected after the edition before, and of whom it has arrived or is being sent, as bits. */
  byHand: fc.boolean(),
  corrects: fc.integer({ min: 0, max: 4 }),
  arrived: fc.integer({ min: 0, max: 4095 }),
  leftOut: fc.integer({ min: 0, max: 63 }),
});

const chosen = (bits: number): string[] => topics.filter((_, bit) => (bits >> bit) % 2 === 1);

interface World {
  readonly newsletter: TestNewsletter;
  readonly readers: string[];
  readonly editionId: string | undefined;
}

async function compose(newsletter: TestNewsletter, byHand = true): Promise<string | undefined> {
  const request = { newsletterId: newsletter.id, scheduleId: newsletter.scheduleIds[1], slotAt: null, byHand, now };
  const composed = await composeEdition(database, request);
  return composed.kind === 'composed' ? composed.editionId : undefined;
}

/** Some have the edition before, of some it is being sent, with others it waits; then a post of it is corrected, or one that nobody has. */
async function correct(ids: readonly string[], post: { readonly postId: string } | undefined, arrived: number): Promise<void> {
  if (post === undefined) return;
  for (const [n, id] of ids.entries()) {
    const state = (['accepted', 'sending', 'queued', 'in_doubt'] as const)[(arrived >> (2 * n)) % 4]!;
    for (const delivery of await deliveriesOf(database, id)) await setDelivery(database, delivery.id, state, state === 'in_doubt');
  }
  await database.query(
    `with revised as (
       insert into post_revision (post_id, revision, content_hash, title, html, summary)
       select post_id, 2, 'h2', title, html, summary from post_revision where post_id = $1 returning post_id)
     update post set revision = 2 where id in (select post_id from revised)`,
    [post.postId],
  );
  await database.transaction(async (tx) => recordCorrection(tx, { postId: post.postId, revision: 2, note: 'It is on Tuesday.', now }));
  await applyOffers(database, { now });
}

async function play({ minimum, readers, posts, before, leftOut, byHand, corrects, arrived }: Story): Promise<World> {
  const newsletter = await insertNewsletter(database, { minimum });
  const ids: string[] = [];
  const released: { postId: string }[] = [];
  for (const [n, post] of [...posts.entries(), [posts.length, -1] as const]) {
    for (const reader of readers.filter(({ joinsAfter }) => joinsAfter === n))
      ids.push(await insertSubscription(database, newsletter, { topics: topicsOf(reader.topics), scheduleId: newsletter.scheduleIds[1] }));
    if (n === before) {
      const editionId = await compose(newsletter);
      if (editionId !== undefined) {
        await approve(database, editionId);
        await freeze(database, editionId);
        await correct(ids, released[corrects], arrived);
      }
    }
    if (post >= 0) released.push(await releaseNewPost(database, newsletter, chosen(post)));
  }
  const editionId = await compose(newsletter, byHand);
  if (editionId === undefined) return { newsletter, readers: ids, editionId };
  for (const [bit, { position, kind }] of (await listEditionPosts(database, editionId)).entries()) {
    if (kind === 'post' && (leftOut >> bit) % 4 === 3)
      await database.transaction(async (tx) => editEditionPost(tx, editionId, position, { isLeftOut: true }));
  }
  for (const [n, id] of ids.entries()) await disturb(id, readers[n]!);
  // Released after it was composed: nobody's matter.
  await releaseNewPost(database, newsletter, [topics[0]!]);
  return { newsletter, readers: ids, editionId };
}

const topicsOf = (bits: number): string[] | null => (bits === 0 ? null : chosen(bits));

async function disturb(id: string, { state, changesTo }: Story['readers'][number]): Promise<void> {
  await database.transaction(async (tx) => {
    if (state === 0 || state === 1)
      await pauseSubscription(tx, id, state === 0 ? 'indefinitely' : new Date(now.getTime() + 3_600_000), now);
    if (state === 1 || state === 2) {
      const { rows } = await tx.query<{ key: string }>(
        `select p.address_key as key from subscription s join subscriber p on p.id = s.subscriber_id where s.id = $1`,
        [id],
      );
      await suppressAddress(tx, one(rows).key, { reason: 'staff', source: 'test', now });
    }
    if (changesTo < 8) await changeTopics(tx, id, topicsOf(changesTo));
  });
}

/** What an explanation says about a post that is still to come for its reader. */
const saying: Readonly<Record<Exclude<NothingReason, 'topics' | 'nothing_new'> | 'gets', RegExp>> = {
  /** Of a send by hand that brings a correction alone the posts wait for the minimum. */
  gets: /it is in edition|staff left it out|was composed before it was theirs|waits until there are/,
  suppressed: /address is suppressed/,
  paused: /when their pause ends/,
  minimum: /waits until there are|staff left it out|was composed before it was theirs/,
  left_out: /staff left it out|was composed before it was theirs/,
  later: /was composed before it was theirs/,
};

/** What must be said of at least one of the posts that the edition has for a reader. */
const saidOnce: Readonly<Partial<Record<NothingReason | 'gets', RegExp>>> = {
  minimum: /waits until there are/,
  left_out: /staff left it out/,
};

async function checkExplanations({ readers, editionId = '' }: World, whyOf: ReadonlyMap<string, NothingReason>): Promise<void> {
  const pins = await listEditionPosts(database, editionId);
  for (const reader of readers) {
    const why = whyOf.get(reader) ?? 'gets';
    const { groups } = await planDraft(database, { editionId, now, subscriptionId: reader });
    const { cursor, owed } = await cursorOf(database, reader);
    const had = (await deliveriesOf(database, reader)).flatMap(({ positions, state }) => (state === 'superseded' ? [] : positions));
    const texts: string[] = [];
    for (const { postId, position, isLeftOut, kind } of pins) {
      if (kind === 'correction' || had.includes(position)) continue;
      const text = explain(await loadExplainFacts(database, { postId, subscriptionId: reader, now, joinReachDays: 35 }));
      texts.push(text);
      const isToCome = position > cursor || owed.includes(position);
      const isFollowed = !/under none of these/.test(text);
      if (groups[0]?.positions.includes(position)) expect(text).toContain(`it is in edition ${editionId}`);
      else expect(text).not.toMatch(/it is in edition/);
      // Whoever follows none of it is told so of every post; whoever has nothing new has none to come.
      if (why === 'topics') expect([isFollowed && !isLeftOut, text]).toEqual([false, text]);
      else if (why === 'nothing_new') expect([isToCome && isFollowed, text]).toEqual([false, text]);
      else if (isToCome && isFollowed) expect(text).toMatch(saying[why]);
    }
    const once = saidOnce[why];
    if (once) expect(texts.join('\n')).toMatch(once);
  }
}

const sorted = (passed: readonly { subscriptionId: string; why: NothingReason }[]): string[] =>
  passed.map(({ subscriptionId, why }) => `${subscriptionId} ${why}`).sort();

test(
  'counts and audience are all active subscriptions of the schedule; lists, explanations and the freeze agree with them',
  async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const world = await play(told);
        const { editionId, readers } = world;
        if (editionId === undefined) return;
        const { nothing, recipientCount } = await planDraft(database, { editionId, now });
        expect(Object.values(nothing).reduce((sum, count) => sum + count, recipientCount)).toBe(readers.length);
        const passed = await listPassedOver(database, { editionId, now, limit: 100 });
        const counted = noNothing();
        for (const { why } of passed) counted[why] += 1;
        expect(counted).toEqual(nothing);
        for (const { why } of passed) seen.add(why);
        await checkExplanations(world, new Map(passed.map(({ subscriptionId, why }) => [subscriptionId, why])));
        await approve(database, editionId);
        const frozen = await freeze(database, editionId);
        expect(frozen.kind === 'frozen' ? frozen.deliveryCount : 0).toBe(recipientCount);
        expect(sorted(await listPassedOver(database, { editionId, now, limit: 100 }))).toEqual(sorted(passed));
      }),
      { numRuns: runCount },
    );
    // Of what is played nothing is left out for good.
    expect(seen.size).toBeGreaterThan(1);
  },
  60_000 + runCount * 5_000,
);

test('whoever comes back or is given the schedule after an edition is listed as who gets theirs later', async () => {
  const newsletter = await insertNewsletter(database);
  const scheduleId = newsletter.scheduleIds[1];
  const reader = await insertSubscription(database, newsletter, { scheduleId });
  await insertSubscription(database, newsletter, { scheduleId });
  await database.transaction(async (tx) => pauseSubscription(tx, reader, 'indefinitely', now));
  const { position }: { position: Position } = await releaseNewPost(database, newsletter);
  const editionId = (await compose(newsletter))!;
  await approve(database, editionId);
  await freeze(database, editionId);
  const list = async () => listPassedOver(database, { editionId, now, limit: 100 });
  expect(await list()).toEqual([{ subscriptionId: reader, why: 'paused' }]);
  await database.query(`update subscription set paused_until = null where id = $1`, [reader]);
  expect(await list()).toEqual([{ subscriptionId: reader, why: 'later' }]);
  expect(position).toBeGreaterThan((await cursorOf(database, reader)).cursor);
  expect(await listPassedOver(database, { editionId, now, limit: 100, afterId: reader })).toEqual([]);
});

test('whoever waits for the minimum is listed as such also of a slot that ended when it was composed', async () => {
  const newsletter = await insertNewsletter(database, { minimum: 2 });
  const scheduleId = newsletter.scheduleIds[1];
  const reader = await insertSubscription(database, newsletter, { scheduleId });
  const back = await insertSubscription(database, newsletter, { scheduleId });
  await releaseNewPost(database, newsletter);
  await database.query(`update subscription set paused_until = 'infinity' where id = $1`, [back]);
  const request = { newsletterId: newsletter.id, scheduleId, slotAt: now, byHand: false, now };
  const composed = await composeEdition(database, request);
  if (composed.kind !== 'nothing_due') throw new Error(`Expected nothing to be due, got ${composed.kind}`);
  const { editionId } = composed;
  const list = async () => listPassedOver(database, { editionId, now, limit: 100 });
  expect(await list()).toEqual([
    { subscriptionId: reader, why: 'minimum' },
    { subscriptionId: back, why: 'paused' },
  ]);
  await releaseNewPost(database, newsletter);
  expect(await list()).toMatchObject([{ why: 'minimum' }, { why: 'paused' }]);
});

test('whoever comes back after a slot that ended when it was composed, and waits for enough, is listed as who gets theirs later', async () => {
  const newsletter = await insertNewsletter(database, { minimum: 2 });
  const scheduleId = newsletter.scheduleIds[1];
  const reader = await insertSubscription(database, newsletter, { scheduleId });
  const back = await insertSubscription(database, newsletter, { scheduleId });
  const { position } = await releaseNewPost(database, newsletter);
  await database.query(`update subscription_cursor set cursor = $2 where subscription_id = $1`, [reader, String(position)]);
  await releaseNewPost(database, newsletter);
  await database.query(`update subscription set paused_until = 'infinity' where id = $1`, [back]);
  const composed = await composeEdition(database, { newsletterId: newsletter.id, scheduleId, slotAt: now, byHand: false, now });
  if (composed.kind !== 'nothing_due') throw new Error(`Expected nothing to be due, got ${composed.kind}`);
  await database.query(`update subscription set paused_until = null where id = $1`, [back]);
  expect(await listPassedOver(database, { editionId: composed.editionId, now, limit: 100 })).toEqual([
    { subscriptionId: reader, why: 'minimum' },
    { subscriptionId: back, why: 'later' },
  ]);
});

test('whom a freeze has not come to gets the edition, while it runs and while it is paused; once it is cancelled they get the post later', async () => {
  const newsletter = await insertNewsletter(database);
  const scheduleId = newsletter.scheduleIds[1];
  await insertSubscription(database, newsletter, { scheduleId });
  const second = await insertSubscription(database, newsletter, { scheduleId });
  await releaseNewPost(database, newsletter);
  const editionId = (await compose(newsletter))!;
  await approve(database, editionId);
  const list = async () => listPassedOver(database, { editionId, now, limit: 100 });
  const afterChunk = async () => {
    expect(await list()).toEqual([]);
    await pauseEdition(database, editionId, { reason: 'staff', now });
  };
  await freeze(database, editionId, { chunkSize: 1, afterChunk });
  expect(await list()).toEqual([]);
  await cancelEdition(database, editionId, { reason: 'staff', now });
  expect(await list()).toEqual([{ subscriptionId: second, why: 'later' }]);
});

describe('of an edition by hand that carries a correction alone', () => {
  /** One has the post accepted, of another it is being sent, of the third it waits in the queue; then it is corrected. */
  async function corrected(): Promise<{ newsletter: TestNewsletter; readers: readonly string[]; editionId: string }> {
    const newsletter = await insertNewsletter(database);
    const scheduleId = newsletter.scheduleIds[1];
    const readers: string[] = [];
    for (let n = 0; n < 3; n += 1) readers.push(await insertSubscription(database, newsletter, { scheduleId }));
    const { postId } = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter, 1);
    for (const [n, state] of (['accepted', 'sending'] as const).entries())
      await setDelivery(database, (await deliveriesOf(database, readers[n]!))[0]!.id, state);
    await database.query(`update post set revision = 2 where id = $1`, [postId]);
    await database.transaction(async (tx) => recordCorrection(tx, { postId, revision: 2, note: 'It is on Tuesday.', now }));
    await applyOffers(database, { now });
    return { newsletter, readers, editionId: (await compose(newsletter))! };
  }

  test('the list names those whose post has not arrived and travels in no digest of theirs, as the counts and the freeze have it', async () => {
    const { readers, editionId } = await corrected();
    const { recipientCount, nothing } = await planDraft(database, { editionId, now });
    expect([recipientCount, nothing]).toEqual([2, { ...noNothing(), later: 1 }]);
    const passed = [{ subscriptionId: readers[1], why: 'later' }];
    expect(await listPassedOver(database, { editionId, now, limit: 100 })).toEqual(passed);
    await approve(database, editionId);
    expect(await freeze(database, editionId)).toMatchObject({ kind: 'frozen', deliveryCount: 2 });
    expect(await listPassedOver(database, { editionId, now, limit: 100 })).toEqual(passed);
  });
});
