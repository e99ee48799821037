import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { queueWelcome } from '../../src/editions/queue-welcome.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
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

const welcome = (subscriptionId: string) => room.database.transaction((tx) => queueWelcome(tx, room.notifyPorts, subscriptionId));

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
  test('holds the latest edition with links of their own, and counts as no delivery: its posts are not theirs by that', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    await publish(paper, 'On handovers', 0);
    const { editionId } = await publish(paper, 'On meetings', 1);
    const readerId = await addReader(room, paper);
    await welcome(readerId);
    const notices = await noticesOf(room, paper);
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
    await welcome(await addReader(room, paper));
    expect((await noticesOf(room, paper))[0]!.text).toContain('You will receive the first edition as soon as it is out.');
  });

  test('never holds a post that was withdrawn: the edition before stands in, or none', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    const first = await publish(paper, 'On handovers', 0);
    const second = await publish(paper, 'On meetings', 1);
    await retractPost(room.database, second.postId, { reason: 'wrong', now: room.ports.clock() });
    await welcome(await addReader(room, paper));
    await retractPost(room.database, first.postId, { reason: 'wrong', now: room.ports.clock() });
    await welcome(await addReader(room, paper));
    const [older, none] = await noticesOf(room, paper);
    expect(older!.html).toContain('On handovers');
    expect(older!.html).not.toContain('On meetings');
    expect(none!.html).not.toContain('On handovers');
  });

  test('goes out once, and not to who had a delivery of the newsletter before', async () => {
    const paper = await foundPaper(room);
    const oldReader = await addReader(room, paper);
    await publish(paper, 'On handovers', 0);
    await welcome(oldReader);
    expect(await noticesOf(room, paper)).toEqual([]);
    const newReader = await addReader(room, paper);
    await welcome(newReader);
    await welcome(newReader);
    expect(await noticesOf(room, paper)).toHaveLength(1);
  });
});
