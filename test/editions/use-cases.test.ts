import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { steerEdition } from '../../src/editions/decide/steer-edition.ts';
import { explainPost } from '../../src/editions/explain/show-explanation.ts';
import { listPublicEditions } from '../../src/editions/list-editions.ts';
import { planSend } from '../../src/editions/by-hand/plan-send.ts';
import { prepareSend } from '../../src/editions/by-hand/prepare-send.ts';
import { previewEdition, type PreviewQuery } from '../../src/editions/by-hand/preview-edition.ts';
import type { PublicPreviewedDigest } from '../../src/editions/by-hand/public-preview.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { approveByHand } from '../../src/editions/by-hand/send-by-hand.ts';
import { showEdition } from '../../src/editions/show-edition.ts';
import { InvalidInputError, NotFoundError } from '../../src/kernel/errors.ts';
import { getEdition } from '../../src/ledger/drafts/edition-store.ts';
import { addressKey, parseAddress } from '../../src/mail/address.ts';
import {
  addReader,
  addSchedule,
  countRows,
  foundPaper,
  freeze,
  friday,
  later,
  openNewsroom,
  releasePost,
  stateOf,
  type Newsroom,
  type TestPaper,
} from './newsroom.ts';

let room: Newsroom;
let paper: TestPaper;
let slug: string;
beforeAll(async () => {
  room = await openNewsroom();
});
afterAll(() => room.close());
beforeEach(async () => {
  room.setNow(friday);
  paper = await foundPaper(room, { approval: 'required' });
  ({ slug } = paper.newsletter);
});

const addressKeySecret = Buffer.alloc(32, 'k');

/** A reader who can be named by an address. */
async function addNamedReader(address: string): Promise<void> {
  const id = await addReader(room, paper);
  await room.database.query(
    `update subscriber set address = $2, address_key = $3 where id = (select subscriber_id from subscription where id = $1)`,
    [id, address, addressKey(parseAddress(address).normal, addressKeySecret)],
  );
}

/** A draft that waits for staff, of one post for one reader. */
async function composeDraft(): Promise<string> {
  await addReader(room, paper);
  await releasePost(room, paper, { title: 'On handovers' });
  return (await runSlot(room.ports, paper.schedule.id, friday)).editionId;
}

/** JSON as programs get it: what it is made of may hold no whole number that JSON does not know. */
const keysOf = (value: object): string => Object.keys(JSON.parse(JSON.stringify(value)) as object).join(' ');

const editionKeys =
  'id newsletterId scheduleId slotAt state reason byHand cutoff previousCutoff minimum maximum maxWaitMs subject preheader note gates ' +
  'repairs archiveRenditionId frozenUpto freezeRun stateBeforePause stateSince isStoppedByStaff decideBy composedAt approvedAt approvedBy ' +
  'approvedSender frozenAt endedAt prunedAt';

describe('an edition', () => {
  test('is listed as programs see it, with the names of its newsletter and schedule for people', async () => {
    const id = await composeDraft();
    const [listed] = await listPublicEditions(room.database, { newsletter: slug, limit: 5 });
    expect(keysOf(listed!.edition)).toBe(editionKeys);
    const { cutoff } = await getEdition(room.database, id);
    expect(listed).toMatchObject({ edition: { id, state: 'draft', cutoff: String(cutoff) }, newsletter: slug, schedule: 'weekly' });
    expect(await listPublicEditions(room.database, { newsletter: slug, state: 'done', limit: 5 })).toEqual([]);
    await expect(listPublicEditions(room.database, { newsletter: 'nope', limit: 5 })).rejects.toThrow(NotFoundError);
    await room.database.query(`update schedule set removed_at = now() where id = $1`, [paper.schedule.id]);
    expect(await listPublicEditions(room.database, { newsletter: slug, limit: 5 })).toMatchObject([{ schedule: undefined }]);
  });

  test('is shown with its posts, digests and deliveries', async () => {
    const id = await composeDraft();
    const { edition, titles } = await showEdition(room.database, id);
    expect(keysOf(edition)).toBe(`${editionKeys} posts renditions deliveries oneClick`);
    expect(keysOf(edition.posts[0]!)).toBe('position postId kind revision topics rank isPinnedFirst isLeftOut');
    expect(keysOf(edition.renditions[0]!)).toBe('id language positions revisions subject repairs htmlBytes textBytes');
    expect(keysOf(edition.deliveries)).toBe('queued sending accepted rejected in_doubt superseded expired cancelled suppressed');
    expect(titles).toEqual(['On handovers']);
    await expect(showEdition(room.database, '999999')).rejects.toThrow(NotFoundError);
  });

  test('is skipped, paused, resumed and cancelled where its state allows it', async () => {
    const id = await composeDraft();
    const steer = (to: 'skip' | 'cancel' | 'pause' | 'resume', editionId = id) =>
      steerEdition(room.ports, editionId, to === 'resume' ? { to } : { to, reason: 'the board says so' });
    expect(await steer('pause')).toEqual({ kind: 'conflict', state: 'draft' });
    expect(await steer('skip')).toMatchObject({ kind: 'done', edition: { id, state: 'skipped', reason: 'the board says so' } });
    expect(await steer('resume')).toEqual({ kind: 'conflict', state: 'skipped' });

    const prepared = await prepareSend(room.ports, { newsletter: slug }, false);
    if (prepared.kind !== 'ready') throw new Error(`Expected an edition that is ready, got ${prepared.kind}`);
    const sent = prepared.editionId;
    await approveByHand(room.ports, prepared.draft, 'staff', async () => {});
    expect(await steer('pause', sent)).toMatchObject({ kind: 'done', edition: { state: 'paused', isStoppedByStaff: true } });
    room.jobs.length = 0;
    expect(await steer('resume', sent)).toMatchObject({ kind: 'done', edition: { state: 'approved', reason: null } });
    // At once, not with the next minute.
    expect(room.jobs).toMatchObject([{ name: 'freeze', editionId: sent }]);
    expect(await steer('cancel', sent)).toMatchObject({ kind: 'done', edition: { state: 'cancelled' } });
    await expect(steer('skip', '999999')).rejects.toThrow(NotFoundError);
  });
});

describe('a send', () => {
  test('is planned with what would go and what its gates would hold, and nothing is stored', async () => {
    await addReader(room, paper);
    await releasePost(room, paper, { title: 'On handovers' });
    await room.database.query(`update newsletter set postal_address = '' where id = $1`, [paper.newsletter.id]);
    const planned = await planSend(room.ports, { newsletter: slug });
    expect(keysOf(planned)).toBe('outcome subject recipients digests posts corrections before faults');
    expect(planned).toMatchObject({
      outcome: 'dry_run',
      recipients: 1,
      digests: 1,
      posts: ['On handovers'],
      before: [],
      faults: [expect.stringMatching(/postal address/)],
    });
    expect(await countRows(room, 'from edition where newsletter_id = $1', [paper.newsletter.id])).toBe(0);
  });

  test('that has nothing to do says what waits, what is under way and who is not served', async () => {
    await addReader(room, paper);
    expect(JSON.stringify(await planSend(room.ports, { newsletter: slug, schedule: 'weekly' }))).toBe(
      '{"outcome":"nothing_due","waiting":0,"before":[],"unserved":{"suppressed":0,"doubtful":[],"refused":[]}}',
    );
    await releasePost(room, paper);
    const prepared = await prepareSend(room.ports, { newsletter: slug }, false);
    if (prepared.kind !== 'ready') throw new Error(`Expected an edition that is ready, got ${prepared.kind}`);
    await approveByHand(room.ports, prepared.draft, 'staff', async () => {});
    await freeze(room, prepared.editionId);
    const before = { edition: prepared.editionId, state: 'sending', queued: 1, sending: 0 };
    const nothing = await prepareSend(room.ports, { newsletter: slug }, false);
    expect(nothing).toMatchObject({ kind: 'nothing_due', nothing: { waiting: 0, before: [{ ...before, takenOver: 0 }] } });
    await releasePost(room, paper);
    expect(await planSend(room.ports, { newsletter: slug })).toMatchObject({ before: [{ ...before, takenOver: 1 }] });
  });

  test('is prepared with the plan that its edition has, unless a draft of the schedule waits or a gate holds it', async () => {
    const draft = await composeDraft();
    expect(await prepareSend(room.ports, { newsletter: slug }, false)).toEqual({ kind: 'draft_waits', editionId: draft });
    const prepared = await prepareSend(room.ports, { newsletter: slug }, true);
    expect(prepared).toMatchObject({
      kind: 'ready',
      replacedEditionId: draft,
      plan: { subject: expect.stringMatching(/On handovers/), recipients: 1, digests: 1, posts: ['On handovers'], before: [] },
    });
    await room.database.query(`update newsletter set postal_address = '' where id = $1`, [paper.newsletter.id]);
    const held = await prepareSend(room.ports, { newsletter: slug }, true);
    expect(held).toMatchObject({ kind: 'held', reason: expect.stringMatching(/postal address/) });
    if (held.kind === 'held') expect(await stateOf(room, held.editionId)).toBe('held');
  });

  test('asks which schedule where there are several', async () => {
    await addSchedule(room, paper.newsletter, { name: 'daily' });
    await expect(planSend(room.ports, { newsletter: slug })).rejects.toThrow(InvalidInputError);
    await expect(planSend(room.ports, { newsletter: slug, schedule: 'nope' })).rejects.toThrow(NotFoundError);
    await expect(prepareSend(room.ports, { newsletter: 'nope' }, false)).rejects.toThrow(NotFoundError);
  });
});

describe('a preview', () => {
  const preview = async (query: Omit<PreviewQuery, 'target'> & Partial<PreviewQuery> = {}) => {
    const { digests, ...counts } = await previewEdition(room.ports, { target: { newsletter: slug }, ...query });
    const rendered: PublicPreviewedDigest[] = [];
    for await (const digest of digests) rendered.push(digest);
    return { ...counts, digests: rendered };
  };

  test('shows each digest with the values of nobody in particular, and stores nothing', async () => {
    await addReader(room, paper);
    await releasePost(room, paper, { title: 'On handovers' });
    const shown = await preview();
    expect(shown).toMatchObject({
      newsletter: slug,
      recipients: 1,
      waiting: 0,
      digests: [{ recipientCount: 1, postCount: 1, failedGates: [] }],
    });
    const [digest] = shown.digests;
    expect(Object.keys(digest!).join(' ')).toBe('html text recipientCount postCount htmlBytes subject failedGates repairs');
    for (const text of [digest!.html, digest!.text]) {
      expect(text).toContain('On handovers');
      expect(text).not.toMatch(/[\uFDD0\uFDD1]/);
    }
    expect(digest!.htmlBytes).toBe(Buffer.byteLength(digest!.html));
    expect(await countRows(room, 'from edition where newsletter_id = $1', [paper.newsletter.id])).toBe(0);
  });

  test('of one reader is theirs; where nobody is to get anything it is the archive page', async () => {
    await addNamedReader('ann@example.org');
    await addReader(room, paper);
    await releasePost(room, paper);
    const reader = { address: 'ANN@example.org', addressKeySecret };
    expect(await preview({ reader })).toMatchObject({ recipients: 1, digests: [{ recipientCount: 1 }] });
    await expect(preview({ reader: { ...reader, address: 'nobody@example.org' } })).rejects.toThrow(/found none with this address/);
    await expect(preview({ reader: { ...reader, address: 'nobody' } })).rejects.toThrow(InvalidInputError);
    await room.database.query(`update subscription set state = 'left' where newsletter_id = $1`, [paper.newsletter.id]);
    expect(await preview()).toMatchObject({ recipients: 0, digests: [{ recipientCount: 0, postCount: 1 }] });
    expect(await preview({ reader })).toMatchObject({ recipients: 0, digests: [] });
  });

  test('as of a moment knows only what was released by then; of a draft it is that draft', async () => {
    const editionId = await composeDraft();
    expect(await preview({ at: later(friday, -1) })).toMatchObject({ recipients: 0, digests: [] });
    expect(await preview({ target: { editionId } })).toMatchObject({ newsletter: slug, recipients: 1, digests: [{ postCount: 1 }] });
    await expect(preview({ target: { editionId: '999999' } })).rejects.toThrow(NotFoundError);
    await expect(preview({ target: { newsletter: slug, schedule: 'nope' } })).rejects.toThrow(NotFoundError);
  });
});

test('why somebody gets a post is explained, with the facts behind it as programs see them', async () => {
  await addNamedReader('ben@example.org');
  const { postId, position } = await releasePost(room, paper, { title: 'On handovers' });
  const question = { postId, newsletter: slug, address: 'ben@example.org', addressKeySecret, now: friday };
  const { explanation } = await explainPost(room.database, question);
  expect(keysOf(explanation)).toBe(
    'text post notInNewsletter newsletter schedule subscription draft waitsForMinimum offer deliveries prunedIn corrections',
  );
  expect(keysOf(explanation.post)).toBe('title state reason position releasedAt topics');
  expect(keysOf(explanation.subscription)).toBe('state topics isPaused suppression cursor since owed beginning');
  expect(explanation).toMatchObject({ text: expect.stringMatching(/comes with the next edition/), post: { position: String(position) } });
  await expect(explainPost(room.database, { ...question, address: 'nobody@example.org' })).rejects.toThrow(NotFoundError);
  await expect(explainPost(room.database, { ...question, postId: '999999' })).rejects.toThrow(NotFoundError);
});
