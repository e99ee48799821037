import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/db/db.ts';
import { approveByStaff, editDraft, type DraftEdit } from '../../src/editions/decide/decide-by-staff.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { settleDraft } from '../../src/editions/decide/settle-draft.ts';
import { ConflictError, NotFoundError } from '../../src/kernel/errors.ts';
import { skipEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { getEdition, listEditionPosts } from '../../src/ledger/drafts/edition-store.ts';
import { findRendition } from '../../src/ledger/drafts/rendition-store.ts';
import { retractPost } from '../../src/ledger/retract-post.ts';
import { countWaiting } from '../support/blocked-sessions.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  acceptAll,
  addReader,
  carried,
  countRows,
  foundPaper,
  freeze,
  friday,
  later,
  onPool,
  openNewsroom,
  releasePost,
  stateOf,
  type Newsroom,
  type ReleasedPost,
  type TestPaper,
} from './newsroom.ts';

let room: Newsroom;
let other: Database;

beforeAll(async () => {
  room = await openNewsroom();
  other = openDatabase(room.url);
});
afterAll(async () => {
  await other.close();
  await room.close();
});
beforeEach(() => {
  room.setNow(friday);
  room.jobs.length = 0;
});

const noWait = async (): Promise<void> => {};
const required = { approval: 'required', deadlineHours: 24, deadlinePolicy: 'skip' } as const;

interface Waiting {
  readonly paper: TestPaper;
  readonly editionId: string;
  readonly posts: readonly ReleasedPost[];
  readonly readerId: string;
}

/** A draft of three posts that waits for a decision. */
async function composeDraft(rules: Parameters<typeof foundPaper>[1] = required): Promise<Waiting> {
  const paper = await foundPaper(room, rules);
  const readerId = await addReader(room, paper);
  const posts = [];
  for (const title of ['Alpha', 'Beta', 'Gamma']) posts.push(await releasePost(room, paper, { title }));
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  room.jobs.length = 0;
  return { paper, editionId, posts, readerId };
}

async function archiveOf(editionId: string): Promise<{ subject: string; preheader: string; html: string; text: string }> {
  const { archiveRenditionId } = await getEdition(room.database, editionId);
  return (await findRendition(room.database, archiveRenditionId ?? '0'))!;
}

const titlesIn = (text: string): string[] =>
  [...text.matchAll(/\b(Alpha|Beta|Gamma)\b/g)].map(([title]) => title).filter((title, index, all) => all.indexOf(title) === index);

const edit = (editionId: string, changes: Partial<DraftEdit>) => editDraft(room.ports, editionId, { texts: {}, posts: [], ...changes });

/**
 * Lets several decisions meet for certain: the edition's row is locked until one of them waits for it, and every other has had the time to
 * wait for it too or for its turn with the draft, so none of them has begun when another ends.
 */
async function decideAtOnce<T>(paper: TestPaper, decisions: readonly (() => Promise<T>)[]): Promise<T[]> {
  return room.database
    .transaction(async (tx) => {
      await tx.query(`select from newsletter where id = $1 for update`, [paper.newsletter.id]);
      await tx.query(`select from edition where newsletter_id = $1 for update`, [paper.newsletter.id]);
      const results = Promise.all(decisions.map((decide) => decide()));
      await waitFor(async () => (await countWaiting(other)) > 0, { what: 'a decision waiting for the row' });
      await delay(150);
      return { results };
    })
    .then(({ results }) => results);
}

describe('a decision', () => {
  test('approves once: a second approval is a conflict, and one freeze is queued', async () => {
    const { editionId } = await composeDraft();
    expect(await approveByStaff(room.ports, editionId, noWait)).toEqual({ kind: 'approved' });
    expect(await approveByStaff(room.ports, editionId, noWait)).toEqual({ kind: 'conflict', state: 'approved' });
    expect(room.jobs).toEqual([{ name: 'freeze', editionId }]);
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'approved', approvedBy: 'staff', approvedAt: friday });
  });

  test('of two that approve in the same moment on two connections only one is taken', async () => {
    const { paper, editionId } = await composeDraft();
    const results = await decideAtOnce(paper, [
      () => approveByStaff(room.ports, editionId, noWait),
      () => approveByStaff(onPool(room, other), editionId, noWait),
    ]);
    expect(results.map((result) => result.kind).sort()).toEqual(['approved', 'conflict']);
    expect(room.jobs).toEqual([{ name: 'freeze', editionId }]);
  });

  test.each([0, 1, 2])('to approve while another process skips has one outcome (round %i)', async () => {
    const { paper, editionId } = await composeDraft();
    const [approval, skip] = await decideAtOnce<{ readonly kind: string }>(paper, [
      () => approveByStaff(room.ports, editionId, noWait),
      () => skipEdition(other, editionId, { reason: 'by staff', now: friday }),
    ]);
    const state = await stateOf(room, editionId);
    expect([approval?.kind, skip?.kind, state]).toEqual(
      state === 'approved' ? ['approved', 'conflict', 'approved'] : ['conflict', 'changed', 'skipped'],
    );
    expect(room.jobs).toHaveLength(state === 'approved' ? 1 : 0);
  });

  test.each(['send', 'skip'] as const)(
    'to approve at the deadline while the policy "%s" decides has one outcome',
    async (deadlinePolicy) => {
      const { paper, editionId } = await composeDraft({ ...required, deadlinePolicy });
      room.setNow(later(friday, 24));
      const [approval, settled] = await decideAtOnce<{ readonly kind: string }>(paper, [
        () => approveByStaff(room.ports, editionId, noWait),
        () => settleDraft(onPool(room, other), editionId),
      ]);
      const edition = await getEdition(room.database, editionId);
      const outcome = [approval?.kind, settled?.kind, edition.state, edition.approvedBy];
      const byStaff = ['approved', 'decided', 'approved', 'staff'];
      expect([
        byStaff,
        deadlinePolicy === 'send' ? ['conflict', 'approved', 'approved', 'deadline'] : ['conflict', 'skipped', 'skipped', null],
      ]).toContainEqual(outcome);
      expect(room.jobs).toHaveLength(edition.state === 'approved' ? 1 : 0);
    },
  );

  test('after the deadline has decided is a conflict that says how it was decided', async () => {
    const { editionId } = await composeDraft();
    room.setNow(later(friday, 25));
    expect(await settleDraft(room.ports, editionId)).toMatchObject({ kind: 'skipped' });
    expect(await approveByStaff(room.ports, editionId, noWait)).toEqual({ kind: 'conflict', state: 'skipped' });
    expect(room.jobs).toEqual([]);
  });

  test('that comes after the deadline but before anything acted on it is taken', async () => {
    const { editionId } = await composeDraft();
    room.setNow(later(friday, 25));
    expect(await approveByStaff(room.ports, editionId, noWait)).toEqual({ kind: 'approved' });
    expect(await settleDraft(room.ports, editionId)).toEqual({ kind: 'decided', state: 'approved' });
  });

  test('waits while another edition of the newsletter is frozen, and is taken when that is done', async () => {
    const { paper, editionId } = await composeDraft();
    await approveByStaff(room.ports, editionId, noWait);
    room.setNow(later(friday, 7 * 24));
    await releasePost(room, paper);
    const next = await runSlot(room.ports, paper.schedule.id, later(friday, 7 * 24));
    let waits = 0;
    const wait = async (): Promise<void> => {
      waits += 1;
      if (waits === 3) await freeze(room, editionId);
    };
    expect(await approveByStaff(room.ports, next.editionId, wait)).toEqual({ kind: 'approved' });
    expect(waits).toBe(3);
  });

  test('gives up when the other freeze does not end', async () => {
    const { paper, editionId } = await composeDraft();
    await approveByStaff(room.ports, editionId, noWait);
    room.setNow(later(friday, 7 * 24));
    await releasePost(room, paper);
    const next = await runSlot(room.ports, paper.schedule.id, later(friday, 7 * 24));
    let waitedMs = 0;
    expect(await approveByStaff(room.ports, next.editionId, async (ms) => void (waitedMs += ms))).toEqual({ kind: 'busy' });
    expect(waitedMs).toBe(120_000);
    expect(await stateOf(room, next.editionId)).toBe('draft');
  });
});

describe('an edit of a draft', () => {
  test('of its words stands in what is rendered anew, subject and preheader as Liquid', async () => {
    const { editionId } = await composeDraft();
    const before = await archiveOf(editionId);
    const texts = {
      subject: 'This week: {{ posts.size }} posts',
      preheader: 'From {{ newsletter.name }}',
      note: 'A happy new year to all of you.',
    };
    const result = await edit(editionId, { texts });
    expect(result).toMatchObject({ kind: 'passed', subject: 'This week: 3 posts' });
    const after = await archiveOf(editionId);
    expect(after).toMatchObject({ subject: 'This week: 3 posts', preheader: 'From The Letter' });
    for (const part of [after.html, after.text]) expect(part).toContain('A happy new year to all of you.');
    expect(before.html).not.toContain('A happy new year');
    expect(await countRows(room, 'from rendition where edition_id = $1', [editionId])).toBe(1);
  });

  test('takes words out again and leaves alone what it does not name', async () => {
    const { editionId } = await composeDraft();
    await edit(editionId, { texts: { subject: 'One', note: 'Two' } });
    await edit(editionId, { texts: { subject: null } });
    expect(await getEdition(room.database, editionId)).toMatchObject({ subject: null, note: 'Two' });
    expect((await archiveOf(editionId)).subject).not.toBe('One');
  });

  test.each([
    ['an empty subject', { subject: '{% if false %}x{% endif %}' }, /subject is empty/i],
    ['Liquid that does not parse', { subject: '{{ posts.size' }, /cannot be rendered.*subject/i],
    ['a name that nobody fills', { preheader: '{{ reader.name }}' }, /cannot be rendered.*preheader/i],
  ])('that leaves %s holds it, with what to do, until it is mended', async (_name, texts, reason) => {
    const { editionId } = await composeDraft();
    expect(await edit(editionId, { texts })).toEqual({ kind: 'held', reason: expect.stringMatching(reason) });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'held', reason: expect.stringMatching(reason) });
    expect(await approveByStaff(room.ports, editionId, noWait)).toMatchObject({ kind: 'held' });
    expect(await edit(editionId, { texts: { subject: null, preheader: null } })).toMatchObject({ kind: 'passed' });
    expect(await stateOf(room, editionId)).toBe('draft');
  });

  test('gives the order that staff want, pinned posts first', async () => {
    const { editionId, posts } = await composeDraft();
    const [alpha, beta, gamma] = posts.map((post) => post.position);
    expect(titlesIn((await archiveOf(editionId)).text)).toEqual(['Gamma', 'Beta', 'Alpha']);
    await edit(editionId, {
      posts: [
        { position: beta!, edit: { rank: 0 } },
        { position: alpha!, edit: { rank: 1 } },
      ],
    });
    expect(titlesIn((await archiveOf(editionId)).text)).toEqual(['Beta', 'Alpha', 'Gamma']);
    await edit(editionId, { posts: [{ position: gamma!, edit: { isPinnedFirst: true } }] });
    expect(titlesIn((await archiveOf(editionId)).text)).toEqual(['Gamma', 'Beta', 'Alpha']);
    await edit(editionId, {
      posts: [
        { position: gamma!, edit: { isPinnedFirst: false } },
        { position: beta!, edit: { rank: null } },
      ],
    });
    expect(titlesIn((await archiveOf(editionId)).text)).toEqual(['Alpha', 'Gamma', 'Beta']);
  });

  test('that leaves a post out sends it with the next edition, once', async () => {
    const { paper, editionId, posts, readerId } = await composeDraft();
    const [alpha, beta, gamma] = posts.map((post) => post.position);
    expect(await edit(editionId, { posts: [{ position: beta!, edit: { isLeftOut: true } }] })).toMatchObject({ kind: 'passed' });
    expect(titlesIn((await archiveOf(editionId)).text)).toEqual(['Gamma', 'Alpha']);
    await approveByStaff(room.ports, editionId, noWait);
    await freeze(room, editionId);
    expect(await carried(room, editionId)).toEqual(new Map([[readerId, [alpha, gamma]]]));
    await acceptAll(room, editionId);

    room.setNow(later(friday, 7 * 24));
    const next = await runSlot(room.ports, paper.schedule.id, later(friday, 7 * 24));
    expect(await approveByStaff(room.ports, next.editionId, noWait)).toEqual({ kind: 'approved' });
    await freeze(room, next.editionId);
    expect(await carried(room, next.editionId)).toEqual(new Map([[readerId, [beta]]]));
    await acceptAll(room, next.editionId);

    room.setNow(later(friday, 14 * 24));
    expect(await runSlot(room.ports, paper.schedule.id, later(friday, 14 * 24))).toMatchObject({ kind: 'nothing_due' });
  });

  test('that leaves every post out holds it: there is nothing to approve', async () => {
    const { editionId, posts } = await composeDraft();
    const leave = posts.map(({ position }) => ({ position, edit: { isLeftOut: true } }));
    expect(await edit(editionId, { posts: leave })).toEqual({ kind: 'held', reason: expect.stringMatching(/Nobody is to get anything/) });
    expect(await approveByStaff(room.ports, editionId, noWait)).toMatchObject({ kind: 'held' });
    const takeOne = [{ position: posts[0]!.position, edit: { isLeftOut: false } }];
    expect(await edit(editionId, { posts: takeOne })).toMatchObject({ kind: 'passed' });
  });

  test('is refused as a whole where one post is none of its', async () => {
    const { editionId, posts } = await composeDraft();
    const attempt = edit(editionId, {
      texts: { note: 'Lost' },
      posts: [
        { position: posts[0]!.position, edit: { isPinnedFirst: true } },
        { position: 999_999n, edit: { isPinnedFirst: true } },
      ],
    });
    await expect(attempt).rejects.toThrow(NotFoundError);
    await expect(attempt).rejects.toThrow(/no post at position 999999/);
    expect(await getEdition(room.database, editionId)).toMatchObject({ note: null });
    expect((await listEditionPosts(room.database, editionId)).some((post) => post.isPinnedFirst)).toBe(false);
  });

  test('is refused once the edition was decided', async () => {
    const { editionId } = await composeDraft();
    await approveByStaff(room.ports, editionId, noWait);
    await expect(edit(editionId, { texts: { note: 'Too late' } })).rejects.toThrow(/no draft any more/);
    expect(await getEdition(room.database, editionId)).toMatchObject({ note: null });
  });

  test('whose process died before it was rendered is rendered by whoever looks next, never passed over', async () => {
    const { editionId } = await composeDraft();
    const { database } = room;
    const dying = {
      ...database,
      query: () => Promise.reject(new Error('killed')),
    };
    const killed = editDraft({ ...room.ports, database: dying }, editionId, { texts: { note: 'A word of ours.' }, posts: [] });
    await expect(killed).rejects.toThrow('killed');
    await settleDraft(room.ports, editionId);
    expect((await archiveOf(editionId)).html).toContain('A word of ours.');
  });

  test('that meets an approval is in all that goes, or refused', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { editionId, paper } = await composeDraft();
      const [edited] = await decideAtOnce<unknown>(paper, [
        () => edit(editionId, { texts: { note: 'A word of ours.' } }).catch((error: unknown) => error),
        () => approveByStaff(onPool(room, other), editionId, noWait),
      ]);
      if ((await stateOf(room, editionId)) === 'draft') await approveByStaff(room.ports, editionId, noWait);
      await freeze(room, editionId);
      const withNote = await countRows(room, `from rendition where edition_id = $1 and html like '%A word of ours.%'`, [editionId]);
      const all = await countRows(room, 'from rendition where edition_id = $1', [editionId]);
      expect(withNote).toBe(edited instanceof ConflictError ? 0 : all);
    }
  });
});

describe('a post that is retracted after the approval, before the freeze', () => {
  test('goes to nobody, and an edition of nothing else ends without blocking the newsletter', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    const { postId } = await releasePost(room, paper);
    const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
    await retractPost(room.database, postId, { reason: 'wrong figures', now: friday });
    expect(await freeze(room, editionId)).toEqual({ kind: 'nothing_due' });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'skipped', reason: 'nothing due' });
  });
});
