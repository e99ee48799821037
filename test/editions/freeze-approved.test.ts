import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { runSlot } from '../../src/editions/run-slot.ts';
import { approveEdition, resumeEdition } from '../../src/ledger/approve-edition.ts';
import { getEdition } from '../../src/ledger/drafts/edition-store.ts';
import { updateNewsletter } from '../../src/newsletters/newsletter-store.ts';
import type { NewsletterSettings } from '../../src/newsletters/newsletter.ts';
import {
  addReader,
  addSchedule,
  countRows,
  foundPaper,
  freeze,
  friday,
  later,
  noticesOf,
  openNewsroom,
  releasePost,
  stateOf,
  type Newsroom,
} from './newsroom.ts';

let room: Newsroom;

beforeAll(async () => {
  room = await openNewsroom();
});
afterAll(() => room.close());
beforeEach(() => {
  room.setNow(friday);
  room.jobs.length = 0;
});

/** Approved, and then a reader changed their language, so that their digest is not rendered yet, and a setting was spoilt. */
async function composeUnrenderable(spoilt: NewsletterSettings = { template: 'no-such-template' }) {
  const paper = await foundPaper(room);
  await addReader(room, paper);
  const changing = await addReader(room, paper);
  await releasePost(room, paper);
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  expect(await stateOf(room, editionId)).toBe('approved');
  await room.database.query(`update subscription set language = 'fr' where id = $1`, [changing]);
  await updateNewsletter(room.database, paper.newsletter.slug, spoilt);
  return { paper, editionId };
}

test('an approved edition that cannot be rendered is paused and told of, sends nothing, and goes on where it was once that is mended', async () => {
  const { paper, editionId } = await composeUnrenderable();
  expect(await freeze(room, editionId)).toEqual({ kind: 'unrenderable', reason: expect.stringMatching(/no-such-template/) });
  expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'paused', reason: expect.stringMatching(/no-such-template/) });
  const [notice] = await noticesOf(room, paper);
  expect(notice).toMatchObject({ to: 'staff@example.org', subject: `Paused: edition ${editionId} of The Letter` });
  expect(notice!.text).toContain(`gazette editions resume ${editionId}`);
  expect(await freeze(room, editionId)).toEqual({ kind: 'stopped', state: 'paused' });

  await updateNewsletter(room.database, paper.newsletter.slug, { template: 'digest' });
  expect(await resumeEdition(room.database, editionId, { now: friday, enqueue: room.ports.enqueue })).toEqual({ kind: 'approved' });
  expect(await freeze(room, editionId)).toMatchObject({ kind: 'frozen', deliveryCount: 2 });
  expect(await countRows(room, 'from delivery where edition_id = $1', [editionId])).toBe(2);
});

test('while it is paused, another edition of the newsletter can go', async () => {
  const { paper, editionId } = await composeUnrenderable();
  await freeze(room, editionId);
  const daily = await addSchedule(room, paper.newsletter, { name: 'daily', approval: 'required' });
  await addReader(room, paper, { scheduleId: daily.id });
  await releasePost(room, paper);
  await updateNewsletter(room.database, paper.newsletter.slug, { template: 'digest' });
  room.setNow(later(friday, 1));
  const { editionId: next } = await runSlot(room.ports, daily.id, later(friday, 1));
  expect(await approveEdition(room.database, next, { by: 'staff', now: later(friday, 1), enqueue: room.ports.enqueue })).toEqual({
    kind: 'approved',
  });
  expect(await freeze(room, next)).toMatchObject({ kind: 'frozen' });
});

test('staff are told each time that it is paused', async () => {
  const { paper, editionId } = await composeUnrenderable();
  await freeze(room, editionId);
  await resumeEdition(room.database, editionId, { now: friday, enqueue: room.ports.enqueue });
  room.setNow(later(friday, 2));
  expect(await freeze(room, editionId)).toMatchObject({ kind: 'unrenderable' });
  expect(await noticesOf(room, paper)).toHaveLength(2);
});

test('a digest that is rendered only in the freeze passes its gates as well, or nothing goes', async () => {
  const { paper, editionId } = await composeUnrenderable({ postalAddress: '' });
  expect(await freeze(room, editionId)).toEqual({ kind: 'unrenderable', reason: expect.stringMatching(/postal address/) });
  await updateNewsletter(room.database, paper.newsletter.slug, { postalAddress: '1 New Street' });
  await resumeEdition(room.database, editionId, { now: friday, enqueue: room.ports.enqueue });
  expect(await freeze(room, editionId)).toMatchObject({ kind: 'frozen', deliveryCount: 2 });
});
