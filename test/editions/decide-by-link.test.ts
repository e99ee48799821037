import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  decideByLink as decide,
  findLinkedDecision,
  findLinkedDigest,
  type LinkOutcome,
} from '../../src/editions/decide/decide-by-link.ts';
import { approveByStaff, editDraft } from '../../src/editions/decide/decide-by-staff.ts';
import { takenDecision } from '../../src/editions/decide/taken-decision.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { getEdition } from '../../src/ledger/drafts/edition-store.ts';
import { listRenditions } from '../../src/ledger/drafts/rendition-store.ts';
import {
  addReader,
  addSchedule,
  foundPaper,
  friday,
  later,
  linkIn,
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

interface Linked {
  readonly paper: TestPaper;
  readonly editionId: string;
  readonly approve: string;
  readonly skip: string;
}

/** Decides as a person does: about what the page shows at that moment. */
async function decideByLink(ports: Newsroom['ports'], linkId: string, action: 'approve' | 'skip'): Promise<LinkOutcome | undefined> {
  return decide(ports, linkId, action, (await findLinkedDecision(ports, linkId, action))?.shown);
}

/** A draft that waits, with the links that staff were mailed. */
async function composeLinked(): Promise<Linked> {
  const paper = await foundPaper(room, { approval: 'required' });
  await addReader(room, paper);
  await addReader(room, paper);
  await releasePost(room, paper, { title: 'On handovers' });
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  const [notice] = await noticesOf(room, paper);
  room.jobs.length = 0;
  return { paper, editionId, approve: linkIn(notice!, 'approve')!, skip: linkIn(notice!, 'skip')! };
}

const undecided = {
  state: 'draft',
  reason: null,
  stateSince: later(friday, 1),
  approvedAt: null,
  approvedBy: null,
  isStoppedByStaff: false,
} as const;
const approved = { ...undecided, state: 'done', approvedAt: friday } as const;
const skipped = { ...undecided, state: 'skipped' } as const;

describe('a mailed link', () => {
  test('shows what it would decide and changes nothing', async () => {
    const { editionId, approve } = await composeLinked();
    const decision = await findLinkedDecision(room.ports, approve, 'approve');
    expect(decision).toMatchObject({ newsletter: 'The Letter', language: 'en', subject: 'On handovers', postCount: 1, recipientCount: 2 });
    expect(await findLinkedDecision(room.ports, approve, 'approve')).toEqual(decision);
    expect(await stateOf(room, editionId)).toBe('draft');
  });

  test('shows what was planned when it was checked, and plans again only what has changed since', async () => {
    const { paper, editionId, approve } = await composeLinked();
    const recipientCount = async () => (await findLinkedDecision(room.ports, approve, 'approve'))?.recipientCount;
    const loseOne = () =>
      room.database.query(
        `update subscription set state = 'left' where id = (select min(id) from subscription where newsletter_id = $1 and state = 'active')`,
        [paper.newsletter.id],
      );
    await loseOne();
    expect(await recipientCount()).toBe(2);
    await editDraft(room.ports, editionId, { texts: { note: 'News of the house' }, posts: [] });
    expect(await recipientCount()).toBe(1);
    // As while nobody has checked what staff have edited.
    await room.database.query(`update edition set archive_rendition_id = null where id = $1`, [editionId]);
    await loseOne();
    expect(await recipientCount()).toBe(0);
  });

  test('approves, once', async () => {
    const { editionId, approve } = await composeLinked();
    expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'decided' });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'approved', approvedBy: 'link' });
    expect(room.jobs).toEqual([{ name: 'freeze', editionId }]);
    expect(await decideByLink(room.ports, approve, 'approve')).toBeUndefined();
    expect(room.jobs).toHaveLength(1);
  });

  test('skips, once', async () => {
    const { editionId, skip } = await composeLinked();
    expect(await decideByLink(room.ports, skip, 'skip')).toEqual({ kind: 'decided' });
    expect(await getEdition(room.database, editionId)).toMatchObject({
      state: 'skipped',
      reason: 'skipped by staff',
      isStoppedByStaff: true,
    });
    expect(await decideByLink(room.ports, skip, 'skip')).toBeUndefined();
    expect(room.jobs).toEqual([]);
  });

  test('that was used, and the other one, say what was decided, when and how', async () => {
    const { approve, skip } = await composeLinked();
    room.setNow(later(friday, 1));
    await decideByLink(room.ports, skip, 'skip');
    room.setNow(later(friday, 2));
    const told = { state: 'skipped', taken: { action: 'skip', at: later(friday, 1), by: 'link' } };
    expect(await findLinkedDecision(room.ports, skip, 'skip')).toMatchObject({ ...told, isUsed: true });
    expect(await findLinkedDecision(room.ports, approve, 'approve')).toMatchObject({ ...told, isUsed: false });
  });

  test.each<[string, Parameters<typeof takenDecision>, ReturnType<typeof takenDecision>]>([
    ['nothing while it waits', [{ ...undecided, state: 'held' }, undefined], undefined],
    ['approved by a link', [{ ...approved, approvedBy: 'link' }, { action: 'approve' }], { action: 'approve', at: friday, by: 'link' }],
    ['approved by staff', [{ ...approved, approvedBy: 'staff (gazette send)' }, undefined], { action: 'approve', at: friday, by: 'staff' }],
    ['approved by its schedule', [{ ...approved, approvedBy: 'schedule' }, undefined], { action: 'approve', at: friday, by: 'gazette' }],
    ['approved at its deadline', [{ ...approved, approvedBy: 'deadline' }, undefined], { action: 'approve', at: friday, by: 'gazette' }],
    [
      'approved, though cancelled later',
      [{ ...approved, state: 'cancelled', approvedBy: 'link' }, undefined],
      { action: 'approve', at: friday, by: 'link' },
    ],
    [
      'skipped by a link',
      [{ ...skipped, isStoppedByStaff: true }, { action: 'skip' }],
      { action: 'skip', at: later(friday, 1), by: 'link' },
    ],
    ['skipped by staff', [{ ...skipped, isStoppedByStaff: true }, undefined], { action: 'skip', at: later(friday, 1), by: 'staff' }],
    ['skipped by itself', [skipped, undefined], { action: 'skip', at: later(friday, 1), by: 'gazette' }],
    [
      'skipped by who was asked',
      [{ ...skipped, reason: 'not sent: nobody agreed' }, undefined],
      { action: 'skip', at: later(friday, 1), by: 'staff' },
    ],
    ['nothing where another draft took its place', [{ ...skipped, reason: 'replaced' }, undefined], undefined],
    ['nothing where no time was kept', [{ ...skipped, stateSince: null }, undefined], undefined],
  ])('says how an edition was decided: %s', (_name, [edition, used], expected) => {
    expect(takenDecision(edition, used)).toEqual(expected);
  });

  test('does nothing of another kind than it was made for', async () => {
    const { editionId, approve, skip } = await composeLinked();
    expect(await decideByLink(room.ports, skip, 'approve')).toBeUndefined();
    expect(await decideByLink(room.ports, approve, 'skip')).toBeUndefined();
    expect(await stateOf(room, editionId)).toBe('draft');
  });

  test('works for seven days and not a moment longer', async () => {
    const { editionId, approve, skip } = await composeLinked();
    room.setNow(later(friday, 7 * 24));
    expect(await findLinkedDecision(room.ports, approve, 'approve')).toBeUndefined();
    expect(await decideByLink(room.ports, approve, 'approve')).toBeUndefined();
    expect(await decideByLink(room.ports, skip, 'skip')).toBeUndefined();
    expect(await stateOf(room, editionId)).toBe('draft');
    room.setNow(new Date(later(friday, 7 * 24).getTime() - 1));
    expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'decided' });
  });

  test('that names nothing decides nothing', async () => {
    expect(await findLinkedDecision(room.ports, '999999', 'approve')).toBeUndefined();
    expect(await decideByLink(room.ports, '999999', 'approve')).toBeUndefined();
  });

  test('says how it was decided when the other link came first', async () => {
    const { approve, skip } = await composeLinked();
    await decideByLink(room.ports, skip, 'skip');
    expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'conflict', state: 'skipped' });
    expect(room.jobs).toEqual([]);
  });

  test.each([0, 1, 2, 3, 4])('clicked together with the other one has one outcome (round %i)', async (round) => {
    const { editionId, approve, skip } = await composeLinked();
    const clicks = [() => decideByLink(room.ports, approve, 'approve'), () => decideByLink(room.ports, skip, 'skip')];
    const outcomes = await Promise.all((round % 2 === 0 ? clicks : clicks.reverse()).map((click) => click()));
    expect(new Set(outcomes.map((outcome) => outcome?.kind))).toEqual(new Set(['conflict', 'decided']));
    const state = await stateOf(room, editionId);
    expect(outcomes).toContainEqual({ kind: 'conflict', state });
    expect(room.jobs).toHaveLength(state === 'approved' ? 1 : 0);
  });

  test('clicked twice at once approves once', async () => {
    const { approve } = await composeLinked();
    await Promise.all([decideByLink(room.ports, approve, 'approve'), decideByLink(room.ports, approve, 'approve')]);
    expect(room.jobs).toHaveLength(1);
  });

  test('clicked thirty times at once approves once, and leaves connections for everybody else', async () => {
    const { approve } = await composeLinked();
    const { shown } = (await findLinkedDecision(room.ports, approve, 'approve'))!;
    const clicks = Promise.all(Array.from({ length: 30 }, () => decide(room.ports, approve, 'approve', shown)));
    await room.database.query('select 1');
    expect((await clicks).filter((outcome) => outcome?.kind === 'decided')).toHaveLength(1);
    expect(room.jobs).toHaveLength(1);
  });

  test('is not used up while another edition of the newsletter is frozen', async () => {
    const { paper, editionId, approve } = await composeLinked();
    const daily = await addSchedule(room, paper.newsletter, { name: 'daily' });
    await addReader(room, paper, { scheduleId: daily.id });
    await releasePost(room, paper);
    await runSlot(room.ports, daily.id, friday);
    expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'undecided', why: 'busy' });
    expect(await stateOf(room, editionId)).toBe('draft');
    await room.database.query(`update edition set state = 'sending' where schedule_id = $1`, [daily.id]);
    expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'decided' });
  });
});

describe('a link about an edition that is held', () => {
  async function composeLate(): Promise<Linked> {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    await releasePost(room, paper);
    room.setNow(later(friday, 87));
    const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
    const [notice] = await noticesOf(room, paper);
    return { paper, editionId, approve: linkIn(notice!, 'approve', later(friday, 87))!, skip: linkIn(notice!, 'skip', later(friday, 87))! };
  }

  test('for being late sends it as it was shown', async () => {
    const { editionId, approve } = await composeLate();
    const shown = await listRenditions(room.database, editionId);
    expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'decided' });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'approved', approvedBy: 'link', reason: null });
    expect(await listRenditions(room.database, editionId)).toEqual(shown);
  });

  test('for being late can skip it', async () => {
    const { editionId, skip } = await composeLate();
    expect(await decideByLink(room.ports, skip, 'skip')).toEqual({ kind: 'decided' });
    expect(await stateOf(room, editionId)).toBe('skipped');
  });

  async function composeFaulty(): Promise<Linked> {
    const paper = await foundPaper(room, {}, { postalAddress: '' });
    await addReader(room, paper);
    await releasePost(room, paper);
    const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
    const [notice] = await noticesOf(room, paper);
    expect(notice!.text).toContain('Check it again and approve');
    return { paper, editionId, approve: linkIn(notice!, 'approve')!, skip: linkIn(notice!, 'skip')! };
  }

  test('because a gate failed can skip it', async () => {
    const { editionId, skip } = await composeFaulty();
    expect(await decideByLink(room.ports, skip, 'skip')).toEqual({ kind: 'decided' });
    expect(await stateOf(room, editionId)).toBe('skipped');
  });

  test('because a gate failed does not let it go before that is mended, and says what is wrong', async () => {
    const { editionId, approve } = await composeFaulty();
    for (let i = 0; i < 2; i += 1) {
      expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'undecided', why: 'failed_again' });
      expect(await findLinkedDecision(room.ports, approve, 'approve')).toMatchObject({
        mustBeChecked: true,
        reason: expect.stringMatching(/postal address/),
      });
    }
    expect(await stateOf(room, editionId)).toBe('held');
    expect(room.jobs.filter((job) => job.name === 'freeze')).toEqual([]);
  });

  test('because a gate failed checks it again once that is mended, shows it anew, and then sends what was shown', async () => {
    const { paper, editionId, approve } = await composeFaulty();
    await room.database.query(`update newsletter set postal_address = '1 New Street' where id = $1`, [paper.newsletter.id]);
    expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'undecided', why: 'passes_now' });
    // Not a draft yet: with approval by itself it would go before anybody has looked.
    expect(await stateOf(room, editionId)).toBe('held');
    const decision = await findLinkedDecision(room.ports, approve, 'approve');
    expect(decision).toMatchObject({ mustBeChecked: false, reason: expect.stringMatching(/passes its checks now/) });
    expect(await findLinkedDigest(room.ports, approve, 'approve', decision!.renditionId!)).toContain('1 New Street');
    const shown = await listRenditions(room.database, editionId);
    expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'decided' });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'approved', approvedBy: 'link', reason: null });
    expect(await listRenditions(room.database, editionId)).toEqual(shown);
  });

  test('does not let go what failed its gates since the mail went out', async () => {
    const { paper, editionId, approve } = await composeLate();
    await room.database.query(`update newsletter set postal_address = '' where id = $1`, [paper.newsletter.id]);
    expect(await approveByStaff(room.ports, editionId, async () => {})).toMatchObject({ kind: 'held' });
    expect(await decideByLink(room.ports, approve, 'approve')).toEqual({ kind: 'undecided', why: 'failed_again' });
    expect(await stateOf(room, editionId)).toBe('held');
  });
});

describe('what a page showed is what its decision is about (P5)', () => {
  test('an edit after the page was opened is not sent unseen', async () => {
    const { editionId, approve } = await composeLinked();
    const page = await findLinkedDecision(room.ports, approve, 'approve');
    await editDraft(room.ports, editionId, { texts: { note: 'Written afterwards.' }, posts: [] });
    expect(await decide(room.ports, approve, 'approve', page!.shown)).toEqual({ kind: 'undecided', why: 'changed' });
    expect(await stateOf(room, editionId)).toBe('draft');
    const anew = await findLinkedDecision(room.ports, approve, 'approve');
    expect(await findLinkedDigest(room.ports, approve, 'approve', anew!.renditionId!)).toContain('Written afterwards.');
    expect(await decide(room.ports, approve, 'approve', anew!.shown)).toEqual({ kind: 'decided' });
  });

  test('a request that does not say what was shown approves nothing', async () => {
    const { editionId, approve } = await composeLinked();
    expect(await decide(room.ports, approve, 'approve', undefined)).toEqual({ kind: 'undecided', why: 'changed' });
    expect(await stateOf(room, editionId)).toBe('draft');
  });

  test('a link shows digests of its own edition, without what is for one reader, until it is used', async () => {
    const { approve } = await composeLinked();
    const other = await composeLinked();
    const { renditionId } = (await findLinkedDecision(room.ports, approve, 'approve'))!;
    expect(await findLinkedDigest(room.ports, approve, 'approve', renditionId!)).not.toMatch(/[\uFDD0-\uFDEF]/);
    expect(await findLinkedDigest(room.ports, other.approve, 'approve', renditionId!)).toBeUndefined();
    await decideByLink(room.ports, approve, 'approve');
    expect(await findLinkedDigest(room.ports, approve, 'approve', renditionId!)).toBeUndefined();
  });
});
