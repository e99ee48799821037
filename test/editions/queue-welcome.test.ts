import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { queueWelcome } from '../../src/editions/queue-welcome.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { activateSubscription } from '../../src/ledger/change-subscription.ts';
import { retractPost } from '../../src/ledger/retract-post.ts';
import {
  acceptAll,
  addReader,
  countRows,
  foundPaper,
  freeze,
  friday,
  later,
  noticesOf,
  openNewsroom,
  releasePost,
  type Newsroom,
  type TestPaper,
} from './newsroom.ts';

let room: Newsroom;
beforeAll(async () => {
  room = await openNewsroom();
});
afterAll(() => room.close());

/** As a confirmation does it; returns the subscription's id. */
async function joinAndWelcome(paper: TestPaper): Promise<string> {
  const subscriptionId = await addReader(room, paper);
  await activateAndWelcome(subscriptionId);
  return subscriptionId;
}

const activateAndWelcome = (subscriptionId: string) =>
  room.database.transaction(async (tx) => {
    const editionId = await activateSubscription(tx, subscriptionId, room.ports.clock());
    await queueWelcome(tx, room.notifyPorts, subscriptionId, editionId);
  });

/** Releases a post and sends it with an edition of its own, the given weeks after the first Friday. */
async function publish(paper: TestPaper, title: string, weeks: number) {
  const slotAt = later(friday, weeks * 168);
  room.setNow(slotAt);
  const post = await releasePost(room, paper, { title });
  const { editionId } = await runSlot(room.ports, paper.schedule.id, slotAt);
  await freeze(room, editionId);
  await acceptAll(room, editionId);
  return { ...post, editionId };
}

describe('the welcome of a new reader', () => {
  test('holds the edition after which they begin, with links of their own, and counts as no delivery', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    await publish(paper, 'On handovers', 0);
    const { editionId } = await publish(paper, 'On meetings', 1);
    const readerId = await joinAndWelcome(paper);
    const notices = await noticesOf(room, paper);
    expect(await countRows(room, 'from notice where subscription_id = $1 and is_list_message', [readerId])).toBe(1);
    expect(notices).toMatchObject([{ kind: 'welcome', subject: 'Welcome to The Letter' }]);
    for (const part of [notices[0]!.text, notices[0]!.html]) {
      expect(part).toContain('On meetings');
      expect(part).not.toContain('On handovers');
      expect(part).toContain(`https://news.example.org/archive/${paper.newsletter.slug}/${editionId}`);
      expect(part).toContain('https://news.example.org/unsubscribe/');
    }
    expect(await countRows(room, 'from delivery where subscription_id = $1', [readerId])).toBe(0);
  });

  test('greets without a digest where no edition has gone out yet', async () => {
    const paper = await foundPaper(room);
    const readerId = await joinAndWelcome(paper);
    expect((await noticesOf(room, paper))[0]!.text).toContain('You will receive the first edition as soon as it is out.');
    expect(await countRows(room, 'from notice where subscription_id = $1 and is_list_message', [readerId])).toBe(0);
  });

  test('holds no edition that is older than where they begin, because nothing of it was theirs to miss', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    await publish(paper, 'On handovers', 0);
    await releasePost(room, paper, { title: 'On lunch' });
    room.setNow(later(friday, 36 * 24));
    await joinAndWelcome(paper);
    expect((await noticesOf(room, paper))[0]!.html).not.toContain('On handovers');
  });

  test('never holds a post that was withdrawn', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    await publish(paper, 'On handovers', 0);
    const second = await publish(paper, 'On meetings', 1);
    await retractPost(room.database, second.postId, { reason: 'wrong', now: room.ports.clock() });
    await joinAndWelcome(paper);
    const [notice] = await noticesOf(room, paper);
    expect(notice!.html).not.toMatch(/On handovers|On meetings/);
    expect(notice!.text).toContain('You will receive the first edition as soon as it is out.');
  });

  test('goes out once, and not to who had a delivery of the newsletter before', async () => {
    const paper = await foundPaper(room);
    const oldReader = await addReader(room, paper);
    await publish(paper, 'On handovers', 0);
    await activateAndWelcome(oldReader);
    expect(await noticesOf(room, paper)).toEqual([]);
    await activateAndWelcome(await joinAndWelcome(paper));
    expect(await noticesOf(room, paper)).toHaveLength(1);
  });
});
