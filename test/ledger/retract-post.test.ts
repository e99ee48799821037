import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { applyOffers, recordOffer } from '../../src/ledger/apply-offers.ts';
import { leaveSubscription, pauseSubscription } from '../../src/ledger/change-subscription.ts';
import { listOpenOffers } from '../../src/ledger/offer-store.ts';
import { pruneEdition } from '../../src/ledger/sweep/prune-edition.ts';
import { recordCorrection } from '../../src/ledger/record-correction.ts';
import { listTouchedEditions, repointRetracted } from '../../src/ledger/freeze/repoint-retracted.ts';
import { retractPost, undoRetraction } from '../../src/ledger/retract-post.ts';
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
  recordingRenderer,
  releaseNewPost,
  sendEdition,
  setDelivery,
  story,
} from './fixture.ts';

let testDatabase: TestDatabase;
let newsletter: TestNewsletter;
let topics: string[];
let reader: string;
const now = new Date();
const renderRendition = recordingRenderer().render;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  newsletter = await insertNewsletter(testDatabase.database);
  topics = await insertTopics(testDatabase.database, 2);
  reader = await insertSubscription(testDatabase.database, newsletter);
  await testDatabase.database.query(`update offer set applied_at = now() where applied_at is null`);
});

const told = async (subscriptionId = reader): Promise<string> => story(testDatabase.database, subscriptionId);
const owed = async (subscriptionId = reader): Promise<readonly bigint[]> => (await cursorOf(testDatabase.database, subscriptionId)).owed;
const release = async (...topicIds: string[]) => releaseNewPost(testDatabase.database, newsletter, topicIds);
const send = async () => sendEdition(testDatabase.database, newsletter);
const retract = async (postId: string) => retractPost(testDatabase.database, postId, { reason: 'wrong', now, renderRendition });
const apply = async () => applyOffers(testDatabase.database, { now });
const correct = async (postId: string): Promise<bigint> =>
  testDatabase.database.transaction(async (tx) => {
    await tx.query(`update post set revision = 2 where id = $1`, [postId]);
    return recordCorrection(tx, { postId, revision: 2, note: 'The date was wrong.', now });
  });

async function endFirstDelivery(state: 'accepted' | 'sending' | 'queued', isDoubted = false): Promise<void> {
  await setDelivery(testDatabase.database, (await deliveriesOf(testDatabase.database, reader))[0]?.id ?? '', state, isDoubted);
}

describe('a retraction', () => {
  test('before a freeze keeps the post out', async () => {
    const [wrong, right] = [await release(), await release()];
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await retract(wrong.postId);
    await approve(testDatabase.database, editionId);
    await freeze(testDatabase.database, editionId);
    expect(await told()).toBe(`queued ${right.position}`);
  });

  test('after a freeze re-points what is queued to a rendition without it, its corrections included', async () => {
    const [wrong, right] = [await release(), await release()];
    await send();
    const correction = await correct(wrong.postId);
    await apply();
    expect(await owed()).toEqual([correction]);
    expect(await retract(wrong.postId)).toBe(true);
    expect([await told(), await owed()]).toEqual([`queued ${right.position}`, []]);
    expect(await retract(wrong.postId)).toBe(false);
  });

  test('after a freeze cancels what has nothing else to say, and gives nothing back', async () => {
    const wrong = await release();
    await send();
    await retract(wrong.postId);
    expect([await told(), await owed()]).toEqual([`cancelled(retracted) ${wrong.position}`, []]);
  });

  test('leaves alone what is being sent, was accepted or was ever in doubt', async () => {
    const [wrong, right] = [await release(), await release()];
    await send();
    await endFirstDelivery('queued', true);
    await retract(wrong.postId);
    expect(await told()).toBe(`queued ${wrong.position} ${right.position}`);
  });

  test('re-points one of two readers of a rendition where the other may have read it', async () => {
    const other = await insertSubscription(testDatabase.database, newsletter);
    const [wrong, right] = [await release(), await release()];
    await send();
    await endFirstDelivery('queued', true);
    await retract(wrong.postId);
    expect([await told(), await told(other)]).toEqual([`queued ${wrong.position} ${right.position}`, `queued ${right.position}`]);
    // What the doubted one stands on is looked at no more, and stays as it was.
    await retract(right.postId);
    expect([await told(), await told(other)]).toEqual([
      `queued ${wrong.position} ${right.position}`,
      `cancelled(retracted) ${right.position}`,
    ]);
  });

  test('is over for a rendition once nothing stands on it, and anew when something does again', async () => {
    const { database } = testDatabase;
    const [wrong, right] = [await release(), await release()];
    const editionId = await send();
    const deliveryId = (await deliveriesOf(database, reader))[0]?.id ?? '';
    // Retracted while it is being sent: it may come back to the queue.
    await endFirstDelivery('sending');
    await retract(wrong.postId);
    expect(await listTouchedEditions(database)).toEqual([editionId]);
    await setDelivery(database, deliveryId, 'queued');
    await repointRetracted(database, { renderRendition, now });
    expect(await told()).toBe(`queued ${right.position}`);
    await repointRetracted(database, { renderRendition, now });
    expect(await listTouchedEditions(database)).toEqual([]);
    // Its second rendition is touched in its turn, and over too.
    await retract(right.postId);
    await repointRetracted(database, { renderRendition, now });
    expect([await told(), await listTouchedEditions(database)]).toEqual([`cancelled(retracted) ${right.position}`, []]);
  });

  test('during a freeze takes the post out before anything can be claimed', async () => {
    const others = [
      await insertSubscription(testDatabase.database, newsletter),
      await insertSubscription(testDatabase.database, newsletter),
    ];
    const [wrong, right] = [await release(), await release()];
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await approve(testDatabase.database, editionId);
    await freeze(testDatabase.database, editionId, {
      chunkSize: 1,
      afterChunk: async () => {
        await retract(wrong.postId);
      },
    });
    for (const subscriptionId of [reader, ...others]) expect(await told(subscriptionId)).toBe(`queued ${right.position}`);
  });

  test('that cannot be rendered in one edition is taken out of the others all the same', async () => {
    const second = await insertNewsletter(testDatabase.database);
    const secondReader = await insertSubscription(testDatabase.database, second);
    const [wrong, right] = [await release(), await release()];
    const failing = await send();
    const [alsoWrong, alsoRight] = [
      await releaseNewPost(testDatabase.database, second),
      await releaseNewPost(testDatabase.database, second),
    ];
    await sendEdition(testDatabase.database, second);
    for (const { postId } of [wrong, alsoWrong]) await retractPost(testDatabase.database, postId, { reason: 'wrong', now });
    const faults: string[] = [];
    const failsOnce: typeof renderRendition = async (group) => {
      if (group.editionId === failing) throw new Error('A template is broken');
      return renderRendition(group);
    };
    const onFault = async (editionId: string): Promise<void> => void faults.push(editionId);
    expect(await repointRetracted(testDatabase.database, { renderRendition: failsOnce, now, onFault })).toBe(false);
    expect(faults).toEqual([failing]);
    expect(await told()).toBe(`queued ${wrong.position} ${right.position}`);
    expect(await told(secondReader)).toBe(`queued ${alsoRight.position}`);
    await expect(repointRetracted(testDatabase.database, { renderRendition: failsOnce, now })).rejects.toThrow('A template is broken');
    expect(await repointRetracted(testDatabase.database, { renderRendition, now })).toBe(true);
    expect(await told()).toBe(`queued ${right.position}`);
  });

  test('waits with older deliveries while another edition is being frozen', async () => {
    const [wrong, right] = [await release(), await release()];
    await send();
    await testDatabase.database.query(`update subscription set schedule_id = $2 where id = $1`, [reader, newsletter.scheduleIds[1]]);
    await insertSubscription(testDatabase.database, newsletter);
    await release();
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await approve(testDatabase.database, editionId);
    await retractPost(testDatabase.database, wrong.postId, { reason: 'wrong', now });
    expect(await repointRetracted(testDatabase.database, { renderRendition, now })).toBe(false);
    expect(await told()).toBe(`queued ${wrong.position} ${right.position}`);
    await freeze(testDatabase.database, editionId);
    expect(await repointRetracted(testDatabase.database, { renderRendition, now })).toBe(true);
    expect(await told()).toBe(`queued ${right.position}`);
  });
});

describe('an undone retraction', () => {
  test('offers the post to those whose cursor passed it', async () => {
    const [wrong, right] = [await release(), await release()];
    await retract(wrong.postId);
    await send();
    expect(await undoRetraction(testDatabase.database, wrong.postId, now)).toEqual({ kind: 'undone' });
    expect(await apply()).toMatchObject({ appliedCount: 1, waitingCount: 0 });
    expect([await told(), await owed()]).toEqual([`queued ${right.position}`, [wrong.position]]);
    await send();
    expect(await told()).toBe(`superseded ${right.position}, queued ${wrong.position} ${right.position}`);
    expect(await undoRetraction(testDatabase.database, wrong.postId, now)).toEqual({ kind: 'not_retracted' });
  });

  test('that was offered while a re-pointing renders leaves the post with those who still hold it', async () => {
    const { database } = testDatabase;
    const onlyFirst = await insertSubscription(database, newsletter, { topics: [topics[0] ?? ''] });
    const [wrong, right] = [await release(topics[0] ?? ''), await release(topics[1] ?? '')];
    await send();
    await retractPost(database, wrong.postId, { reason: 'by mistake', now });
    await repointRetracted(database, {
      now,
      renderRendition: async (group) => {
        expect(await undoRetraction(database, wrong.postId, now)).toEqual({ kind: 'undone' });
        expect(await apply()).toMatchObject({ appliedCount: 1 });
        return renderRendition(group);
      },
    });
    expect([await told(), await owed()]).toEqual([`queued ${wrong.position} ${right.position}`, []]);
    expect([await told(onlyFirst), await owed(onlyFirst)]).toEqual([`queued ${wrong.position}`, []]);
  });

  test('brings a correction to who got the post before, where an edition passed it meanwhile', async () => {
    const post = await release();
    const editionId = await send();
    await testDatabase.database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = $1`, [editionId]);
    const correction = await correct(post.postId);
    await retract(post.postId);
    const other = await release();
    await send();
    expect(await undoRetraction(testDatabase.database, post.postId, now)).toEqual({ kind: 'undone' });
    await apply();
    expect(await owed()).toEqual([correction]);
    await release();
    await send();
    expect(await told()).toContain(`queued ${correction} ${other.position}`);
  });

  test('waits while an edition is being frozen', async () => {
    const wrong = await release();
    await release();
    await retract(wrong.postId);
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await approve(testDatabase.database, editionId);
    expect(await undoRetraction(testDatabase.database, wrong.postId, now)).toEqual({ kind: 'waits', forEditionId: editionId });
    await freeze(testDatabase.database, editionId);
    expect(await undoRetraction(testDatabase.database, wrong.postId, now)).toEqual({ kind: 'undone' });
  });

  test('offers nothing to who was accepted before', async () => {
    const wrong = await release();
    await send();
    await endFirstDelivery('accepted');
    await retract(wrong.postId);
    await undoRetraction(testDatabase.database, wrong.postId, now);
    await apply();
    expect(await owed()).toEqual([]);
  });
});

describe('an offer', () => {
  const gain = async (postId: string): Promise<void> =>
    testDatabase.database.transaction(async (tx) => {
      await tx.query(`insert into post_topic (post_id, topic_id) values ($1, $2)`, [postId, topics[1]]);
      await recordOffer(tx, { postId, kind: 'topic', topicId: topics[1] ?? '', now });
    });
  const follower = async (): Promise<string> => insertSubscription(testDatabase.database, newsletter, { topics: [topics[1] ?? ''] });

  test('of a gained topic goes to its followers, who had been passed by, also while they pause', async () => {
    const [here, paused, left] = [await follower(), await follower(), await follower()];
    const post = await release(topics[0] ?? '');
    await send();
    await testDatabase.database.transaction(async (tx) => {
      await pauseSubscription(tx, paused, 'indefinitely', now);
      await leaveSubscription(tx, left, now);
    });
    const late = await follower();
    await gain(post.postId);
    await apply();
    expect([await owed(here), await owed(paused), await owed(left), await owed(late), await owed()]).toEqual([
      [post.position],
      [post.position],
      [],
      [],
      [],
    ]);
  });

  test('leaves to the cursor what it has not passed', async () => {
    const here = await follower();
    const post = await release(topics[0] ?? '');
    await gain(post.postId);
    await apply();
    expect(await owed(here)).toEqual([]);
    await send();
    expect(await told(here)).toBe(`queued ${post.position}`);
  });

  test.each(['queued', 'sending', 'accepted', 'rejected', 'in_doubt'] as const)(
    'gives nothing to who has the post in a delivery that is %s',
    async (state) => {
      const post = await release(topics[0] ?? '');
      await send();
      await setDelivery(testDatabase.database, (await deliveriesOf(testDatabase.database, reader))[0]?.id ?? '', state);
      await gain(post.postId);
      await apply();
      expect(await owed()).toEqual([]);
    },
  );

  test.each(['superseded', 'expired', 'cancelled', 'rejected'] as const)(
    'goes to who had the post in a delivery that is %s and was given back, unless it was ever in doubt',
    async (state) => {
      for (const isDoubted of [false, true]) {
        const post = await release(topics[0] ?? '');
        await send();
        const id = (await deliveriesOf(testDatabase.database, reader)).at(-1)?.id ?? '';
        await setDelivery(testDatabase.database, id, state, isDoubted);
        await testDatabase.database.query(`update delivery set given_back = doubted_at is null where id = $1`, [id]);
        await gain(post.postId);
        await apply();
        expect(await owed()).toEqual(isDoubted ? [] : [post.position]);
        await testDatabase.database.query(`update subscription_cursor set owed = '{}' where subscription_id = $1`, [reader]);
      }
    },
  );

  test('waits while an edition is being frozen', async () => {
    const here = await follower();
    const post = await release(topics[0] ?? '');
    await send();
    await release();
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await approve(testDatabase.database, editionId);
    await gain(post.postId);
    expect(await apply()).toMatchObject({ appliedCount: 0, waitingCount: 1 });
    expect(await owed(here)).toEqual([]);
    await freeze(testDatabase.database, editionId);
    expect(await apply()).toMatchObject({ appliedCount: 1 });
    expect(await owed(here)).toEqual([post.position]);
  });

  test('is never made of a post whose deliveries were pruned', async () => {
    const here = await follower();
    const post = await release(topics[0] ?? '');
    const editionId = await send();
    await testDatabase.database.query(`update edition set ended_at = now() where id = $1`, [editionId]);
    await pruneEdition(testDatabase.database, editionId, now);
    await gain(post.postId);
    await apply();
    expect(await owed(here)).toEqual([]);
  });

  test('of too many posts at once is held until staff release it', async () => {
    const here = await follower();
    const posts = [await release(topics[0] ?? ''), await release(topics[0] ?? '')];
    await send();
    for (const post of posts) await gain(post.postId);
    expect(await applyOffers(testDatabase.database, { now, guardLimit: 1 })).toEqual({
      appliedCount: 0,
      waitingCount: 0,
      heldCount: 2,
      newlyHeldCount: 2,
    });
    expect(await apply()).toEqual({ appliedCount: 0, waitingCount: 0, heldCount: 2, newlyHeldCount: 0 });
    const releasedOfferIds = (await listOpenOffers(testDatabase.database)).map((offer) => offer.id);
    expect(await applyOffers(testDatabase.database, { now, releasedOfferIds })).toMatchObject({ appliedCount: 2 });
    expect(await owed(here)).toEqual(posts.map((post) => post.position));
  });
});
