import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { retractPost } from '../../src/ledger/retract-post.ts';
import { insertVanished, markJudged } from '../../src/posts/vanished-store.ts';
import { goneReason } from '../../src/posts/post.ts';
import { foundPaper, friday, openNewsroom, releasePost, type Newsroom } from './newsroom.ts';

let room: Newsroom;
beforeAll(async () => {
  room = await openNewsroom();
});
afterAll(async () => room.close());
beforeEach(async () => {
  room.setNow(friday);
  await room.database.query(`delete from notice`);
});

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}
const mails = async (): Promise<Mail[]> =>
  (await room.database.query<Mail>(`select recipient_address as to, subject, plain as text from notice order by id`)).rows;

/** A post vanished from its source, and was withdrawn or only noted. */
async function vanish(postId: string, isHeld: boolean): Promise<void> {
  const { rows } = await room.database.query<{ id: string }>(`select source_id as id from post_source where post_id = $1`, [postId]);
  const sourceId = rows[0]!.id;
  await room.database.transaction(async (tx) => insertVanished(tx, sourceId, [{ postId, sureAt: friday }], friday));
  if (isHeld) await retractPost(room.database, postId, { reason: goneReason(sourceId), now: friday });
  await room.database.transaction(async (tx) => markJudged(tx, sourceId, [postId], friday));
}

test('staff are told once of what vanished from its source before it was mailed, and what they can do', async () => {
  const paper = await foundPaper(room, {}, { staffAddress: 'staff@example.org' });
  const [held, warned] = [
    await releasePost(room, paper, { title: 'A salary list' }),
    await releasePost(room, paper, { title: 'A photograph' }),
  ];
  await vanish(held.postId, true);
  await vanish(warned.postId, false);
  await Promise.all([room.ports.tellGone(), room.ports.tellGone()]);
  await room.ports.tellGone();
  expect(await mails()).toMatchObject([{ to: 'staff@example.org', subject: '2 posts are gone from their source before they were mailed' }]);
  const text = (await mails())[0]!.text.replaceAll('\n', ' ');
  expect(text).toMatch(/A salary list .*: it is withdrawn, and comes back by itself/);
  expect(text).toMatch(/A photograph .*: it is mailed unless somebody retracts it/);
  expect(text).toContain(`gazette posts retract ${held.postId} --undo`);
  expect(text).toContain(`gazette posts retract ${warned.postId}`);
});

test('where nobody is to be told it stands in the log and beside the posts', async () => {
  const paper = await foundPaper(room, {}, { staffAddress: null });
  const post = await releasePost(room, paper, { title: 'A salary list' });
  await vanish(post.postId, false);
  await room.ports.tellGone();
  expect(await mails()).toEqual([]);
  expect(room.warnings).toContain('post.gone');
});
