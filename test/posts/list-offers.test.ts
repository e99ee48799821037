import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { releaseOffers } from '../../src/ledger/release-offers.ts';
import { listOffers } from '../../src/posts/list-offers.ts';
import { foundPaper, openNewsroom, releasePost, type Newsroom } from '../editions/newsroom.ts';

let room: Newsroom;
beforeAll(async () => {
  room = await openNewsroom();
});
afterAll(async () => room.close());

test('offers are shown as programs and people see them, with titles, and held ones go when staff release them', async () => {
  const paper = await foundPaper(room);
  const [alpha, beta] = [await releasePost(room, paper, { title: 'Alpha' }), await releasePost(room, paper, { title: 'Beta' })];
  const now = room.ports.clock();
  const { rows } = await room.database.query<{ id: string }>(
    `insert into offer (post_id, kind, recorded_at, held_at) values ($1, 'unretracted', $3, $3), ($2, 'unretracted', $3, $3) returning id`,
    [alpha.postId, beta.postId, now],
  );
  const listed = await listOffers(room.database);
  expect(listed.map(({ title }) => title)).toEqual(['Alpha', 'Beta']);
  expect(JSON.stringify(listed[0])).toBe(
    `{"id":"${rows[0]!.id}","postId":"${alpha.postId}","title":"Alpha","kind":"unretracted","topicId":null,"newsletter":null,` +
      `"recordedAt":"${now.toISOString()}","heldAt":"${now.toISOString()}"}`,
  );
  await room.database.query(`update offer set newsletter_id = $2 where id = $1`, [rows[1]!.id, paper.newsletter.id]);
  expect((await listOffers(room.database)).map(({ newsletter }) => newsletter)).toEqual([null, paper.newsletter.slug]);
  expect(await releaseOffers(room.database, [rows[1]!.id], now)).toMatchObject({ appliedCount: 1, heldCount: 1 });
  expect(await releaseOffers(room.database, 'all', now)).toMatchObject({ appliedCount: 1, heldCount: 0 });
  expect(await listOffers(room.database)).toEqual([]);
});
