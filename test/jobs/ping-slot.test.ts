import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runSlot } from '../../src/editions/run-slot.ts';
import { pingSlot } from '../../src/jobs/ping-slot.ts';
import { slotVerdicts } from '../../src/jobs/heartbeat.ts';
import { runTick } from '../../src/jobs/run-tick.ts';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { resumeEdition } from '../../src/ledger/approve-edition.ts';
import { cancelEdition, holdEdition, pauseEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { pingUrl } from '../../src/reading/fetch/ping-url.ts';
import {
  acceptAll,
  addReader,
  foundPaper,
  freeze,
  friday,
  later,
  openNewsroom,
  releasePost,
  stateOf,
  type Newsroom,
} from '../editions/newsroom.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';

let room: Newsroom;
let watch: HttpSite;
let status = 200;

const patience = { stalledAfterMs: 3_600_000, outageMs: 600_000, doneWithinMs: 100 * 3_600_000 };
const heartbeatOf = (path: string) => `${watch.origin}/${path}`;

beforeAll(async () => {
  room = await openNewsroom();
  watch = await startHttpSite((_request, response) => void response.writeHead(status).end('OK'));
});
afterAll(async () => {
  await watch.close();
  await room.close();
});
beforeEach(() => {
  status = 200;
  room.setNow(friday);
  room.jobs.length = 0;
});
afterEach(async () => {
  await room.database.query(`update schedule set removed_at = now()`);
  await room.database.query(`update edition set state = 'skipped', ended_at = now() where ended_at is null`);
});

const ports = () => ({
  database: room.database,
  clock: room.ports.clock,
  log: room.ports.log,
  heartbeatUrl: heartbeatOf('check'),
  patience,
  get: (url: string) => pingUrl(url, { userAgent: 'Gazette' }),
});

/** A tick and the work that it queued, as a worker does it; gives what the watch heard of it. */
async function tick(): Promise<string[]> {
  const from = watch.requests.length;
  room.jobs.length = 0;
  await runTick({ ...room.ports, retry: defaultRetryPolicy, heartbeat: patience });
  for (const job of room.jobs.splice(0)) {
    if (job.name === 'compose') await runSlot(room.ports, job.scheduleId, new Date(job.slotAt));
    if (job.name === 'ping') await pingSlot(ports(), { scheduleId: job.scheduleId, slotAt: new Date(job.slotAt) }).catch(() => {});
  }
  return watch.requests.slice(from).map(({ url }) => url);
}

/** An edition of the slot that is being sent to two readers. */
async function openEdition(rules: Parameters<typeof foundPaper>[1] = {}): Promise<string> {
  const paper = await foundPaper(room, rules);
  await addReader(room, paper);
  await addReader(room, paper);
  await releasePost(room, paper);
  expect(await tick()).toEqual([]);
  const { rows } = await room.database.query<{ id: string }>(`select id from edition where schedule_id = $1`, [paper.schedule.id]);
  if ((await stateOf(room, rows[0]!.id)) === 'approved') await freeze(room, rows[0]!.id);
  return rows[0]!.id;
}

const setDeliveries = (editionId: string, change: string) =>
  room.database.query(`update delivery set ${change} where edition_id = $1`, [editionId]);

describe('The outside watch', () => {
  test('hears once of a slot with nothing due', async () => {
    await foundPaper(room);
    expect(await tick()).toEqual([]);
    expect(await tick()).toEqual(['/check']);
    expect(await tick()).toEqual([]);
  });

  test('hears of an edition when everything of it was decided, and not before', async () => {
    const editionId = await openEdition();
    await setDeliveries(editionId, `due_at = timestamptz '${later(friday, 24).toISOString()}'`);
    expect(await tick()).toEqual([]);
    room.setNow(later(friday, 3));
    expect(await tick()).toEqual([]);
    await acceptAll(room, editionId);
    expect(await tick()).toEqual(['/check']);
    expect(await tick()).toEqual([]);
  });

  test('hears nothing while a draft waits for a person', async () => {
    await openEdition({ approval: 'first' });
    room.setNow(later(friday, 72));
    expect(await tick()).toEqual([]);
  });

  test('hears at once of an edition that is held, once, and of its recovery', async () => {
    const editionId = await openEdition({ approval: 'required' });
    await holdEdition(room.database, editionId, { reason: 'Set the postal address.', now: friday });
    expect(await tick()).toEqual(['/check/fail']);
    expect(await tick()).toEqual([]);
    await room.database.query(`update edition set state = 'skipped', reason = 'by staff', ended_at = $2 where id = $1`, [
      editionId,
      friday,
    ]);
    expect(await tick()).toEqual(['/check']);
    expect(await tick()).toEqual([]);
  });

  test('hears of an edition that a fault paused, and not of one that a person paused or cancelled', async () => {
    const editionId = await openEdition();
    await pauseEdition(room.database, editionId, { reason: 'by staff', now: friday, isByStaff: true });
    expect(await tick()).toEqual([]);
    await resumeEdition(room.database, editionId, { now: friday, enqueue: room.ports.enqueue });
    await pauseEdition(room.database, editionId, { reason: 'most of it was refused', now: friday });
    expect(await tick()).toEqual(['/check/fail']);
    await cancelEdition(room.database, editionId, { reason: 'by staff', now: friday, isByStaff: true });
    expect(await tick()).toEqual(['/check']);
  });

  test('hears of deliveries that nobody gets to, and when they go after all', async () => {
    const editionId = await openEdition();
    await setDeliveries(editionId, `due_at = timestamptz '${friday.toISOString()}'`);
    room.setNow(later(friday, 0.9));
    expect(await tick()).toEqual([]);
    room.setNow(later(friday, 1));
    expect(await tick()).toEqual(['/check/fail']);
    await acceptAll(room, editionId);
    expect(await tick()).toEqual(['/check']);
  });

  test('hears of deliveries that all come back, and not of one that does', async () => {
    const editionId = await openEdition();
    await setDeliveries(editionId, `attempts = 3, due_at = timestamptz '${later(friday, 9).toISOString()}'`);
    await room.database.query(
      `update delivery set state = 'accepted', ended_at = $2 where id = (select min(id) from delivery where edition_id = $1)`,
      [editionId, friday],
    );
    room.setNow(later(friday, 2));
    expect(await tick()).toEqual([]);
    await setDeliveries(editionId, `state = 'queued', ended_at = null`);
    expect(await tick()).toEqual(['/check/fail']);
  });

  test('hears of an account that is refused, and not of one of which only readers at one domain were told so', async () => {
    const editionId = await openEdition();
    await setDeliveries(editionId, `due_at = timestamptz '${later(friday, 9).toISOString()}'`);
    await room.database.query(
      `insert into account_outage (account, trouble, only_at, reply, began_at, next_try_at) values ('relay:587', 'quota', 'corp.example', '550', $1, $1)`,
      [friday],
    );
    room.setNow(later(friday, 0.5));
    expect(await tick()).toEqual([]);
    await room.database.query(`update account_outage set only_at = null`);
    expect(await tick()).toEqual(['/check/fail']);
    await room.database.query(`delete from account_outage`);
  });

  test('hears of a slot whose edition never came to be', async () => {
    const paper = await foundPaper(room);
    await room.database.query(`insert into slot (job, slot_at, taken_at) values ('compose:' || $1, $2, $2)`, [paper.schedule.id, friday]);
    room.setNow(later(friday, 1));
    const from = watch.requests.length;
    await runTick({ ...room.ports, retry: defaultRetryPolicy, heartbeat: patience });
    expect(room.jobs).toContainEqual({ name: 'ping', scheduleId: paper.schedule.id, slotAt: friday.toISOString() });
    await pingSlot(ports(), { scheduleId: paper.schedule.id, slotAt: friday });
    expect(watch.requests.slice(from).map(({ url }) => url)).toEqual(['/check/fail']);
  });

  test('that does not answer hears it the next time', async () => {
    await foundPaper(room);
    await tick();
    status = 500;
    expect(await tick()).toEqual(['/check']);
    status = 200;
    expect(await tick()).toEqual(['/check']);
    expect(await tick()).toEqual([]);
  });

  test('hears it once from several processes', async () => {
    const paper = await foundPaper(room);
    await tick();
    const from = watch.requests.length;
    const slot = { scheduleId: paper.schedule.id, slotAt: friday };
    const told = await Promise.all(Array.from({ length: 5 }, () => pingSlot(ports(), slot)));
    expect(told.filter((verdict) => verdict !== undefined)).toEqual(['went_well']);
    expect(watch.requests).toHaveLength(from + 1);
  });

  test('hears of no slot from before it was set up but the newest, and of each after that', async () => {
    await foundPaper(room, { cron: '0 8 * * *' });
    for (let day = 0; day < 3; day += 1) {
      room.setNow(later(friday, 24 * day));
      await runTick({ ...room.ports, retry: defaultRetryPolicy });
      for (const job of room.jobs.splice(0)) if (job.name === 'compose') await runSlot(room.ports, job.scheduleId, new Date(job.slotAt));
    }
    expect(await tick()).toEqual(['/check']);
    expect(await tick()).toEqual([]);
    room.setNow(later(friday, 72));
    await tick();
    expect(await tick()).toEqual(['/check']);
  });

  test('hears of an edition that is out until the next slot has come', async () => {
    const editionId = await openEdition({ cron: '0 8 * * *' });
    await setDeliveries(editionId, `due_at = timestamptz '${later(friday, 48).toISOString()}'`);
    room.setNow(later(friday, 24));
    await tick();
    await acceptAll(room, editionId);
    expect(await tick()).toContain('/check');
    const { rows } = await room.database.query(
      `select from slot t join edition e on t.job = 'compose:' || e.schedule_id and t.slot_at = e.slot_at where e.id = $1 and t.pinged = 'went_well'`,
      [editionId],
    );
    expect(rows).toHaveLength(1);
  });

  test('hears nothing good of a slot with nothing due while an edition before it stands still, and that both went well when it goes on', async () => {
    const editionId = await openEdition({ cron: '0 8 * * *' });
    await pauseEdition(room.database, editionId, { reason: 'most of it was refused', now: friday });
    expect(await tick()).toEqual(['/check/fail']);
    room.setNow(later(friday, 24));
    await tick();
    expect(await tick()).toEqual([]);
    await resumeEdition(room.database, editionId, { now: room.ports.clock(), enqueue: room.ports.enqueue });
    await acceptAll(room, editionId);
    expect(await tick()).toEqual(['/check', '/check']);
    expect(await tick()).toEqual([]);
  });

  test('hears nothing of the sample newsletter, nor where there is none', async () => {
    const paper = await foundPaper(room, {}, { isSample: true });
    await tick();
    expect(await tick()).toEqual([]);
    await room.database.query(`update newsletter set is_sample = false where id = $1`, [paper.newsletter.id]);
    room.jobs.length = 0;
    await runTick({ ...room.ports, retry: defaultRetryPolicy });
    expect(room.jobs.filter((job) => job.name === 'ping')).toEqual([]);
  });
});

test('Every verdict may be stored, and no other', async () => {
  const { rows } = await room.database.query<{ definition: string }>(
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conname = 'slot_pinged_check'`,
  );
  expect([...rows[0]!.definition.matchAll(/'(\w+)'/g)].map((match) => match[1])).toEqual([...slotVerdicts]);
});
