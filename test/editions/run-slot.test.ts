import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { beginAnew } from '../../src/ledger/change-subscription.ts';
import { openDatabase } from '../../src/db/db.ts';
import { approveByStaff, editDraft } from '../../src/editions/decide/decide-by-staff.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { settleDraft } from '../../src/editions/decide/settle-draft.ts';
import { getEdition, listEditions } from '../../src/ledger/drafts/edition-store.ts';
import {
  acceptAll,
  addReader,
  addSchedule,
  carried,
  countRows,
  foundPaper,
  freeze,
  friday,
  later,
  noticesOf,
  onPool,
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

const week = 7 * 24;
const noWait = async (): Promise<void> => {};

/** A newsletter with a reader, and a post for them. */
async function dueToday(rules: Parameters<typeof foundPaper>[1] = {}, settings: Parameters<typeof foundPaper>[2] = {}): Promise<TestPaper> {
  const paper = await foundPaper(room, rules, settings);
  await addReader(room, paper);
  await releasePost(room, paper);
  return paper;
}

const run = (paper: TestPaper, slotAt = friday) => runSlot(room.ports, paper.schedule.id, slotAt);

/** Runs a slot that is expected to settle, and tells what became of it. */
async function settled(paper: TestPaper, slotAt = friday) {
  const result = await run(paper, slotAt);
  if (result.kind !== 'settled') throw new Error(`Expected a settled edition, got ${result.kind}`);
  return result;
}

describe('a slot for which nothing is due', () => {
  test('leaves an edition that says so, and nothing else', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    const result = await run(paper);
    expect(result).toMatchObject({ kind: 'nothing_due', waitingCount: 0 });
    const edition = await getEdition(room.database, result.editionId);
    expect(edition).toMatchObject({ state: 'skipped', reason: 'nothing due', slotAt: friday, endedAt: friday });
    expect(room.jobs).toEqual([]);
    expect(await noticesOf(room, paper)).toEqual([]);
  });

  test('says how many wait for the minimum', async () => {
    const paper = await dueToday({ minimum: 2 });
    await addReader(room, paper);
    expect(await run(paper)).toMatchObject({ kind: 'nothing_due', waitingCount: 2 });
  });

  test('runs once: the same slot later, with a post, is what it was', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    const { editionId } = await run(paper);
    await releasePost(room, paper);
    expect(await run(paper)).toEqual({ kind: 'exists', editionId });
  });
});

describe('a slot of a schedule that asks nobody', () => {
  test('is approved in the same breath, and its freeze queued', async () => {
    const { editionId, settled: outcome } = await settled(await dueToday());
    expect(outcome).toEqual({ kind: 'approved' });
    expect(await getEdition(room.database, editionId)).toMatchObject({
      state: 'approved',
      approvedBy: 'schedule',
      approvedAt: friday,
      gates: [],
    });
    expect(room.jobs).toEqual([{ name: 'freeze', editionId }]);
  });

  test('run again is left alone', async () => {
    const paper = await dueToday();
    const { editionId } = await settled(paper);
    expect(await run(paper)).toEqual({ kind: 'exists', editionId });
    expect(room.jobs).toHaveLength(1);
  });

  test('that died after composing is taken up where it stopped', async () => {
    const paper = await dueToday({ approval: 'required' });
    const { editionId } = await settled(paper);
    await room.database.query(`update schedule set approval = 'auto' where id = $1`, [paper.schedule.id]);
    expect(await settled(paper)).toMatchObject({ editionId, settled: { kind: 'approved' } });
  });

  test('run by two processes at once makes one edition and one freeze', async () => {
    const other = openDatabase(room.url);
    try {
      for (let round = 0; round < 3; round += 1) {
        const paper = await dueToday();
        room.jobs.length = 0;
        const results = await Promise.all([run(paper), runSlot(onPool(room, other), paper.schedule.id, friday)]);
        expect(new Set(results.map((result) => result.editionId)).size).toBe(1);
        expect(await listEditions(room.database, { scheduleId: paper.schedule.id })).toHaveLength(1);
        expect(room.jobs).toEqual([{ name: 'freeze', editionId: results[0].editionId }]);
      }
    } finally {
      await other.close();
    }
  });
});

describe('two schedules of one newsletter that are due in the same second', () => {
  test('are frozen one after the other, and nobody gets a post twice', async () => {
    const paper = await foundPaper(room);
    const daily = await addSchedule(room, paper.newsletter, { name: 'daily', cron: '0 8 * * *' });
    await addReader(room, paper);
    await addReader(room, paper, { scheduleId: daily.id });
    await releasePost(room, paper);
    const results = await Promise.all([settled(paper), settled({ ...paper, schedule: daily })]);
    expect(results.map((result) => result.settled.kind).sort()).toEqual(['approved', 'busy']);
    const first = results.find((result) => result.settled.kind === 'approved')!;
    const second = results.find((result) => result.settled.kind === 'busy')!;
    expect(await stateOf(room, second.editionId)).toBe('draft');

    expect(await freeze(room, first.editionId)).toMatchObject({ kind: 'frozen', deliveryCount: 1 });
    expect(await settleDraft(room.ports, second.editionId)).toEqual({ kind: 'approved' });
    expect(await freeze(room, second.editionId)).toMatchObject({ kind: 'frozen', deliveryCount: 1 });
    expect(
      await countRows(room, `from (select distinct subscription_id from delivery where edition_id = any($1)) d`, [
        [first.editionId, second.editionId],
      ]),
    ).toBe(2);
  });
});

describe('a schedule whose first edition waits for a person', () => {
  test('asks once, and goes by itself after somebody approved', async () => {
    const paper = await dueToday({ approval: 'first' });
    const { editionId, settled: outcome } = await settled(paper);
    expect(outcome).toEqual({ kind: 'waiting', decideBy: null });
    expect(await stateOf(room, editionId)).toBe('draft');
    expect(room.jobs.map((job) => job.name)).toEqual(['notice']);
    expect(await approveByStaff(room.ports, editionId, noWait)).toEqual({ kind: 'approved' });
    await freeze(room, editionId);
    await acceptAll(room, editionId);

    room.setNow(later(friday, week));
    await releasePost(room, paper);
    const next = await settled(paper, later(friday, week));
    expect(next.settled).toEqual({ kind: 'approved' });
    expect(await getEdition(room.database, next.editionId)).toMatchObject({ approvedBy: 'schedule' });
  });

  test('of a slot that was forgotten leaves alone what a later slot composed', async () => {
    const paper = await foundPaper(room, { approval: 'required' });
    await addReader(room, paper);
    await releasePost(room, paper);
    const newer = await runSlot(room.ports, paper.schedule.id, later(friday, 24));
    const older = await runSlot(room.ports, paper.schedule.id, friday);
    expect(older.kind).toBe('overtaken');
    expect(await getEdition(room.database, older.editionId)).toMatchObject({
      state: 'skipped',
      reason: 'a later slot was composed before',
    });
    expect(await getEdition(room.database, newer.editionId)).toMatchObject({ state: 'draft' });
    // It has an edition, so it is not found as forgotten again.
    expect((await runSlot(room.ports, paper.schedule.id, friday)).kind).toBe('exists');
  });

  test('asks again for the next slot while nobody decided; the draft before it is replaced', async () => {
    const paper = await dueToday({ approval: 'first' });
    const first = await settled(paper);
    room.setNow(later(friday, week));
    await releasePost(room, paper);
    const second = await settled(paper, later(friday, week));
    expect(second.settled).toEqual({ kind: 'waiting', decideBy: null });
    expect(await getEdition(room.database, first.editionId)).toMatchObject({ state: 'skipped', reason: 'replaced' });
    expect(await noticesOf(room, paper)).toHaveLength(2);
    expect(await approveByStaff(room.ports, first.editionId, noWait)).toEqual({ kind: 'conflict', state: 'skipped' });
  });
});

describe('a draft of which staff leave everything for the next edition', () => {
  test.each(['auto', 'required'] as const)(
    'of "%s" is held; the slot after it has nothing for anybody, and the one after that has it',
    async (approval) => {
      const paper = await foundPaper(room, { approval }, { postalAddress: '' });
      const readerId = await addReader(room, paper);
      const { position } = await releasePost(room, paper);
      const { editionId } = await settled(paper);
      await room.database.query(`update newsletter set postal_address = '12 Mill Lane' where id = $1`, [paper.newsletter.id]);
      const edit = { texts: {}, posts: [{ position, edit: { isLeftOut: true } }] };
      expect(await editDraft(room.ports, editionId, edit)).toMatchObject({ kind: 'held', reason: expect.stringMatching(/^Nobody/) });
      room.setNow(later(friday, week));
      const { settled: second } = await settled(paper, later(friday, week));
      expect(second).toMatchObject({ kind: 'skipped', reason: expect.stringMatching(/^nothing due/) });
      room.setNow(later(friday, 2 * week));
      const third = await settled(paper, later(friday, 2 * week));
      if (approval === 'required') await approveByStaff(room.ports, third.editionId, noWait);
      await freeze(room, third.editionId);
      expect(await carried(room, third.editionId)).toEqual(new Map([[readerId, [position]]]));
    },
  );
});

describe('a schedule that requires a person each time', () => {
  test.each([
    ['send', 'approved', { kind: 'approved' }],
    ['skip', 'skipped', { kind: 'skipped', reason: 'deadline: nobody decided in time' }],
  ] as const)('waits until its deadline; then the policy "%s" decides', async (deadlinePolicy, state, outcome) => {
    const paper = await dueToday({ approval: 'required', deadlineHours: 24, deadlinePolicy });
    const { editionId, settled: first } = await settled(paper);
    expect(first).toEqual({ kind: 'waiting', decideBy: later(friday, 24) });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'draft', decideBy: later(friday, 24) });

    room.setNow(later(friday, 23.9));
    expect(await settleDraft(room.ports, editionId)).toEqual(first);
    room.setNow(later(friday, 24));
    expect(await settleDraft(room.ports, editionId)).toEqual(outcome);
    expect(await getEdition(room.database, editionId)).toMatchObject({
      state,
      ...(state === 'approved' ? { approvedBy: 'deadline' } : { endedAt: later(friday, 24) }),
    });
  });

  test('asks each time, also after editions that were approved', async () => {
    const paper = await dueToday({ approval: 'required' });
    const { editionId } = await settled(paper);
    await approveByStaff(room.ports, editionId, noWait);
    await freeze(room, editionId);
    room.setNow(later(friday, week));
    await releasePost(room, paper);
    expect((await settled(paper, later(friday, week))).settled.kind).toBe('waiting');
  });
});

describe('a slot that everything slept through', () => {
  test('goes by itself while it is at most the hours of catching up late', async () => {
    const paper = await dueToday();
    room.setNow(later(friday, 6));
    expect((await settled(paper)).settled).toEqual({ kind: 'approved' });
  });

  test('is held after that, with a notice that offers both decisions', async () => {
    const paper = await dueToday();
    room.setNow(later(friday, 3 * 24 + 15));
    const { editionId, settled: outcome } = await settled(paper);
    expect(outcome).toMatchObject({ kind: 'held', reason: expect.stringMatching(/^late: .*87 hours/) });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'held', reason: expect.stringMatching(/^late/) });
    expect(room.jobs.map((job) => job.name)).toEqual(['notice']);
    const [notice] = await noticesOf(room, paper);
    expect(notice?.text).toMatch(/87 hours/);
    expect(notice?.text.match(/\/decide\//g)).toHaveLength(2);
  });

  test('goes when a person says so', async () => {
    const paper = await dueToday();
    room.setNow(later(friday, 87));
    const { editionId } = await settled(paper);
    expect(await approveByStaff(room.ports, editionId, noWait)).toEqual({ kind: 'approved' });
    expect(await stateOf(room, editionId)).toBe('approved');
  });
});

describe('a reader who comes back from a long pause', () => {
  test('is sent all that they are owed, and stops nobody else’s digest', async () => {
    const paper = await foundPaper(room);
    const back = await addReader(room, paper);
    // The last digest is what the others have had meanwhile.
    await room.database.query(
      `with p as (
         insert into post (tag_id, state) select 'tag:example.org,2026:' || $1 || '-' || n, 'released' from generate_series(1, 1500) as n returning id),
       r as (insert into post_revision (post_id, revision, content_hash, title, html, summary) select id, 1, 'h', 'Post ' || id, '<p>A</p>', 'A' from p),
       s as (insert into post_source (source_id, entry_id, post_id, content_hash) select $2, 'e' || id, id, 'h' from p),
       l as (
         insert into release (position, post_id, kind, revision)
         select (select last_position from release_counter) + row_number() over (order by id), id, 'post', 1 from p)
       update release_counter set last_position = last_position + 1500`,
      [paper.newsletter.slug, paper.sourceId],
    );
    const other = await addReader(room, paper);
    await room.database.transaction((tx) => beginAnew(tx, other, friday));
    await releasePost(room, paper, { title: 'News for both' });
    const { editionId } = await settled(paper);
    expect(await stateOf(room, editionId)).toBe('approved');
    await freeze(room, editionId);
    const { rows } = await room.database.query<{ id: string; n: number }>(
      `select d.subscription_id as id, cardinality(r.positions) as n from delivery d join rendition r on r.id = d.rendition_id
       where d.edition_id = $1 order by d.subscription_id`,
      [editionId],
    );
    expect(rows).toEqual([
      { id: back, n: 1_501 },
      { id: other, n: 1 },
    ]);
  });
});
