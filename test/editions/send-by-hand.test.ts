import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { editDraft } from '../../src/editions/decide/decide-by-staff.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { approveByHand, composeByHand, declineByHand } from '../../src/editions/by-hand/send-by-hand.ts';
import { skipEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { getEdition, listEditions } from '../../src/ledger/drafts/edition-store.ts';
import { findRendition } from '../../src/ledger/drafts/rendition-store.ts';
import {
  acceptAll,
  addReader,
  carried,
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
  type TestPaper,
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

const noWait = async (): Promise<void> => {};

async function paperWithPost(rules: Parameters<typeof foundPaper>[1] = {}, settings: Parameters<typeof foundPaper>[2] = {}) {
  const paper = await foundPaper(room, rules, settings);
  const readerId = await addReader(room, paper);
  return { paper, readerId, post: await releasePost(room, paper) };
}

/** Composes by hand what is expected to be ready. */
async function ready(paper: TestPaper) {
  const composed = await composeByHand(room.ports, paper.schedule);
  if (composed.kind !== 'ready') throw new Error(`Expected an edition that is ready, got ${composed.kind}`);
  return composed;
}

describe('a send by hand', () => {
  test('for which nothing is due says so, and how many wait for the minimum', async () => {
    const { paper } = await paperWithPost({ minimum: 3 });
    expect(await composeByHand(room.ports, paper.schedule)).toEqual({ kind: 'nothing_due', waitingCount: 1 });
    expect(await listEditions(room.database, { scheduleId: paper.schedule.id })).toMatchObject([
      { state: 'skipped', reason: 'nothing due: fewer posts than the minimum' },
    ]);
  });

  test('is composed and rendered, and waits for the yes of a person whatever its schedule says', async () => {
    const { paper } = await paperWithPost({ approval: 'auto' });
    const { editionId, draft } = await ready(paper);
    expect(draft).toMatchObject({ plan: { recipientCount: 1 }, fault: undefined, subject: expect.stringMatching(/^Post/) });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'draft', byHand: true, slotAt: null });
    expect(room.jobs).toEqual([]);
    expect(await noticesOf(room, paper)).toEqual([]);
  });

  test('that a person agrees to is approved in their name and goes at once, also to readers with an hour of their own', async () => {
    const { paper, readerId } = await paperWithPost();
    await room.database.query(`update subscription set local_hour = 23, time_zone = 'UTC' where id = $1`, [readerId]);
    const { editionId, draft } = await ready(paper);
    expect(await approveByHand(room.ports, draft, 'staff', noWait)).toEqual({ kind: 'approved' });
    expect(room.jobs).toEqual([{ name: 'freeze', editionId }]);
    await freeze(room, editionId);
    expect(await countRows(room, 'from delivery where edition_id = $1 and due_at = $2', [editionId, friday])).toBe(1);
  });

  test('goes as it was shown: what is released or changed in between waits', async () => {
    const { paper, readerId, post } = await paperWithPost();
    const { editionId, draft } = await ready(paper);
    await releasePost(room, paper);
    await room.database.query(`update newsletter set name = 'Another name' where id = $1`, [paper.newsletter.id]);
    await approveByHand(room.ports, draft, 'staff', noWait);
    await freeze(room, editionId);
    expect(await carried(room, editionId)).toEqual(new Map([[readerId, [post.position]]]));
    const { archiveRenditionId } = await getEdition(room.database, editionId);
    expect(archiveRenditionId).toBe(draft.archiveRenditionId);
    expect((await findRendition(room.database, archiveRenditionId!))?.html).not.toContain('Another name');
  });

  test('that somebody edited after it was shown is not approved', async () => {
    const { paper } = await paperWithPost();
    const { editionId, draft } = await ready(paper);
    await editDraft(room.ports, editionId, { texts: { note: 'A late thought.' }, posts: [] });
    expect(await approveByHand(room.ports, draft, 'staff', noWait)).toEqual({ kind: 'changed' });
    expect(await stateOf(room, editionId)).toBe('draft');
    expect(room.jobs).toEqual([]);
  });

  test('that a person declines leaves its posts for the next edition', async () => {
    const { paper, readerId, post } = await paperWithPost();
    const { editionId } = await ready(paper);
    await declineByHand(room.ports, editionId);
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'skipped', reason: expect.stringMatching(/nobody agreed/) });
    const next = await ready(paper);
    await approveByHand(room.ports, next.draft, 'staff', noWait);
    await freeze(room, next.editionId);
    expect(await carried(room, next.editionId)).toEqual(new Map([[readerId, [post.position]]]));
    await acceptAll(room, next.editionId);
    expect(await composeByHand(room.ports, paper.schedule)).toEqual({ kind: 'nothing_due', waitingCount: 0 });
  });

  test('that took over the draft of its schedule and is declined leaves what was edited to the next draft, also behind a slot for which nothing was due', async () => {
    const { paper, readerId } = await paperWithPost({ approval: 'required' });
    await runSlot(room.ports, paper.schedule.id, friday);
    const [draft] = await listEditions(room.database, { scheduleId: paper.schedule.id });
    await editDraft(room.ports, draft!.id, { texts: { note: 'We are back.' }, posts: [] });
    const composed = await composeByHand(room.ports, paper.schedule, true);
    expect(composed).toMatchObject({ kind: 'ready', replacedEditionId: draft!.id });
    if (composed.kind === 'ready') await declineByHand(room.ports, composed.editionId);
    const pause = async (until: Date | null) =>
      room.database.query(`update subscription set paused_until = $2 where id = $1`, [readerId, until]);
    await pause(later(friday, 24 * 30));
    expect(await runSlot(room.ports, paper.schedule.id, later(friday, 24))).toMatchObject({ kind: 'nothing_due' });
    await pause(null);
    await runSlot(room.ports, paper.schedule.id, later(friday, 24 * 7));
    const [next] = await listEditions(room.database, { scheduleId: paper.schedule.id });
    expect(next).toMatchObject({ state: 'draft', note: 'We are back.' });
    await skipEdition(room.database, next!.id, { reason: 'not this week', isByStaff: true, now: friday });
    await runSlot(room.ports, paper.schedule.id, later(friday, 24 * 14));
    expect(await listEditions(room.database, { scheduleId: paper.schedule.id, limit: 1 })).toMatchObject([{ state: 'draft', note: null }]);
  });

  test('whose gates fail is held with what to do, and cannot be approved', async () => {
    const { paper } = await paperWithPost({}, { postalAddress: '' });
    const composed = await composeByHand(room.ports, paper.schedule);
    expect(composed).toMatchObject({ kind: 'held', reason: expect.stringMatching(/Set the postal address/) });
    expect(await listEditions(room.database, { scheduleId: paper.schedule.id })).toMatchObject([{ state: 'held' }]);
  });

  test('whose template is gone is held with what to do', async () => {
    const { paper } = await paperWithPost({}, { template: 'gone' });
    expect(await composeByHand(room.ports, paper.schedule)).toMatchObject({
      kind: 'held',
      reason: expect.stringMatching(/cannot be rendered.*gone/),
    });
  });

  test('leaves alone the draft that the schedule composed and that waits for staff, and stores nothing', async () => {
    const { paper } = await paperWithPost({ approval: 'required' });
    const { editionId: waiting } = await runSlot(room.ports, paper.schedule.id, friday);
    expect(await composeByHand(room.ports, paper.schedule)).toEqual({ kind: 'draft_waits', editionId: waiting });
    expect(await listEditions(room.database, { scheduleId: paper.schedule.id })).toMatchObject([{ id: waiting, state: 'draft' }]);
  });

  test('takes the place of what somebody composed by hand and left', async () => {
    const { paper } = await paperWithPost();
    const { editionId: left } = await ready(paper);
    expect((await ready(paper)).replacedEditionId).toBe(left);
  });

  test('takes the place of the draft that waits when it is told to, and says which', async () => {
    const { paper } = await paperWithPost({ approval: 'required' });
    const { editionId: waiting } = await runSlot(room.ports, paper.schedule.id, friday);
    const composed = await composeByHand(room.ports, paper.schedule, true);
    if (composed.kind !== 'ready') throw new Error(`Expected an edition that is ready, got ${composed.kind}`);
    expect(composed.replacedEditionId).toBe(waiting);
    expect(await getEdition(room.database, waiting)).toMatchObject({ state: 'skipped', reason: 'replaced' });
  });

  test('of two at once loses against the later one, and the loser names what took its place', async () => {
    const { paper } = await paperWithPost();
    const first = await ready(paper);
    const second = await ready(paper);
    expect(await approveByHand(room.ports, second.draft, 'staff (gazette send)', noWait)).toEqual({ kind: 'approved' });
    expect(await approveByHand(room.ports, first.draft, 'staff (gazette send)', noWait)).toEqual({
      kind: 'conflict',
      state: 'skipped',
      replacedBy: { editionId: second.editionId, state: 'approved', approvedBy: 'staff (gazette send)' },
    });
  });

  test('that was replaced by the slot of its schedule while somebody looked at it is not approved', async () => {
    const { paper } = await paperWithPost({ approval: 'required' });
    const { draft } = await ready(paper);
    await runSlot(room.ports, paper.schedule.id, friday);
    const [slot] = await listEditions(room.database, { newsletterId: paper.newsletter.id });
    expect(await approveByHand(room.ports, draft, 'staff', noWait)).toEqual({
      kind: 'conflict',
      state: 'skipped',
      replacedBy: { editionId: slot!.id, state: slot!.state, approvedBy: slot!.approvedBy },
    });
  });

  test('counts as the approval that the first edition of a schedule waits for', async () => {
    const { paper } = await paperWithPost({ approval: 'first' });
    const { editionId, draft } = await ready(paper);
    await approveByHand(room.ports, draft, 'staff', noWait);
    await freeze(room, editionId);
    room.setNow(later(friday, 7 * 24));
    await releasePost(room, paper);
    expect(await runSlot(room.ports, paper.schedule.id, later(friday, 7 * 24))).toMatchObject({ settled: { kind: 'approved' } });
  });
});
