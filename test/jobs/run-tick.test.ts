import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/db/db.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { composeByHand } from '../../src/editions/by-hand/send-by-hand.ts';
import { openJobQueue, type JobQueue } from '../../src/jobs/job-queue.ts';
import { createAside } from '../../src/jobs/aside.ts';
import { takeHour } from '../../src/jobs/slot-store.ts';
import { runTick, type TickPorts } from '../../src/jobs/run-tick.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Job } from '../../src/kernel/job.ts';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { holdEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { getEdition } from '../../src/ledger/drafts/edition-store.ts';
import { retractPost } from '../../src/ledger/retract-post.ts';
import { updateNewsletter } from '../../src/newsletters/newsletter-store.ts';
import { mergeTopics } from '../../src/topics/merge-topics.ts';
import { getScheduleById, markScheduleRemoved, updateSchedule } from '../../src/newsletters/schedule-store.ts';
import {
  addReader,
  addSchedule,
  countRows,
  foundPaper,
  freeze,
  friday,
  later,
  linkIn,
  noticesOf,
  onPool,
  openNewsroom,
  releasePost,
  stateOf,
  type Newsroom,
  type TestPaper,
} from '../editions/newsroom.ts';

import { insertFrozenEdition } from '../support/frozen-edition.ts';
import { insertFiledTopic, refile, releaseFiled, topicIdsOfPost, topicsOfReader } from '../topics/filed-posts.ts';

let room: Newsroom;

/** A process of its own: a pool and a queue over it. */
interface Process {
  readonly database: Database;
  readonly queue: JobQueue;
  readonly ports: TickPorts;
}

const processes: Process[] = [];

beforeAll(async () => {
  room = await openNewsroom();
  for (let i = 0; i < 3; i += 1) {
    const database = openDatabase(room.url, { maxConnections: 4 });
    const queue = openJobQueue(database, silentLog, { supervise: false });
    await queue.prepare();
    processes.push({ database, queue, ports: { ...onPool(room, database), enqueue: queue.enqueue, retry: defaultRetryPolicy } });
  }
});
afterAll(async () => {
  for (const { queue, database } of processes) {
    await queue.close();
    await database.close();
  }
  await room.close();
});

beforeEach(() => {
  room.setNow(friday);
  room.jobs.length = 0;
});
// Schedules of one test are nobody's business in the next.
afterEach(async () => {
  await room.database.query(`update schedule set removed_at = now()`);
  await room.database.query(`update edition set state = 'skipped', ended_at = now() where ended_at is null`);
  await room.database.query(`update source set state = 'removed'`);
});

/** A tick of this process, whose jobs are only written down. */
const tick = (changes: Partial<TickPorts> = {}) => runTick({ ...room.ports, retry: defaultRetryPolicy, ...changes });

const composed = (jobs: readonly Job[] = room.jobs): string[] => jobs.flatMap((job) => (job.name === 'compose' ? [job.slotAt] : []));

async function slotsOf(scheduleId: string): Promise<Date[]> {
  const { rows } = await room.database.query<{ slot_at: Date }>(`select slot_at from slot where job = 'compose:' || $1 order by slot_at`, [
    scheduleId,
  ]);
  return rows.map((row) => row.slot_at);
}

async function queuedComposes(scheduleId: string): Promise<number> {
  return countRows(room, `from pgboss.job where name = 'compose' and data ->> 'scheduleId' = $1`, [scheduleId]);
}

describe('a slot', () => {
  test('happens once however many processes look at the clock in the same moment', async () => {
    const paper = await foundPaper(room);
    const others = await Promise.all(['daily', 'noon'].map((name) => addSchedule(room, paper.newsletter, { name, cron: '0 8 * * *' })));
    for (let week = 0; week < 3; week += 1) {
      room.setNow(later(friday, week * 7 * 24));
      await Promise.all([...processes, ...processes, ...processes].map(({ ports }) => runTick(ports)));
    }
    for (const schedule of [paper.schedule, ...others]) {
      expect(await slotsOf(schedule.id)).toEqual([0, 1, 2].map((week) => later(friday, week * 7 * 24)));
      expect(await queuedComposes(schedule.id)).toBe(3);
    }
  });

  test('is free again when the process that took it could not queue its job', async () => {
    const paper = await foundPaper(room);
    const broken = async (): Promise<void> => {
      throw new Error('the queue is gone');
    };
    await expect(tick({ enqueue: broken })).rejects.toThrow('the queue is gone');
    expect(await slotsOf(paper.schedule.id)).toEqual([]);
    await tick();
    expect(composed()).toEqual([friday.toISOString()]);
  });

  test('is not due before its moment, and due in it', async () => {
    const paper = await foundPaper(room, { cron: '0 8 6 3 *' });
    room.setNow(new Date(friday.getTime() - 1));
    await room.database.query(`update schedule set cadence_since = $2 where id = $1`, [paper.schedule.id, later(friday, -100)]);
    await tick();
    expect(composed()).toEqual([]);
    room.setNow(friday);
    await tick();
    await tick();
    expect(composed()).toEqual([friday.toISOString()]);
  });

  test('is not taken early by a process whose clock runs ahead: the database tells the time', async () => {
    const now = new Date();
    const soon = new Date(Math.ceil(now.getTime() / 60_000) * 60_000 + 600_000);
    const paper = await foundPaper(room, { cron: `${soon.getUTCMinutes()} ${soon.getUTCHours()} * * *`, timeZone: 'UTC' });
    await room.database.query(`update schedule set cadence_since = $2 where id = $1`, [paper.schedule.id, later(now, -1)]);
    room.setNow(later(now, 1));
    const { slotClock: _none, ...ports } = room.ports;
    await runTick({ ...ports, retry: defaultRetryPolicy });
    expect(await slotsOf(paper.schedule.id)).toEqual([]);
    await tick();
    expect(await slotsOf(paper.schedule.id)).toEqual([soon]);
  });

  test('that was missed is caught up once: the newest, not all', async () => {
    const paper = await foundPaper(room, { cron: '0 8 * * *' });
    await tick();
    room.setNow(later(friday, 5 * 24 + 2));
    await tick();
    await tick();
    expect(await slotsOf(paper.schedule.id)).toEqual([friday, later(friday, 5 * 24)]);
    expect(composed()).toHaveLength(2);
  });

  test('from before the schedule was made is none', async () => {
    const paper = await foundPaper(room);
    await room.database.query(`update schedule set cadence_since = $2 where id = $1`, [paper.schedule.id, friday]);
    room.setNow(later(friday, 24));
    await tick();
    expect(composed()).toEqual([]);
    room.setNow(later(friday, 7 * 24));
    await tick();
    expect(composed()).toEqual([later(friday, 7 * 24).toISOString()]);
  });

  test('of a cadence from before the present one is none: a change makes nothing due', async () => {
    const paper = await foundPaper(room);
    await tick();
    const wednesday = later(friday, 5 * 24);
    await updateSchedule(room.database, { ...paper.schedule, cron: '0 7 * * 2' }, wednesday);
    room.setNow(wednesday);
    await tick();
    expect(await slotsOf(paper.schedule.id)).toEqual([friday]);
    room.setNow(later(friday, 11 * 24));
    await tick();
    expect(await slotsOf(paper.schedule.id)).toEqual([friday, new Date('2026-03-17T07:00:00Z')]);
  });

  test('is caught up also when another setting than the cadence was changed', async () => {
    const paper = await foundPaper(room);
    await updateSchedule(room.database, { ...paper.schedule, minimum: 3 }, later(friday, 1));
    expect(await getScheduleById(room.database, paper.schedule.id)).toEqual({ ...paper.schedule, minimum: 3 });
    room.setNow(later(friday, 2));
    await tick();
    expect(composed()).toEqual([friday.toISOString()]);
  });

  test('of a removed schedule is none', async () => {
    const paper = await foundPaper(room);
    await markScheduleRemoved(room.database, paper.schedule.id, later(friday, -1));
    await tick();
    expect(composed()).toEqual([]);
  });

  test.each([
    ['skips', '2026-03-27T12:00:00Z', ['2026-03-27T01:30:00Z', '2026-03-28T01:30:00Z', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z']],
    ['repeats', '2026-10-23T12:00:00Z', ['2026-10-23T00:30:00Z', '2026-10-24T00:30:00Z', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']],
  ])('at an hour that daylight saving %s happens once that day', async (_how, from, slots) => {
    const paper = await foundPaper(room, { cron: '30 2 * * *', timeZone: 'Europe/Madrid' });
    for (let hour = 0; hour < 72; hour += 1) {
      room.setNow(later(new Date(from), hour));
      await tick();
    }
    expect(await slotsOf(paper.schedule.id)).toEqual(slots.map((slot) => new Date(slot)));
  });
});

test('what is done once in an hour is done by one of the processes, and again in the next', async () => {
  const at = (time: string): Date => new Date(`2026-03-06T${time}:00Z`);
  const taken = async (time: string): Promise<number> =>
    (await Promise.all(processes.map(({ database }) => takeHour(database, 'hourly', at(time))))).filter(Boolean).length;
  expect([await taken('08:00'), await taken('08:59'), await taken('09:00')]).toEqual([1, 0, 1]);
  expect(await countRows(room, `from slot where job = 'hourly'`)).toBe(1);
});

describe('a slot that was taken and has no edition', () => {
  test('is queued again after ten minutes, until it has one', async () => {
    const paper = await foundPaper(room);
    await tick();
    expect(composed()).toHaveLength(1);
    room.setNow(new Date(friday.getTime() + 9.9 * 60_000));
    await tick();
    expect(composed()).toHaveLength(1);
    room.setNow(new Date(friday.getTime() + 10 * 60_000));
    await tick();
    expect(composed()).toEqual([friday.toISOString(), friday.toISOString()]);
    await runSlot(room.ports, paper.schedule.id, friday);
    await tick();
    expect(composed()).toHaveLength(2);
  });

  test('is given up after two days', async () => {
    await foundPaper(room);
    await tick();
    room.setNow(later(friday, 48.1));
    await tick();
    expect(composed()).toHaveLength(1);
  });
});

describe('a tick', () => {
  async function draftOf(rules: Parameters<typeof foundPaper>[1]): Promise<{ paper: TestPaper; editionId: string }> {
    const paper = await foundPaper(room, rules);
    await addReader(room, paper);
    await releasePost(room, paper);
    const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
    room.jobs.length = 0;
    return { paper, editionId };
  }

  test('lets the deadline decide, and not before', async () => {
    const { editionId } = await draftOf({ approval: 'required', deadlineHours: 24, deadlinePolicy: 'send' });
    room.setNow(later(friday, 23.9));
    await tick();
    expect(await stateOf(room, editionId)).toBe('draft');
    room.setNow(later(friday, 24));
    await tick();
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'approved', approvedBy: 'deadline' });
    expect(room.jobs).toContainEqual({ name: 'freeze', editionId });
  });

  test('heeds a deadline that was brought forward', async () => {
    const { paper, editionId } = await draftOf({ approval: 'required', deadlineHours: 24, deadlinePolicy: 'send' });
    await updateSchedule(room.database, { ...paper.schedule, deadlineHours: 2 }, friday);
    room.setNow(later(friday, 2));
    await tick();
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'approved', approvedBy: 'deadline' });
  });

  test('in several processes at the deadline decides once', async () => {
    const { editionId } = await draftOf({ approval: 'required', deadlineHours: 24, deadlinePolicy: 'send' });
    room.setNow(later(friday, 24));
    await Promise.all(processes.map(({ ports }) => runTick(ports)));
    expect(await stateOf(room, editionId)).toBe('approved');
    expect(await countRows(room, `from pgboss.job where name = 'freeze' and data ->> 'editionId' = $1`, [editionId])).toBe(1);
  });

  test('takes up a draft whose process died before it was settled', async () => {
    const { paper, editionId } = await draftOf({ approval: 'required' });
    await room.database.query(`update schedule set approval = 'auto' where id = $1`, [paper.schedule.id]);
    await tick();
    expect(await stateOf(room, editionId)).toBe('approved');
  });

  test('carries on with a merge of topics, and with posts that are filed otherwise, once nothing is being frozen', async () => {
    const { database } = room;
    const paper = await foundPaper(room);
    const newsletter = { id: paper.newsletter.id, sourceId: paper.sourceId, scheduleIds: [paper.schedule.id, paper.schedule.id] as const };
    const [from, into, other] = [await insertFiledTopic(database), await insertFiledTopic(database), await insertFiledTopic(database)];
    const reader = await addReader(room, paper, { topics: [from.id] });
    const merged = await releaseFiled(database, newsletter, [from]);
    const moved = await releaseFiled(database, newsletter, [from]);
    const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
    expect(await mergeTopics(database, { from: from.slug, into: into.slug, now: friday })).toMatchObject({ isComplete: false });
    await refile(database, moved.postId, [other]);
    await tick();
    expect(await topicsOfReader(database, reader)).toEqual([from.id]);
    await freeze(room, editionId);
    await tick();
    expect(await topicsOfReader(database, reader)).toEqual([into.id]);
    expect(await Promise.all([merged, moved].map(({ postId }) => topicIdsOfPost(database, postId)))).toEqual([[into.id], [other.id]]);
  });

  test('leaves alone what a person composed', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    await releasePost(room, paper);
    const composedByHand = await composeByHand(room.ports, paper.schedule);
    await tick();
    expect(composedByHand).toMatchObject({ kind: 'ready' });
    if (composedByHand.kind === 'ready') expect(await stateOf(room, composedByHand.editionId)).toBe('draft');
    expect(await noticesOf(room, paper)).toEqual([]);
  });

  test('tells staff of a held edition whose process died before it could', async () => {
    const { paper, editionId } = await draftOf({ approval: 'required' });
    await holdEdition(room.database, editionId, { reason: 'Set the postal address.', now: friday });
    await tick();
    await tick();
    expect((await noticesOf(room, paper)).map((notice) => notice.subject.split(':')[0])).toEqual(['To approve', 'Held']);
  });

  test('tells staff again when an edition is held for another reason', async () => {
    const { paper, editionId } = await draftOf({ approval: 'required' });
    for (const reason of ['One reason.', 'Another reason.']) {
      await holdEdition(room.database, editionId, { reason, now: friday });
      await tick();
    }
    expect(await noticesOf(room, paper)).toHaveLength(3);
  });

  test('sends new links when those that were mailed have expired, and nobody decided', async () => {
    const { paper, editionId } = await draftOf({ approval: 'required' });
    room.setNow(later(friday, 7 * 24 - 0.1));
    await tick();
    expect(await noticesOf(room, paper)).toHaveLength(1);
    room.setNow(later(friday, 7 * 24));
    await tick();
    await tick();
    const notices = await noticesOf(room, paper);
    expect(notices).toHaveLength(2);
    expect(linkIn(notices[1]!, 'approve', later(friday, 7 * 24))).toBeDefined();
    expect(await stateOf(room, editionId)).toBe('draft');
  });

  test('tells staff of a digest that is stuck after a retraction, once a day, and lets the others go', async () => {
    const { paper, editionId } = await draftOf({});
    const { postId } = await releasePost(room, paper);
    await room.database.query(`update edition set state = 'skipped', ended_at = now() where id = $1`, [editionId]);
    room.setNow(later(friday, 1));
    const next = await runSlot(room.ports, paper.schedule.id, later(friday, 1));
    await freeze(room, next.editionId);
    await retractPost(room.database, postId, { reason: 'wrong', now: friday });
    await updateNewsletter(room.database, paper.newsletter.slug, { template: 'no-such-template' });
    await tick();
    await tick();
    expect(await noticesOf(room, paper)).toMatchObject([{ subject: `Stuck: edition ${next.editionId} of The Letter` }]);
    await updateNewsletter(room.database, paper.newsletter.slug, { template: 'digest' });
    await tick();
    expect(
      await countRows(
        room,
        `from delivery d join rendition r on r.id = d.rendition_id
      where d.edition_id = $1 and cardinality(r.positions) = 1`,
        [next.editionId],
      ),
    ).toBe(1);
  });

  test('queues the freeze of what is approved, however its first job was lost', async () => {
    const { editionId } = await draftOf({});
    await tick();
    await tick();
    expect(room.jobs.filter((job) => job.name === 'freeze')).toEqual([
      { name: 'freeze', editionId },
      { name: 'freeze', editionId },
    ]);
  });

  test('queues the sources and notices that are due', async () => {
    const { paper } = await draftOf({ approval: 'required' });
    const [notice] = await noticesOf(room, paper);
    await room.database.query(`update source set next_poll_at = $2 where id = $1`, [paper.sourceId, friday]);
    await tick();
    expect(room.jobs).toContainEqual({ name: 'collect', sourceId: paper.sourceId });
    expect(room.jobs).toContainEqual({ name: 'notice', noticeId: notice?.id });
  });

  test('queues notices before everything else, because somebody may wait for one', async () => {
    const { paper } = await draftOf({ approval: 'required' });
    await addSchedule(room, paper.newsletter, { name: 'noon', cron: '0 8 * * *' });
    await room.database.query(`update source set next_poll_at = $2 where id = $1`, [paper.sourceId, friday]);
    await tick();
    const names = room.jobs.map((job) => job.name);
    expect(names).toEqual(expect.arrayContaining(['notice', 'compose', 'collect']));
    expect(names.lastIndexOf('notice')).toBeLessThan(names.findIndex((name) => name !== 'notice'));
  });

  test('does everything else when one part of it fails, and says so at the end', async () => {
    const { paper, editionId } = await draftOf({});
    await room.database.query(`update source set next_poll_at = $2 where id = $1`, [paper.sourceId, friday]);
    const enqueue: TickPorts['enqueue'] = async (_tx, job) => {
      if (job.name === 'collect') throw new Error('no sources today');
      room.jobs.push(job);
    };
    await expect(tick({ enqueue })).rejects.toThrow('no sources today');
    expect(room.jobs).toContainEqual({ name: 'freeze', editionId });
  });

  test('settles the other drafts when one of them cannot be', async () => {
    const due = { approval: 'required', deadlineHours: 1, deadlinePolicy: 'send' } as const;
    const drafts = [await draftOf(due), await draftOf({ approval: 'required' }), await draftOf(due)];
    await room.database.query(`update edition set archive_rendition_id = null where id = $1`, [drafts[1]!.editionId]);
    const notifyStaff: TickPorts['notifyStaff'] = async () => {
      throw new Error('nobody can be told');
    };
    room.setNow(later(friday, 1));
    await expect(tick({ notifyStaff })).rejects.toThrow('nobody can be told');
    expect(await Promise.all(drafts.map(({ editionId }) => stateOf(room, editionId)))).toEqual(['approved', 'draft', 'approved']);
  });
});

describe('a tick', () => {
  test('waits for no draft that another process renders', async () => {
    const paper = await foundPaper(room, { approval: 'required' });
    await addReader(room, paper);
    await releasePost(room, paper);
    await tick();
    const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
    await room.database.connection(async (session) => {
      await session.query(`select pg_advisory_lock(hashtextextended('gazette.draft', $1::bigint))`, [editionId]);
      await tick();
      await session.query(`select pg_advisory_unlock(hashtextextended('gazette.draft', $1::bigint))`, [editionId]);
    });
    expect(await stateOf(room, editionId)).toBe('draft');
  });

  test('leaves what is slow to itself: the next tick finds the slots of others, and begins nothing twice', async () => {
    const slow = await foundPaper(room, { approval: 'required' });
    await addReader(room, slow);
    await releasePost(room, slow);
    const { editionId } = await runSlot(room.ports, slow.schedule.id, friday);
    const aside = createAside(silentLog);
    let begun = 0;
    let end: (() => void) | undefined;
    const hangs = async (): Promise<void> => {
      begun += 1;
      await new Promise<void>((resolve) => (end = resolve));
    };
    const run: TickPorts['aside'] = async (key, work) => aside.run(key, key === `draft:${editionId}` ? hangs : work);
    await tick({ aside: run });
    const other = await foundPaper(room, { cron: '0 9 * * *' });
    room.setNow(later(friday, 1));
    await tick({ aside: run });
    expect([begun, await slotsOf(other.schedule.id)]).toEqual([1, [later(friday, 1)]]);
    end?.();
    await aside.idle();
  });
});

describe('deliveries of old editions', () => {
  const countOf = (editionId: string): Promise<number> => countRows(room, `from delivery where edition_id = $1`, [editionId]);

  test('go once an hour by the policy, and stay where there is none', async () => {
    const { database } = room;
    const [old, young] = [await insertFrozenEdition(database, { count: 3 }), await insertFrozenEdition(database, { count: 2 })];
    const ended = (editionId: string, at: Date): Promise<unknown> =>
      database.query(`update edition set state = 'done', ended_at = $2 where id = $1`, [editionId, at]);
    await database.query(`update delivery set state = 'accepted', ended_at = now() where state = 'queued'`);
    await ended(old.editionId, later(friday, -731 * 24));
    await ended(young.editionId, later(friday, -729 * 24));
    await tick();
    expect(await countOf(old.editionId)).toBe(3);
    await tick({ keepDeliveriesDays: 730 });
    expect([await countOf(old.editionId), await countOf(young.editionId)]).toEqual([0, 2]);
    await ended(young.editionId, later(friday, -731 * 24));
    await tick({ keepDeliveriesDays: 730 });
    expect(await countOf(young.editionId)).toBe(2);
    room.setNow(later(friday, 1));
    await tick({ keepDeliveriesDays: 730 });
    expect(await countOf(young.editionId)).toBe(0);
  });
});
